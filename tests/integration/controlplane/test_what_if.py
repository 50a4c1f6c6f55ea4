"""What if, over gRPC: unchanged it is what happened, changed it compares; its process leaves nothing behind."""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
from chronovisor.v1 import host_service_pb2, vm_service_pb2
from chronovisor.v1.agent_service_pb2 import DESIRED_POWER_ABSENT, DESIRED_POWER_RUNNING, DESIRED_POWER_SHUTOFF
from chronovisor.v1.history_service_pb2 import ListEventsRequest
from chronovisor.v1.what_if_pb2 import MoreHosts, WhatIfPoint, WhatIfRequest, WhatIfResponse, WhatIfSummary
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import (
    ACTOR,
    DEFAULT,
    WAIT_S,
    Plane,
    a_host,
    a_vm,
    refusal_of,
    refused,
    running,
    vm_name,
)


async def what_if(plane: Plane, **request: Any) -> tuple[list[WhatIfPoint], WhatIfSummary]:
    points, summary = list[WhatIfPoint](), None
    async for response in plane.history.WhatIf(WhatIfRequest(**request)):
        assert summary is None, "the summary is the last message"
        if response.HasField("point"):
            points.append(response.point)
        elif response.HasField("summary"):
            summary = response.summary
    assert summary is not None
    return points, summary


def first_of(plane: Plane, **request: Any) -> Any:
    """The call up to its first message."""
    return plane.history.WhatIf(WhatIfRequest(**request)).read()


async def some_history(plane: Plane) -> None:
    """Three hosts; VMs one by one and as a batch; one that could not start, one cordoned host."""
    for name in ("node-1", "node-2", "node-3"):
        await plane.register(name, vcpus=4)
    for name in ("a", "b"):
        await plane.create(name, start=True, vcpus=1)
    requests = [
        vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=name, vm=a_vm(vcpus=2), start=True) for name in ("c", "d")
    ]
    await plane.vms.BatchCreateVms(vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT, requests=requests))
    await plane.create("large", vcpus=5)
    await refused(plane.start("large"))
    await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name="hosts/node-3"))
    await plane.create("e", start=True, vcpus=1)


@pytest.mark.covers("HistoryService.WhatIf")
async def test_with_nothing_changed_it_is_what_happened(any_plane: Plane) -> None:
    plane = any_plane
    await some_history(plane)
    used = await plane.used()
    points, summary = await what_if(plane)
    assert summary.HasField("drift")
    assert (summary.drift, summary.elsewhere, dict(summary.refused)) == (0, 0, {})
    assert summary.starts == 5
    assert summary.was == summary.would
    assert all(each.was == each.would for each in points)
    last = points[-1]
    assert last.position == summary.to_position
    assert {each.resource_class: (each.total, each.allocated) for each in last.was.classes} == used


async def test_a_policy_a_ratio_and_a_fleet_are_compared_with_what_happened(any_plane: Plane) -> None:
    plane = any_plane
    await some_history(plane)
    _, packed = await what_if(plane, placement_policy="pack")
    _, spread = await what_if(plane, placement_policy="spread")
    assert not packed.HasField("drift")
    assert spread.would.peak_hosts_in_use == 3 > packed.would.peak_hosts_in_use
    assert spread.elsewhere > 0
    assert spread.moves[0].was != spread.moves[0].would
    _, tight = await what_if(plane, allocation_ratios={"vcpus": 0.25})
    # Of one vCPU each, and one of the three is cordoned.
    assert tight.refused["NO_CAPACITY"] == 3
    assert tight.refusals[0].vm in (vm_name("c"), vm_name("d"))
    fleet = [MoreHosts(count=2, host=a_host(vcpus=8)), MoreHosts(count=1, like="hosts/node-1")]
    points, other = await what_if(plane, add_hosts=fleet, replace_fleet=True)
    assert points[-1].would.hosts == 3
    assert points[-1].would.classes[0].total == 20
    assert other.elsewhere == 5
    assert (await plane.used())["vcpus"] == (12, 7), "nothing was changed by all of this"


async def test_it_begins_and_ends_where_requested(any_plane: Plane) -> None:
    plane = any_plane
    await some_history(plane)
    events = (await plane.history.ListEvents(ListEventsRequest(page_size=1000))).events
    starts = [each for each in events if each.HasField("vm_start_requested")]
    _, since = await what_if(plane, from_position=starts[1].position)
    assert (since.starts, since.drift) == (3, 0)
    assert since.from_position > starts[1].position, "a batch is whole: to its seal"
    _, by_time = await what_if(plane, from_time=starts[1].commit_time)
    assert by_time == since
    _, until = await what_if(plane, to_position=starts[1].position)
    assert (until.starts, until.drift) == (2, 0)
    _, before = await what_if(plane, to_time=Timestamp(seconds=1))
    assert (before.events, before.starts) == (0, 0)
    _, nothing = await what_if(plane, from_position=events[-1].position)
    assert (nothing.events, nothing.drift) == (0, 0)


async def test_vms_of_hosts_that_are_taken_away_are_placed_anew(any_plane: Plane) -> None:
    plane = any_plane
    await some_history(plane)
    head = (await plane.history.ListEvents(ListEventsRequest(page_size=1000))).position
    host = (await plane.get("a")).host
    points, summary = await what_if(plane, from_position=head, without_hosts=[host])
    assert summary.displaced > 0
    assert points[-1].would.hosts == 2


