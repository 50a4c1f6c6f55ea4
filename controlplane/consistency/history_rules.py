"""What the rules of the domain promise of every history, checked while it is folded. Repairs nothing.

The seals show that nothing was altered since it was written. Whether it may have been written at all, they do not: two
live VMs with one name are sealed as well as one.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import DecodeError

from controlplane.domain.errors import DomainError, QuotaExceeded
from controlplane.domain.fleet import Aggregate, Fleet, RecordedEvent
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host.aggregate import Host, NumaPart
from controlplane.domain.host.states import HostState
from controlplane.domain.image.aggregate import Image
from controlplane.domain.network.addresses import pools_of
from controlplane.domain.project.aggregate import Project, check_quota
from controlplane.domain.resource_kinds import CREATION, IN_PROJECTS, NETWORKS, RESOURCE_KINDS
from controlplane.domain.resources import ADDRESSES, NOTHING, Resources, resources_of, some_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.interfaces import address_count
from controlplane.domain.vm.states import VmState
from controlplane.ledger.mapper import ProtobufMapper

# Of violations. Where there are more, these are enough to see what is wrong.
MOST_KEPT = 100
SEALS = "ledger"
PAGE = 5_000
# The event that a stream of each kind begins with.
# What gives a VM another incarnation; all else names the one that it has.
PLACING = ("vm_start_requested", "vm_migrate_requested", "vm_guest_adopted")
# Payloads by which network cards hold addresses.
GIVING = ("vm_start_requested", "vm_guest_adopted")
ADOPTION = PLACING[-1]
# By these a host is lost, or is there again, and with it the VMs that hold compute there.
_TROUBLE = ("host_lost", "host_regained", "host_fenced")
_OFF = ("host_fenced", "host_machine_replaced")


class RuleViolation(NamedTuple):
    """An event that no rule allows, whoever sealed it. `rule` is in lower snake case, `subject` a resource's name."""

    position: int
    rule: str
    subject: str
    text: str


class RulesChecked(NamedTuple):
    """The first violations, and how many there are."""

    violations: tuple[RuleViolation, ...]
    found: int


