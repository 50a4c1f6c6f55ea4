"""Operations on VMs: which event begins one, which ends it, and with what outcome. Reads no rows, and writes none.

An operation is named by the event that began it: `operations/{vm uid}.{version}`. It runs while that request is pending
on the VM, and ends with the first event after which it is not. A command that found its VM as it was to be began
nothing: `operations/{vm uid}.{version}.{verb}` names the VM's version that it found, and what was to be done.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.reasons import Reason
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.verbs import BY_STEP, GUEST_VERBS, VERBS

# By the event that begins an operation.
METHODS = {row.event: row.method for row in VERBS.values()}
# By the last part of the name of an operation that found its VM as it was to be.
UNCHANGED = {row.unchanged: row.method for row in VERBS.values() if row.unchanged}
_GUEST_VERBS = {row.unchanged: row for row in GUEST_VERBS.values() if row.unchanged}
# Such a command used to be answered with the event that did it, whoever brought that about: those names are still read.
_DONE_BY = {row.done.event: row.method for row in GUEST_VERBS.values()}
_GUEST_METHODS = frozenset(row.method for row in GUEST_VERBS.values())
SUCCESS = ""
# Why an operation failed, as ErrorInfo has it.
REASONS = (Reason.DEADLINE_PASSED, Reason.STEP_FAILED, Reason.GUEST_ENDED, Reason.SUPERSEDED)
_NAME = re.compile(
    r"operations/(?P<uid>[A-Za-z0-9-]{1,64})\.(?P<version>[1-9][0-9]{0,17})(\.(?P<unchanged>[a-z]{1,16}))?"
)


class Key(NamedTuple):
    """What identifies an operation: its VM, the version of the event that began it, and `unchanged` as it has it."""

    uid: str
    version: int
    unchanged: str = ""

    @property
    def address(self) -> tuple[str, int]:
        """The stream and version of that event."""
        return f"vms/{self.uid}", self.version


@dataclass(frozen=True, slots=True)
class Operation:
    """`vm` is as the operation's last event left it; of one that runs, as of the read.

    `outcome` is empty while it runs and where it succeeded; else it is the reason of REASONS, and after a space what
    more there is to say of it.
    """

    began: RecordedEvent
    vm: Vm
    # Such as `CreateVm`; empty where no method brings such an event about.
    method: str
    # Of the event that ended it; 0 while it runs. Of a command that found its VM so, as `began`.
    end_position: int
    outcome: str = SUCCESS
    # The verb of a command that found its VM so; nobody began anything then, and `began` is the VM's last event.
    unchanged: str = ""

    @property
    def name(self) -> str:
        name = f"operations/{self.vm.uid}.{self.began.version}"
        return f"{name}.{self.unchanged}" if self.unchanged else name

    @property
    def done(self) -> bool:
        return self.end_position > 0

    @property
    def steps(self) -> int:
        """How many it has: see `steps_of`."""
        return 0 if self.unchanged else steps_of(self.method, self.began.version)

    @property
    def reason(self) -> str:
        """Why it failed, in upper snake case; empty where it did not."""
        return self.outcome.partition(" ")[0]

    @property
    def failure(self) -> str:
        """Why it failed, in words."""
        match self.outcome.partition(" "):
            case Reason.SUPERSEDED, _, by:
                return f"superseded by {by or 'another command'}"
            case Reason.GUEST_ENDED, _, _:
                return self.vm.failure or "the guest stopped"
            case "", _, _:
                return ""
            case _:
                return self.vm.failure


def key_of(name: str) -> Key | None:
    """None for what is no operation's name."""
    found = _NAME.fullmatch(name)
    unchanged = (found["unchanged"] or "") if found else ""
    if found is None or (unchanged and unchanged not in UNCHANGED):
        return None
    return Key(found["uid"], int(found["version"]), unchanged)


def found_so(last: RecordedEvent, vm: Vm, unchanged: str) -> Operation | None:
    """The operation of a command that found a VM as its event `last` had left it; None if that was not its goal."""
    row = _GUEST_VERBS.get(unchanged)
    if row and not row.is_done(vm):
        return None
    return Operation(last, vm, UNCHANGED[unchanged], last.position, unchanged=unchanged)


def runs(vm: Vm, version: int) -> bool:
    """Whether the operation that the event of `version` began is pending on a VM."""
    return vm.pending is not None and vm.pending.version == version


def steps_of(method: str, version: int) -> int:
    """How often something is recorded of an operation whose first event is that version of its VM, if all goes well."""
    if method == METHODS["vm_created"]:
        # One that is started at once is created, placed, and reported to run.
        return 1 if version == 1 else 3
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
        case "vm_start_failed" | "vm_step_failed":
            return Reason.STEP_FAILED
        case "vm_stopped":
            return Reason.GUEST_ENDED
        case _:
            return f"{Reason.SUPERSEDED} {METHODS.get(kind, '')}".rstrip()
