"""Totals beside the ledger, checked in the background: what differs is an alarm, and stays as it is."""

import asyncio
import json
import logging
import os
import signal
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from chronovisor.v1 import host_service_pb2
from chronovisor.v1.utilization_check_pb2 import GetUtilizationCheckRequest, UtilizationAlarm, UtilizationCheck
from chronovisor.v1.utilization_service_pb2 import GetUtilizationRequest, ListUtilizationRequest
from google.protobuf.field_mask_pb2 import FieldMask

from controlplane.domain.resources import Resources
from tests.integration.controlplane.daemon import daemon
from tests.integration.controlplane.plane import WAIT_S, Plane, running
from tests.support.waiting import patient

SHORT_S = 0.05
# A check gives way to everybody else on the machine.
CHECK_S = patient(60.0)
FOUND = tuple[str, str, str, int, int]


async def told(plane: Plane) -> UtilizationCheck:
    return await plane.utilization.GetUtilizationCheck(GetUtilizationCheckRequest())


async def checked(plane: Plane) -> UtilizationCheck:
    """What a check of now says."""
    await plane.control_plane.checks.check()
    return await told(plane)


@pytest.fixture
async def stored(tmp_path: Path) -> AsyncGenerator[Plane]:
    async with running(f"sqlite:///{tmp_path / 'ledger.db'}") as plane:
        yield plane


def differences(check: UtilizationCheck) -> set[FOUND]:
    return {(each.scope, each.figure, each.resource_class, each.told, each.expected) for each in check.alarms}


async def some_history(plane: Plane) -> None:
    """Hosts, one of them in another zone than before and one of no more use, and VMs on them."""
    for name in ("node-1", "node-2", "node-3"):
        await plane.register(name, vcpus=4)
    for zone in ("a", "b"):
        update = host_service_pb2.UpdateHostRequest(update_mask=FieldMask(paths=["zone"]))
        update.host.name, update.host.zone = "hosts/node-1", zone
        await plane.hosts.UpdateHost(update)
    for name in ("web", "db"):
        await plane.create(name, start=True, vcpus=1)


@pytest.mark.covers("UtilizationService.GetUtilizationCheck")
async def test_a_live_history_has_the_totals_that_its_ledger_has(any_plane: Plane) -> None:
    plane = any_plane
    await some_history(plane)
    assert (await told(plane)).position == 0
    found = await checked(plane)
    assert (differences(found), found.differences, found.failure) == (set(), 0, "")
    # The fleet, three hosts, a zone that there is, and the project.
    assert found.scopes == 6
    assert found.events >= found.position - 1 > 0


