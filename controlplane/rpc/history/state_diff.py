"""DiffState: a page of how the state at one position differs from that at another. Blocks."""

from chronovisor.v1 import history_service_pb2 as api

from controlplane.queries import page_tokens
from controlplane.queries.as_of import AsOf
from controlplane.queries.events.scan import Window
from controlplane.queries.events.state_changes import changes
from controlplane.rpc.history.messages import change_messages
from controlplane.rpc.shared.read_position import page_of

# What came and went in between is looked at, and not listed.
MOST_LOOKED_AT = 5_000


def diff_state(view: AsOf, request: api.DiffStateRequest, window: Window) -> api.DiffStateResponse:
    """`window` is what the request means; a token keeps the first page's. Raises InvalidField, NotFound.

    The changes of one resource are never on two pages.
    """
    page = page_of(request)
    size = page_tokens.size_of(page.size)
    last = ""
    if token := page_tokens.last_of(page.token, page.bound_to):
        after, to, last = token.split(":")
        window = Window(int(after), int(to))
    found = api.DiffStateResponse(from_position=window.after, to_position=window.to)
    for looked_at, change in enumerate(changes(view.rows, request.scope, window, last)):
        rows = list(change_messages(change))
        if looked_at and (looked_at == MOST_LOOKED_AT or (rows and len(found.changes) >= size)):
            found.next_page_token = page_tokens.token_for(f"{window.after}:{window.to}:{last}", page.bound_to)
            return found
        found.changes.extend(rows)
        last = change.stream
    return found
