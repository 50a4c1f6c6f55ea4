"""VMs, hosts, projects and their resources from event to event, as rows are made of them.

Reads nothing, and writes nothing.

The fleet knows more, and costs more: here are no names, no totals of projects, and of hosts only what they hold in sum.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import EVOLVE, Aggregate, RecordedEvent
from controlplane.domain.history import may_follow
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState

_EVOLVE: Mapping[str, Callable[[Any, ev.Event, int], Aggregate]] = {**EVOLVE, "hosts": hosts.evolve_in_sum}


class OutOfStep(Exception):
    """An event does not follow what is known of its resource."""


class AggregateCache:
    """Each resource that lives, by its stream, in the order of their last events."""

    def __init__(self) -> None:
        self.known: dict[str, Aggregate] = {}

    def unknown(self, stored: Sequence[RecordedEvent]) -> list[str]:
        """The streams that began before these events, and are not known."""
        first: dict[str, int] = {}
        for each in stored:
            if each.stream not in first and each.stream not in self.known:
                first[each.stream] = each.version
        return [stream for stream, version in first.items() if version > 1 and _kind(stream) in _EVOLVE]

    def keep(self, most: int) -> None:
        """Forgets all but so many, those whose events are longest ago first."""
        for stream in list(islice(self.known, max(len(self.known) - most, 0))):
            del self.known[stream]

    def replay(self, stored: Sequence[RecordedEvent]) -> list[RecordedEvent]:
        """Events as the ledger has them, with what each changed. Raises OutOfStep."""
        return [self._applied(each) for each in stored]

    def _applied(self, recorded: RecordedEvent) -> RecordedEvent:
        stream, version, event, _, _, position = recorded
        evolve = _EVOLVE.get(_kind(stream))
        if evolve is None:
            return recorded
        before = self.known.pop(stream, None)
        if not may_follow(before.version, version) if before else version != 1:
            raise OutOfStep(f"version {version} of {stream} at position {position} is not its next")
        after = evolve(before, event, version)
        if not (isinstance(after, Vm) and after.state is VmState.DELETED):
            self.known[stream] = after
        return RecordedEvent(stream, version, event, before, after, position)


def _kind(stream: str) -> str:
    return stream.partition("/")[0]
