"""Rows of the read database that cannot be read: named once, made anew once, and an alarm where that does not last."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
import sqlalchemy
from chronovisor.v1 import host_service_pb2, project_service_pb2, utilization_service_pb2
from chronovisor.v1 import vm_service_pb2 as api
from google.longrunning import operations_pb2 as longrunning
from grpc import StatusCode, aio

from tests.integration.controlplane.plane import DEFAULT, WAIT_S, Plane, refusal_of, refused, running, vm_name

Read = Callable[[Plane], Awaitable[object]]


async def list_vms(plane: Plane) -> object:
    return [vm.name for vm in (await plane.vms.ListVms(api.ListVmsRequest(parent=DEFAULT))).vms]


async def list_hosts(plane: Plane) -> object:
    return [host.name for host in (await plane.hosts.ListHosts(host_service_pb2.ListHostsRequest())).hosts]


async def list_projects(plane: Plane) -> object:
    found = await plane.projects.ListProjects(project_service_pb2.ListProjectsRequest())
    return [project.name for project in found.projects]


async def list_utilization(plane: Plane) -> object:
    request = utilization_service_pb2.ListUtilizationRequest(group_by="hosts")
    return [each.scope for each in (await plane.utilization.ListUtilization(request)).utilizations]


async def list_operations(plane: Plane) -> object:
    found = await plane.operations.ListOperations(longrunning.ListOperationsRequest())
    return sorted(each.name for each in found.operations)


# By table: what is written into it, and a read that meets it.
GARBAGE: dict[str, tuple[str, Read]] = {
    "vms": ("rest = 'garbage'", list_vms),
    "specs": ("data = {bytes}", list_vms),
    "hosts": ("data = {bytes}", list_hosts),
    "holdings": ("amounts = 'garbage'", list_hosts),
    "projects": ("data = {bytes}", list_projects),
    "figures": ("total = 'garbage'", list_utilization),
}


def spoil(store: str, table: str, assigned: str) -> None:
    """Writes garbage into every row of the table that is in use."""
    postgresql = store.startswith("postgresql:")
    url = store.replace("postgresql:", "postgresql+psycopg:") if postgresql else f"{store}.views"
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        active = "SELECT max(generation) FROM read_generations WHERE active"
        number = connection.execute(sqlalchemy.text(active)).scalar()
        garbage = assigned.format(bytes="'\\xff07'::bytea" if postgresql else "X'ff07'")
        connection.execute(sqlalchemy.text(f"UPDATE read_{number}_{table} SET {garbage.replace(':', chr(92) + ':')}"))
    engine.dispose()


@pytest.fixture
async def stored_plane(store: str) -> AsyncGenerator[tuple[Plane, str]]:
    async with running(store) as plane:
        await plane.register()
        await plane.create("a", start=True)
        yield plane, store


async def until_readable(plane: Plane, read: Read) -> object:
    """What it reads, once it can be read; meanwhile the error has what is done about it, and when to come back."""
    async with asyncio.timeout(WAIT_S * 6):
        while True:
            try:
                return await read(plane)
            except aio.AioRpcError as error:
                found = refusal_of(error)
                assert (found.code, found.reason, found.details) == (
                    StatusCode.UNAVAILABLE,
                    "PROJECTION_REBUILDING",
                    ["RetryInfo"],
                )
                await asyncio.sleep(0.05)


@pytest.mark.provokes("PROJECTION_REBUILDING")
@pytest.mark.parametrize("table", GARBAGE)
async def test_a_row_that_cannot_be_read_is_named_once_and_made_anew(
    table: str, stored_plane: tuple[Plane, str], caplog: pytest.LogCaptureFixture
) -> None:
    plane, store = stored_plane
    assigned, read = GARBAGE[table]
    before = await read(plane)
    plane.control_plane.reads.history_reader._specs.clear()  # pyright: ignore[reportPrivateUsage]
    await asyncio.to_thread(spoil, store, table, assigned)
    with caplog.at_level(logging.WARNING):
        assert (await refused(read(plane))).reason == "PROJECTION_REBUILDING"
        assert await until_readable(plane, read) == before
    named = [each.getMessage() for each in caplog.records if "cannot be read" in each.getMessage()]
    assert len(named) == 1, named
    assert f"in {table} at " in named[0]
    # And it goes on from there.
    await plane.create("b")
    assert await list_vms(plane) == [vm_name("a"), vm_name("b")]


async def test_who_follows_the_ledger_goes_on_from_rows_that_were_made_anew(
    stored_plane: tuple[Plane, str],
) -> None:
    plane, store = stored_plane
    await list_vms(plane)
    await asyncio.to_thread(spoil, store, "vms", "rest = 'garbage'")
    fold = plane.control_plane.projector._in_process._fold  # pyright: ignore
    fold._states.known.clear()  # pyright: ignore
    await plane.stop("a")
    assert await until_readable(plane, list_vms) == [vm_name("a")]
    assert len(await until_readable(plane, list_operations)) == 3  # pyright: ignore


@pytest.mark.provokes("PROJECTION_UNREADABLE")
async def test_what_is_unreadable_again_is_not_made_anew_again_and_raises_an_alarm(
    stored_plane: tuple[Plane, str], caplog: pytest.LogCaptureFixture
) -> None:
    plane, store = stored_plane
    await until_readable(plane, list_vms)
    await asyncio.to_thread(spoil, store, "vms", "rest = 'garbage'")
    assert (await refused(list_vms(plane))).reason == "PROJECTION_REBUILDING"
    await until_readable(plane, list_vms)
    await asyncio.to_thread(spoil, store, "vms", "rest = 'garbage'")
    # The first reader may be answered before it is known that making the rows anew did not last.
    async with asyncio.timeout(WAIT_S):
        while True:
            found = await refused(list_vms(plane))
            if found.reason != "PROJECTION_REBUILDING":
                break
            await asyncio.sleep(0.01)
    assert found.reason == "PROJECTION_UNREADABLE"
    assert (found.code, found.details) == (StatusCode.UNAVAILABLE, ["RetryInfo"])
    assert [each.kind for each in plane.control_plane.system_alarms.open] == ["unreadable_rows"]
    assert caplog.text.count("ALARM") == 1
