"""A snapshot is what folding the ledger gives, and may be lost at any time."""

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import StoredEvent

from controlplane.commands.consoles import RecordConsole
from controlplane.commands.handlers import handle
from controlplane.commands.host import RegisterHost
from controlplane.commands.network import CreateNetwork, DeleteNetwork
from controlplane.commands.project import CreateProject
from controlplane.commands.security_group import CreateSecurityGroup
from controlplane.commands.service_account import (
    CreateServiceAccount,
    CreateToken,
    DeleteServiceAccount,
    RecordTokenUses,
    RevokeToken,
)
from controlplane.commands.snapshot import VouchForSnapshot
from controlplane.commands.vm import CreateVm, ReportVm, VmCommand
from controlplane.domain.command import CommandContext
from controlplane.domain.fleet import Fleet, FleetState
from controlplane.domain.host.aggregate import Platform
from controlplane.domain.network.aggregate import Connection, NetworkKind, NetworkTerms
from controlplane.domain.project.aggregate import ProjectTerms
from controlplane.domain.resources import ClassInventory, Resources
from controlplane.domain.security_group.aggregate import Direction, GroupTerms, IpProtocol, Rule
from controlplane.domain.service_account.aggregate import AccountTerms
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Observed, Spec
from controlplane.domain.vm.interfaces import Interface, PublishedPort
from controlplane.domain.vm.limits import Limits
from controlplane.domain.vm.machine import TPM, FirstBoot, Machine
from controlplane.domain.vm.reports import Report
from controlplane.domain.vm.states import Verb
from controlplane.ledger.events.dispatcher import EventDispatcher, Phase
from controlplane.ledger.snapshots.vouching import root_of_rows
from controlplane.ledger.store import Ledger
from controlplane.ledger.writer.snapshotting import snapshot_context
from controlplane.ledger.writer.writer import Writer
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.rpc.errors import refusal_bytes
from controlplane.runtime.clock import clock

BY = CommandContext("user:test", "11111111-1111-4111-8111-111111111111")


class Plane:
    """A ledger, its writer, and what follows it."""

    def __init__(self, url: str, snapshot_at_close: int) -> None:
        self.ledger = Ledger(url)
        self.dispatcher = EventDispatcher()
        self.inventory, self.utilization = Inventory(), Utilization()
        self.restored: list[FleetState] = []
        self.dispatcher.register(Phase.READ_MODELS, self.inventory.apply, self.inventory.restore)
        self.dispatcher.register(Phase.READ_MODELS, self.utilization.apply, self.utilization.restore)
        self.dispatcher.register(Phase.READ_MODELS, lambda _batch: None, self.restored.append)
        self.writer = Writer(
            self.ledger, self.dispatcher, handle, refusal_bytes, clock, Limits(), snapshot_at_close=snapshot_at_close
        )

    def writer_fleet(self) -> Fleet:
        """The fleet that commands are decided by."""
        fleets: list[Fleet] = []
        self.writer.prepare(fleets.append)
        return fleets[0]


@asynccontextmanager
async def plane(url: str, snapshot_at_close: int = 10_000) -> AsyncGenerator[Plane, None]:
    opened = Plane(url, snapshot_at_close)
    await opened.writer.start()
    try:
        yield opened
    finally:
        await opened.writer.close()
        opened.ledger.close()


def forget_snapshots(directory: Path) -> None:
    for path in directory.glob("*.snapshots*"):
        path.unlink()


