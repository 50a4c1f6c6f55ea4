"""Operations on hosts: drains and fencings as they begin, run, end and are cancelled, and hosts that end."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import host_pb2, operations_pb2, vm_pb2
from chronovisor.v1 import host_service_pb2 as api
from chronovisor.v1.operations_pb2 import OperationProgress
from google.longrunning import operations_pb2 as longrunning
from grpc import StatusCode

from controlplane.domain.errors import LedgerUntrusted
from controlplane.fencers.parameters import FencerSettings, parse_fencers
from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import (
    ACTOR,
    Plane,
    metadata_of,
    refusal_in,
    refused,
    running,
    unpacked,
    vm_name,
    vm_of,
)

NODE = "hosts/node-1"


def host_of(operation: longrunning.Operation) -> host_pb2.Host:
    assert operation.done, operation
    assert not operation.HasField("error"), operation.error
    return unpacked(operation.response, host_pb2.Host)


async def drain(plane: Plane, **request: object) -> longrunning.Operation:
    return await plane.hosts.DrainHost(api.DrainHostRequest(name=NODE, **request), metadata=ACTOR)  # pyright: ignore


async def fence(plane: Plane, **request: object) -> longrunning.Operation:
    request = {"name": NODE, "method": host_pb2.FENCE_METHOD_OPERATOR, **request}
    return await plane.hosts.FenceHost(api.FenceHostRequest(**request), metadata=ACTOR)  # pyright: ignore


async def host(plane: Plane) -> host_pb2.Host:
    return await plane.hosts.GetHost(api.GetHostRequest(name=NODE))


async def again(plane: Plane, operation: longrunning.Operation) -> longrunning.Operation:
    return await plane.operations.GetOperation(longrunning.GetOperationRequest(name=operation.name))


async def cancel(plane: Plane, operation: longrunning.Operation) -> None:
    await plane.operations.CancelOperation(longrunning.CancelOperationRequest(name=operation.name), metadata=ACTOR)


async def listed(plane: Plane, filter_: str = "", name: str = "") -> list[str]:
    found = await plane.operations.ListOperations(longrunning.ListOperationsRequest(filter=filter_, name=name))
    return [f"{metadata_of(each).verb} {'done' if each.done else 'runs'}" for each in found.operations]


@asynccontextmanager
async def a_running_vm(plane: Plane) -> AsyncGenerator[FakeAgent]:
    """On a host whose agent moves no guests: a live drain of it waits for ever."""
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        started = await plane.start()
        await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        await plane.wait(started)
        yield agent


@pytest.mark.covers("HostService.DrainHost")
async def test_an_empty_host_is_drained_into_maintenance(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register()
    begun = await drain(plane, reason="new fans")
    assert begun.name.startswith("operations/hosts.")
    metadata = metadata_of(begun)
    assert (metadata.target, metadata.verb, metadata.actor, metadata.reason) == (
        NODE,
        "DrainHost",
        "user:alice",
        "new fans",
    )
    assert metadata.target_uid == (await host(plane)).uid
    ended = await plane.wait(begun)
    assert host_of(ended).state == host_pb2.HOST_STATE_MAINTENANCE
    progress = metadata_of(ended).progress
    assert (progress.steps_done, progress.steps_total, progress.vms_done, progress.vms_total) == (2, 2, 0, 0)
    assert await again(plane, begun) == ended
    found = await host(plane)
    assert (found.state, found.drain.operation) == (host_pb2.HOST_STATE_MAINTENANCE, begun.name)


async def test_operations_of_hosts_are_listed_beside_those_of_vms_and_as_they_were(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register()
    await plane.create()
    begun = await drain(plane)
    await plane.wait(begun)
    assert await listed(plane) == ["DrainHost done", "CreateVm done"]
    for filter_, name in (
        ('verb = "DrainHost"', ""),
        (f'target = "{NODE}"', ""),
        (f'name = "{begun.name}"', ""),
        ("", NODE),
    ):
        assert await listed(plane, filter_, name) == ["DrainHost done"], (filter_, name)
    assert await listed(plane, f"at_position = {metadata_of(begun).position} AND done = false") == ["DrainHost runs"]
    # The host's uid and version are no VM's.
    other = begun.name.replace("hosts.", "")
    assert await listed(plane, f'name = "{other}"') == []
    gone = await refused(plane.operations.GetOperation(longrunning.GetOperationRequest(name=other)))
    assert gone.reason == "OPERATION_NOT_FOUND"
    missing = await refused(plane.operations.ListOperations(longrunning.ListOperationsRequest(name="hosts/none")))
    assert missing.reason == "HOST_NOT_FOUND"


async def test_a_drain_that_waits_says_for_what(plane: Plane) -> None:
    async with a_running_vm(plane):
        begun = await drain(plane)
        assert not begun.done
        progress = metadata_of(await again(plane, begun)).progress
        assert (progress.vms_total, progress.vms_done, progress.host) == (1, 0, NODE)
        assert progress.waiting_for == OperationProgress.WAITING_FOR_CAPACITY
        assert [line.startswith(vm_name("web")) for line in progress.details] == [True]
        found = await host(plane)
        assert (found.state, list(found.drain.waiting_for)) == (host_pb2.HOST_STATE_DRAINING, list(progress.details))
        assert await listed(plane, "done = false") == ["DrainHost runs"]


@pytest.mark.provokes("CANCELLED")
@pytest.mark.covers("Operations.CancelOperation")
async def test_a_cancelled_drain_leaves_the_host_cordoned(any_plane: Plane) -> None:
    plane = any_plane
    async with a_running_vm(plane):
        begun = await drain(plane)
        await cancel(plane, begun)
        ended = await plane.wait(begun)
        found = refusal_in(ended.error)
        assert (found.code, found.reason) == (StatusCode.CANCELLED, "CANCELLED")
        assert await again(plane, begun) == ended
        assert (await host(plane)).state == host_pb2.HOST_STATE_CORDONED
        # Of one that is done, nothing changes.
        position = plane.control_plane.dispatcher.position
        await cancel(plane, begun)
        assert plane.control_plane.dispatcher.position == position
        assert await listed(plane, 'error = "CANCELLED"') == ["DrainHost done"]


async def test_an_operation_that_an_operator_overtakes_is_superseded(plane: Plane) -> None:
    async with a_running_vm(plane):
        begun = await drain(plane)
        await plane.hosts.UncordonHost(api.UncordonHostRequest(name=NODE))
        found = refusal_in((await plane.wait(begun)).error)
        assert (found.reason, found.message) == ("SUPERSEDED", "superseded by UncordonHost")


async def test_a_second_drain_joins_the_first_and_one_that_is_done_changes_nothing(plane: Plane) -> None:
    async with a_running_vm(plane):
        begun = await drain(plane)
        assert (await drain(plane, policy=vm_pb2.Availability.ON_MAINTENANCE_STOP)).name == begun.name
        await cancel(plane, begun)
        await plane.stop()
    await plane.register("node-2")
    request = api.DrainHostRequest(name="hosts/node-2")
    ended = await plane.wait(await plane.hosts.DrainHost(request))
    unchanged = await plane.hosts.DrainHost(request)
    assert unchanged.name.endswith(".drain")
    assert host_of(unchanged).state == host_pb2.HOST_STATE_MAINTENANCE
    assert host_of(unchanged).etag == host_of(ended).etag
    assert await again(plane, unchanged) == unchanged


async def test_the_same_request_id_drains_once(plane: Plane) -> None:
    async with a_running_vm(plane):
        request_id = str(uuid.uuid4())
        begun = await drain(plane, request_id=request_id)
        await cancel(plane, begun)
        assert (await drain(plane, request_id=request_id)).name == begun.name
        assert (await host(plane)).state == host_pb2.HOST_STATE_CORDONED
        reused = await refused(drain(plane, request_id=request_id, max_parallel=3))
        assert reused.reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    ("method", "request_", "state"),
    [
        ("DrainHost", api.DrainHostRequest(name=NODE, validate_only=True), host_pb2.HOST_STATE_DRAINING),
        (
            "FenceHost",
            api.FenceHostRequest(name=NODE, validate_only=True, method=host_pb2.FENCE_METHOD_OPERATOR),
            host_pb2.HOST_STATE_FENCED,
        ),
    ],
)
async def test_what_is_only_checked_changes_nothing(
    plane: Plane, method: str, request_: object, state: host_pb2.HostState.ValueType
) -> None:
    await plane.register()
    position = plane.control_plane.dispatcher.position
    checked = await getattr(plane.hosts, method)(request_)
    assert (checked.name, host_of(checked).state) == ("", state)
    assert plane.control_plane.dispatcher.position == position


@pytest.mark.parametrize(
    ("call", "request_", "field"),
    [
        ("DrainHost", api.DrainHostRequest(name=NODE, max_parallel=101), "max_parallel"),
        ("DrainHost", api.DrainHostRequest(name=NODE, max_parallel=-1), "max_parallel"),
        ("DrainHost", api.DrainHostRequest(name=NODE, policy=9), "policy"),  # pyright: ignore[reportArgumentType]
        ("DrainHost", api.DrainHostRequest(name="node-1"), "name"),
        ("FenceHost", api.FenceHostRequest(name=NODE, method=9), "method"),  # pyright: ignore[reportArgumentType]
        ("FenceHost", api.FenceHostRequest(name=NODE), "method"),
        ("FenceHost", api.FenceHostRequest(name=NODE, method=host_pb2.FENCE_METHOD_FENCER), "method"),
        ("FenceHost", api.FenceHostRequest(name=NODE, method=host_pb2.FENCE_METHOD_WATCHDOG), "method"),
        ("DecommissionHost", api.DecommissionHostRequest(name="hosts/a/b"), "name"),
    ],
)
async def test_a_wrong_field_is_named(plane: Plane, call: str, request_: object, field: str) -> None:
    await plane.register()
    found = await refused(getattr(plane.hosts, call)(request_))
    assert (found.reason, found.fields) == ("INVALID_FIELD", [field])


async def test_an_etag_of_before_is_refused(plane: Plane) -> None:
    etag = (await plane.register()).etag
    await plane.hosts.CordonHost(api.CordonHostRequest(name=NODE))
    for call in (drain(plane, etag=etag), fence(plane, etag=etag)):
        assert (await refused(call)).reason == "ETAG_MISMATCH"
    request = api.DecommissionHostRequest(name=NODE, etag=etag)
    assert (await refused(plane.hosts.DecommissionHost(request))).reason == "ETAG_MISMATCH"


@pytest.mark.provokes("HOST_CONNECTED")
async def test_nobody_can_say_that_a_host_is_off_whose_agent_is_connected(plane: Plane) -> None:
    async with a_running_vm(plane):
        found = await refused(fence(plane))
        assert (found.code, found.reason) == (StatusCode.FAILED_PRECONDITION, "HOST_CONNECTED")
        assert found.details == ["PreconditionFailure"]
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING


@pytest.mark.covers("HostService.FenceHost")
async def test_a_host_that_is_off_by_an_operators_word_is_fenced_at_once(any_plane: Plane) -> None:
    plane = any_plane
    async with a_running_vm(plane) as agent:
        await agent.close()
        while plane.control_plane._agents.is_connected((await host(plane)).uid):  # pyright: ignore
            await agent.end()
        fenced = await fence(plane, reason="burnt down")
        found = host_of(fenced)
        assert (found.state, found.last_state) == (host_pb2.HOST_STATE_FENCED, host_pb2.HOST_STATE_ACTIVE)
        # Released in the same append: the disk alone is kept.
        assert (found.allocated.vcpus, found.allocated.disk_gib) == (0, 5)
        vm = await plane.get()
        assert (vm.state, vm.held.vcpus) == (vm_pb2.VM_STATE_FAILED, 0)
        first = metadata_of(fenced)
        assert (first.verb, first.progress.steps_done, first.progress.steps_total) == ("FenceHost", 2, 2)
        later = await again(plane, fenced)
        assert unpacked(later.metadata, operations_pb2.OperationMetadata).position == first.position
        assert host_of(later).allocated == found.allocated
        assert host_of(later).state == host_pb2.HOST_STATE_FENCED
        unchanged = await fence(plane)
        assert unchanged.name.endswith(".fence")
        assert host_of(unchanged).state == host_pb2.HOST_STATE_FENCED


def fenced_by(*program: str, timeout_s: float = 2) -> tuple[FencerSettings, ...]:
    """Every host, by a program that is also how its power is read."""
    row = {
        "hosts": "host",
        "kind": "command",
        "program": list(program),
        "status": list(program),
        "timeout_s": timeout_s,
        "attempts": 1,
    }
    return parse_fencers([row])


@pytest.mark.provokes("FENCE_FAILED")
async def test_a_fencer_that_cannot_confirm_it_leaves_all_as_it_was() -> None:
    async with running(fencers=fenced_by("/bin/false")) as plane, a_running_vm(plane):
        ended = await plane.wait(await fence(plane, method=host_pb2.FENCE_METHOD_UNSPECIFIED))
        found = refusal_in(ended.error)
        assert (found.code, found.reason) == (StatusCode.FAILED_PRECONDITION, "FENCE_FAILED")
        assert found.message
        assert (await host(plane)).state == host_pb2.HOST_STATE_ACTIVE
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
        assert await listed(plane, 'error = "FENCE_FAILED"') == ["FenceHost done"]


@pytest.mark.provokes("HOST_DECOMMISSIONED")
@pytest.mark.covers("HostService.DecommissionHost")
async def test_a_host_that_holds_nothing_ends_for_good(plane: Plane) -> None:
    await plane.register()
    assert (await refused(plane.hosts.DecommissionHost(api.DecommissionHostRequest(name=NODE)))).reason == "WRONG_STATE"
    await plane.wait(await drain(plane))
    checked = await plane.hosts.DecommissionHost(api.DecommissionHostRequest(name=NODE, validate_only=True))
    assert checked.state == host_pb2.HOST_STATE_DECOMMISSIONED
    ended = await plane.hosts.DecommissionHost(api.DecommissionHostRequest(name=NODE), metadata=ACTOR)
    assert (ended.state, ended.capacity.vcpus) == (host_pb2.HOST_STATE_DECOMMISSIONED, 0)
    assert {total for total, _ in (await plane.used()).values()} == {0}
    same = await plane.hosts.DecommissionHost(api.DecommissionHostRequest(name=NODE))
    assert same.etag == ended.etag
    agent = FakeAgent(plane, "node-1")
    found = await agent.refusal()
    assert (found.code, found.reason) == (StatusCode.FAILED_PRECONDITION, "HOST_DECOMMISSIONED")


async def test_a_host_that_holds_a_disk_does_not_end(plane: Plane) -> None:
    async with a_running_vm(plane) as agent:
        stopping = await plane.stop()
        uid = next(iter(agent.desired))
        await agent.until_desired(uid, agents.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await plane.wait(stopping)
        await plane.wait(await drain(plane))
        found = await refused(plane.hosts.DecommissionHost(api.DecommissionHostRequest(name=NODE)))
        assert (found.code, found.reason) == (StatusCode.FAILED_PRECONDITION, "HOST_IN_USE")


@pytest.mark.provokes("NOT_CANCELLABLE")
async def test_what_cannot_be_called_off_says_what_to_do_instead(plane: Plane) -> None:
    await plane.register()
    await plane.create()
    found = await refused(cancel(plane, await plane.start()))
    assert (found.code, found.reason) == (StatusCode.FAILED_PRECONDITION, "NOT_CANCELLABLE")
    assert (found.metadata["verb"], "StopVm" in found.metadata["instead"]) == ("StartVm", True)


@pytest.mark.provokes("OPERATION_KEPT")
@pytest.mark.covers("Operations.DeleteOperation")
async def test_an_operation_is_never_deleted(plane: Plane) -> None:
    await plane.register()
    created = await plane.create()
    request = longrunning.DeleteOperationRequest(name=created.name)
    found = await refused(plane.operations.DeleteOperation(request))
    assert (found.code, found.reason) == (StatusCode.FAILED_PRECONDITION, "OPERATION_KEPT")
    assert await again(plane, created)
    request.name = "operations/hosts.none.1"
    assert (await refused(plane.operations.DeleteOperation(request))).reason == "OPERATION_NOT_FOUND"


async def test_an_untrusted_ledger_cancels_nothing(plane: Plane) -> None:
    async with a_running_vm(plane):
        begun = await drain(plane)
        plane.control_plane.writer.distrust(LedgerUntrusted(7, "its seal does not hold"))
        assert (await refused(cancel(plane, begun))).reason == "LEDGER_UNTRUSTED"
