"""Everything that can be refused, as classes that carry what a caller needs to know. Free of any transport."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from controlplane.domain.reasons import Reason

# Kinds of what a project has beside its VMs: see `resource_kinds`.
ResourceName = Literal["image", "network", "security_group", "service_account"]
# Kinds of what can be found. Each has a reason of its own.
Kind = Literal[
    "event",
    "guest",
    "host",
    "operation",
    "person",
    "placement",
    "project",
    "role",
    "seal",
    "tunnel",
    "vm",
    "zone",
    ResourceName,
]


class DomainError(Exception):
    """A command or query was refused, and why. The base of all errors in this module."""


@dataclass(frozen=True)
class FieldViolation:
    """One bad field: its path in the request, and the rule it breaks."""

    field: str
    rule: str


@dataclass
class InvalidField(DomainError):
    """A request breaks rules that need no state to check."""

    violations: Sequence[FieldViolation]

    def __str__(self) -> str:
        return "; ".join(f"{each.field}: {each.rule}" for each in self.violations)


def invalid(path: str, rule: str) -> InvalidField:
    return InvalidField([FieldViolation(path, rule)])


@dataclass
class InvalidRequest(DomainError):
    """Bytes that are not the message which the method takes."""

    def __str__(self) -> str:
        return "the request's bytes are not the message that this method takes"


@dataclass
class BatchItemRefused(DomainError):
    """One item of a batch was refused, and with it the batch. `index` counts from 0."""

    index: int
    error: DomainError

    def __str__(self) -> str:
        return f"requests[{self.index}]: {self.error}"


@dataclass
class RequestIdReused(DomainError):
    """The same request_id came with another payload, or for what cannot be done twice."""

    request_id: str
    why: str = "was used before for a different request"

    def __str__(self) -> str:
        return f"request_id {self.request_id} {self.why}"


@dataclass
class NotFound(DomainError):
    """There is no such resource."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.name} does not exist"


@dataclass
class AlreadyExists(DomainError):
    """The name is taken."""

    kind: Literal["host", "project", "role", "vm", ResourceName]
    name: str
    difference: str = ""

    def __str__(self) -> str:
        return f"{self.name} already exists" + (f" with {self.difference}" if self.difference else "")


@dataclass
class WrongState(DomainError):
    """The state forbids the command. Commands are methods of the API, such as `StartVm` or `UpdateVm of spec`."""

    kind: str
    name: str
    state: str
    command: str
    allowed: Sequence[str]

    def __str__(self) -> str:
        allowed = ", ".join(self.allowed) or "nothing"
        return f"{self.name} is {self.state}, which does not allow {self.command}; allowed: {allowed}"


@dataclass
class NotCancellable(DomainError):
    """What an operation does can't be called off. `instead` is what can be done, in words."""

    name: str
    method: str
    instead: str

    def __str__(self) -> str:
        return f"{self.name} is of {self.method}, which cannot be cancelled: {self.instead}"


@dataclass
class OperationKept(DomainError):
    """An operation is a part of the history of its target, which is kept for ever."""

    name: str

    def __str__(self) -> str:
        return f"{self.name} is a part of the ledger's history, which is kept for ever; stop listing it by a filter"


class GuestPlace(NamedTuple):
    """Where a guest is that the ledger does not expect there, and what its agent reports of it."""

    host: str
    incarnation: int
    is_active: bool

    def __str__(self) -> str:
        return f"{self.host} ({'running' if self.is_active else 'not running'}, incarnation {self.incarnation})"


@dataclass
class GuestElsewhere(DomainError):
    """Hosts report guests of this VM that the ledger does not expect: another would be a second copy."""

    name: str
    command: str
    guests: Sequence[GuestPlace]

    def __str__(self) -> str:
        where = ", ".join(str(each) for each in self.guests[:5])
        return (
            f"{self.name} does not allow {self.command}: a guest of it that the ledger does not expect is on {where}; "
            "adopt it or have it stopped first"
        )


@dataclass
class HostsUnreported(DomainError):
    """After a restore, a guest of this VM may be on hosts whose agents have not reported their guests yet."""

    name: str
    hosts: Sequence[str]
    count: int
    retry_after_s: float = 2.0

    def __str__(self) -> str:
        named = ", ".join(self.hosts) + (" and more" if self.count > len(self.hosts) else "")
        return (
            f"{self.name} cannot start yet: the ledger was restored, and it may run on one of {self.count} hosts whose "
            f"agents have not reported their guests since ({named})"
        )


@dataclass
class EtagMismatch(DomainError):
    """The resource has changed since it was read, or another has its name by now."""

    name: str
    given: str
    current: str

    def __str__(self) -> str:
        return f"{self.name} has changed, or is another of that name: its etag is {self.current}, not {self.given}"


@dataclass
class ConcurrentChange(DomainError):
    """Another writer changed the same streams first. Safe to try again."""

    def __str__(self) -> str:
        return "another writer changed the same resources first; try again"


class NearMiss(NamedTuple):
    """A host that would fit but for one rule. `missing` is how much more of a resource class must be free; else 0."""

    host: str
    rule: str
    missing: int

    def __str__(self) -> str:
        return f"{self.host} lacks {self.missing} {self.rule}" if self.missing else f"{self.host} breaks {self.rule}"


@dataclass
class NoCapacity(DomainError):
    """No host fits. `turned_down` counts hosts by the first rule that each breaks; `nearest` came closest."""

    name: str
    hosts_considered: int
    turned_down: Mapping[str, int] = field(default_factory=dict[str, int])
    nearest: Sequence[NearMiss] = ()

    def __str__(self) -> str:
        rules = ", ".join(f"{rule}: {count}" for rule, count in sorted(self.turned_down.items()))
        return (
            f"no host fits {self.name}: {self.hosts_considered} considered"
            + (f", turned down by {rules}" if rules else "")
            + (f"; nearest: {self.nearest[0]}" if self.nearest else "")
        )


