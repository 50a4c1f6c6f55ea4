"""VMs that move: what both agents' reports come to, in every order, and what is held meanwhile."""

import pytest

from controlplane.commands.host import RegisterHost
from controlplane.commands.trouble import ConfirmFence, FenceHost, LoseHost, RegainHost
from controlplane.commands.vm import CancelMigration, ReportVm, VmCommand
from controlplane.domain.errors import WrongState
from controlplane.domain.host.aggregate import Platform
from controlplane.domain.host.states import HostState
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.resources import NOTHING, ClassInventory, Resources
from controlplane.domain.vm.aggregate import MigrationPhase, Observed, Vm
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import GuestState, Verb, VmState
from tests.support.controlplane import World, spec

RUNNING, PAUSED, SHUTOFF, ABSENT = GuestState.RUNNING, GuestState.PAUSED, GuestState.SHUTOFF, GuestState.ABSENT
INVENTORY = {"vcpus": ClassInventory(8), "memory_mib": ClassInventory(8192), "disk_gib": ClassInventory(100)}
PLATFORM = Platform("x86_64", virt_type="qemu", images=frozenset(("*",)))
TRAITS = frozenset(("migration.libvirt",))
ALL = Resources(2, 1024, 10)


class Move:
    """A VM that runs on one of two hosts, and is being moved to the other."""

    def __init__(self) -> None:
        self.world = world = World()
        world.project()
        for name in ("a", "b"):
            world.carry_out(RegisterHost(f"uid-{name}", f"hosts/{name}", INVENTORY, PLATFORM, "", {}, TRAITS))
        world.create(of=spec(), start=True)
        world.report(RUNNING)
        self.source = self.vm.host_uid
        self.destination = "uid-b" if self.source == "uid-a" else "uid-a"
        self.first = self.vm.incarnation
        world.carry_out(VmCommand(Verb.MIGRATE, self.vm.name))

    @property
    def vm(self) -> Vm:
        return self.world.vm()

    def held(self) -> tuple[Resources, Resources]:
        """On the source and the destination."""
        hosts = self.world.fleet.hosts
        return hosts[self.source].allocated, hosts[self.destination].allocated

    def reports(self, host_uid: str, state: int, *, detail: str = "", failed: str = "", ready: bool = False) -> None:
        incarnation = self.first if host_uid == self.source else self.first + 1
        address = {"uri": "tcp://there"} if ready else None
        seen = Report(
            incarnation,
            Observed(state, self.world.now, detail),
            started=state != ABSENT,
            desired_version=self.vm.desired_version,
            failed_step=failed,
            error="it broke" if failed else "",
            permanent=bool(failed),
            address=address,
        )
        self.world.carry_out(ReportVm(host_uid, self.vm.uid, seen))

    def prepared(self) -> "Move":
        self.reports(self.destination, ABSENT, ready=True)
        return self

    def departs(self) -> None:
        self.reports(self.source, SHUTOFF, detail="migrated")

    def arrives(self) -> None:
        self.reports(self.destination, PAUSED)


def test_both_hosts_hold_it_until_its_copy_runs() -> None:
    move = Move()
    assert move.vm.state is VmState.MIGRATING
    assert move.held() == (ALL, ALL)
    move.prepared()
    assert move.vm.migration
    assert (move.vm.migration.phase, move.vm.migration.addresses) == (MigrationPhase.COPYING, {"uri": "tcp://there"})
    move.arrives()
    assert move.vm.host_uid == move.source
    move.departs()
    assert (move.vm.host_uid, move.vm.incarnation, move.vm.state) == (
        move.destination,
        move.first + 1,
        VmState.MIGRATING,
    )
    assert move.held() == (ALL, ALL)
    move.reports(move.destination, RUNNING)
    assert (move.vm.state, move.vm.migration, move.vm.pending) == (VmState.RUNNING, None, None)
    assert move.held() == (NOTHING, ALL)


@pytest.mark.parametrize("first", ["departs", "arrives"])
def test_one_agents_word_alone_switches_nothing(first: str) -> None:
    move = Move().prepared()
    getattr(move, first)()
    assert (move.vm.host_uid, move.vm.state) == (move.source, VmState.MIGRATING)
    getattr(move, {"departs": "arrives", "arrives": "departs"}[first])()
    assert move.vm.host_uid == move.destination


def test_a_source_that_could_not_leaves_it_where_it_was() -> None:
    move = Move().prepared()
    move.arrives()
    move.reports(move.source, RUNNING, failed="migrate")
    assert (move.vm.state, move.vm.host_uid, move.vm.failure) == (
        VmState.RUNNING,
        move.source,
        "migrate failed: it broke",
    )
    assert move.held() == (ALL, NOTHING)
    # What the copy is from now on is of no account.
    move.reports(move.destination, RUNNING)
    assert move.vm.host_uid == move.source


def test_a_destination_that_cannot_be_prepared_leaves_it_where_it_was() -> None:
    move = Move()
    move.reports(move.destination, ABSENT, failed="migrate")
    assert (move.vm.state, move.held()) == (VmState.RUNNING, (ALL, NOTHING))


