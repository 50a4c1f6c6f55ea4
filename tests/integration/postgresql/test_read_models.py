"""`chronovisord projections`: the read models folded anew while a server uses them, and compared with the ledger."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy
from chronovisor.v1 import (
    host_service_pb2,
    network_pb2,
    network_service_pb2,
    service_account_service_pb2,
    vm_service_pb2,
)

from controlplane.ledger.store import Ledger
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.bulk_load import bulk_load
from controlplane.projections.projector.rows.parallel_fold import InlineVmFold, VmFold, WorkerVmFold
from tests.integration.controlplane.moving_pair import copying, migrate, moving_pair
from tests.integration.controlplane.plane import DEFAULT, Plane, a_host, a_vm, running
from tests.support.waiting import patient

ListVms = vm_service_pb2.ListVmsRequest


def projections(doing: str, store: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "controlplane", "projections", doing, "--store", store]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=patient(60))


async def names(plane: Plane, position: int) -> list[str]:
    page = await plane.vms.ListVms(ListVms(parent=DEFAULT, at_position=position))
    return [vm.name.rpartition("/")[2] for vm in page.vms]


async def test_a_rebuild_while_serving_changes_nothing_that_is_seen(store: str) -> None:
    async with running(store) as plane:
        await plane.register()
        await plane.create("a", start=True)
        then = plane.control_plane.dispatcher.position
        await plane.create("b")
        for _ in range(2):
            done = projections("rebuild", store)
            assert done.returncode == 0, done.stderr
            assert "folded anew" in done.stdout
            await plane.create(f"c-{plane.control_plane.dispatcher.position}")
            assert await names(plane, then) == ["a"]
        last = plane.control_plane.dispatcher.position
        assert len(await names(plane, last)) == 4
        whole = projections("verify", store)
        assert (whole.returncode, "every row" in whole.stdout) == (0, True), whole.stdout + whole.stderr


def filled(ledger: Ledger, views: Path, half: VmFold) -> list[list[tuple[object, ...]]]:
    """The rows of a file that is filled from the ledger."""
    database = ReadDatabase(f"sqlite:///{views}")
    database.open()
    with database.writing() as connection:
        tables = database.begin(connection, bare=True)
    with bulk_load(database, tables, half, ledger.after, ledger.outlines) as fills:
        fills.fill(ledger.head() // 2, lambda _: None)
        fills.finish()
        fills.fill(ledger.head(), lambda _: None)
    with database.reading() as connection:
        rows = [sorted(map(tuple, connection.execute(sqlalchemy.select(each)))) for each in tables.all()]
    database.close()
    return rows


async def test_vms_that_are_folded_in_another_process_come_to_the_same_rows(store: str, tmp_path: Path) -> None:
    async with running(store) as plane:
        async with moving_pair(plane) as pair:
            await migrate(plane)
            await copying(pair)
        await plane.register("node-3")
        await plane.create("a", start=True)
        await plane.create("b")
        await plane.create("c", start=True)
        account = service_account_service_pb2.CreateServiceAccountRequest(parent=DEFAULT, service_account_id="ci")
        await plane.accounts.CreateServiceAccount(account)
        network = network_pb2.Network(ipv4_cidr="10.1.0.0/24")
        web = network_service_pb2.CreateNetworkRequest(parent=DEFAULT, network_id="web", network=network)
        await plane.networks.CreateNetwork(web)
        host = a_host()
        host.traits.append("network.vxlan")
        await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="node-4", host=host))
        vm = a_vm(image="tiny")
        vm.spec.network_interfaces.add(network=f"{DEFAULT}/networks/web")
        await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="d", vm=vm, start=True))
        group = network_service_pb2.CreateSecurityGroupRequest(parent=DEFAULT, security_group_id="web")
        await plane.networks.CreateSecurityGroup(group)
        await plane.begin_image()
    with Ledger(store, snapshots=False) as ledger:
        here = filled(ledger, tmp_path / "here", InlineVmFold(ledger.after))
        assert filled(ledger, tmp_path / "apart", WorkerVmFold(store)) == here
    # Nothing was traced. What went wrong is the import, which ended with the server.
    assert [len(rows) > 0 for rows in here].count(False) == 1


def test_a_process_that_cannot_fold_is_an_error_and_not_waited_for(tmp_path: Path) -> None:
    half = WorkerVmFold(f"sqlite:///{tmp_path / 'no' / 'directory'}")
    try:
        with pytest.raises(OSError, match="has ended"):
            list(half.upto(10))
    finally:
        half.close()


HARMS: dict[str, tuple[str, str]] = {
    "a row with another state": ("UPDATE read_1_vms SET state='RUNNING' WHERE state='STOPPED'", "another state"),
    "a row that is gone": ("DELETE FROM read_1_figures WHERE scope='fleet'", "is missing"),
    "a row too many": (
        "INSERT INTO read_1_moments SELECT position + 1000000, time_us FROM read_1_moments WHERE position < 9",
        "the ledger does not have it",
    ),
}


@pytest.mark.parametrize("harm", HARMS)
async def test_rows_that_are_not_as_the_ledger_has_are_named_and_made_anew(tmp_path: Path, harm: str) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        await plane.register()
        await plane.create("a")
    statement, finding = HARMS[harm]
    engine = sqlalchemy.create_engine(f"{store}.views")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(statement))
    engine.dispose()
    found = projections("verify", store)
    assert found.returncode == 1
    assert finding in found.stdout
    assert projections("rebuild", store).returncode == 0
    assert projections("verify", store).returncode == 0


@pytest.mark.parametrize("doing", ["rebuild", "verify"])
def test_where_there_is_no_ledger_none_is_made(tmp_path: Path, doing: str) -> None:
    done = projections(doing, f"sqlite:///{tmp_path / 'none.db'}")
    assert (done.returncode, "does not exist" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []
