"""The totals of a fleet that is being replayed, kept up by difference, and their integrals over time. No I/O."""

from collections import defaultdict

from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.time import Micros
from controlplane.what_if.scenario import ClassIntegral, Course, FleetUsage


class Tally:
    """One fleet's totals now, and over the window so far."""

    def __init__(self, state: FleetState) -> None:
        self._hosts = self._in_use = 0
        self._allocated = self._total = self._total_in_use = NOTHING
        for host in state.hosts:
            self._count(host, 1)
        self._time = state.time
        self._host_micros = 0
        self._integrals: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._peak, self._peak_position = self._in_use, state.position

    @property
    def now(self) -> FleetUsage:
        return FleetUsage(self._hosts, self._in_use, self._allocated, self._total, self._total_in_use)

    def take(self, recorded: RecordedEvent) -> None:
        """An event that has been applied to the fleet."""
        before, after = recorded.before, recorded.after
        if isinstance(after, Host):
            # First what is there now: no sum may go below zero on the way.
            self._count(after, 1)
            if isinstance(before, Host):
                self._count(before, -1)

    def _count(self, host: Host, sign: int) -> None:
        if host.state is HostState.DECOMMISSIONED:
            return
        self._hosts += sign
        self._allocated = _moved(self._allocated, host.allocated, sign)
        self._total = _moved(self._total, host.capacity, sign)
        if host.allocated.has_compute:
            self._in_use += sign
            self._total_in_use = _moved(self._total_in_use, host.capacity, sign)

    def advance(self, time: Micros) -> None:
        """The totals have been as they are until `time`."""
        span, self._time = time - self._time, time
        if span <= 0:
            return
        self._host_micros += self._in_use * span
        for place, amounts in enumerate((self._allocated, self._total, self._total_in_use)):
            for name, amount in amounts:
                self._integrals[name][place] += amount * span

    def note_peak(self, position: int) -> None:
        """The batch that ends at `position` is whole."""
        if self._in_use > self._peak:
            self._peak, self._peak_position = self._in_use, position

    def course(self) -> Course:
        classes = {name: ClassIntegral(*sums) for name, sums in self._integrals.items()}
        return Course(self._host_micros, self._peak, self._peak_position, classes)


def _moved(sum_: Resources, amount: Resources, sign: int) -> Resources:
    return sum_ + amount if sign > 0 else sum_ - amount
