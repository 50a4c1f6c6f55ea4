"""The traces of the last events: what an agent does, and reports, for an event is part of the event's trace."""

from collections import OrderedDict
from collections.abc import Sequence

from chronovisor.tracing import TraceContext

from controlplane.domain.fleet import RecordedEvent

# Events of which it is known. What is longer ago is in no trace any more, and is found by the event's trace id.
MOST = 10_000


class RecentTraces:
    """By the events' addresses, `{stream}@{version}`. Follows the dispatcher."""

    def __init__(self) -> None:
        self._traces: OrderedDict[str, str] = OrderedDict()

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for each in batch:
            if each.event.trace_id:
                trace = TraceContext(each.event.trace_id, each.event.span_id)
                self._traces[f"{each.stream}@{each.version}"] = str(trace)
        while len(self._traces) > MOST:
            self._traces.popitem(last=False)

    def of(self, address: str) -> str:
        """As `traceparent` has it; empty for an event that is in none."""
        return self._traces.get(address, "")