class ConsistencyRules:
    """A fold that also checks. Violations at or before position `after` were accepted, and are not kept."""

    def __init__(self, after: int = 0) -> None:
        self.violations: list[RuleViolation] = []
        self.found = 0
        self._after = after
        self._fleet = Fleet()
        # By the host's and the VM's uid: where the batch changed what one holds for the other, and at which position.
        self._held: dict[tuple[str, str], int] = {}
        # Hosts that are off by the batch, fenced or with other machines; and those that must be, or a rule is broken.
        self._off: set[str] = set()
        self._must_be_off: list[tuple[str, RuleViolation]] = []
        self._position = 0

    def take(self, recorded: RecordedEvent) -> None:
        """The next event of the ledger, seals included."""
        self._position = recorded.position
        kind, _, uid = recorded.stream.partition("/")
        if kind == SEALS:
            self._end_batch()
        elif kind == "requests" and recorded.version != 1:
            self._add("request_once", recorded.stream, "the request was accepted twice")
        elif kind in CREATION:
            self._fold(recorded, kind, uid)

    def result(self) -> RulesChecked:
        return RulesChecked(tuple(self.violations), self.found)

    def _add(self, rule: str, subject: str, text: str, position: int = 0) -> None:
        at = position or self._position
        if at > self._after:
            self.found += 1
            if len(self.violations) < MOST_KEPT:
                self.violations.append(RuleViolation(at, rule, subject, text))

    def _fold(self, recorded: RecordedEvent, kind: str, uid: str) -> None:
        event = recorded.event
        payload = event.WhichOneof("payload") or ""
        before: Aggregate | None = self._fleet.living(kind, uid)
        if (before is None) != (payload == CREATION[kind]):
            text = f"{payload} is on a stream that {'has ended or not begun' if before is None else 'has begun'}"
            self._add("stream", before.name if before else recorded.stream, text)
            return
        if before is None and not self._may_begin(kind, uid, recorded):
            return
        if payload in GIVING and isinstance(before, Vm):
            self._check_given(before, getattr(event, payload).network_addresses)
        try:
            after = self._fleet.apply(recorded.stream, recorded.version, event).after
        except (DomainError, KeyError, ValueError, AssertionError, DecodeError) as error:
            self._add("edge", before.name if before else recorded.stream, _refusal(before, payload, error))
            return
        if check := _CHECKS.get(payload):
            check(self, before, after, event)
        if isinstance(before, Vm) and isinstance(after, Vm):
            self._check_incarnation(before, event, payload)
            for host_uid in {*before.hosts, *after.hosts}:
                self._held[host_uid, uid] = recorded.position
        elif payload in _TROUBLE and isinstance(after, Host):
            self._held.update(((after.uid, vm_uid), recorded.position) for vm_uid in after.holdings)
        if payload in _OFF:
            self._off.add(uid)

    def _may_begin(self, kind: str, uid: str, recorded: RecordedEvent) -> bool:
        created = getattr(recorded.event, CREATION[kind])
        if created.uid != uid:
            self._add("stream", created.name, f"its uid is {created.uid}, and its stream {recorded.stream}")
            return False
        if taken := self._fleet.named(kind, created.name):
            self._add(
                "unique_name", created.name, f"it is created with uid {uid}, while the one with {taken.uid} lives"
            )
            return False
        if kind in IN_PROJECTS:
            project = self._fleet.projects.get(created.project_uid)
            if project is None or project.name != created.name.partition(f"/{kind}/")[0]:
                self._add("project", created.name, f"there is no such project with uid {created.project_uid}")
        return True

    def _check_incarnation(self, vm: Vm, event: ev.Event, payload: str) -> None:
        content = getattr(event, payload)
        number = getattr(content, "incarnation", None)
        if number is None:
            return
        if payload in PLACING:
            if number <= vm.incarnation and payload != ADOPTION:
                self._add("incarnation", vm.name, f"it is placed as {number}, and has been {vm.incarnation}")
            return
        expected = vm.incarnation
        if payload == "vm_migration_advanced" and vm.migration:
            expected = vm.migration.incarnation
        if number != expected:
            self._add("incarnation", vm.name, f"{payload} is about {number}, and it is {expected}")

    def _placed(self, vm: Vm, host_uid: str, name: str) -> None:
        host = self._fleet.hosts.get(host_uid)
        if host is None or host.name != name:
            self._add("host", vm.name, f"it is placed on {name}, which is not there with uid {host_uid}")
        elif host.is_away:
            self._add("host", vm.name, f"it is placed on {name}, which is {host.state.name}")

    def _started(self, before: Vm, after: Vm, event: ev.Event) -> None:
        started = event.vm_start_requested
        self._placed(after, started.host_uid, started.host)
        if before.holds_compute and before.host_uid != started.host_uid:
            text = f"it starts on {started.host} while it may run on {before.host}, as incarnation {before.incarnation}"
            self._add("runs_once", after.name, text)
        if before.migration:
            self._add("runs_once", after.name, f"it starts while it is moved from or to {before.migration.host}")
        self._check_cards(after)
        if after.held != after.spec.resources:
            self._add("held", after.name, f"it starts with {_words(after.held)}, and is {_words(after.spec.resources)}")
        addresses = address_count(after.cards) - address_count(before.cards)
        self._check_quota(after, resources_of(started.held) + some_of(ADDRESSES, addresses))

    def _image_imported(self, before: Image, after: Image, event: ev.Event) -> None:
        self._check_quota(after, after.held)

    def _check_quota(self, of: Vm | Image, more: Resources) -> None:
        """What it holds more, its project holds already."""
        if project := self._fleet.projects.get(of.project_uid):
            try:
                check_quota(project, self._fleet.held_by_project(project.uid) - more, more)
            except QuotaExceeded as error:
                self._add("quota", of.name, str(error))
            except DomainError:
                self._add("quota", of.name, f"{project.name} holds less than what this holds")

    def _check_given(self, vm: Vm, addresses: Iterable[ev.NetworkAddress]) -> None:
        """What its cards are given: addresses of their networks that no card holds."""
        for given in addresses:
            network = self._fleet.of(NETWORKS).get(given.network_uid)
            if network is None:
                self._add("address", vm.name, f"it has a card on a network {given.network_uid} that is not there")
                continue
            pools = {pool.version: pool for pool in pools_of(network)}
            for version, address in ((4, given.ipv4_address), (6, given.ipv6_address)):
                if address and not (version in pools and pools[version].has(address)):
                    self._add("address", vm.name, f"{address} is no address of {network.name}")
                elif address and (holder := self._fleet.holder(network.uid, address)):
                    self._add("address", vm.name, f"{address} of {network.name} is held by the VM {holder}")

    def _check_cards(self, vm: Vm) -> None:
        if [card.network_uid for card in vm.cards] != [each.network_uid for each in vm.spec.interfaces]:
            self._add("address", vm.name, "it starts with other network cards than its spec has")

    def _migration_requested(self, before: Vm, after: Vm, event: ev.Event) -> None:
        requested = event.vm_migrate_requested
        self._placed(after, requested.host_uid, requested.host)
        if before.migration or requested.host_uid == before.host_uid:
            self._add("migration", after.name, f"it is to move to {requested.host}, and is on its way or there already")
        if (held := resources_of(requested.held)) != before.held:
            self._add("held", after.name, f"it moves with {_words(held)}, and holds {_words(before.held)}")

    def _migration_advanced(self, before: Vm, after: Vm, event: ev.Event) -> None:
        """The copy runs once it has switched: then nothing runs at the source, by the word of its agent alone."""
        migration, step = before.migration, event.vm_migration_advanced.step
        if migration is None:
            self._add("migration", after.name, "a step of a migration that is not under way")
            return
        if step != ev.VmMigrationAdvanced.STEP_SWITCHED:
            return
        if migration.departure is None:
            text = (
                f"its copy on {migration.host} is to run while {before.host} has not reported that its guest has ended"
            )
            self._add("runs_once", after.name, text)
        if not migration.arrived or migration.switched:
            self._add("migration", after.name, f"it is to run on {migration.host}, where it has not arrived")

    def _stopped(self, before: Vm, after: Vm, event: ev.Event) -> None:
        """What a lost host may still run frees nothing, until the host is fenced or its machine replaced."""
        if before.state is VmState.UNKNOWN:
            text = f"it ended on {before.host}, which is lost and was not fenced"
            self._must_be_off.append((before.host_uid, RuleViolation(self._position, "lost", after.name, text)))

    def _migrated(self, before: Vm, after: Vm, event: ev.Event) -> None:
        if before.migration is None or not before.migration.switched:
            self._add("migration", after.name, "it has moved without a switch")

    def _capacity_held(self, before: Host, after: Host, event: ev.Event) -> None:
        for holding in event.capacity_held.holdings:
            self._held[after.uid, holding.vm_uid] = self._position
            for name, amount in resources_of(holding.amount):
                if amount and after.allocated.of(name) > after.capacity.of(name):
                    text = f"{after.allocated.of(name)} {name} are held of its {after.capacity.of(name)}"
                    self._add("capacity", after.name, f"{text}, after more was held for the VM {holding.vm_uid}")
            for part in hosts.parts_of(holding):
                if _is_over(after, part):
                    self._add("numa_capacity", after.name, f"its NUMA node {part.node} holds more than it has")

    def _capacity_released(self, before: Host, after: Host, event: ev.Event) -> None:
        for holding in event.capacity_released.holdings:
            self._held[after.uid, holding.vm_uid] = self._position

    def _project_deleted(self, before: Project, after: Project, event: ev.Event) -> None:
        if vms := self._fleet.count("vms", after.uid):
            self._add("project", after.name, f"it was deleted with {vms} VMs")
        for collection, kind in RESOURCE_KINDS.items():
            if count := self._fleet.count(collection, after.uid):
                self._add("project", after.name, f"it was deleted with {count} {kind.words}s")
        if any(host.dedicated == after.name for host in self._fleet.hosts.values()):
            self._add("project", after.name, "it was deleted with hosts that are dedicated to it")

    def _end_batch(self) -> None:
        """In one append, a VM and its host say the same."""
        self._check_off()
        for (host_uid, vm_uid), position in self._held.items():
            host, vm = self._fleet.hosts.get(host_uid), self._fleet.vms.get(vm_uid)
            by_host = host.holdings.get(vm_uid, NOTHING) if host else NOTHING
            by_vm = _held_on(vm, host_uid) if vm else NOTHING
            if by_host != by_vm:
                name = host.name if host else f"hosts/{host_uid}"
                whose = f"{vm.name if vm else f'a VM {vm_uid} that is not there'}"
                text = f"{name} holds {_words(by_host)} for it, and it holds {_words(by_vm)} there"
                self._add("held", whose, text, position)
            if host and vm and vm.host_uid == host_uid:
                self._check_lost(host, vm, position)
        self._held.clear()
        self._off.clear()
        self._fleet.settle()

    def _check_off(self) -> None:
        for host_uid, (position, rule, subject, text) in self._must_be_off:
            if host_uid not in self._off:
                self._add(rule, subject, text, position)
        self._must_be_off.clear()

    def _check_lost(self, host: Host, vm: Vm, position: int) -> None:
        """A lost host's VMs are UNKNOWN and keep what they hold; a fenced one's hold no compute there any more."""
        is_lost = host.state is HostState.DOWN and vm.holds_compute
        if is_lost != (vm.state is VmState.UNKNOWN):
            text = f"it is {vm.state.name}, with {_words(vm.held.compute)} on {host.name}, which is {host.state.name}"
            self._add("lost", vm.name, text, position)
        elif host.state is HostState.FENCED and vm.holds_compute:
            self._add("lost", vm.name, f"it holds compute on {host.name}, which is FENCED", position)


