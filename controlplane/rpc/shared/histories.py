"""The ledger's history in every call: sent in its metadata, compared with what the caller knows, and in page tokens.

A client sends back what it received, as it is. Then a position, a page token or a command that comes from a
history which the ledger, restored since, does not have is refused, and never taken for something else.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, cast

from grpc import aio

from controlplane.domain.errors import HistoryChanged, HistoryForked, NotFound, invalid
from controlplane.domain.history import Lineage, is_lineage

KEY = "chronovisor-history"
_POSITIONS = ("after_position", "at_position", "min_position", "from_position", "to_position", "position")
# Of a history's id, in a page token.
_ID_DIGITS = 8

Context: TypeAlias = "aio.ServicerContext[Any, Any]"
Metadata: TypeAlias = "tuple[tuple[str, str], ...]"


class _Fields(NamedTuple):
    """What of a request is of one history."""

    positions: tuple[str, ...] = ()
    is_command: bool = False
    is_paged: bool = False


@lru_cache(maxsize=256)
def _fields_of(kind: Any) -> _Fields:
    described = getattr(kind, "DESCRIPTOR", None)
    if described is None:
        # A stream of requests.
        return _Fields(is_command=True)
    names = described.fields_by_name
    return _Fields(tuple(each for each in _POSITIONS if each in names), "request_id" in names, "page_token" in names)


class Histories:
    """`lineage` is the ledger's now, `head` its last position."""

    def __init__(self, lineage: Callable[[], Lineage] = Lineage, head: Callable[[], int] = int) -> None:
        self._lineage = lineage
        self._head = head
        self._sent: tuple[Lineage | None, Metadata] = None, ()

    def metadata(self) -> Metadata:
        """What every response carries: the present lineage."""
        lineage = self._lineage()
        if self._sent[0] is not lineage:
            self._sent = lineage, ((KEY, str(lineage)),) if lineage.history_id else ()
        return self._sent[1]

    def admit(self, request: Any, context: Context) -> None:
        """Raises HistoryForked, HistoryChanged, and InvalidField. Takes the history off a page token."""
        fields = _fields_of(cast("Any", type(request)))
        if (shared := self._shared(context)) is not None:
            self._check(request, fields, shared)
        if fields.is_paged and request.page_token:
            request.page_token = self._own_token(request.page_token)

    def mark(self, request: Any, response: Any) -> None:
        """Binds a page token to the present history."""
        if _fields_of(cast("Any", type(request))).is_paged and response.next_page_token:
            history_id = self._lineage().history_id[:_ID_DIGITS]
            response.next_page_token = f"{history_id}-{self._head()}.{response.next_page_token}"

    def explained(self, error: Exception, context: Context) -> Exception:
        """An operation that is not found, by a caller who knows another history, may be of that one."""
        if isinstance(error, NotFound) and error.kind == "operation":
            shared = self._shared(context)
            if shared is not None:
                return HistoryChanged(shared, self._lineage().history_id)
        return error

    def _shared(self, context: Context) -> int | None:
        """The last position that the caller's history shares with the ledger's; None where they are one."""
        known = _known(context)
        metadata = self.metadata()
        if not known or not metadata or known == metadata[0][1]:
            return None
        if not is_lineage(known):
            raise invalid(KEY, "must be as a response of this server had it")
        return self._lineage().shared_with(known)

    def _check(self, request: Any, fields: _Fields, shared: int) -> None:
        history_id = self._lineage().history_id
        for name in fields.positions:
            if (position := getattr(request, name)) > shared:
                raise HistoryForked(position, shared, history_id)
        if fields.is_command:
            raise HistoryChanged(shared, history_id)

    def _own_token(self, token: str) -> str:
        issued, dot, rest = token.partition(".")
        history_id, _, head = issued.partition("-")
        lineage = self._lineage()
        if not dot or history_id == lineage.history_id[:_ID_DIGITS] or not (head.isascii() and head.isdigit()):
            return rest if dot else token
        shared = _end_of(lineage, history_id)
        if int(head[:19]) > shared:
            raise HistoryForked(int(head[:19]), shared, lineage.history_id)
        return rest


NO_HISTORIES = Histories()


def _end_of(lineage: Lineage, history_id: str) -> int:
    """The last position of an earlier history that the present one has; 0 where it is none of its own."""
    ids = [lineage.origin, *(each.history_id for each in lineage.forks)]
    for each, fork in zip(ids, lineage.forks, strict=False):
        if each[:_ID_DIGITS] == history_id:
            return fork.position
    return 0


def _known(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == KEY:
            return value if isinstance(value, str) else value.decode("ascii", "replace")
    return ""
