"""What log entries of a call say of it: method, request id, trace, and who calls, by the pseudonym of a person.

Found only when something is logged. A person without a pseudonym yet is in no entry: logs outlive what is forgotten.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from chronovisor import logs
from chronovisor.tracing import parent_of, traceparent_in

from controlplane.rpc.access.caller import caller

# What stands for an actor in the log; None: nothing does yet.
LogNames: TypeAlias = Callable[[str], str | None]
AS_THEY_ARE: LogNames = str


class CallLog:
    """From when it is made on, entries of this call, which has a task of its own, say what it is."""

    __slots__ = ("_context", "_method", "_names", "_request_id")

    def __init__(self, method: str, context: Any, names: LogNames) -> None:
        self._method = method
        self._context = context
        self._names = names
        self._request_id = ""
        logs.enter(self._fields)

    def of(self, request: Any) -> Any:
        """The request of the call, once it is parsed. Those of a stream have ids of their own."""
        self._request_id = getattr(request, "request_id", "")
        return request

    def _fields(self) -> dict[str, str | int]:
        return {
            "method": self._method.removeprefix("/"),
            "request_id": self._request_id,
            "trace_id": _trace_id(self._context),
            "principal": self._names(caller().name) or "",
        }


def _trace_id(context: Any) -> str:
    """Of the caller's trace, sampled or not."""
    parent = parent_of(traceparent_in(context.invocation_metadata()))
    return parent.context.trace_id if parent else ""
