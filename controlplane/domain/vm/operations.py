"""Operations on VMs: which event begins one, which ends it, and with what outcome. Performs no I/O.

An operation runs while the request that began it is pending on the VM, and ends with the first event after which it is
not.
"""

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.operation_kind import SUCCESS, OperationKind, superseded_by
from controlplane.domain.reasons import Reason
from controlplane.domain.vm.aggregate import MigrationPhase, Vm
from controlplane.domain.vm.verbs import BY_STEP, GUEST_VERBS, MIGRATE, VERBS

# By the event that begins an operation.
METHODS = {row.event: row.method for row in VERBS.values()}
# By the last part of the name of an operation that found its VM as it was to be.
UNCHANGED = {row.unchanged: row.method for row in VERBS.values() if row.unchanged}
_GUEST_VERBS = {row.unchanged: row for row in GUEST_VERBS.values() if row.unchanged}
# Such a command used to be answered with the event that did it, whoever brought that about: those names are still read.
_DONE_BY = {row.done.event: row.method for row in GUEST_VERBS.values()}
_GUEST_METHODS = frozenset(row.method for row in GUEST_VERBS.values())


def runs(vm: Vm, version: int) -> bool:
    """Whether the operation that the event of `version` began is pending on a VM."""
    return vm.pending is not None and vm.pending.version == version


def _running(vm: Vm) -> tuple[int, ...]:
    return (vm.pending.version,) if vm.pending else ()


def steps_of(method: str, version: int) -> int:
    """How often something is recorded of an operation whose first event is that version of its VM, if all goes well."""
    if method == METHODS["vm_created"]:
        # One that is started at once is created, placed, and reported to run.
        return 1 if version == 1 else 3
    if method == MIGRATE.method:
        # Its phases, and then that it is over.
        return len(MigrationPhase) + 1
    return 2 if method in _GUEST_METHODS else 1


def method_of(kind: str, *, together: bool) -> str:
    """The method that brings an event about. `together` says that the same request created the VM."""
    if together and kind == "vm_start_requested":
        # A VM that was started by the request that created it was not started by another.
        return METHODS["vm_created"]
    return METHODS.get(kind) or _DONE_BY.get(kind, "")


def outcome_of(step: str, event: ev.Event) -> str:
    """How the operation whose `step` was pending ended, by the event after which it is not."""
    kind = event.WhichOneof("payload") or ""
    if step in BY_STEP and kind == BY_STEP[step].done.event:
        return SUCCESS
    match kind:
        case "vm_deadline_passed":
            return Reason.DEADLINE_PASSED
        case "vm_step_failed" if event.vm_step_failed.cancelled:
            return Reason.CANCELLED
        case "vm_start_failed" | "vm_step_failed":
            return Reason.STEP_FAILED
        case "vm_stopped":
            return Reason.GUEST_ENDED
        case _:
            return superseded_by(METHODS.get(kind, ""))


def _outcome(before: Vm, _version: int, event: ev.Event) -> str:
    assert before.pending is not None
    return outcome_of(before.pending.step, event)


def _is_so(vm: Vm, unchanged: str) -> bool:
    """An update finds every VM so: it is of no verb that agents carry out."""
    row = _GUEST_VERBS.get(unchanged)
    return row is None or row.is_done(vm)


VM_OPERATIONS = OperationKind("vms", "", METHODS, UNCHANGED, _running, _outcome, _is_so, steps_of)