def test_a_copy_that_is_lost_once_its_guest_has_left_is_an_end() -> None:
    move = Move().prepared()
    move.departs()
    move.reports(move.destination, ABSENT)
    assert (move.vm.state, move.vm.migration) == (VmState.FAILED, None)
    assert "its copy was lost" in move.vm.failure
    assert move.held() == (Resources(disk_gib=10), NOTHING)


def test_a_guest_that_powers_off_before_it_is_copied_has_stopped() -> None:
    move = Move()
    move.reports(move.source, SHUTOFF, detail="shutdown")
    assert (move.vm.state, move.held()) == (VmState.STOPPED, (Resources(disk_gib=10), NOTHING))


def test_a_migration_that_is_cancelled_ends_by_the_sources_word() -> None:
    move = Move().prepared()
    assert move.vm.pending
    move.world.carry_out(CancelMigration(move.vm.uid, move.vm.pending.version))
    assert move.vm.state is VmState.MIGRATING
    move.reports(move.source, RUNNING)
    assert (move.vm.state, move.held()) == (VmState.RUNNING, (ALL, NOTHING))


def test_a_cancelled_migration_that_was_over_before_has_moved() -> None:
    move = Move().prepared()
    move.arrives()
    assert move.vm.pending
    move.world.carry_out(CancelMigration(move.vm.uid, move.vm.pending.version))
    move.departs()
    assert move.vm.host_uid == move.destination


def test_a_migration_that_takes_too_long_is_given_up_and_can_be_left() -> None:
    move = Move().prepared()
    move.world.pass_deadline()
    assert (move.vm.state, move.vm.pending) == (VmState.MIGRATING, None)
    move.reports(move.source, RUNNING)
    assert move.vm.state is VmState.RUNNING


def test_a_stop_meanwhile_stops_it_and_frees_both_hosts() -> None:
    move = Move().prepared()
    move.world.ask(Verb.STOP)
    assert move.vm.state is VmState.STOPPING
    move.reports(move.source, SHUTOFF)
    assert (move.vm.state, move.vm.migration) == (VmState.STOPPED, None)
    assert move.held() == (Resources(disk_gib=10), NOTHING)


def test_nothing_else_is_begun_meanwhile() -> None:
    for verb in (Verb.START, Verb.REBOOT, Verb.PAUSE, Verb.RESUME, Verb.MIGRATE):
        with pytest.raises(WrongState):
            Move().world.ask(verb)


def fence(move: Move, host_uid: str) -> None:
    name = move.world.fleet.hosts[host_uid].name
    answer = move.world.carry_out(FenceHost(name, method=FenceMethod.FENCER, has_fencer=True))
    move.world.carry_out(ConfirmFence(host_uid, answer.version, "it is off"))


def test_a_lost_source_makes_it_unknown_and_a_regained_one_moves_on() -> None:
    move = Move().prepared()
    move.world.carry_out(LoseHost(move.source, 30_000_000))
    assert (move.vm.state, move.vm.last_state) == (VmState.UNKNOWN, VmState.MIGRATING)
    move.arrives()
    assert move.held() == (ALL, ALL)
    move.world.carry_out(RegainHost(move.source, HostState.DOWN))
    assert move.vm.state is VmState.MIGRATING
    move.departs()
    assert move.vm.host_uid == move.destination


def test_a_copy_does_not_go_on_because_its_source_was_fenced() -> None:
    move = Move().prepared()
    move.arrives()
    move.world.carry_out(LoseHost(move.source, 30_000_000))
    fence(move, move.source)
    assert (move.vm.state, move.vm.host_uid, move.vm.migration) == (VmState.FAILED, move.source, None)
    assert move.held() == (Resources(disk_gib=10), NOTHING)


@pytest.mark.parametrize("departed", [False, True])
def test_a_fenced_destination_ends_what_had_left_and_no_other(departed: bool) -> None:
    move = Move().prepared()
    if departed:
        move.departs()
    fence(move, move.destination)
    assert move.vm.state is (VmState.FAILED if departed else VmState.RUNNING)
    assert move.held() == ((Resources(disk_gib=10) if departed else ALL), NOTHING)


def test_a_paused_vm_stays_paused_where_it_goes() -> None:
    move = Move().prepared()
    move.reports(move.source, RUNNING, failed="migrate")
    move.world.ask(Verb.PAUSE)
    move.world.report(PAUSED)
    move.world.carry_out(VmCommand(Verb.MIGRATE, move.vm.name))
    migration = move.vm.migration
    assert migration
    move.first = migration.incarnation - 1
    seen = Report(move.vm.incarnation, Observed(SHUTOFF, move.world.now, "migrated"), started=True)
    move.reports(move.destination, ABSENT, ready=True)
    move.arrives()
    move.world.carry_out(ReportVm(move.source, move.vm.uid, seen))
    assert move.vm.host_uid == move.destination
    move.reports(move.destination, PAUSED)
    assert (move.vm.state, move.vm.paused) == (VmState.PAUSED, True)
    assert move.held() == (NOTHING, ALL)