async def live_a_little(opened: Plane) -> None:
    """VMs in every kind of state that a snapshot has to keep."""
    submit = opened.writer.submit
    await submit(CreateProject("p", "projects/p", ProjectTerms("P", (("a", "b"),))), BY)
    inventory = {
        "vcpus": ClassInventory(64, 2, 2.0),
        "memory_mib": ClassInventory(65536),
        "disk_gib": ClassInventory(1000),
        "gpu.a100": ClassInventory(4),
    }
    platform = Platform("x86_64", "EPYC", "QEMU", "kvm", "1", frozenset({"*"}))
    await submit(
        RegisterHost("h", "hosts/h", inventory, platform, "z", {"r": "1"}, frozenset({TPM, "network.vxlan"})), BY
    )
    plain = Spec(Resources(2, 512, 10), image="debian.qcow2")
    gpu = Spec(Resources(1, 256, 0, (("gpu.a100", 1),)), "", "vmlinuz", "initrd", "quiet")
    for uid, spec, start in (("a", plain, True), ("b", gpu, True), ("c", plain, False), ("d", plain, True)):
        command = CreateVm(uid, "projects/p", f"projects/p/vms/{uid}", spec, {"k": uid}, start)
        await submit(command, BY)
    more = replace(plain, machine=Machine(tpm=True), first_boot=FirstBoot(("ssh-ed25519 AAAA",), "e.example.com"))
    name = "projects/p/vms/e"
    await submit(CreateVm("e", "projects/p", name, more, {}, deletion_protection=True), BY)
    seen = Report(1, Observed(1, clock(), "booted"), started=True)
    await submit(ReportVm("h", "a", seen), BY)
    await submit(VmCommand(Verb.PAUSE, "projects/p/vms/a"), BY)
    await submit(ReportVm("h", "b", seen), BY)
    crashed = Report(1, Observed(4, clock(), "crashed"), started=True)
    await submit(ReportVm("h", "b", crashed), BY)
    await submit(VmCommand(Verb.STOP, "projects/p/vms/d", grace_period_s=7.5), BY)
    await submit(VmCommand(Verb.DELETE, "projects/p/vms/c"), BY)
    for uid in ("kept", "gone"):
        name = f"projects/p/serviceAccounts/{uid}"
        await submit(CreateServiceAccount(uid, "projects/p", name, AccountTerms("CI", disabled=True)), BY)
        await submit(CreateToken(name, "t1", b"1" * 32, 3_600_000_000, "first"), BY)
        await submit(CreateToken(name, "t2", b"2" * 32, 3_600_000_000), BY)
        await submit(RevokeToken(name, "t1"), BY)
        await submit(RecordTokenUses(uid, [("t2", clock())]), BY)
    await submit(DeleteServiceAccount("projects/p/serviceAccounts/gone"), BY)
    await live_on_networks(opened)


async def live_on_networks(opened: Plane) -> None:
    """A VM that holds addresses, and a network that is gone, whose number is never given again."""
    submit = opened.writer.submit
    labels = (("a", "b"),)
    connection = Connection(NetworkKind.ISOLATED, "10.1.0.0/24", "fd00::/64", "10.1.0.1", "fd00::1", 1400)
    terms = NetworkTerms(("10.1.0.2-10.1.0.9",), "of tests", labels)
    for uid in ("net", "late"):
        await submit(CreateNetwork(uid, "projects/p", f"projects/p/networks/{uid}", connection, terms), BY)
    await submit(DeleteNetwork("projects/p/networks/late"), BY)
    group = "projects/p/securityGroups/web"
    rules = (
        Rule(Direction.INGRESS, IpProtocol.TCP, 80, 90, "10.0.0.0/8", description="http"),
        Rule(Direction.EGRESS, remote_group=group),
    )
    await submit(CreateSecurityGroup("web", "projects/p", group, GroupTerms(rules, "web", labels)), BY)
    card = Interface("projects/p/networks/net", "", "", "fd00::5", (group,), (), (PublishedPort(2222, 22, 1),))
    spec = Spec(Resources(1, 64, 1), image="debian.qcow2", interfaces=(card,))
    await submit(CreateVm("carded", "projects/p", "projects/p/vms/carded", spec, {}, True), BY)
    ended, lasting = (ev.ConsoleOpened(vm_uid="carded", session=session) for session in ("ended", "open"))
    await submit(RecordConsole(ended), BY)
    await submit(RecordConsole(ev.ConsoleClosed(vm_uid="carded", session="ended"), (1, Micros(1))), BY)
    await submit(RecordConsole(lasting, (2, Micros(1))), BY)


