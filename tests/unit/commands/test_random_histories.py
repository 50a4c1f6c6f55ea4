"""Random histories of commands, agent reports and deadlines, against a model of what is held."""

from collections import defaultdict
from dataclasses import dataclass, replace

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from controlplane.commands.host import HostCommand, ReportHost, UpdateHost
from controlplane.commands.project import UpdateProject
from controlplane.commands.vm import (
    CancelMigration,
    Definition,
    PassDeadline,
    ReportVm,
    RestartVm,
    UpdateVm,
    VmCommand,
)
from controlplane.consistency.history_rules import ConsistencyRules
from controlplane.consistency.recount import held_beyond_capacity
from controlplane.domain.command import A, Answer, Command
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.decisions import HostTerms
from controlplane.domain.host.numa import NumaCell
from controlplane.domain.host.states import HostState, HostVerb
from controlplane.domain.project.aggregate import Project, ProjectTerms
from controlplane.domain.resources import NOTHING, ClassInventory, Resources
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.totals import FLEET
from controlplane.domain.vm.aggregate import Observed, Spec, Vm
from controlplane.domain.vm.availability import Availability
from controlplane.domain.vm.reports import Report
from controlplane.domain.vm.states import Verb, VmState
from controlplane.ledger.mapper import ProtobufMapper
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.queries.agent_view import power_of
from tests.support.controlplane import (
    ABSENT,
    CRASHED,
    PAUSED,
    PROJECT,
    RUNNING,
    SHUTOFF,
    World,
    contents,
    create,
    inventory,
    register,
)
from tests.support.trouble import AVAILABILITIES, moving, next_of_migration, of_host, trouble_of_migration
from tests.unit.ledger.snapshots_in_memory import through_a_snapshot

NAMES = ("a", "b", "c")
PROJECT_UID = "uid-default"
HOSTS = ("h1", "h2", "h3")
COMMANDS = (Verb.START, Verb.STOP, Verb.REBOOT, Verb.PAUSE, Verb.RESUME, Verb.MIGRATE, Verb.DELETE)
STEPS = ("start", "stop", "pause", "resume", "reboot", "migrate", "delete", "nonsense")
ENDED = (SHUTOFF, CRASHED, ABSENT)
# Events that free the compute of a VM.
FREEING = {"vm_stopped", "vm_start_failed"}

names = st.sampled_from(NAMES)


def _spec(vcpus: int, memory_mib: int, disk_gib: int, gpus: int) -> Spec:
    return Spec(Resources(vcpus, memory_mib, disk_gib, (("gpu.a100", gpus),) if gpus else ()), image="tiny")


specs = st.builds(
    _spec, st.integers(1, 5), st.sampled_from([512, 1024, 4096]), st.integers(0, 30), st.sampled_from([0, 0, 0, 1])
)
offers = st.builds(
    inventory,
    st.sampled_from([0, 4, 8, 16]),
    st.sampled_from([2048, 8192, 16384]),
    st.sampled_from([0, 40, 100]),
    gpu__a100=st.integers(0, 2),
)
quotas = st.sampled_from([NOTHING, Resources(vcpus=9), Resources(disk_gib=40)])


@dataclass(frozen=True)
class Held:
    """The model of one VM: what its spec requests, and whether its compute and its disk are promised to it."""

    spec: Resources
    compute: bool = False
    disk: bool = False

    @property
    def amount(self) -> Resources:
        return (self.spec.compute if self.compute else NOTHING) + (self.spec.disk if self.disk else NOTHING)


