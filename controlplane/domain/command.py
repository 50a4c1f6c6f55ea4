"""Commands as values: in what context they are submitted, and what becomes of them. Performs no I/O."""

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Aggregate
from controlplane.domain.project.aggregate import Project
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.terms import Placed


class CommandContext(NamedTuple):
    """The actor, the request, the event that led to it, and the reason."""

    actor: str
    request_id: str
    causation: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's request id: with it, the same command is carried out once, however often it comes."""

    request_id: str
    method: str
    payload_sha256: bytes


class Answer(NamedTuple):
    """`resource` as the command left it. For a VM, `version` is of the event that began the operation."""

    resource: Aggregate
    version: int
    # Of a start: how the host was chosen.
    placed: Placed | None = None
    # The verb of a command that found the VM as it was to be; empty for any other. `version` is then the VM's own.
    unchanged: str = ""

    @property
    def result(self) -> str:
        """The name of what the caller gets: an operation for a VM, else the resource itself."""
        if isinstance(self.resource, Vm):
            name = f"operations/{self.resource.uid}.{self.version}"
            return f"{name}.{self.unchanged}" if self.unchanged else name
        if isinstance(self.resource, Project):
            # When the answer is given again, the name may be another's.
            return f"projects/{self.resource.uid}"
        return self.resource.name


@dataclass(frozen=True, slots=True)
class Refused:
    """An item of a batch that was refused."""

    error: DomainError


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of each item of a batch, in order."""

    items: tuple[Answer | Refused, ...]

    @property
    def result(self) -> str:
        return ""


AnyAnswer = Answer | BatchAnswer | None
A = TypeVar("A", bound=AnyAnswer)
A_co = TypeVar("A_co", bound=AnyAnswer, covariant=True)


class Command(Generic[A_co]):
    """What somebody requests of the ledger, as a value with the type of its answer: one that can wait, and be logged.

    Every kind of command is a frozen dataclass, and has one handler in `commands.handlers`.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Outcome(Generic[A]):
    """What became of a command: its answer, or for one that was accepted before, what was recorded of that.

    `position` is that of the event that the answer is about, else of the command's last; 0 when there was none.
    `end_position` is that of the last event of the answer's resource.
    `unchanged` says that there was nothing to do: the answer is about an event of before.
    """

    answer: A | None
    position: int = 0
    repeated: ev.RequestAccepted | None = None
    unchanged: bool = False
    end_position: int = 0