async def test_what_ran_and_stopped_and_was_destroyed_is_replayed(plane: Plane) -> None:
    async with connected(plane, "node-1") as agent:
        created = await plane.create("web", start=True)
        uid = (await plane.get("web")).uid
        await agent.until_desired(uid, DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        await plane.wait(created)
        for step, power in ((plane.stop, DESIRED_POWER_SHUTOFF), (plane.delete, DESIRED_POWER_ABSENT)):
            ending = await step("web")
            await agent.until_desired(uid, power)
            await agent.obey(uid)
            await plane.wait(ending)
    _, summary = await what_if(plane)
    assert (summary.starts, summary.drift, summary.left_out) == (1, 0, 0)
    _, refused_then = await what_if(plane, allocation_ratios={"vcpus": 0.1})
    assert (dict(refused_then.refused), refused_then.left_out) == ({"NO_CAPACITY": 1}, 0)


BAD: Mapping[str, tuple[dict[str, Any], str]] = {
    "policy": ({"placement_policy": "best"}, "placement_policy"),
    "ratio of zero": ({"allocation_ratios": {"vcpus": 0.0}}, "allocation_ratios[vcpus]"),
    "ratio below": ({"allocation_ratios": {"memory_mib": -1.0}}, "allocation_ratios[memory_mib]"),
    "no number": ({"allocation_ratios": {"vcpus": float("nan")}}, "allocation_ratios[vcpus]"),
    "unknown class": ({"allocation_ratios": {"gpu.none": 2.0}}, "allocation_ratios[gpu.none]"),
    "inverted": ({"from_position": 3, "to_position": 1}, "to_position"),
    "inverted by time": ({"from_position": 3, "to_time": Timestamp(seconds=1)}, "to_time"),
    "two beginnings": ({"from_position": 3, "from_time": Timestamp(seconds=1)}, "from_time"),
    "a time to come": ({"from_time": Timestamp(seconds=10**10)}, "from_time"),
    "negative": ({"to_position": -1}, "to_position"),
    "no host name": ({"without_hosts": ["node-1"]}, "without_hosts[0]"),
    "no hosts": ({"add_hosts": [MoreHosts(count=0, host=a_host())]}, "add_hosts[0].count"),
    "no kind of host": ({"add_hosts": [MoreHosts(count=1)]}, "add_hosts[0]"),
    "half a host": (
        {"add_hosts": [MoreHosts(count=1, host=a_host(vcpus=-1))]},
        "add_hosts[0].host.inventory[vcpus].total",
    ),
    "too many": ({"add_hosts": [MoreHosts(count=1_000_000, host=a_host())]}, "add_hosts"),
    "no fleet at all": ({"replace_fleet": True}, "replace_fleet"),
    "one point": ({"max_points": 1}, "max_points"),
}


@pytest.mark.parametrize("case", BAD)
async def test_what_makes_no_sense_is_refused_by_field(plane: Plane, case: str) -> None:
    await plane.register()
    request, field = BAD[case]
    found = await refused(first_of(plane, **request))
    assert (found.reason, found.fields) == ("INVALID_FIELD", [field])


async def test_hosts_that_never_were_and_positions_to_come_are_refused(plane: Plane) -> None:
    for request in ({"without_hosts": ["hosts/none"]}, {"add_hosts": [MoreHosts(count=1, like="hosts/none")]}):
        assert (await refused(first_of(plane, **request))).reason == "HOST_NOT_FOUND"
    for request in ({"from_position": 10_000}, {"to_position": 10_000}):
        assert (await refused(first_of(plane, **request))).reason == "POSITION_AHEAD"


@pytest.fixture
async def stored(tmp_path: Path) -> AsyncGenerator[Plane]:
    async with running(f"sqlite:///{tmp_path / 'ledger.db'}") as plane:
        yield plane


async def once_it_is_free(plane: Plane) -> WhatIfSummary:
    while True:
        try:
            return (await what_if(plane))[1]
        except aio.AioRpcError as error:
            if refusal_of(error).reason != "WHAT_IF_BUSY":
                raise


def processes() -> list[int]:
    """What-ifs that this process has started, and that go on."""
    found: list[int] = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((directory / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"controlplane.what_if.worker" in (directory / "cmdline").read_bytes():
                found.append(int(directory.name))
        except OSError:
            # It has ended.
            continue
    return found


@pytest.mark.provokes("WHAT_IF_BUSY")
async def test_one_runs_at_a_time_and_ends_when_its_caller_is_gone(stored: Plane) -> None:
    plane = stored
    await some_history(plane)
    # More than the transport takes without being read: it goes on for as long as it is not.
    call = plane.history.WhatIf(WhatIfRequest(max_points=2000))
    first = await call.read()
    assert isinstance(first, WhatIfResponse)
    assert first.HasField("progress")
    assert len(processes()) == 1
    second = await refused(first_of(plane))
    assert (second.code, second.reason, second.details) == (
        grpc.StatusCode.UNAVAILABLE,
        "WHAT_IF_BUSY",
        ["RetryInfo"],
    )
    call.cancel()
    async with asyncio.timeout(WAIT_S):
        while processes():
            await plane.get("a")
        summary = await once_it_is_free(plane)
    assert summary.drift == 0
    assert not processes()


async def test_a_server_that_ends_takes_its_what_if_with_it(tmp_path: Path) -> None:
    async with running(f"sqlite:///{tmp_path / 'ledger.db'}") as plane:
        await some_history(plane)
        call = plane.history.WhatIf(WhatIfRequest(max_points=2000), metadata=ACTOR)
        await call.read()
        assert len(processes()) == 1
        await plane.control_plane.close(grace_s=0.0)
        assert not processes()