class Histories(RuleBasedStateMachine):
    """Says what callers, agents and time may say, in any order, right or not."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.model: dict[str, Held] = {}
        self.uids = 0
        self.inventory, self.utilization = Inventory(), Utilization()

    @initialize(quota=quotas)
    def begin(self, quota: Resources) -> None:
        self.world.project(quota)
        for name in ("h0", "h4"):
            offered = inventory(vcpus=8, memory_mib=8192, disk_gib=100)
            self.world.carry_out(moving(register(name, offered)))
        self.follow(0)

    _looked_at = 0

    def attempt(self, command: Command[A]) -> A | None:
        """None when it was refused; then nothing has changed."""
        before, length = contents(self.world.fleet), len(self.world.history)
        held = self.world.fleet.held_by_project(PROJECT_UID)
        try:
            answer = self.world.carry_out(command)
        except DomainError:
            assert contents(self.world.fleet) == before
            assert len(self.world.history) == length
            return None
        self.world.now = Micros(self.world.now + SECOND)
        self.follow(length)
        self.freed(length)
        self.nothing_more_is_held_than_the_quota_allows(held)
        return answer

    def nothing_more_is_held_than_the_quota_allows(self, before: Resources) -> None:
        """A quota may be set below what is held: then no more is."""
        quota, held = self.world.fleet.projects[PROJECT_UID].quota, self.world.fleet.held_by_project(PROJECT_UID)
        assert all(amount <= max(before.of(name), quota.of(name)) for name, amount in held if quota.of(name))

    def follow(self, since: int) -> None:
        self.inventory.apply(self.world.history[since:])
        self.utilization.apply(self.world.history[since:])

    # Now and then: an inventory is always news, and would else be most of every history.
    @precondition(lambda self: len(self.world.history) % 5 == 1)
    @rule(name=st.sampled_from(HOSTS), offered=offers)
    def a_host_registers_or_its_agent_finds_it_changed(self, name: str, offered: dict[str, ClassInventory]) -> None:
        command = moving(register(name, offered))
        self.attempt(ReportHost(command))

    @precondition(lambda self: len(self.world.history) % 5 == 2)
    @rule(name=st.sampled_from(HOSTS), offered=offers, nodes=st.integers(1, 3))
    def an_agent_reports_nodes(self, name: str, offered: dict[str, ClassInventory], nodes: int) -> None:
        cell = NumaCell(offered["vcpus"].total // nodes, offered["memory_mib"].total // nodes)
        command = replace(moving(register(name, offered)), numa_nodes=(cell,) * nodes)
        self.attempt(ReportHost(command))

    @precondition(lambda self: len(self.world.history) % 5 == 3)
    @rule(
        name=st.sampled_from(HOSTS), offered=offers, ratio=st.sampled_from([0.5, 1.0, 2.0]), zone=st.sampled_from("ab")
    )
    def an_operator_updates(self, name: str, offered: dict[str, ClassInventory], ratio: float, zone: str) -> None:
        offered |= {"vcpus": replace(offered["vcpus"], allocation_ratio=ratio)}
        update = UpdateHost(f"hosts/{name}", "", frozenset({"inventory", "zone"}), HostTerms(offered, zone))
        self.attempt(update)

    @rule(name=st.sampled_from(HOSTS), verb=st.sampled_from([HostVerb.CORDON, HostVerb.UNCORDON, HostVerb.UNCORDON]))
    def an_operator_cordons(self, name: str, verb: HostVerb) -> None:
        self.attempt(HostCommand(verb, f"hosts/{name}"))

    @rule(name=names, spec=specs, start=st.booleans())
    def create(self, name: str, spec: Spec, start: bool) -> None:
        self.uids += 1
        uid = f"uid-{name}-{self.uids}"
        if self.attempt(create(name, spec, start=start, uid=uid)):
            self.model[uid] = Held(spec.resources, start, start)

    @rule(name=names, verb=st.sampled_from(COMMANDS), stale=st.sampled_from([False, False, False, True]))
    def command(self, name: str, verb: Verb, stale: bool) -> None:
        before = self.world.fleet.vm_named(f"{PROJECT}/vms/{name}")
        command = VmCommand(verb, f"{PROJECT}/vms/{name}", etag='"999"' if stale else "", grace_period_s=1.0)
        answer = self.attempt(command)
        if answer is None or before is None:
            assert answer is None
            return
        assert not stale
        after = answer.resource
        assert isinstance(after, Vm)
        if verb is Verb.START:
            self.model[after.uid] = replace(self.model[after.uid], compute=True, disk=True)
        if after.state is VmState.DELETED:
            assert not before.held

    @rule(
        name=names,
        spec=specs,
        labels=st.sampled_from([(), (("app", "web"),)]),
        availability=st.sampled_from(AVAILABILITIES),
        both=st.booleans(),
    )
    def update(
        self, name: str, spec: Spec, labels: tuple[tuple[str, str], ...], availability: Availability, both: bool
    ) -> None:
        def change(vm: Vm) -> Definition:
            return Definition(spec if both else vm.spec, labels, availability=availability)

        before = self.world.fleet.vm_named(f"{PROJECT}/vms/{name}")
        command = UpdateVm(f"{PROJECT}/vms/{name}", "", change)
        if self.attempt(command) and before:
            after = self.world.fleet.vms[before.uid]
            assert (after.state, after.pending) == (before.state, before.pending)
            assert after.held.compute == before.held.compute
            grown = after.held.disk_gib - before.held.disk_gib
            assert grown == 0 or (before.held.disk_gib and grown > 0)
            assert after.spec == before.spec or before.state is VmState.STOPPED or grown
            known = self.model[after.uid]
            # A disk that it did not have when it was placed comes with its next start.
            self.model[after.uid] = replace(
                known, spec=after.spec.resources, disk=known.disk and bool(known.spec.disk_gib)
            )

    @precondition(lambda self: len(self.world.history) % 5 == 4)
    @rule(quota=quotas)
    def the_quota_changes(self, quota: Resources) -> None:
        def change(project: Project) -> ProjectTerms:
            return project.terms._replace(quota=quota)

        self.attempt(UpdateProject(PROJECT, "", change))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def the_agent_brings_about_what_is_desired(self, data: st.DataObject) -> None:
        vm = self.world.fleet.vms[data.draw(st.sampled_from(sorted(self.model)))]
        guest_state = {1: RUNNING, 2: PAUSED, 3: SHUTOFF, 4: ABSENT}[power_of(vm)]
        seen = Report(vm.incarnation, Observed(guest_state, self.world.now, ""), vm.reboots, True, vm.desired_version)
        self.attempt(ReportVm(vm.host_uid, vm.uid, seen))
        after = self.world.fleet.vms.get(vm.uid)
        host = self.world.fleet.hosts.get(vm.host_uid)
        is_heard = host is None or not host.is_away
        if is_heard and after is not None and after.state is not VmState.MIGRATING:
            assert after.pending is None

    @precondition(lambda self: self.model)
    @rule(
        data=st.data(),
        guest_state=st.sampled_from([RUNNING, PAUSED, SHUTOFF, CRASHED, ABSENT, RUNNING, SHUTOFF, ABSENT, 0, 77]),
        started=st.booleans(),
        reboots=st.integers(0, 2),
    )
    def report(self, data: st.DataObject, guest_state: int, started: bool, reboots: int) -> None:
        vm = self.world.fleet.vms[data.draw(st.sampled_from(sorted(self.model)))]
        incarnation = vm.incarnation + data.draw(st.sampled_from([0, 0, 0, 0, -1, 1]))
        knew = data.draw(st.sampled_from([vm.desired_version, vm.desired_version, 0, vm.desired_version - 1]))
        seen = Report(incarnation, Observed(guest_state, self.world.now, "seen"), reboots, started, knew)
        before = len(self.world.history)
        answer = self.attempt(ReportVm(vm.host_uid, vm.uid, seen))
        if answer is None:
            return
        assert incarnation == vm.incarnation
        if guest_state in ENDED and vm.state is not VmState.MIGRATING:
            assert {*self.world.kinds(before)} & {*FREEING, "vm_deleted"}

    @precondition(lambda self: self.model)
    @rule(data=st.data(), step=st.sampled_from(STEPS), permanent=st.booleans())
    def fail(self, data: st.DataObject, step: str, permanent: bool) -> None:
        vm = self.world.fleet.vms[data.draw(st.sampled_from(sorted(self.model)))]
        seen = Report(
            vm.incarnation,
            Observed(SHUTOFF, self.world.now, ""),
            failed_step=step,
            error="it broke",
            permanent=permanent,
        )
        answer = self.attempt(ReportVm(vm.host_uid, vm.uid, seen))
        if answer is not None:
            assert permanent

    @precondition(lambda self: any(vm.state is VmState.RUNNING for vm in self.world.fleet.vms.values()))
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        running = sorted(vm.name for vm in self.world.fleet.vms.values() if vm.state is VmState.RUNNING)
        self.attempt(VmCommand(Verb.MIGRATE, data.draw(st.sampled_from(running))))

    @precondition(lambda self: any(vm.migration for vm in self.world.fleet.vms.values()))
    @rule(data=st.data(), well=st.integers(0, 5))
    def a_migration_goes_on(self, data: st.DataObject, well: int) -> None:
        """So many reports of one that goes well; or one of what goes wrong."""
        moved = sorted(vm.uid for vm in self.world.fleet.vms.values() if vm.migration)
        uid = data.draw(st.sampled_from(moved))
        for _ in range(max(well, 1)):
            vm = self.world.fleet.vms.get(uid)
            if vm is None or vm.migration is None:
                break
            possible = (next_of_migration if well else trouble_of_migration)(vm, self.world.now)
            if possible:
                reported = data.draw(st.sampled_from(possible))
                self.attempt(ReportVm(reported.host_uid, vm.uid, reported.report))

    @precondition(lambda self: any(vm.migration for vm in self.world.fleet.vms.values()))
    @rule(name=names)
    def cancel(self, name: str) -> None:
        vm = self.world.fleet.vm_named(f"{PROJECT}/vms/{name}")
        if vm is not None and vm.pending is not None:
            self.attempt(CancelMigration(vm.uid, vm.pending.version))

    @precondition(lambda self: len(self.world.history) % 4 == 1)
    @rule(data=st.data())
    def something_befalls_a_host(self, data: st.DataObject) -> None:
        host = data.draw(st.sampled_from(sorted(self.world.fleet.hosts.values(), key=lambda host: host.name)))
        self.attempt(data.draw(st.sampled_from(of_host(host, self.world.now))))

    @precondition(lambda self: any(vm.restart for vm in self.world.fleet.vms.values()))
    @rule(data=st.data(), wait=st.booleans())
    def an_owed_start(self, data: st.DataObject, wait: bool) -> None:
        owed = sorted(vm.uid for vm in self.world.fleet.vms.values() if vm.restart)
        if wait:
            self.world.later(3600)
        uid = data.draw(st.sampled_from(owed))
        if self.attempt(RestartVm(uid)):
            self.model[uid] = replace(self.model[uid], compute=True, disk=True)

    def freed(self, since: int) -> None:
        """On an agent's word, or since a host was fenced: all of it for what is destroyed, else the compute."""
        for recorded in self.world.history[since:]:
            kind, vm = recorded.event.WhichOneof("payload") or "", recorded.after
            if isinstance(vm, Vm) and kind == "vm_deleted":
                del self.model[vm.uid]
            elif isinstance(vm, Vm) and kind in FREEING:
                self.model[vm.uid] = replace(self.model[vm.uid], compute=False)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), late=st.sampled_from([0, 0, 0, 1]))
    def pass_deadline(self, data: st.DataObject, late: int) -> None:
        vm = self.world.fleet.vms[data.draw(st.sampled_from(sorted(self.model)))]
        version = (vm.pending.version if vm.pending else vm.version) - late
        answer: Answer | None = self.attempt(PassDeadline(vm.uid, version, ""))
        assert answer is None or vm.pending is not None

    @invariant()
    def vms_hold_what_the_model_says(self) -> None:
        assert {uid: vm.held for uid, vm in self.world.fleet.vms.items()} == {
            uid: held.amount for uid, held in self.model.items()
        }

    @invariant()
    def only_a_smaller_machine_makes_a_host_go_further_over_its_capacity(self) -> None:
        for recorded in self.world.history[self._looked_at :]:
            before, host = recorded.before, recorded.after
            if not isinstance(before, Host) or not isinstance(host, Host):
                continue
            assert list(held_beyond_capacity(recorded)) == []
            if not recorded.event.HasField("host_inventory_changed"):
                assert not host.overcommitted.beyond(before.overcommitted)
                assert all(now <= max(was, 0) for now, was in zip(over_nodes(host), over_nodes(before), strict=True))
        self._looked_at = len(self.world.history)

    @invariant()
    def nodes_hold_the_parts_of_their_vms(self) -> None:
        for host in self.world.fleet.hosts.values():
            held = [[0, 0] for _ in host.numa_allocated]
            for uid, parts in host.parts.items():
                assert uid in host.holdings
                for part in parts:
                    held[part.node][0] += part.vcpus
                    held[part.node][1] += part.memory_mib
            assert held == [list(cell) for cell in host.numa_allocated]
            assert len(held) >= len(host.numa)

    @invariant()
    def hosts_have_allocated_what_their_vms_hold(self) -> None:
        held: defaultdict[str, dict[str, Resources]] = defaultdict(dict)
        for vm in self.world.fleet.vms.values():
            for host_uid, _, amount in vm.holdings():
                assert vm.uid not in held[host_uid]
                held[host_uid][vm.uid] = amount
        for host in self.world.fleet.hosts.values():
            assert dict(host.holdings) == held[host.uid]
            assert host.allocated == sum(held[host.uid].values(), NOTHING)

    @invariant()
    def projects_hold_what_their_vms_hold(self) -> None:
        for project in self.world.fleet.projects.values():
            # Its quota counts what is moved once.
            held = sum((vm.held for vm in self.world.fleet.vms.values()), NOTHING)
            assert self.world.fleet.held_by_project(project.uid) == held
            assert self.world.fleet.count("vms", project.uid) == len(self.world.fleet.vms)

    @invariant()
    def only_what_runs_or_may_run_holds_compute(self) -> None:
        for vm in self.world.fleet.vms.values():
            if vm.state is VmState.STOPPED:
                assert not vm.holds_compute
                assert vm.pending is None
            elif vm.state not in (VmState.FAILED, VmState.DELETING):
                assert vm.holds_compute

    @invariant()
    def utilization_totals_equal_the_fold(self) -> None:
        hosts, vms = _counted(self.world.fleet), self.world.fleet.vms.values()
        fleet, held = self.utilization.scopes[FLEET], [each for vm in vms for _, _, each in vm.holdings()]
        assert fleet.total == sum((host.capacity for host in hosts), NOTHING)
        assert fleet.allocated == sum(held, NOTHING)
        assert (fleet.hosts, fleet.running_vms) == (len(hosts), sum(vm.holds_compute for vm in vms))
        for host in hosts:
            totals = self.utilization.scopes[host.name]
            assert (totals.total, totals.allocated) == (host.capacity, host.allocated)
            assert totals.overcommitted == host.overcommitted
        assert fleet.overcommitted == sum((host.overcommitted for host in hosts), NOTHING)
        assert self.utilization.scopes[PROJECT].allocated == fleet.allocated
        for zone in {host.zone for host in hosts if host.zone}:
            totals = self.utilization.scopes[f"zones/{zone}"]
            assert totals.total == sum((host.capacity for host in hosts if host.zone == zone), NOTHING)
            assert totals.allocated == sum((host.allocated for host in hosts if host.zone == zone), NOTHING)
            assert totals.overcommitted == sum((host.overcommitted for host in hosts if host.zone == zone), NOTHING)
            inside = {host.uid for host in hosts if host.zone == zone}
            assert totals.hosts == len(inside)
            assert totals.running_vms == sum(vm.holds_compute for vm in vms if vm.host_uid in inside)
        assert {each for each in self.utilization.scopes if each.startswith("zones/")} == {
            f"zones/{host.zone}" for host in hosts if host.zone
        }

    @invariant()
    def the_inventory_equals_the_fleet(self) -> None:
        assert self.inventory.vms == self.world.fleet.vms
        assert self.inventory.hosts == self.world.fleet.hosts
        placed = {(uid, vm) for uid, vms in self.inventory.placed.items() for vm in vms}
        assert placed == {(uid, vm.uid) for vm in self.world.fleet.vms.values() for uid in vm.hosts}

    def teardown(self) -> None:
        """Every event, as stored bytes, from the first: the same fleet."""
        assert contents(replayed(self.world.history)) == contents(self.world.fleet)
        self.a_snapshot_gives_the_same_as_the_fold()
        self.no_rule_is_broken()

    def no_rule_is_broken(self) -> None:
        rules = ConsistencyRules()
        for position, each in enumerate(self.world.history, 1):
            rules.take(each.at(position))
        rules.take(RecordedEvent("ledger", 1, ev.Event(), None, None, len(self.world.history) + 1))
        assert rules.violations == []

    def a_snapshot_gives_the_same_as_the_fold(self) -> None:
        state = through_a_snapshot(self.world.fleet.captured(len(self.world.history), self.world.now))
        fleet, inventory, utilization = Fleet(), Inventory(), Utilization()
        for each in (fleet, inventory, utilization):
            each.restore(state)
        assert contents(fleet) == contents(self.world.fleet)
        assert (inventory.vms, inventory.hosts, inventory.tombstones) == (
            self.inventory.vms,
            self.inventory.hosts,
            self.inventory.tombstones,
        )
        for scope in (FLEET, PROJECT, *(host.name for host in self.world.fleet.hosts.values())):
            assert utilization.scopes[scope] == self.utilization.scopes[scope]


def _counted(fleet: Fleet) -> list[Host]:
    """Those that offer something."""
    return [host for host in fleet.hosts.values() if host.state is not HostState.DECOMMISSIONED]


def over_nodes(host: Host) -> list[int]:
    """How much more each node holds than it has, vCPUs and memory; of the first 8 nodes."""
    has = [*sum(host.numa, ()), *[0] * 16][:16]
    held = [*sum(host.numa_allocated, ()), *[0] * 16][:16]
    return [each - capacity for each, capacity in zip(held, has, strict=True)]


def replayed(history: list[RecordedEvent]) -> Fleet:
    mapper, fleet = ProtobufMapper(), Fleet()
    for each in history:
        again = mapper.to_domain_event(mapper.to_stored_event(each))
        # Versions have no gap: the next one is the one that was stored.
        assert fleet.apply(again.stream, None, again.event).version == again.version
    return fleet


TestRandomHistories = Histories.TestCase
TestRandomHistories.settings = settings(max_examples=250, stateful_step_count=80, deadline=None)
TestRandomHistories = pytest.mark.slow(TestRandomHistories)
