"""Which start is owed after an end: decide. Performs no I/O."""

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.availability import Restart, RestartWhen, next_attempt
from controlplane.domain.vm.states import Desired

_WITH_HOST = (ev.STOP_CAUSE_HOST_FENCED, ev.STOP_CAUSE_MACHINE_REPLACED)
_IN_VAIN = "not started again any more: {} starts in a row were in vain"
DISK_LEFT = "not started elsewhere: its disk is on that host alone"


def after_end(
    vm: Vm, cause: ev.StopCause.ValueType, now: Micros, *, disk_left: bool = False
) -> tuple[Restart | None, str]:
    """The start that is owed after an end by this cause, or why none is any more, in words.

    `disk_left`: the host that it was on is out of reach, and its disk with it.
    """
    if cause == ev.STOP_CAUSE_REQUESTED:
        return (_after_stop(vm, now), "") if vm.restarts and not disk_left else (None, "")
    when = vm.availability.when
    if vm.desired is not Desired.RUNNING or when is RestartWhen.NEVER:
        return None, ""
    if when is RestartWhen.HOST_FAILED and cause not in _WITH_HOST:
        return None, ""
    if disk_left:
        return None, DISK_LEFT
    attempts = 0 if now - vm.started >= vm.availability.cooldown_us else vm.attempts
    owed = next_attempt(vm.availability, attempts, now)
    return owed, "" if owed else _IN_VAIN.format(attempts)


def _after_stop(vm: Vm, now: Micros) -> Restart | None:
    """Of a VM that was stopped to be started elsewhere; of one whose start took too long, the next of its row."""
    return next_attempt(vm.availability, vm.attempts, now) if vm.attempts else Restart(0, now)


def after_failed_start(vm: Vm, now: Micros) -> Restart | None:
    """A start that was owed and failed is followed by the next of its row; a caller's by none."""
    return next_attempt(vm.availability, vm.attempts, now) if vm.attempts else None
