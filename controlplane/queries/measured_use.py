"""What is really used of hosts, and by some VMs, by their agents' newest samples: for plans that move VMs."""

from collections.abc import Iterable

from controlplane.domain.measured import NOT_MEASURED, MeasuredUse, Used
from controlplane.domain.samples import ABSENT, rates
from controlplane.domain.time import SECOND, Micros
from controlplane.projections.metrics.metrics_store import MetricsStore

# Older samples say nothing of the present.
LONGEST_AGO_US = 120 * SECOND
_MIB = 1 << 20


def measured_use(metrics: MetricsStore, host_uids: Iterable[str], vm_uids: Iterable[str], now: Micros) -> MeasuredUse:
    """Who was not measured lately is not in it."""
    return MeasuredUse(_measured(metrics, host_uids, now), _measured(metrics, vm_uids, now))


def _measured(metrics: MetricsStore, uids: Iterable[str], now: Micros) -> dict[str, Used]:
    found = {uid: _used(metrics, uid, now) for uid in uids}
    return {uid: used for uid, used in found.items() if used is not NOT_MEASURED}


def _used(metrics: MetricsStore, uid: str, now: Micros) -> Used:
    samples = metrics.history(uid)
    if not samples or samples[-1].taken < now - LONGEST_AGO_US:
        return NOT_MEASURED
    last = samples[-1]
    vcpus = rates(samples[-2] if len(samples) > 1 else None, last).vcpus
    return Used(vcpus, None if last.memory == ABSENT else last.memory / _MIB)
