"""HistoryService: translates, calls, translates."""

import asyncio

from chronovisor.v1 import history_service_pb2 as api
from chronovisor.v1 import history_service_pb2_grpc

from controlplane.queries import history
from controlplane.queries.history import Asked
from controlplane.rpc.reach import Reach, ServicerContext
from controlplane.rpc.validate import Rules
from controlplane.rpc.vm_commands import NAME as VM_NAME


def _check_parent(parent: str) -> None:
    rules = Rules()
    if "/vms/" in parent:
        rules.name(parent, VM_NAME, "parent")
    elif parent.startswith("hosts/"):
        rules.name(parent, "hosts/{host}", "parent")
    elif parent.startswith("projects/"):
        rules.name(parent, "projects/{project}", "parent")
    else:
        rules.check(not parent, "parent", f"must be {VM_NAME}, hosts/{{host}}, projects/{{project}} or empty")
    rules.done()


class HistoryServicer(history_service_pb2_grpc.HistoryServiceServicer):
    """What happened."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def ListEvents(self, request: api.ListEventsRequest, context: ServicerContext) -> api.ListEventsResponse:
        _check_parent(request.parent)
        asked = Asked(
            request.parent, request.after_position, request.event_types, request.page_size, request.page_token
        )
        head = self._reach.feed.position
        page = await asyncio.to_thread(history.list_events, self._reach.inventory, self._reach.ledger, head, asked)
        return api.ListEventsResponse(events=page.items, next_page_token=page.next_page_token, position=head)
