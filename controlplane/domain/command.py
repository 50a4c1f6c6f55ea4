"""Commands as values: in what context they are submitted, and what becomes of them. Performs no I/O."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, NamedTuple, TypeVar

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.access.policy import Policy
from controlplane.domain.access.principal import Proof
from controlplane.domain.access.roles import Role
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Aggregate
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.credentials import HostCredentials
from controlplane.domain.operation_kind import operation_name
from controlplane.domain.rebalance.aggregate import Rebalance
from controlplane.domain.service_account.aggregate import ServiceAccount
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.terms import Placed


class CommandContext(NamedTuple):
    """The actor, the request, the event that led to it, and the reason."""

    actor: str
    request_id: str
    causation: str = ""
    reason: str = ""
    # How the actor proved who it is, and from where it called; None is of nobody who did.
    proof: Proof | None = None
    address: str = ""
    # The call's span, as W3C's `traceparent` has it; empty where nothing is traced.
    trace: str = ""

    @property
    def trace_ids(self) -> tuple[str, str]:
        """The ids of the trace and of the span; empty where nothing is traced."""
        _, trace_id, span_id, _ = self.trace.split("-") if self.trace else ("", "", "", "")
        return trace_id, span_id


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's request id: with it, the same command is carried out once, however often it comes.

    It is of its principal alone: the same id of another is another. Empty: nobody proved who they are.
    """

    request_id: str
    method: str
    payload_sha256: bytes
    principal: str = ""

    @property
    def identity(self) -> str:
        """What the stream of its acceptance is called."""
        if not self.principal:
            return self.request_id
        digest = sha256(f"{self.principal}\n{self.request_id}".encode()).hexdigest()
        return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


class Answer(NamedTuple):
    """`resource` as the command left it. Of an operation, `version` is that of the event that began it."""

    resource: Aggregate
    version: int
    # Of a start: how the host was chosen.
    placed: Placed | None = None
    # The verb of a command that found its target as it was to be; empty for any other. `version` is then the target's.
    unchanged: str = ""
    # Of all but VMs, whose commands all have one: whether the command has an operation.
    operates: bool = False

    @property
    def result(self) -> str:
        """The name of what the caller gets: an operation, or the resource itself."""
        if isinstance(self.resource, Vm):
            return operation_name("", self.resource.uid, self.version, self.unchanged)
        if self.operates:
            infix = "hosts." if isinstance(self.resource, Host) else "images."
            return operation_name(infix, self.resource.uid, self.version, self.unchanged)
        if isinstance(self.resource, Host):
            return self.resource.name
        # When the answer is given again, the name may be another's.
        return f"{self.resource.name.split('/')[-2]}/{self.resource.uid}"


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


class RebalanceAnswer(NamedTuple):
    """A rebalance as the command left it."""

    rebalance: Rebalance

    @property
    def result(self) -> str:
        return self.rebalance.operation


class TokenAnswer(NamedTuple):
    """A service account as the command left it, and the id of the token that it was about. Never the token itself."""

    account: ServiceAccount
    token_id: str

    @property
    def result(self) -> str:
        return f"serviceAccounts/{self.account.uid}/tokens/{self.token_id}"


class PolicyAnswer(NamedTuple):
    """A policy as the command left it."""

    policy: Policy

    @property
    def result(self) -> str:
        return self.policy.stream


class RoleAnswer(NamedTuple):
    """A role as the command left it; of one that was ended, as it was."""

    role: Role

    @property
    def result(self) -> str:
        return self.role.name


class CredentialsAnswer(NamedTuple):
    """A host's credentials as the command left them, and the token's id that it was about. Never the token itself."""

    credentials: HostCredentials
    token_id: str = ""

    @property
    def result(self) -> str:
        host = f"hosts/{self.credentials.host_id}"
        return f"{host}/tokens/{self.token_id}" if self.token_id else host


# What is recorded of a request, and answered again when it comes again.
RecordedAnswer = Answer | BatchAnswer | RebalanceAnswer | TokenAnswer | PolicyAnswer | RoleAnswer | CredentialsAnswer
AnyAnswer = RecordedAnswer | None
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
