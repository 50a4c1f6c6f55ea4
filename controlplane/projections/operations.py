"""Operations, folded from the events of the VM that they are about. An operation has no events of its own.

An operation is named by the event that began it: `operations/{vm uid}.{version}`. It runs while that request is pending
on the VM, and ends with the first event after which it is not. A command that found its VM as it was to be began
nothing: `operations/{vm uid}.{version}.{verb}` names the VM's version that it found, and what was to be done.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain import vm as vms
from controlplane.domain.fleet import Recorded
from controlplane.domain.vm import Vm
from controlplane.domain.vm_decisions import is_done
from controlplane.domain.vm_states import Verb


@dataclass(frozen=True, slots=True)
class Operation:
    """`ended` is the event that ended it, None while it runs; `failure` says why it did not succeed."""

    began: Recorded
    vm: Vm
    # Such as `CreateVm`; empty where no method brings such an event about.
    method: str
    ended: Recorded | None = None
    failure: str = ""
    reason: str = ""
    # The verb of a command that found its VM so; nobody began anything then, and `began` is the VM's last event.
    unchanged: str = ""

    @property
    def name(self) -> str:
        name = f"operations/{self.vm.uid}.{self.began.version}"
        return f"{name}.{self.unchanged}" if self.unchanged else name


VERBS = {
    "vm_created": "CreateVm",
    "vm_start_requested": "StartVm",
    "vm_stop_requested": "StopVm",
    "vm_pause_requested": "PauseVm",
    "vm_resume_requested": "ResumeVm",
    "vm_reboot_requested": "RebootVm",
    "vm_delete_requested": "DeleteVm",
    "vm_updated": "UpdateVm",
}
# By the verb of a command that may find its VM as it is to be.
UNCHANGED = {
    "start": "StartVm",
    "stop": "StopVm",
    "pause": "PauseVm",
    "resume": "ResumeVm",
    "delete": "DeleteVm",
    "update": "UpdateVm",
}
# Such a command used to be answered with the event that did it, whoever brought that about: those names are still read.
_DONE_BY = {
    "vm_started": "StartVm",
    "vm_stopped": "StopVm",
    "vm_paused": "PauseVm",
    "vm_resumed": "ResumeVm",
    "vm_rebooted": "RebootVm",
    "vm_deleted": "DeleteVm",
}
_SUCCESS = {
    "vm_start_requested": "vm_started",
    "vm_stop_requested": "vm_stopped",
    "vm_pause_requested": "vm_paused",
    "vm_resume_requested": "vm_resumed",
    "vm_reboot_requested": "vm_rebooted",
    "vm_delete_requested": "vm_deleted",
}


def fold(history: Sequence[Recorded], version: int) -> Operation | None:
    """The operation that the event of `version` began, from the VM's whole history; None when there is none."""
    vm: Vm | None = None
    began: Recorded | None = None
    method = ""
    for recorded in history:
        vm = vms.evolve(vm, recorded.event, recorded.version)
        if recorded.version < version:
            continue
        if began is None:
            if recorded.version != version:
                return None
            began, method = recorded, _method(history[0].event, recorded.event)
        if vm.pending is None or vm.pending.version != version:
            return _ended(began, recorded, vm, method)
    return Operation(began, vm, method) if began and vm else None


def found_so(history: Sequence[Recorded], version: int, unchanged: str) -> Operation | None:
    """The operation of a command that found the VM's `version` as it was to be; None where it was not so."""
    vm: Vm | None = None
    until = [each for each in history if each.version <= version]
    for recorded in until:
        vm = vms.evolve(vm, recorded.event, recorded.version)
    if vm is None or vm.version != version or unchanged not in UNCHANGED:
        return None
    if unchanged != "update" and not is_done(vm, Verb[unchanged.upper()]):
        return None
    last = until[-1]
    return Operation(last, vm, UNCHANGED[unchanged], last, unchanged=unchanged)


def _method(created: ev.Event, began: ev.Event) -> str:
    """A VM that was started by the request that created it was not started by another."""
    kind = began.WhichOneof("payload") or ""
    together = kind == "vm_start_requested" and began.request_id == created.request_id
    return VERBS["vm_created"] if together else VERBS.get(kind) or _DONE_BY.get(kind, "")


def _ended(began: Recorded, last: Recorded, vm: Vm, method: str) -> Operation:
    wanted = _SUCCESS.get(began.event.WhichOneof("payload") or "")
    came = last.event.WhichOneof("payload")
    # A command that changed nothing began and ended with the event that was the VM's last.
    if came == wanted or began is last:
        return Operation(began, vm, method, last)
    return Operation(began, vm, method, last, *_why(last.event, vm))


def _why(event: ev.Event, vm: Vm) -> tuple[str, str]:
    """Why an operation failed, in words and as a reason in upper snake case."""
    match event.WhichOneof("payload"):
        case "vm_deadline_passed":
            return vm.failure, "DEADLINE_PASSED"
        case "vm_start_failed" | "vm_step_failed":
            return vm.failure, "STEP_FAILED"
        case "vm_stopped":
            return vm.failure or "the guest stopped", "GUEST_ENDED"
        case kind:
            return f"superseded by {VERBS.get(kind or '', 'another command')}", "SUPERSEDED"
