"""What agents measure of VMs and hosts: a bounded history of each, and what is used now.

Not events: in memory alone, lost when the process ends, and another server has none of it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.samples import ABSENT, NO_REPORT, GuestReport, Sample, rates
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.projections.metrics.current_usage import CurrentUsage, Places, UsedAmounts, VmUsage
from controlplane.projections.metrics.series import History
from controlplane.runtime.clock import clock

SAMPLES_EACH = 60
# Of all together: about 80 MB. With more VMs than these are enough for, each keeps fewer.
SAMPLES_IN_ALL = 1_000_000
# The newest and the one before give a rate.
SAMPLES_AT_LEAST = 2
# A sample counts as what is used now until so many more should have come.
PERIODS_GOOD = 3
# Clocks of hosts may be a little ahead of ours.
LATEST_S = 60


class Limits(NamedTuple):
    """How many samples are kept."""

    each: int = SAMPLES_EACH
    in_all: int = SAMPLES_IN_ALL


class MetricsStore:
    """Samples by the uid of their VM or host."""

    def __init__(self, clock: Callable[[], Micros] = clock, limits: Limits | None = None) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._histories: dict[str, History] = {}
        self._now = CurrentUsage()
        # Of guests, by the uid of their VM.
        self._reports: dict[str, GuestReport] = {}

    def history(self, uid: str) -> Sequence[Sample]:
        """The newest last; empty for what was not measured."""
        return tuple(self._histories.get(uid, ()))

    def newest(self, uid: str) -> Sample | None:
        """None of what was not measured."""
        history = self._histories.get(uid)
        return history.last if history else None

    def report(self, uid: str) -> GuestReport:
        """What came with the newest sample of a VM's guest."""
        return self._reports.get(uid, NO_REPORT)

    def used(self, scope: str) -> UsedAmounts | None:
        """What the VMs of a scope use; None where none was measured lately."""
        return self._now.of(scope, self._clock())

    def used_by(self, kind: str) -> dict[str, UsedAmounts]:
        """`used` of each of the `hosts`, `zones` or `projects` that has any."""
        return self._now.by(kind, self._clock())

    def take_host(self, host: Host, sample: Sample) -> bool:
        """Returns False for a sample that does not count."""
        if host.state is HostState.DECOMMISSIONED:
            return False
        return self._add(host.uid, sample) is not None

    def take_vm(self, vm: Vm, zone: str, sample: Sample, every_s: float, report: GuestReport = NO_REPORT) -> bool:
        """A sample of a VM, where one is taken every `every_s` seconds. Returns False for one that does not count."""
        if sample.incarnation != vm.incarnation or vm.state is VmState.DELETED:
            return False
        history = self._add(vm.uid, sample)
        if history is None:
            return False
        if report != NO_REPORT:
            self._reports[vm.uid] = report
        else:
            self._reports.pop(vm.uid, None)
        good_until = Micros(self._clock() + round(PERIODS_GOOD * every_s * SECOND))
        usage = _usage(vm, history.from_end(2), sample, good_until)
        self._now.put(vm.uid, Places(vm.host, f"zones/{zone}" if zone else "", vm.project), usage)
        return True

    def apply(self, batch: Sequence[RecordedEvent]) -> None:
        """Forgets what is no more, and no longer counts what a guest used that has ended."""
        for recorded in batch:
            before, after = recorded.before, recorded.after
            if isinstance(after, Vm):
                if after.state is VmState.DELETED:
                    self._histories.pop(after.uid, None)
                    self._forget(after.uid)
                elif isinstance(before, Vm) and (before.held is not after.held or before.host_uid != after.host_uid):
                    self._forget(after.uid)
            elif isinstance(after, Host) and after.state is HostState.DECOMMISSIONED:
                self._histories.pop(after.uid, None)

    def _forget(self, uid: str) -> None:
        self._now.forget(uid)
        self._reports.pop(uid, None)

    def _add(self, uid: str, sample: Sample) -> History | None:
        """The history that the sample is now the last of; None when it does not count."""
        if sample.taken > self._clock() + LATEST_S * SECOND:
            return None
        history = self._histories.get(uid)
        if history is None:
            history = self._histories[uid] = History()
        if (last := history.last) is not None and sample.taken <= last.taken:
            if sample.taken == last.taken:
                return None
            # The host's clock was set back: what was measured before cannot be put in order with what comes.
            history.clear()
        history.add(sample, self._most())
        return history

    def _most(self) -> int:
        share = self._limits.in_all // len(self._histories)
        return max(SAMPLES_AT_LEAST, min(self._limits.each, share))


def _usage(vm: Vm, before: Sample | None, last: Sample, good_until: Micros) -> VmUsage:
    """What is held no longer is not used: a sample may have been on its way when its guest ended."""
    disk = None if last.disk == ABSENT else last.disk
    if not vm.holds_compute:
        return VmUsage(last.taken, good_until, (None, None, disk))
    memory = None if last.memory == ABSENT else last.memory
    return VmUsage(last.taken, good_until, (rates(before, last).vcpus, memory, disk))
