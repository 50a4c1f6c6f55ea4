"""The past, read by the same methods as the present."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest
from chronovisor.v1 import (
    history_service_pb2,
    host_service_pb2,
    project_service_pb2,
    utilization_service_pb2,
    vm_pb2,
    vm_service_pb2,
    what_if_pb2,
)
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from controlplane.__main__ import main as chronovisord
from controlplane.domain.fleet import Fleet
from controlplane.domain.time import SECOND, Micros
from controlplane.ledger.store import Ledger
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.projector import projector_of
from controlplane.runtime.clock import clock
from tests.integration.controlplane.plane import DEFAULT, Plane, refused, running, vm_name

GetVm, ListVms = vm_service_pb2.GetVmRequest, vm_service_pb2.ListVmsRequest
GetUtilization = utilization_service_pb2.GetUtilizationRequest
ListUtilization = utilization_service_pb2.ListUtilizationRequest
GetUsage = utilization_service_pb2.GetUsageRequest


def head(plane: Plane) -> int:
    return plane.control_plane.dispatcher.position


def now(plane: Plane) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMicroseconds(plane.control_plane.dispatcher.time)
    return stamp


async def test_a_vm_is_what_it_was_at_a_position_and_at_a_time(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register()
    await plane.create()
    created = await plane.get()
    then, at = head(plane), now(plane)
    await plane.start()
    assert (await plane.get()).state == vm_pb2.VM_STATE_STARTING
    assert await plane.vms.GetVm(GetVm(name=vm_name("web"), at_position=then)) == created
    assert await plane.vms.GetVm(GetVm(name=vm_name("web"), read_time=at)) == created
    assert await plane.vms.GetVm(GetVm(name=vm_name("web"), at_position=head(plane))) == await plane.get()


async def test_the_name_of_a_destroyed_vm_is_that_vm_at_the_time_and_its_uid_for_ever(plane: Plane) -> None:
    await plane.create()
    first, then = await plane.get(), head(plane)
    await plane.delete()
    gone = head(plane)
    await plane.create()
    assert (await plane.vms.GetVm(GetVm(name=vm_name("web"), at_position=then))).uid == first.uid
    found = await refused(plane.vms.GetVm(GetVm(name=vm_name("web"), at_position=gone)))
    assert (found.code, found.reason) == (StatusCode.NOT_FOUND, "VM_NOT_FOUND")
    by_uid = await plane.vms.GetVm(GetVm(name=vm_name(first.uid), at_position=gone))
    assert by_uid.state == vm_pb2.VM_STATE_DELETED
    assert by_uid.HasField("delete_time")


async def test_lists_of_the_past_have_what_was_then_and_deleted_vms_on_request(plane: Plane) -> None:
    await plane.create("a")
    await plane.create("b")
    then = head(plane)
    await plane.delete("a")
    await plane.create("c")
    past = await plane.vms.ListVms(ListVms(parent=DEFAULT, at_position=then))
    assert [vm.name for vm in past.vms] == [vm_name("a"), vm_name("b")]
    assert past.position == then
    assert past.HasField("read_time")
    present = await plane.vms.ListVms(ListVms(parent=DEFAULT, show_deleted=True, order_by="create_time desc"))
    assert [vm.name for vm in present.vms] == [vm_name("c"), vm_name("b"), vm_name("a")]
    before = await plane.vms.ListVms(ListVms(parent="projects/-", at_position=1))
    assert list(before.vms) == []


async def test_pages_keep_the_position_of_the_first(plane: Plane) -> None:
    for each in ("a", "c", "e"):
        await plane.create(each)
    first = await plane.vms.ListVms(ListVms(parent=DEFAULT, page_size=2, order_by="create_time"))
    await plane.create("d")
    await plane.delete("e")
    again = ListVms(parent=DEFAULT, page_size=2, order_by="create_time", page_token=first.next_page_token)
    rest = await plane.vms.ListVms(again)
    assert [vm.name for vm in rest.vms] == [vm_name("e")]
    assert rest.position == first.position


@pytest.mark.covers("UtilizationService.ListUtilization")
async def test_utilization_of_then_by_host_zone_project_and_selector(plane: Plane) -> None:
    await plane.register("node-1", vcpus=4)
    await plane.register("node-2", vcpus=8)
    then = head(plane)
    await plane.create("web", start=True, vcpus=2)
    fleet = await plane.utilization.GetUtilization(GetUtilization(at_position=then))
    assert [(each.total, each.allocated) for each in fleet.classes if each.resource_class == "vcpus"] == [(12, 0)]
    assert (fleet.position, fleet.running_vms) == (then, 0)
    present = await plane.utilization.GetUtilization(GetUtilization())
    assert await plane.utilization.GetUtilization(GetUtilization(at_position=head(plane))) == present
    host = (await plane.get()).host
    one = await plane.utilization.GetUtilization(GetUtilization(selector=f"host={host.removeprefix('hosts/')}"))
    alone = await plane.utilization.GetUtilization(GetUtilization(scope=host))
    assert (list(one.classes), one.hosts, one.running_vms) == (list(alone.classes), 1, 1)
    for group_by, names in (
        ("hosts", ["hosts/node-1", "hosts/node-2"]),
        ("projects", [DEFAULT]),
        ("zones", list[str]()),
    ):
        listed: list[str] = []
        token = ""
        while True:
            request = ListUtilization(group_by=group_by, page_size=1, page_token=token)
            page = await plane.utilization.ListUtilization(request)
            for each in page.utilizations:
                assert each == await plane.utilization.GetUtilization(GetUtilization(scope=each.scope))
            listed += [each.scope for each in page.utilizations]
            token = page.next_page_token
            if not token:
                break
        assert listed == names


@pytest.mark.covers("UtilizationService.GetUsage")
async def test_usage_is_exact_and_the_parts_are_the_whole(plane: Plane) -> None:
    await plane.register()
    await plane.create("web", start=True, vcpus=2)
    await plane.create("db", start=True, vcpus=1)
    began = {name: (await plane.get(name)).update_time.ToMicroseconds() for name in ("web", "db")}
    end, start = Timestamp(), Timestamp(seconds=1)
    end.FromMicroseconds(max(began.values()) + 5)
    expected = 2 * (end.ToMicroseconds() - began["web"]) + end.ToMicroseconds() - began["db"]
    sums: dict[str, int] = {}
    for group_by in ("", "projects", "vms", "labels.tier"):
        found = await plane.utilization.GetUsage(GetUsage(start_time=start, end_time=end, group_by=group_by))
        sums[group_by] = sum(
            each.unit_seconds * 1_000_000 + each.unit_micros
            for usage in found.usages
            for each in usage.classes
            if each.resource_class == "vcpus"
        )
    assert sums == dict.fromkeys(sums, expected)
    by_vm = await plane.utilization.GetUsage(
        GetUsage(start_time=start, end_time=end, group_by="vms", scope=vm_name("web"))
    )
    assert [each.group for each in by_vm.usages] == [vm_name("web")]
    paged = await plane.utilization.GetUsage(GetUsage(start_time=start, end_time=end, group_by="vms", page_size=1))
    rest = GetUsage(start_time=start, end_time=end, group_by="vms", page_size=1, page_token=paged.next_page_token)
    assert [each.group for each in (await plane.utilization.GetUsage(rest)).usages] == [vm_name("web")]


async def test_bad_reads_of_the_past_name_field_and_rule(plane: Plane) -> None:
    await plane.create()
    stamp, late = Timestamp(seconds=1), Timestamp(seconds=9_999_999_999)
    bad = {
        "at_position": plane.vms.GetVm(GetVm(name=vm_name("web"), at_position=-1)),
        "read_time": plane.vms.ListVms(ListVms(parent=DEFAULT, read_time=late)),
        "min_position": plane.vms.ListVms(ListVms(parent=DEFAULT, min_position=-1)),
        "end_time": plane.utilization.GetUsage(GetUsage(start_time=stamp, end_time=stamp)),
        "start_time": plane.utilization.GetUsage(GetUsage(end_time=stamp)),
        "group_by": plane.utilization.GetUsage(GetUsage(start_time=Timestamp(), end_time=stamp, group_by="colour")),
        "scope": plane.utilization.GetUsage(GetUsage(start_time=Timestamp(), end_time=stamp, scope="hosts/a")),
        "selector": plane.utilization.GetUtilization(GetUtilization(selector="==")),
    }
    for field, call in bad.items():
        found = await refused(call)
        assert (found.reason, found.fields[:1]) == ("INVALID_FIELD", [field])
    soon = Timestamp()
    soon.FromMicroseconds(clock() + 30 * SECOND)
    # What is not over yet cannot be billed: the same question would have another answer later.
    early = await refused(plane.utilization.GetUsage(GetUsage(start_time=stamp, end_time=soon)))
    assert early.fields == ["end_time"]
    for no_time in (Timestamp(seconds=5, nanos=-5), Timestamp(seconds=1 << 62), Timestamp(seconds=-1)):
        for call in (
            plane.vms.ListVms(ListVms(parent=DEFAULT, read_time=no_time)),
            plane.hosts.ListHosts(host_service_pb2.ListHostsRequest(read_time=no_time)),
            plane.projects.ListProjects(project_service_pb2.ListProjectsRequest(read_time=no_time)),
            plane.utilization.ListUtilization(ListUtilization(group_by="hosts", read_time=no_time)),
            plane.utilization.GetUtilization(GetUtilization(read_time=no_time)),
            plane.utilization.GetUsage(GetUsage(start_time=no_time, end_time=stamp)),
            plane.history.ListEvents(history_service_pb2.ListEventsRequest(after_time=no_time)),
            plane.history.DiffState(history_service_pb2.DiffStateRequest(to_time=no_time)),
        ):
            assert (await refused(call)).reason == "INVALID_FIELD"
    both = await refused(plane.vms.GetVm(GetVm(name=vm_name("web"), at_position=1, read_time=stamp)))
    assert both.fields == ["read_time"]
    ahead = await refused(plane.vms.ListVms(ListVms(parent=DEFAULT, at_position=head(plane) + 1)))
    assert (ahead.code, ahead.reason) == (StatusCode.OUT_OF_RANGE, "POSITION_AHEAD")
    early = await refused(plane.vms.GetVm(GetVm(name=vm_name("web"), read_time=stamp)))
    assert early.reason == "VM_NOT_FOUND"
    then = await refused(
        plane.projects.GetProject(project_service_pb2.GetProjectRequest(name="projects/nobody", at_position=1))
    )
    assert then.reason == "PROJECT_NOT_FOUND"
    host = await refused(plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/none", at_position=1)))
    assert host.reason == "HOST_NOT_FOUND"


async def test_times_of_events_can_be_found_after_the_clock_was_set_back(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger(store) as ledger:
        # An hour ahead of the clock: as after the clock has been an hour ahead, and was set right.
        ledger.append([], ledger.link(), "before", Micros(clock() + 3600 * SECOND))
    async with running(store) as plane:
        await plane.create()
        then, start = (await plane.get()).create_time, Timestamp(seconds=1)
        assert (await plane.vms.GetVm(GetVm(name=vm_name("web"), read_time=then))).name == vm_name("web")
        assert (await plane.vms.ListVms(ListVms(parent=DEFAULT, read_time=then))).read_time == then
        await plane.utilization.GetUtilization(GetUtilization(read_time=then))
        await plane.utilization.GetUsage(GetUsage(start_time=start, end_time=then))
        window = history_service_pb2.ListEventsRequest(after_time=start, to_time=then)
        assert (await plane.history.ListEvents(window)).events
        await plane.history.DiffState(history_service_pb2.DiffStateRequest(to_time=then))
        async for _ in plane.history.WhatIf(what_if_pb2.WhatIfRequest(to_time=then)):
            pass
        watching = plane.utilization.WatchUtilization(utilization_service_pb2.WatchUtilizationRequest(from_time=then))
        async for message in watching:
            assert message.utilization.scope == "fleet"
            break
        late = Timestamp(seconds=then.seconds + 120)
        assert (await refused(plane.vms.GetVm(GetVm(name=vm_name("web"), read_time=late)))).fields == ["read_time"]


async def names(plane: Plane, position: int = 0) -> list[str]:
    page = await plane.vms.ListVms(ListVms(parent=DEFAULT, at_position=position))
    return [vm.name.rpartition("/")[2] for vm in page.vms]


def _remove(views: Path) -> None:
    for each in views.parent.glob(f"{views.name}*"):
        each.unlink()


def _scribble(views: Path) -> None:
    _remove(views)
    views.write_bytes(b"this is no database" * 100)


def _leave(views: Path) -> None:
    assert views.exists()


@pytest.mark.parametrize("harm", [_leave, _remove, _scribble])
async def test_rows_that_are_gone_or_broken_are_made_anew_from_the_ledger(tmp_path: Path, harm: object) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        await plane.create("a")
        then = head(plane)
        await plane.create("b")
    assert callable(harm)
    harm(tmp_path / "ledger.db.views")
    async with running(store) as plane:
        assert await names(plane, then) == ["a"]
        await plane.create("c")
        assert await names(plane) == ["a", "b", "c"]
        assert await names(plane, then) == ["a"]


def _taken_away(ledger: Path, views: Path) -> bytes:
    kept = views.read_bytes()
    ledger.unlink()
    _remove(views)
    return kept


def _put_back(views: Path, kept: bytes) -> None:
    _remove(views)
    views.write_bytes(kept)


async def _another(ledger: Path) -> None:
    """A ledger with a life of its own, beside the rows of the one that it took the place of."""
    views = ledger.with_name(f"{ledger.name}.views")
    kept = _taken_away(ledger, views)
    async with running(f"sqlite:///{ledger}") as plane:
        for name in ("new", "new-too", "newer"):
            await plane.create(name)
        await plane.delete("newer")
    _put_back(views, kept)


@pytest.mark.parametrize("then", ["cut", "cut and gone on", "another"])
async def test_rows_of_another_ledger_or_of_what_was_cut_off_are_not_shown(tmp_path: Path, then: str) -> None:
    """A file that was put in place by hand, such as an older copy, still has beside it what was folded before.

    No command is taken before an operator has accepted it; then the rows are made anew.
    """
    ledger = tmp_path / "ledger.db"
    async with running(f"sqlite:///{ledger}") as plane:
        await plane.create("kept")
        await plane.create("lost")
        await plane.create("lost-too")
    if then == "another":
        await _another(ledger)
    else:
        with contextlib.closing(sqlite3.connect(ledger)) as connection, connection:
            # Each in an append of three: the project and its seal come before.
            assert connection.execute("DELETE FROM stored_events WHERE rowid > 4").rowcount == 4
    async with running(f"sqlite:///{ledger}") as plane:
        assert (await refused(plane.create("refused"))).reason == "LEDGER_UNTRUSTED"
        with Ledger(f"sqlite:///{ledger}", snapshots=False) as stored:
            link = stored.link()
    seal = f"{link.batch}:{link.hash.hex()}"
    assert chronovisord(["accept", "--store", f"sqlite:///{ledger}", "--seal", seal, "--reason", "as it is"]) == 0
    async with running(f"sqlite:///{ledger}") as plane:
        if then == "cut and gone on":
            await plane.create("new")
            await plane.create("new-too")
        found = await plane.vms.ListVms(ListVms(parent=DEFAULT, show_deleted=True))
        names = {each.name.rpartition("/")[2] for each in found.vms}
        assert names == {"cut": {"kept"}, "another": {"new", "new-too", "newer"}}.get(then, {"kept", "new", "new-too"})
    assert chronovisord(["projections", "verify", "--store", f"sqlite:///{ledger}"]) == 0


async def test_a_tail_that_was_cut_is_found_by_what_the_read_models_have_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = tmp_path / "ledger.db"
    async with running(f"sqlite:///{ledger}") as plane:
        await plane.create("kept")
        await plane.create("lost")
    assert chronovisord(["verify", "--store", f"sqlite:///{ledger}"]) == 0
    with contextlib.closing(sqlite3.connect(ledger)) as connection, connection:
        assert connection.execute("DELETE FROM stored_events WHERE rowid > 4").rowcount == 2
    assert chronovisord(["verify", "--store", f"sqlite:///{ledger}"]) == 1
    assert "NOT WHOLE at position 5: the ledger ends before it" in capsys.readouterr().out


async def test_a_read_that_comes_before_the_rows_are_opened_waits_for_no_more_than_that(tmp_path: Path) -> None:
    """As after a start from a snapshot of the last event: no event comes that would wake it."""
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        await plane.create()
        await names(plane)
        last = head(plane)
    database = ReadDatabase(store)
    with Ledger(store) as ledger:
        projector = projector_of(database, ledger)
        projector.restore(Fleet().captured(last, clock()))
        reading = asyncio.create_task(projector.reach(last, 5.0))
        await asyncio.sleep(0)
        opening = asyncio.create_task(projector.run())
        await reading
        opening.cancel()
        await asyncio.wait([opening])
    database.close()


async def test_two_control_planes_on_one_ledger_show_the_same_past(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as one, running(store) as other:
        for number in range(10):
            await (one, other)[number % 2].create(f"vm-{number}")
        then = max(head(one), head(other))
        expected = [f"vm-{number}" for number in range(10)]
        for plane in (one, other):
            await plane.vms.ListVms(ListVms(parent=DEFAULT, min_position=then))
            assert await names(plane, then) == expected


async def test_reads_go_on_beside_writes(any_plane: Plane) -> None:
    plane = any_plane

    async def write() -> None:
        for number in range(40):
            await plane.create(f"vm-{number}")

    writing = asyncio.create_task(write())
    seen = 0
    with contextlib.suppress(asyncio.CancelledError):
        while not writing.done():
            found = len(await names(plane))
            assert found >= seen
            seen = found
    await writing
    assert len(await names(plane)) == 40