@dataclass
class NoSpareCapacity(DomainError):
    """A start would leave more VMs than before without a place, were `domains` to fail.

    `project` has the rule, which the server has where that is empty; `refusal` is why `unplaced` would have no place.
    """

    name: str
    rule: str
    project: str
    domains: Sequence[str]
    unplaced: str
    refusal: NoCapacity

    def __str__(self) -> str:
        rules = ", ".join(f"{rule}: {count}" for rule, count in sorted(self.refusal.turned_down.items()))
        whose = f"the rule of {self.project}" if self.project else "the server's rule"
        return (
            f"{self.name} cannot start: were {' and '.join(self.domains)} to fail, {self.unplaced} would have no place "
            f"(hosts turned down by {rules or 'nothing, for there are none'}), against {whose} {self.rule}"
        )


@dataclass
class QuotaExceeded(DomainError):
    """The project would hold more than its quota."""

    project: str
    resource_class: str
    quota: int
    held: int
    requested: int

    def __str__(self) -> str:
        return (
            f"{self.project} holds {self.held} of its quota of {self.quota} {self.resource_class}; "
            f"{self.requested} more is too much"
        )


@dataclass
class ProjectInUse(DomainError):
    """The project cannot be deleted: there are VMs or other resources of it, or hosts that are dedicated to it.

    `uses` are how many of each, such as `service_accounts`.
    """

    project: str
    uses: Mapping[str, int]

    def __str__(self) -> str:
        words = {what: what.removesuffix("s").replace("_", " ").replace("vm", "VM") for what in self.uses}
        uses = [f"{count} {words[what]}{'' if count == 1 else 's'}" for what, count in self.uses.items() if count]
        return f"{self.project} still has {' and '.join(uses)}"


@dataclass
class InsufficientResources(DomainError):
    """More would be released than is held, or held than the new capacity of the host `capacity_of`."""

    resource_class: str
    held: int
    released: int
    capacity_of: str = ""

    def __str__(self) -> str:
        if self.capacity_of:
            what = f"{self.released} {self.resource_class}"
            return f"{self.capacity_of} holds {what} for its VMs: a capacity of {self.held} is too little"
        return f"cannot release {self.released} {self.resource_class}: {self.held} is held"


@dataclass
class PositionAhead(DomainError):
    """The ledger has not got to this position yet."""

    position: int
    head: int

    def __str__(self) -> str:
        return f"position {self.position} is ahead of the ledger, which is at {self.head}"


@dataclass
class TreeSizeAhead(DomainError):
    """The ledger has not as many rows as a tree that a proof is requested for."""

    size: int
    head: int

    def __str__(self) -> str:
        return f"a tree of {self.size} rows is ahead of the ledger, which has {self.head}"


@dataclass
class HistoryForked(DomainError):
    """A position of a history that the ledger, restored since, does not have. `shared` is the last that it has."""

    position: int
    shared: int
    history_id: str

    def __str__(self) -> str:
        return (
            f"position {self.position} is of another history: the ledger was restored, and goes on from position "
            f"{self.shared} as history {self.history_id}; begin again from there"
        )


@dataclass
class HistoryChanged(DomainError):
    """A command by a caller who knows another history of the ledger than the one that it has."""

    shared: int
    history_id: str

    def __str__(self) -> str:
        return (
            f"the ledger was restored, and goes on from position {self.shared} as history {self.history_id}: whatever "
            "was seen or done after that is not in it; look again, then decide"
        )


@dataclass
class InvalidActor(DomainError):
    """The caller did not say who it is in a form that can be recorded."""

    given: str

    def __str__(self) -> str:
        return f"chronovisor-actor must be user:NAME, service:NAME or agent:HOST, not {self.given!r}"


@dataclass
class Unauthenticated(DomainError):
    """What the caller gave to prove who it is proves nothing: `text` says why, and never has the secret."""

    reason: Reason
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass
class AccessDenied(DomainError):
    """The caller lacks a permission on a resource. Whether that exists is not answered: see AIP-211."""

    principal: str
    permission: str
    resource: str

    def __str__(self) -> str:
        return f"{self.principal} lacks {self.permission} on {self.resource}, or there is no such resource"


@dataclass
class RateLimited(DomainError):
    """The principal calls more often, or has more streams open, than one may."""

    principal: str
    what: str
    retry_after_s: float

    def __str__(self) -> str:
        return f"{self.principal} has {self.what}; try again in {self.retry_after_s:.1f} s"


@dataclass
class PermissionDenied(DomainError):
    """The caller is known and may not do this."""

    actor: str
    what: str

    def __str__(self) -> str:
        return f"{self.actor} may not {self.what}"


@dataclass
class Unavailable(DomainError):
    """Not now: overloaded, not leader, or shutting down. Retry after `retry_after_s`."""

    reason: Reason
    message: str
    retry_after_s: float = 1.0

    def __str__(self) -> str:
        return self.message


@dataclass
class LedgerUntrusted(DomainError):
    """The ledger failed a check at `position`, if that is not 0, and takes no commands until an operator accepts it."""

    position: int
    problem: str

    def __str__(self) -> str:
        where = f" at position {self.position}" if self.position else ""
        return f"the ledger is read-only, because it failed its check{where}: {self.problem}"


@dataclass
class Unimplemented(DomainError):
    """A part of the API that this version does not have."""

    what: str

    def __str__(self) -> str:
        return f"{self.what} is not implemented in this version"