def url_of(directory: Path) -> str:
    return f"sqlite:///{directory / 'ledger.db'}"


async def test_a_start_from_a_snapshot_is_as_one_from_the_ledger(tmp_path: Path) -> None:
    async with plane(url_of(tmp_path), 1) as first:
        await live_a_little(first)
    async with plane(url_of(tmp_path)) as restored:
        assert len(restored.restored) == 1
    forget_snapshots(tmp_path)
    async with plane(url_of(tmp_path)) as folded:
        assert not folded.restored
    for other in (restored, folded):
        assert other.inventory.vms == first.inventory.vms
        assert other.inventory.hosts == first.inventory.hosts
        assert other.inventory.projects == first.inventory.projects
        assert other.inventory.resources == first.inventory.resources
        fleet, before = other.writer_fleet(), first.writer_fleet()
        assert fleet.numbers == before.numbers == {"networks": 2, "cards": 1}
        assert list(fleet.open_consoles) == list(before.open_consoles) == ["open"]
        assert fleet.vms["carded"].cards == before.vms["carded"].cards != ()
        assert (fleet.uses("net"), fleet.uses("web")) == (1, 1)
        assert other.inventory.placed == first.inventory.placed
        assert other.inventory.tombstones == first.inventory.tombstones
        assert dict(other.utilization.scopes) == dict(first.utilization.scopes)
        assert other.dispatcher.position == first.dispatcher.position


async def test_what_came_after_the_snapshot_is_folded_onto_it(tmp_path: Path) -> None:
    async with plane(url_of(tmp_path), 1) as first:
        await live_a_little(first)
    async with plane(url_of(tmp_path)) as second:
        await second.writer.submit(VmCommand(Verb.DELETE, "projects/p/vms/a"), BY)
    async with plane(url_of(tmp_path)) as third:
        assert third.restored[0].position < third.dispatcher.position
        assert third.inventory.vms == second.inventory.vms


async def test_a_damaged_snapshot_is_not_used(tmp_path: Path) -> None:
    async with plane(url_of(tmp_path), 1) as first:
        await live_a_little(first)
    connection = sqlite3.connect(tmp_path / "ledger.db.snapshots")
    connection.execute("DELETE FROM stored_snapshots WHERE originator_id='chunk-1'")
    connection.commit()
    connection.close()
    async with plane(url_of(tmp_path), 1) as again:
        assert not again.restored
        assert again.inventory.vms == first.inventory.vms


async def test_a_file_that_is_no_database_is_not_used(tmp_path: Path) -> None:
    async with plane(url_of(tmp_path)) as first:
        await live_a_little(first)
    forget_snapshots(tmp_path)
    (tmp_path / "ledger.db.snapshots").write_bytes(b"no database" * 1000)
    async with plane(url_of(tmp_path)) as again:
        assert not again.restored
        assert again.inventory.vms == first.inventory.vms


async def test_a_snapshot_of_another_ledger_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with plane(url_of(tmp_path / "one"), 1) as one:
        await live_a_little(one)
    (tmp_path / "one" / "ledger.db.snapshots").rename(tmp_path / "two" / "ledger.db.snapshots")
    async with plane(url_of(tmp_path / "two"), 1) as two:
        assert not two.restored
        assert not two.inventory.vms


def alter_snapshot(directory: Path, *statements: str) -> None:
    with closing(sqlite3.connect(directory / "ledger.db.snapshots")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rename_vms(directory: Path) -> None:
    """Another name of the same length: the rows are as whole as before."""
    with closing(sqlite3.connect(directory / "ledger.db.snapshots")) as connection:
        rows = connection.execute("SELECT originator_id, state FROM stored_snapshots").fetchall()
        assert any(b"projects/p/vms/a" in state for _, state in rows)
        for stream, state in rows:
            renamed = state.replace(b"projects/p/vms/a", b"projects/p/vms/z")
            connection.execute("UPDATE stored_snapshots SET state=? WHERE originator_id=?", (renamed, stream))
        connection.commit()


ALTERATIONS: dict[str, Callable[[Path], None]] = {
    "another name": rename_vms,
    "another topic": lambda at: alter_snapshot(
        at, "UPDATE stored_snapshots SET topic='x' WHERE originator_id='chunk-0'"
    ),
    "swapped chunks": lambda at: alter_snapshot(
        at,
        "UPDATE stored_snapshots SET originator_id='x' WHERE originator_id='chunk-0'",
        "UPDATE stored_snapshots SET originator_id='chunk-0' WHERE originator_id='chunk-1'",
        "UPDATE stored_snapshots SET originator_id='chunk-1' WHERE originator_id='x'",
    ),
    "an empty chunk": lambda at: alter_snapshot(
        at, "UPDATE stored_snapshots SET state=x'' WHERE originator_id='chunk-1'"
    ),
    "another type": lambda at: alter_snapshot(at, "UPDATE stored_snapshots SET state='text'"),
    "another version": lambda at: alter_snapshot(
        at, "UPDATE stored_snapshots SET originator_version=originator_version+1"
    ),
}


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS)
async def test_a_snapshot_that_was_altered_is_not_believed(
    tmp_path: Path, alter: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    async with plane(url_of(tmp_path), 1) as first:
        await live_a_little(first)
    alter(tmp_path)
    async with plane(url_of(tmp_path), 1) as again:
        assert not again.restored
        assert again.inventory.vms == first.inventory.vms
    assert "is not used" in caplog.text


async def test_a_snapshot_that_no_event_vouches_for_is_not_believed(tmp_path: Path) -> None:
    """As one of a version that did not write such events, or one whose event was lost with the process."""
    async with plane(url_of(tmp_path)) as first:
        await live_a_little(first)
        state = first.writer_fleet().captured(first.dispatcher.position, first.dispatcher.time)
        first.ledger.save_snapshot(state, first.ledger.link())
    async with plane(url_of(tmp_path)) as again:
        assert not again.restored


async def test_a_snapshot_whose_event_was_forged_into_the_ledger_is_not_believed(tmp_path: Path) -> None:
    async with plane(url_of(tmp_path), 1) as first:
        await live_a_little(first)
    rename_vms(tmp_path)
    with closing(Ledger(url_of(tmp_path))) as ledger:
        row = next(each for each in ledger.rows_after(0, 1_000) if str(each.originator_id).startswith("snapshots/"))
    with closing(sqlite3.connect(tmp_path / "ledger.db.snapshots")) as connection:
        kept = connection.execute("SELECT * FROM stored_snapshots WHERE originator_id LIKE 'chunk-%'").fetchall()
        kept += connection.execute("SELECT * FROM stored_snapshots WHERE originator_id = 'manifest'").fetchall()
    event = ev.Event.FromString(row.state)
    event.snapshot_taken.rows_root = root_of_rows([StoredEvent(*each) for each in kept])
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("UPDATE stored_events SET state=? WHERE rowid=?", (event.SerializeToString(), row.id))
        connection.commit()
    with closing(Ledger(url_of(tmp_path))) as ledger:
        assert ledger.snapshot() is None


async def test_the_snapshot_before_is_used_where_the_newest_is_not_believed(tmp_path: Path) -> None:
    async with plane(url_of(tmp_path)) as first:
        await live_a_little(first)
        position = first.dispatcher.position
        for number in range(2):
            state = first.writer_fleet().captured(first.dispatcher.position, first.dispatcher.time)
            taken = first.ledger.save_snapshot(state, first.ledger.link(), keep=first.writer.snapshotted)
            assert taken
            if number == 0:
                await first.writer.submit(VouchForSnapshot(taken), snapshot_context())
                first.writer.vouched(taken.position)
                assert first.writer.snapshotted == position
    async with plane(url_of(tmp_path)) as again:
        assert [each.position for each in again.restored] == [position]