async def test_it_holds_while_commands_go_on(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register("node-1", vcpus=200, memory_mib=200_000, disk_gib=2000)
    done = False

    async def lives(first: int) -> None:
        number = first
        while not done:
            # Without an agent, what has been started holds for ever.
            await plane.create(f"vm-{number}", start=number < 100, vcpus=1)
            if number >= 100:
                await plane.delete(f"vm-{number}")
            number += 4

    work = [asyncio.create_task(lives(first)) for first in range(4)]
    checks: list[UtilizationCheck] = []
    for number in range(3):
        checks.append(await checked(plane))
        # A check of so little may be quicker than any command.
        await plane.create(f"between-{number}")
    done = True
    await asyncio.gather(*work)
    assert [(differences(each), each.failure) for each in checks] == [(set(), "")] * 3
    assert 0 < checks[0].position < checks[1].position < checks[2].position


async def test_checks_are_made_at_their_interval() -> None:
    async with running(check_every_s=SHORT_S) as plane:
        found = await told(plane)
        assert found.interval.ToTimedelta().total_seconds() == SHORT_S
        times = set[int]()
        async with asyncio.timeout(CHECK_S):
            while len(times) < 3:
                await plane.register()
                times.add((await told(plane)).start_time.ToNanoseconds())


async def test_a_total_in_memory_that_is_wrong_is_an_alarm_until_it_is_right(
    any_plane: Plane, caplog: pytest.LogCaptureFixture
) -> None:
    plane = any_plane
    await some_history(plane)
    totals = plane.control_plane.reads.utilization.scopes["hosts/node-1"]
    right = totals.allocated
    totals.allocated = right + Resources(vcpus=2, extended=(("gpu.a100", 1),))
    found = await checked(plane)
    on_host = ("hosts/node-1", "allocated")
    assert differences(found) == {
        (*on_host, "vcpus", right.vcpus + 2, right.vcpus),
        (*on_host, "gpu.a100", 1, 0),
    }
    assert {each.source for each in found.alarms} == {UtilizationAlarm.SOURCE_ANSWERS}
    assert found.alarms[0].raise_time.seconds
    (record, _) = [each for each in caplog.records if each.levelno == logging.ERROR]
    message = f"hosts/node-1: allocated vcpus is {right.vcpus + 2} in the totals in memory, and {right.vcpus} by"
    assert message in record.getMessage()
    assert f"at position {found.alarms[0].first_position}" in record.getMessage()
    # It is reported with both amounts, and nothing of it was repaired.
    assert (await plane.used("hosts/node-1"))["vcpus"] == (4, right.vcpus + 2)
    of = {
        scope: await plane.utilization.GetUtilization(GetUtilizationRequest(scope=scope))
        for scope in ("hosts/node-1", "fleet")
    }
    assert (of["hosts/node-1"].alarms, of["fleet"].alarms) == (2, 0)
    listed = await plane.utilization.ListUtilization(ListUtilizationRequest(group_by="hosts"))
    assert [each.alarms for each in listed.utilizations] == [2, 0, 0]
    await plane.create("more", vcpus=1)
    later = await checked(plane)
    assert later.alarms[0].last_position > later.alarms[0].first_position == found.alarms[0].first_position
    assert sum(each.levelno == logging.ERROR for each in caplog.records) == 2, "an alarm is told once"

    totals.allocated = right
    over = await checked(plane)
    assert not over.alarms
    assert len(over.ended_alarms) == 2
    assert all(each.end_time.seconds >= each.raise_time.seconds > 0 for each in over.ended_alarms)
    assert any("no alarm any more" in each.getMessage() for each in caplog.records)
    assert (await plane.utilization.GetUtilization(GetUtilizationRequest(scope="hosts/node-1"))).alarms == 0


async def test_a_row_of_the_read_database_that_was_altered_is_an_alarm_for_its_scope(
    stored: Plane, tmp_path: Path
) -> None:
    plane = stored
    await some_history(plane)
    assert not (await checked(plane)).alarms
    await altered(tmp_path, "zones/b", "total", json.dumps({"vcpus": 400, "memory_mib": 4096, "disk_gib": 100}))
    found = await checked(plane)
    assert differences(found) == {("zones/b", "total", "vcpus", 400, 4)}
    assert found.alarms[0].source == UtilizationAlarm.SOURCE_ROWS
    listed = await plane.utilization.ListUtilization(ListUtilizationRequest(group_by="zones"))
    assert [(each.scope, each.alarms, each.classes[0].total) for each in listed.utilizations] == [("zones/b", 1, 400)]
    await altered(tmp_path, "zones/b", "total", json.dumps({"vcpus": 4, "memory_mib": 4096, "disk_gib": 100}))
    found = await checked(plane)
    assert ([each.scope for each in found.ended_alarms], list(found.alarms)) == (["zones/b"], [])


async def altered(directory: Path, scope: str, column: str, value: object) -> None:
    def alter() -> None:
        views = sqlite3.connect(directory / "ledger.db.views", timeout=WAIT_S)
        with views:
            assert views.execute(f"UPDATE read_1_figures SET {column} = ? WHERE scope = ?", (value, scope)).rowcount
        views.close()

    await asyncio.to_thread(alter)


async def test_what_commands_are_decided_by_is_compared_too(any_plane: Plane) -> None:
    plane = any_plane
    await some_history(plane)
    fleet = plane.control_plane.writer._replica.fleet  # pyright: ignore[reportPrivateUsage]
    host = next(each for each in fleet.hosts.values() if each.name == "hosts/node-2")
    fleet.hosts[host.uid] = host._replace(capacity=Resources(400, 4096, 100))
    found = await checked(plane)
    assert differences(found) == {("hosts/node-2", "total", "vcpus", 400, 4)}
    assert found.alarms[0].source == UtilizationAlarm.SOURCE_DECISIONS
    fleet.hosts[host.uid] = host
    assert not (await checked(plane)).alarms


def processes(parent: int) -> list[int]:
    """Checks that a process has started, and that go on."""
    found: list[int] = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            its = int((directory / "stat").read_text().rpartition(")")[2].split()[1])
            if its == parent and b"controlplane.consistency.recount_worker" in (directory / "cmdline").read_bytes():
                found.append(int(directory.name))
        except OSError:
            # It has ended.
            continue
    return found


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


async def one_process(parent: int) -> int:
    async with asyncio.timeout(CHECK_S):
        while not (found := processes(parent)):  # noqa: ASYNC110 - nor have processes
            await asyncio.sleep(0)
    return found[0]


async def test_a_process_that_is_killed_is_no_alarm_and_the_next_one_is_good(stored: Plane) -> None:
    plane = stored
    await some_history(plane)
    check = asyncio.create_task(checked(plane))
    os.kill(await one_process(os.getpid()), signal.SIGKILL)
    failed = await check
    assert failed.failure == "its process ended with -9"
    assert failed.failure_time.seconds
    assert not failed.alarms
    good = await checked(plane)
    assert (good.failure, list(good.alarms)) == ("", [])
    assert good.position > 0
    assert not good.HasField("failure_time")


async def test_a_read_database_that_cannot_be_read_is_a_failed_check(stored: Plane, tmp_path: Path) -> None:
    plane = stored
    await some_history(plane)
    assert not (await checked(plane)).failure

    def rename(name: str, to: str) -> None:
        with sqlite3.connect(tmp_path / "ledger.db.views", timeout=WAIT_S) as views:
            views.execute(f"ALTER TABLE {name} RENAME TO {to}")
        views.close()

    await asyncio.to_thread(rename, "read_1_figures", "elsewhere")
    found = await checked(plane)
    assert found.failure == "(sqlite3.OperationalError) no such table: read_1_figures"
    await asyncio.to_thread(rename, "elsewhere", "read_1_figures")
    found = await checked(plane)
    assert (found.failure, list(found.alarms)) == ("", [])


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_the_end_of_the_server_is_the_end_of_its_check(tmp_path: Path, store: str) -> None:
    in_memory = store == "memory"
    async with running("memory:" if in_memory else f"sqlite:///{tmp_path / 'ledger.db'}", check_every_s=0.001) as plane:
        await some_history(plane)
        if not in_memory:
            await one_process(os.getpid())
        await plane.control_plane.close(grace_s=0.0)
        assert not processes(os.getpid())


async def test_a_server_that_is_killed_takes_its_check_with_it(tmp_path: Path) -> None:
    async with daemon(tmp_path, "--check-every", "0.01") as server:
        child = await one_process(server.process.pid)
        await server.kill()
        async with asyncio.timeout(WAIT_S):
            while is_there(child):  # noqa: ASYNC110
                await asyncio.sleep(SHORT_S)


async def test_without_an_interval_no_check_is_made() -> None:
    async with running(check_every_s=0.0) as plane:
        await plane.register()
        found = await told(plane)
        assert not found.interval.ToTimedelta()
        assert not found.HasField("start_time")
        assert not [each for each in asyncio.all_tasks() if each.get_name() == "checks"]
