"""A host is one machine with one agent: clones, restarts, replaced machines, and words of streams that are over."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import host_pb2, host_service_pb2, vm_pb2

from controlplane.queries.network_view import NetworkView
from controlplane.rpc.agent.network_book import NetworkBook
from controlplane.rpc.agent.session import AgentSession
from tests.integration.controlplane.fake_agent import FakeAgent, connected, guest
from tests.integration.controlplane.plane import Plane, refused, vm_name
from tests.integration.controlplane.test_agents import started

RUNNING, CRASHED = vm_pb2.GUEST_STATE_RUNNING, vm_pb2.GUEST_STATE_CRASHED
Replace = host_service_pb2.ReplaceHostMachineRequest
IMAGE = f"machine-id:{'1' * 64}"
ONE, CLONE = (IMAGE, f"product-uuid:{'a' * 64}"), (IMAGE, f"product-uuid:{'b' * 64}")


async def host(plane: Plane) -> host_pb2.Host:
    return await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))


async def replace(plane: Plane, held_vms: Replace.HeldVms.ValueType = Replace.HELD_VMS_UNSPECIFIED) -> host_pb2.Host:
    return await plane.hosts.ReplaceHostMachine(Replace(name="hosts/node-1", held_vms=held_vms))


async def until_away(plane: Plane) -> None:
    async with asyncio.timeout(10):
        while (await host(plane)).agent_connected:
            continue


@pytest.mark.provokes("HOST_ALREADY_CONNECTED")
async def test_while_an_agent_is_connected_another_of_its_host_is_refused(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane, machine_ids=ONE) as agent:
        await started(plane, agent)
        ended = await FakeAgent(plane, "node-1", instance="two", machine_ids=ONE).refusal()
        assert (ended.code, ended.reason) == (grpc.StatusCode.ABORTED, "HOST_ALREADY_CONNECTED")
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
        shown = (await host(plane)).refused_agent
        assert (shown.reason, shown.count, list(shown.machine_ids)) == ("HOST_ALREADY_CONNECTED", 1, list(ONE))
        assert shown.peer
        # The first has not noticed anything.
        await plane.stop()
        await agent.until_desired((await plane.get()).uid, api.DESIRED_POWER_SHUTOFF)


async def test_an_agent_that_does_not_say_which_it_is_has_no_claim_on_another_ones_place(plane: Plane) -> None:
    async with connected(plane, instance="") as agent:
        await started(plane, agent)
        assert (await FakeAgent(plane, "node-1", instance="").refusal()).reason == "HOST_ALREADY_CONNECTED"


async def test_an_agent_that_is_started_again_does_not_wait(plane: Plane) -> None:
    """Its hello may arrive before the end of the stream before."""
    async with connected(plane, machine_ids=ONE) as agent:
        uid = await started(plane, agent)
        again = FakeAgent(plane, "node-1", instance="two", machine_ids=ONE)
        await again.say_hello()
        await agent.close()
        await again.until(lambda: again.welcome is not None)
        await again.inventory([guest(uid, 1, RUNNING)])
        await again.until(lambda: again.snapshots == 1)
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
        await again.close()


@pytest.mark.provokes("HOST_MACHINE_MISMATCH")
async def test_another_machine_with_the_hosts_name_is_refused_and_shown(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane, machine_ids=ONE) as agent:
        uid = await started(plane, agent)
        # Whether the first is connected or not.
        assert (await FakeAgent(plane, "node-1", instance="two", machine_ids=CLONE).refusal()).code
    await until_away(plane)
    for _ in range(2):
        ended = await FakeAgent(plane, "node-1", instance="two", machine_ids=CLONE).refusal()
        assert (ended.code, ended.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "HOST_MACHINE_MISMATCH")
        assert "chronovisor host replace node-1" in ended.message
    # One that reports none cannot be distinguished from it.
    assert (await FakeAgent(plane, "node-1", instance="three").refusal()).reason == "HOST_MACHINE_MISMATCH"
    assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
    assert (await plane.used())["vcpus"] == (4, 2)
    shown = await host(plane)
    assert list(shown.machine_ids) == list(ONE)
    assert (shown.refused_agent.reason, shown.refused_agent.count) == ("HOST_MACHINE_MISMATCH", 4)
    async with connected(plane, guests=[guest(uid, 1, RUNNING)], instance="four", machine_ids=ONE):
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING


@pytest.mark.parametrize(
    "machine_ids", [["machine-id"], ["machine-id:x"], [IMAGE, IMAGE], [f"a{i}:{'0' * 64}" for i in range(9)]]
)
async def test_what_is_no_identity_is_refused(plane: Plane, machine_ids: list[str]) -> None:
    ended = await FakeAgent(plane, "node-1", machine_ids=machine_ids).refusal()
    assert ended.reason == "INVALID_FIELD"
    assert ended.fields[0].startswith("machine_ids")


@pytest.mark.covers("HostService.ReplaceHostMachine")
@pytest.mark.provokes("HOST_IN_USE")
async def test_a_machine_is_replaced_once_it_is_decided_what_becomes_of_its_vms(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane, machine_ids=ONE) as agent:
        await started(plane, agent)
        # It is there, and runs its guests.
        assert (await refused(replace(plane, Replace.HELD_VMS_FAIL))).reason == "HOST_ALREADY_CONNECTED"
    await until_away(plane)
    in_use = await refused(replace(plane))
    assert (in_use.code, in_use.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "HOST_IN_USE")
    await FakeAgent(plane, "node-1", instance="two", machine_ids=CLONE).refusal()
    released = await replace(plane, Replace.HELD_VMS_FAIL)
    assert not released.machine_ids
    assert not released.HasField("refused_agent")
    vm = await plane.get()
    assert (vm.state, vm.held.vcpus, vm.held.disk_gib) == (vm_pb2.VM_STATE_FAILED, 0, 5)
    assert "replaced" in vm.failure.message
    assert (await FakeAgent(plane, "node-1", instance="three", machine_ids=ONE).refusal()).reason == (
        "HOST_MACHINE_MISMATCH"
    )
    async with connected(plane, instance="two", machine_ids=CLONE) as new:
        assert list((await host(plane)).machine_ids) == list(CLONE)
        await plane.start()
        assert (await new.until_desired(vm.uid, api.DESIRED_POWER_RUNNING)).incarnation == 2
    then = await plane.events("hosts/node-1", "HostMachineBound", "HostMachineReplaced")
    assert then == ["host_machine_bound", "host_machine_replaced", "host_machine_bound"]


async def test_vms_that_moved_with_their_disks_are_adopted(plane: Plane) -> None:
    async with connected(plane, machine_ids=ONE) as agent:
        uid = await started(plane, agent)
    await until_away(plane)
    await replace(plane, Replace.HELD_VMS_KEEP)
    assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
    async with connected(plane, guests=[guest(uid, 1, RUNNING)], instance="two", machine_ids=CLONE):
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING


async def test_a_held_vms_that_is_none_is_refused(plane: Plane) -> None:
    await plane.register()
    found = await refused(replace(plane, Replace.HeldVms.ValueType(7)))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["held_vms"])


async def test_a_binding_is_read_as_of_then(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register()
    position = plane.control_plane.dispatcher.position
    async with connected(plane, machine_ids=ONE):
        pass
    then = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1", at_position=position))
    assert not then.machine_ids
    listed = await plane.hosts.ListHosts(host_service_pb2.ListHostsRequest())
    assert [list(each.machine_ids) for each in listed.hosts] == [list(ONE)]


def stale_session(plane: Plane) -> AgentSession:
    control_plane = plane.control_plane
    found = control_plane.reads.inventory.host_named("hosts/node-1")
    assert found
    reads = control_plane.reads
    book = NetworkBook(NetworkView(reads.inventory), lambda: reads.position)
    return AgentSession(control_plane.commands, reads, book, found, "agent:node-1")


async def test_what_a_stream_says_after_its_end_changes_nothing(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        stale = stale_session(plane)

        async def words() -> AsyncIterator[api.ConnectRequest]:
            yield api.ConnectRequest(report=guest(uid, 1, CRASHED))
            yield api.ConnectRequest(inventory=api.GuestInventory())

        stale.end(None)
        await stale.receive(words())
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING


async def test_a_report_that_waits_for_the_writer_counts_only_while_its_stream_is_open(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        stale = stale_session(plane)

        async def words() -> AsyncIterator[api.ConnectRequest]:
            # Runs when the report is in the writer's queue, and before its turn.
            asyncio.get_running_loop().call_soon(stale.end, None)
            yield api.ConnectRequest(report=guest(uid, 1, CRASHED))

        await stale.receive(words())
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
        assert await plane.events(vm_name("web"), "VmStopped") == []


async def test_of_a_guest_that_is_there_and_cannot_be_read_nothing_is_concluded(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
    again = FakeAgent(plane, "node-1")
    await again.hello()
    await again.send(inventory=api.GuestInventory(unreadable_guests=[uid]))
    await again.until(lambda: again.snapshots == 1)
    assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
    await again.close()