class StoredRows(Protocol):
    """What a fold reads."""

    def rows_after(self, position: int, limit: int, topics: Sequence[str] = ()) -> Sequence[Any]: ...


def fold(rows: StoredRows, rules: ConsistencyRules, given_up: Callable[[], bool]) -> None:
    """Gives all events of a ledger to the rules, also of one whose seals do not hold. What is no event is left out."""
    mapper, position = ProtobufMapper(), 0
    while not given_up() and (page := rows.rows_after(position, PAGE)):
        for row in page:
            with suppress(DecodeError, TypeError):
                rules.take(mapper.to_domain_event(row))
        position = page[-1].id


def _is_over(host: Host, part: NumaPart) -> bool:
    """Whether the part's node holds more than it has of what the part takes. Of the rest it may have held so before."""
    node = part.node
    if node >= len(host.numa) or node >= len(host.numa_allocated):
        return True
    amounts = zip(part[1:], host.numa_allocated[node], host.numa[node], strict=True)
    return any(more and held > has for more, held, has in amounts)


def _held_on(vm: Vm, host_uid: str) -> Resources:
    return sum((held for uid, _, held in vm.holdings() if uid == host_uid), NOTHING)


def _words(amount: Resources) -> str:
    return ", ".join(f"{each} {name}" for name, each in amount if each) or "nothing"


