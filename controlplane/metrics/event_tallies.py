"""Committed events, counted by type, and the deadlines among them by step. Follows the dispatcher."""

from collections import Counter
from collections.abc import Iterator, Sequence

from chronovisor.events.v1 import event_pb2 as ev
from prometheus_client.core import Metric

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm.limits import DEFAULT_LIMITS
from controlplane.metrics.families import by_label, counters

DEADLINE_PASSED = "vm_deadline_passed"
# Each is there from the start, so that its first event is an increase.
TYPES = [field.name for field in ev.Event.DESCRIPTOR.oneofs_by_name["payload"].fields]


class EventTallies:
    """What this server has followed since it started: what a start reads of the ledger is not counted."""

    def __init__(self) -> None:
        self._types: Counter[str] = Counter(dict.fromkeys(TYPES, 0))
        self._deadlines: Counter[str] = Counter(dict.fromkeys(DEFAULT_LIMITS, 0))
        self._counts = False

    def begin(self) -> None:
        """The past has been read."""
        self._counts = True

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        if not self._counts:
            return
        types = self._types
        for each in batch:
            kind = each.event.WhichOneof("payload") or ""
            types[kind] += 1
            if kind == DEADLINE_PASSED:
                self._deadlines[each.event.vm_deadline_passed.step] += 1

    def families(self) -> Iterator[Metric]:
        yield counters("ledger_events", "Events that were committed, by type.", ("event",), by_label(self._types))
        yield counters(
            "deadlines_passed", "Steps of VMs that did not end in time.", ("step",), by_label(self._deadlines)
        )
