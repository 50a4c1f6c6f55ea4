"""The fleet: every VM, host, project and resource of a project that lives. Holds state; decides nothing."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar, cast

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.access import policy as policies
from controlplane.domain.access import roles
from controlplane.domain.access.policy import Policy
from controlplane.domain.access.roles import BUILT_IN, Role
from controlplane.domain.history import STREAM as HISTORY
from controlplane.domain.history import Lineage
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host import credentials
from controlplane.domain.host.aggregate import Host, NumaPart
from controlplane.domain.host.credentials import HostCredentials
from controlplane.domain.host.unexpected_guests import NO_GUESTS, Guests, UnexpectedGuest
from controlplane.domain.image.aggregate import Image
from controlplane.domain.network.addresses import card_number
from controlplane.domain.network.aggregate import Network
from controlplane.domain.placement.spare_capacity import SpareRules
from controlplane.domain.project import aggregate as projects
from controlplane.domain.project.aggregate import Project
from controlplane.domain.rebalance import aggregate as rebalances
from controlplane.domain.rebalance.aggregate import STREAM as REBALANCES
from controlplane.domain.rebalance.aggregate import Rebalance
from controlplane.domain.resource_kinds import IMAGES, IN_PROJECTS, RESOURCE_KINDS, ProjectResource, R, ResourceKind
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.time import Micros, micros_of
from controlplane.domain.vm import evolve as vms
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.consoles import session_changes
from controlplane.domain.vm.interfaces import Cards, Interfaces, names_of
from controlplane.domain.vm.states import VmState

Aggregate = Vm | Host | Project | ProjectResource
Index = TypeVar("Index")
# For how long a VM that was moved is left where it is, the last rebalances are known.
REBALANCES_KEPT = 50
# Kinds of what is counted: see `Fleet.next_number`.
CARDS, NETWORKS = "cards", "networks"
NO_CARDS: Cards = ()
NO_INTERFACES: Interfaces = ()


class RecordedEvent(NamedTuple):
    """One event at its place in its stream, and its aggregate before and after it.

    `position` is 0 until the event is committed; `before` is None for a stream's first event, and both are for streams
    without an aggregate.
    """

    stream: str
    version: int
    event: ev.Event
    before: Aggregate | None = None
    after: Aggregate | None = None
    position: int = 0

    def at(self, position: int) -> "RecordedEvent":
        """The same event, committed."""
        return RecordedEvent(self.stream, self.version, self.event, self.before, self.after, position)


@dataclass(frozen=True, slots=True)
class FleetState:
    """All live aggregates as of a position, and the uid that the name of each that has ended had last."""

    projects: Sequence[Project]
    hosts: Sequence[Host]
    vms: Sequence[Vm]
    tombstones: Mapping[str, str]
    position: int
    time: Micros
    # Those that run, and the last that have ended.
    rebalances: Sequence[Rebalance] = ()
    # What projects have beside VMs, by collection.
    resources: Mapping[str, Sequence[ProjectResource]] = field(default_factory=dict[str, Sequence[ProjectResource]])
    # The last event of each stream of policies and roles.
    access: Sequence["RecordedEvent"] = ()
    host_credentials: Sequence[HostCredentials] = ()
    # The last number that was given of each kind that is counted: see `Fleet.next_number`.
    numbers: Mapping[str, int] = field(default_factory=dict[str, int])
    # The beginning of each console session that has not ended.
    open_consoles: Sequence["RecordedEvent"] = ()

    def of(self, kind: ResourceKind[R]) -> Sequence[R]:
        """The resources of a kind."""
        return cast("Sequence[R]", self.resources.get(kind.collection, ()))


def snapshot_stream(position: int) -> str:
    """The stream whose only event vouches for the snapshot as of a position."""
    return f"snapshots/{position}"


# Of each kind of stream that has an aggregate.
EVOLVE: Mapping[str, Callable[[Any, ev.Event, int], Aggregate]] = {
    "vms": vms.evolve,
    "hosts": hosts.evolve,
    "projects": projects.evolve,
    **{collection: kind.evolve for collection, kind in RESOURCE_KINDS.items()},
}


def _address_key(network_uid: str, address: str) -> str:
    return f"{network_uid}/{address}"


def _concerns_others(vm: Vm) -> bool:
    """Whether rules between VMs can be about it, or when its host will be empty follows from it."""
    return bool(vm.labels or vm.spec.rules.groups or vm.expected_lifetime_us)


class Fleet:
    """All live aggregates. Changes are journaled, so that a refused command can be undone."""

    def __init__(self) -> None:
        self.vms: dict[str, Vm] = {}
        self.hosts: dict[str, Host] = {}
        self.projects: dict[str, Project] = {}
        # What projects have beside VMs, by collection.
        self.resources: dict[str, dict[str, Any]] = {collection: {} for collection in RESOURCE_KINDS}
        self.tombstones: dict[str, str] = {}
        self._uids: dict[str, str] = {}
        self._held: dict[str, Resources] = {}
        # How many VMs, and how many of each collection, each project has, by its uid.
        self._counts: dict[str, dict[str, int]] = {collection: {} for collection in IN_PROJECTS}
        # The rules of spare capacity of the projects that have any, by uid.
        self.spare_rules: dict[str, SpareRules] = {}
        # Who holds an address of a network, by VM uid: see `_address_key`. And how many are held, by the network's uid.
        self._addresses: dict[str, str] = {}
        self._held_addresses: dict[str, int] = {}
        # How many VMs' specs name a network or a security group, by its uid.
        self._uses: dict[str, int] = {}
        # The image that is being made of a VM, by uid, by the VM's uid.
        self._captures: dict[str, str] = {}
        # The last number that was given of each kind that is counted.
        self.numbers: dict[str, int] = {}
        # Hosts, by uid, with an unexpected guest of a VM, by the VM's uid.
        self._unexpected: dict[str, tuple[str, ...]] = {}
        # The ledger's history: see `domain.history`.
        self.lineage = Lineage()
        # The floor of a history in which all hosts have reported their guests: from then on, they all have.
        self._all_reported_in = 0
        # Those that run, and the last that have ended.
        self.rebalances: dict[str, Rebalance] = {}
        # Policies and roles, by stream: the last event of each is what it is.
        self.access: dict[str, RecordedEvent] = {}
        # By the host's id.
        self.host_credentials: dict[str, HostCredentials] = {}
        # The beginning of each console session that has not ended, by the session's id.
        self.open_consoles: dict[str, RecordedEvent] = {}
        self._tables: dict[str, dict[str, Any]] = {
            "vms": self.vms,
            "hosts": self.hosts,
            "projects": self.projects,
            **self.resources,
        }
        self._journal: list[tuple[dict[str, Any], str, Any]] = []
        # What an index of the fleet has not seen yet, in order: hosts, and VMs that matter to others.
        self.changed_hosts: dict[str, None] = {}
        self.changed_vms: dict[str, None] = {}
        self._indexes: dict[object, object] = {}

    def index(self, make: "Callable[[Fleet], Index]") -> Index:
        """What is derived from this fleet and kept beside it, made at its first use."""
        found = self._indexes.get(make)
        if found is None:
            found = self._indexes[make] = make(self)
        return cast("Index", found)

    def living(self, kind: str, uid: str) -> Aggregate | None:
        """What lives of a kind of streams, such as `vms`."""
        return self._tables[kind].get(uid)

    def named(self, kind: str, name: str) -> Aggregate | None:
        """What lives of a kind of streams, and has the name."""
        return self._tables[kind].get(self._uids.get(name, ""))

    def vm_named(self, name: str) -> Vm | None:
        return self.vms.get(self._uids.get(name, ""))

    def host_named(self, name: str) -> Host | None:
        return self.hosts.get(self._uids.get(name, ""))

    def project_named(self, name: str) -> Project | None:
        return self.projects.get(self._uids.get(name, ""))

    def of(self, kind: ResourceKind[R]) -> Mapping[str, R]:
        """The resources of a kind, by uid."""
        return self.resources[kind.collection]

    def resource_named(self, kind: ResourceKind[R], name: str) -> R | None:
        return self.of(kind).get(self._uids.get(name, ""))

    def held_by_project(self, project_uid: str) -> Resources:
        """What a project's quota counts: what all its VMs hold together, their addresses, and what its images take."""
        return self._held.get(project_uid, NOTHING)

    def holder(self, network_uid: str, address: str) -> str:
        """The uid of the VM that holds an address of a network. Empty: nobody does."""
        return self._addresses.get(_address_key(network_uid, address), "")

    def held_addresses(self, network_uid: str) -> int:
        """How many addresses of a network VMs hold."""
        return self._held_addresses.get(network_uid, 0)

    def image_of(self, vm_uid: str) -> Image | None:
        """The image that is being made of a VM's disk."""
        return self.of(IMAGES).get(self._captures.get(vm_uid, ""))

    def uses(self, uid: str) -> int:
        """How many VMs' specs name a network, or a security group."""
        return self._uses.get(uid, 0)

    def next_number(self, kind: str) -> int:
        """One above all that were ever given of a kind: of `CARDS` or `NETWORKS`."""
        return self.numbers.get(kind, 0) + 1

    def count(self, collection: str, project_uid: str) -> int:
        """How many of a collection, such as `vms`, a project has, in whatever state."""
        return self._counts[collection].get(project_uid, 0)

    def apply(self, stream: str, version: int | None, event: ev.Event) -> RecordedEvent:
        """Evolves the stream's aggregate, and returns the event with what it changed. No version is the next one."""
        kind, _, uid = stream.partition("/")
        evolve = EVOLVE.get(kind)
        if kind == REBALANCES:
            return RecordedEvent(stream, self._rebalance(uid, version, event), event)
        if kind in (policies.STREAM, roles.STREAM):
            return self._put_access(stream, version, event)
        if kind == credentials.STREAM:
            return RecordedEvent(stream, self._host_credentials(uid, version, event), event)
        if evolve is None:
            return self._apply_alone(RecordedEvent(stream, version or 1, event))
        table = self._tables[kind]
        before = table.get(uid)
        after = evolve(before, event, version or self._next_version(before))
        if isinstance(after, Vm):
            self._put_vm(before, after)
        elif kind in self.resources:
            self._put_resource(kind, before, cast("ProjectResource", after))
        elif isinstance(after, Project) and after.is_deleted:
            self._set(table, uid, None)
            self._entomb(after)
            self._put_spare_rules(uid, ())
        else:
            self._set(table, uid, after)
            if before is None:
                self._set(self._uids, after.name, uid)
            if isinstance(after, Host) and after.unexpected is not (before.unexpected if before else NO_GUESTS):
                self._index_guests(uid, before.unexpected if before else NO_GUESTS, after.unexpected)
            if isinstance(after, Project):
                self._put_spare_rules(uid, after.terms.spare_capacity)
        return RecordedEvent(stream, after.version, event, before, after)

    def _apply_alone(self, recorded: RecordedEvent) -> RecordedEvent:
        """Of a stream without an aggregate."""
        if recorded.stream.partition("/")[0] == HISTORY:
            self.lineage = self.lineage.forked(recorded.event)
        for session, opened in session_changes(recorded.event):
            self._set(self.open_consoles, session, recorded if opened else None)
        return recorded

    def _put_access(self, stream: str, version: int | None, event: ev.Event) -> RecordedEvent:
        before = self.access.get(stream)
        after = self.lineage.next_version(before.version, micros_of(before.event.commit_time)) if before else 1
        recorded = RecordedEvent(stream, version or after, event)
        self._set(self.access, stream, recorded)
        return recorded

    def policy(self, project_uid: str) -> Policy:
        """Who has which roles on a project, or on the root for an empty uid."""
        last = self.access.get(policies.stream_of(project_uid))
        return policies.policy_of(last.event, last.version) if last else Policy(project_uid)

    def role(self, name: str) -> Role | None:
        """A role that there is."""
        last = self.access.get(roles.stream_of(name))
        return BUILT_IN.get(name) or (roles.role_of(last.event, last.version) if last else None)

    def _rebalance(self, uid: str, version: int | None, event: ev.Event) -> int:
        before = self.rebalances.get(uid)
        after = rebalances.evolve(before, event, version or self._next_version(before))
        self._set(self.rebalances, uid, after)
        for each in rebalances.over([*self.rebalances.values()], REBALANCES_KEPT) if after.ended else ():
            self._set(self.rebalances, each.uid, None)
        return after.version

    def _host_credentials(self, host_id: str, version: int | None, event: ev.Event) -> int:
        before = self.host_credentials.get(host_id)
        after = credentials.evolve(before, host_id, event, version or self._next_version(before))
        self._set(self.host_credentials, host_id, after)
        return after.version

    def _next_version(self, before: Aggregate | Rebalance | HostCredentials | None) -> int:
        """The next of a stream. One that other histories have, too, goes on above what they can have issued."""
        if before is None:
            return 1
        return self.lineage.next_version(before.version, before.created)

    def replay(self, stored: Sequence[RecordedEvent]) -> list[RecordedEvent]:
        """Applies events as the ledger has them, for good; returns them with what each changed."""
        applied = [self.apply(each.stream, each.version, each.event).at(each.position) for each in stored]
        self.settle()
        return applied

    def _put_vm(self, before: Vm | None, after: Vm) -> None:
        if after.state is VmState.DELETED:
            self._set(self.vms, after.uid, None)
            self._entomb(after)
            self._add("vms", after.project_uid, -1)
        else:
            self._set(self.vms, after.uid, after)
            if before is None:
                self._set(self._uids, after.name, after.uid)
                self._add("vms", after.project_uid, 1)
        if _concerns_others(after) or (before and _concerns_others(before)):
            self.changed_vms[after.uid] = None
        had = before.cards if before else NO_CARDS
        if after.cards is not had:
            self._put_cards(after.uid, had, after.cards)
        named = before.spec.interfaces if before else NO_INTERFACES
        names = NO_INTERFACES if after.state is VmState.DELETED else after.spec.interfaces
        if names is not named:
            self._put_uses(named, names)
        was = before.held if before else NOTHING
        if after.cards is not had or (after.held is not was and after.held != was):
            self._count_held(after.project_uid, before.counted if before else NOTHING, after.counted)

    def _put_resource(self, collection: str, before: ProjectResource | None, after: ProjectResource) -> None:
        self._set(self.resources[collection], after.uid, None if after.is_deleted else after)
        if before is None:
            self._set(self._uids, after.name, after.uid)
            if isinstance(after, Network):
                self._number_given(NETWORKS, after.vni)
        elif after.is_deleted:
            self._entomb(after)
        if isinstance(after, Image) and after.source_vm_uid:
            self._set(self._captures, after.source_vm_uid, after.uid if after.is_capturing else None)
        if isinstance(after, Image):
            self._count_held(after.project_uid, before.held if isinstance(before, Image) else NOTHING, after.held)
        if before is None or after.is_deleted:
            self._add(collection, after.project_uid, -1 if after.is_deleted else 1)

    def _count_held(self, project_uid: str, before: Resources, after: Resources) -> None:
        if before != after:
            self._set(self._held, project_uid, self.held_by_project(project_uid) + after - before)

    def _put_cards(self, vm_uid: str, before: Cards, after: Cards) -> None:
        for cards, holder, more in ((before, None, -1), (after, vm_uid, 1)):
            for card in cards:
                for address in card.addresses:
                    self._set(self._addresses, _address_key(card.network_uid, address), holder)
                held = self.held_addresses(card.network_uid) + more * len(card.addresses)
                self._set(self._held_addresses, card.network_uid, held or None)
        for card in after:
            self._number_given(CARDS, card_number(card.mac_address))

    def _put_uses(self, before: Interfaces, after: Interfaces) -> None:
        for uids, more in ((names_of(before), -1), (names_of(after), 1)):
            for uid in uids:
                self._set(self._uses, uid, self.uses(uid) + more or None)

    def _number_given(self, kind: str, number: int) -> None:
        if number >= self.next_number(kind):
            self._set(self.numbers, kind, number)

    def _add(self, collection: str, project_uid: str, more: int) -> None:
        self._set(self._counts[collection], project_uid, self.count(collection, project_uid) + more)

    def _put_spare_rules(self, project_uid: str, rules: SpareRules) -> None:
        if rules != self.spare_rules.get(project_uid, ()):
            self._set(self.spare_rules, project_uid, rules or None)

    def _index_guests(self, host_uid: str, before: Guests, after: Guests) -> None:
        for vm_uid in {*before} ^ {*after}:
            others = tuple(each for each in self._unexpected.get(vm_uid, ()) if each != host_uid)
            hosts = (*others, host_uid) if vm_uid in after else others
            self._set(self._unexpected, vm_uid, hosts or None)

    def unexpected_guests(self, vm_uid: str) -> list[tuple[Host, UnexpectedGuest]]:
        """The guests of a VM that the ledger does not expect where they are, and their hosts."""
        found = [self.hosts[host_uid] for host_uid in self._unexpected.get(vm_uid, ())]
        return [(host, host.unexpected[vm_uid]) for host in found]

    def unreported_hosts(self) -> list[Host]:
        """Those whose agents have not reported their guests since the ledger was restored."""
        lineage = self.lineage
        if self._all_reported_in == lineage.floor:
            return []
        found = [host for host in self.hosts.values() if lineage.awaits(host.created, host.guests_known_in)]
        # What is not settled may be undone.
        if not found and self.is_settled:
            self._all_reported_in = lineage.floor
        return found

    def _entomb(self, ended: Vm | Project | ProjectResource) -> None:
        """The name is free again, and still leads to the last that had it."""
        self._set(self._uids, ended.name, None)
        self._set(self.tombstones, ended.name, ended.uid)

    def hold_more(self, host: Host, vm_uid: str, amount: Resources, parts: tuple[NumaPart, ...]) -> Host:
        """The host with one more holding, by an event of its own that has been applied already, and has grown."""
        after = hosts.holding_more(host, vm_uid, amount, parts)
        self._set(self.hosts, host.uid, after)
        return after

    def take_off(self, vm: Vm) -> Vm:
        """The VM off its host, with all that it holds there, to be placed on trial. To be undone."""
        host = self.hosts[vm.host_uid]
        released = ev.CapacityReleased(holdings=[hosts.holding(vm.uid, vm.held, host.parts.get(vm.uid, ()))])
        self.apply(f"hosts/{host.uid}", None, ev.Event(capacity_released=released))
        off = vm._replace(host_uid="", host="", held=NOTHING)
        self.put_vm(off)
        return off

    def put_vm(self, vm: Vm) -> None:
        """A VM that there is, as it would be: without an event, on a copy of the fleet."""
        self._put_vm(self.vms[vm.uid], vm)

    def _set(self, table: dict[str, Any], key: str, value: object) -> None:
        self._journal.append((table, key, table.get(key)))
        if table is self.hosts:
            self.changed_hosts[key] = None
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value

    def captured(self, position: int, time: Micros) -> FleetState:
        """The fleet as it is: a shallow copy, since aggregates never change."""
        projects, hosts, vms = list(self.projects.values()), list(self.hosts.values()), list(self.vms.values())
        kept, access = [*self.rebalances.values()], [*self.access.values()]
        resources = {collection: [*each.values()] for collection, each in self.resources.items()}
        proofs = [*self.host_credentials.values()]
        rest = (kept, resources, access, proofs, dict(self.numbers), [*self.open_consoles.values()])
        return FleetState(projects, hosts, vms, dict(self.tombstones), position, time, *rest)

    def restore(self, state: FleetState) -> None:
        """Becomes what was captured. Only for a fleet that is still empty."""
        self.projects.update((each.uid, each) for each in state.projects)
        self.hosts.update((each.uid, each) for each in state.hosts)
        self.rebalances.update((each.uid, each) for each in state.rebalances)
        self.access.update((each.stream, each) for each in state.access)
        self.host_credentials.update((each.host_id, each) for each in state.host_credentials)
        self.vms.update((each.uid, each) for each in state.vms)
        for collection, resources in state.resources.items():
            self.resources[collection].update((each.uid, each) for each in resources)
        for aggregates in (state.projects, state.hosts, state.vms, *state.resources.values()):
            self._uids.update((each.name, each.uid) for each in aggregates)
        self.spare_rules.update((each.uid, rules) for each in state.projects if (rules := each.terms.spare_capacity))
        self.tombstones.update(state.tombstones)
        self.numbers.update(state.numbers)
        self.open_consoles.update((each.event.console_opened.session, each) for each in state.open_consoles)
        for collection, inside in (("vms", state.vms), *state.resources.items()):
            self._counts[collection].update(Counter(each.project_uid for each in inside))
        self._captures.update((each.source_vm_uid, each.uid) for each in state.of(IMAGES) if each.is_capturing)
        held: dict[str, Resources] = {}
        for vm in state.vms:
            if vm.cards:
                self._put_cards(vm.uid, NO_CARDS, vm.cards)
            if vm.spec.interfaces:
                self._put_uses(NO_INTERFACES, vm.spec.interfaces)
            if counted := vm.counted:
                held[vm.project_uid] = held.get(vm.project_uid, NOTHING) + counted
        for image in state.of(IMAGES):
            held[image.project_uid] = held.get(image.project_uid, NOTHING) + image.held
        self._held.update(held)
        for host in state.hosts:
            for vm_uid in host.unexpected:
                self._unexpected[vm_uid] = (*self._unexpected.get(vm_uid, ()), host.uid)
        self.changed_hosts.update(dict.fromkeys(self.hosts))
        self.changed_vms.update((vm.uid, None) for vm in state.vms if _concerns_others(vm))
        self.settle()

    @property
    def is_settled(self) -> bool:
        """Whether all that has been applied is committed."""
        return not self._journal

    def mark(self) -> int:
        """A point to `undo` to."""
        return len(self._journal)

    def undo(self, mark: int) -> None:
        """Takes back every change since `mark`."""
        while len(self._journal) > mark:
            table, key, value = self._journal.pop()
            if table is self.hosts:
                self.changed_hosts[key] = None
            elif table is self.vms:
                self.changed_vms[key] = None
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value

    def settle(self) -> None:
        """Forgets the journal: what has been applied is committed."""
        self._journal.clear()
