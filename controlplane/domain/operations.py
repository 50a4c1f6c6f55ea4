"""Operations: what identifies one, and what became of it, whatever its target is. Reads no rows, and writes none.

An operation is named by the event that began it: `operations/{vm uid}.{version}`, `operations/hosts.{uid}.{version}`.
It runs while what that event requested is pending on its target. A command that found its target as it was to be began
nothing: the verb after such a name says what was to be done, and the version is that which it found.

A kind of target is a row of KINDS: see `operation_kind`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.operations import HOST_OPERATIONS
from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.operations import IMAGE_OPERATIONS
from controlplane.domain.operation_kind import SUCCESS, OperationKind, operation_name
from controlplane.domain.reasons import Reason
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.operations import VM_OPERATIONS

Target = Vm | Host | Image
KINDS: Mapping[type[Target], OperationKind] = {Vm: VM_OPERATIONS, Host: HOST_OPERATIONS, Image: IMAGE_OPERATIONS}
BY_COLLECTION = {kind.collection: kind for kind in KINDS.values()}
# Methods that begin operations.
METHODS = tuple(dict.fromkeys(method for kind in KINDS.values() for method in kind.methods.values()))
# Why an operation failed, as ErrorInfo has it.
REASONS = (
    Reason.CANCELLED,
    Reason.DEADLINE_PASSED,
    Reason.FENCE_FAILED,
    Reason.GUEST_ENDED,
    Reason.IMAGE_REJECTED,
    Reason.IMAGE_SOURCE_FAILED,
    Reason.IMAGE_SOURCE_NOT_ALLOWED,
    Reason.IMAGE_STORE_FULL,
    Reason.IMAGE_UNAVAILABLE,
    Reason.STEP_FAILED,
    Reason.SUPERSEDED,
)
_INFIXES = {kind.infix: kind for kind in KINDS.values()}
_NAME = re.compile(
    rf"operations/(?P<infix>{'|'.join(re.escape(infix) for infix in _INFIXES if infix)}|)"
    r"(?P<uid>[A-Za-z0-9-]{1,64})\.(?P<version>[1-9][0-9]{0,17})(\.(?P<unchanged>[a-z]{1,16}))?"
)


class Key(NamedTuple):
    """What identifies an operation: its target, the version of the event that began it, and `unchanged` as it has it.

    `collection` is that of the target's stream.
    """

    uid: str
    version: int
    unchanged: str = ""
    collection: str = VM_OPERATIONS.collection

    @property
    def stream(self) -> str:
        return f"{self.collection}/{self.uid}"

    @property
    def address(self) -> tuple[str, int]:
        """The stream and version of that event."""
        return self.stream, self.version


def key_of(name: str) -> Key | None:
    """None for what is no operation's name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    kind, unchanged = _INFIXES[found["infix"]], found["unchanged"] or ""
    if unchanged and unchanged not in kind.unchanged:
        return None
    return Key(found["uid"], int(found["version"]), unchanged, kind.collection)


def kind_of(target: Target) -> OperationKind:
    return KINDS[type(target)]


def runs(target: Target, version: int) -> bool:
    """Whether the operation that the event of `version` began is pending on its target."""
    return version in kind_of(target).running(target)


@dataclass(frozen=True, slots=True)
class Operation:
    """`target` is as the operation's last event left it; of one that runs, as of the read.

    `outcome` is empty while it runs and where it succeeded; else it is the reason of REASONS, and after a space what
    more there is to say of it.
    """

    began: RecordedEvent
    target: Target
    # Such as `CreateVm`; empty where no method brings such an event about.
    method: str
    # Of the event that ended it; 0 while it runs. Of a command that found its target so, as `began`.
    end_position: int
    outcome: str = SUCCESS
    # The verb of a command that found its target so; nobody began anything then, and `began` is the last event before.
    unchanged: str = ""

    @property
    def name(self) -> str:
        return operation_name(kind_of(self.target).infix, self.target.uid, self.began.version, self.unchanged)

    @property
    def done(self) -> bool:
        return self.end_position > 0

    @property
    def steps(self) -> int:
        """How many it has, if all goes well."""
        return 0 if self.unchanged else kind_of(self.target).steps(self.method, self.began.version)

    @property
    def reason(self) -> str:
        """Why it failed, in upper snake case; empty where it did not."""
        return self.outcome.partition(" ")[0]

    @property
    def failure(self) -> str:
        """Why it failed, in words."""
        target = self.target
        recorded = target.failure if isinstance(target, Vm) else ""
        match self.outcome.partition(" "):
            case Reason.SUPERSEDED, _, by:
                return f"superseded by {by or 'another command'}"
            case Reason.GUEST_ENDED, _, _:
                return recorded or "the guest stopped"
            case Reason.CANCELLED, _, why:
                return why or "cancelled"
            case "", _, _:
                return ""
            case _, _, why:
                return why or recorded


def found_so(last: RecordedEvent, target: Target, unchanged: str) -> Operation | None:
    """The operation of a command that found its target as event `last` had left it; None if that was not its goal."""
    kind = kind_of(target)
    if not kind.is_so(target, unchanged):
        return None
    return Operation(last, target, kind.unchanged[unchanged], last.position, unchanged=unchanged)


def ended(recorded: RecordedEvent) -> list[tuple[int, str]]:
    """The operations that an event ended, by the versions of their first events, and their outcomes."""
    before, after = recorded.before, recorded.after
    if not isinstance(before, Target) or not isinstance(after, Target):
        return []
    kind = kind_of(before)
    still = kind.running(after)
    return [
        (version, kind.outcome(before, version, recorded.event))
        for version in kind.running(before)
        if version not in still
    ]