def _refusal(before: Aggregate | None, payload: str, error: Exception) -> str:
    if isinstance(error, DomainError):
        return f"{payload} cannot be: {error}"
    state = f"it is {before.state.name}, which does not allow {payload}" if before else f"{payload} cannot be folded"
    return state if isinstance(error, KeyError) else f"{state} ({type(error).__name__})"


Check = Callable[[ConsistencyRules, Any, Any, ev.Event], None]
_CHECKS: dict[str, Check] = {
    "vm_start_requested": ConsistencyRules._started,  # pyright: ignore[reportPrivateUsage] the table of this module's own
    "vm_migrate_requested": ConsistencyRules._migration_requested,  # pyright: ignore[reportPrivateUsage]
    "vm_migration_advanced": ConsistencyRules._migration_advanced,  # pyright: ignore[reportPrivateUsage]
    "vm_migrated": ConsistencyRules._migrated,  # pyright: ignore[reportPrivateUsage]
    "vm_stopped": ConsistencyRules._stopped,  # pyright: ignore[reportPrivateUsage]
    "vm_deleted": ConsistencyRules._stopped,  # pyright: ignore[reportPrivateUsage]
    "image_imported": ConsistencyRules._image_imported,  # pyright: ignore[reportPrivateUsage]
    "capacity_held": ConsistencyRules._capacity_held,  # pyright: ignore[reportPrivateUsage]
    "capacity_released": ConsistencyRules._capacity_released,  # pyright: ignore[reportPrivateUsage]
    "project_deleted": ConsistencyRules._project_deleted,  # pyright: ignore[reportPrivateUsage]
}
