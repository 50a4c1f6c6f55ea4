"""Agents that come back, contradict each other, talk nonsense, or keep silent."""

import asyncio
import contextlib
import time
import uuid
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import host_pb2, host_service_pb2, utilization_service_pb2, vm_pb2, vm_service_pb2
from google.longrunning import operations_pb2 as longrunning
from grpc import aio

from controlplane.commands.trouble import LoseHost
from controlplane.domain.command import CommandContext
from controlplane.domain.vm.limits import Limits
from tests.integration.controlplane.fake_agent import FakeAgent, connected, guest
from tests.integration.controlplane.plane import Plane, a_host, refusal_in, refused, running, vm_name, vm_of
from tests.support.waiting import WAIT_S, patient

RUNNING, SHUTOFF = vm_pb2.GUEST_STATE_RUNNING, vm_pb2.GUEST_STATE_SHUTOFF
CRASHED, ABSENT = vm_pb2.GUEST_STATE_CRASHED, vm_pb2.GUEST_STATE_ABSENT


async def started(plane: Plane, agent: FakeAgent, vm_id: str = "web") -> str:
    """A VM that runs; its uid."""
    uid = vm_of(await plane.create(vm_id)).uid
    operation = await plane.start(vm_id)
    await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)
    await agent.obey(uid)
    vm_of(await plane.wait(operation))
    return uid


async def until_state(plane: Plane, state: vm_pb2.VmState.ValueType, vm_id: str = "web") -> vm_pb2.Vm:
    """Waits for it by the dispatcher of the VM's own events."""
    async with asyncio.timeout(patient(10)):
        while True:
            changed = plane.control_plane.dispatcher.changed(f"vms/{(await plane.get(vm_id)).uid}")
            vm = await plane.get(vm_id)
            if vm.state == state:
                changed.cancel()
                return vm
            await changed


async def connection(plane: Plane) -> bool:
    host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
    return host.agent_connected


async def test_an_agent_registers_its_host_and_is_seen_connected(plane: Plane) -> None:
    async with connected(plane) as agent:
        assert agent.welcome
        assert agent.welcome.host == "hosts/node-1"
        assert agent.welcome.heartbeat_interval.seconds > 0
        assert await connection(plane)
        await agent.send(heartbeat=api.AgentHeartbeat())
    async with asyncio.timeout(patient(10)):
        while await connection(plane):
            continue


@pytest.mark.provokes("AGENT_SUPERSEDED")
async def test_a_newer_agent_of_a_host_takes_the_older_ones_place(plane: Plane) -> None:
    async with connected(plane) as older, connected(plane) as newer:
        ended = await older.end()
        assert ended
        assert (ended.code, ended.reason) == (grpc.StatusCode.ABORTED, "AGENT_SUPERSEDED")
        assert await connection(plane)
        await started(plane, newer)


@pytest.mark.provokes("NOT_YOURS")
async def test_an_agent_speaks_for_its_own_host_alone(plane: Plane) -> None:
    async with connected(plane, "node-1") as owner:
        stranger = FakeAgent(plane, "node-2")
        await stranger.send(hello=api.AgentHello(host_id="node-1", host=a_host()))
        ended = await stranger.end()
        assert ended
        assert (ended.code, ended.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_YOURS")
        assert "agent:node-2 may not speak for hosts/node-1" in ended.message
        assert await connection(plane)
        await started(plane, owner)


@pytest.mark.parametrize("host_id", ["", "Node 1", "../x", "x" * 1000])
async def test_an_agent_with_a_bad_host_id_is_refused(plane: Plane, host_id: str) -> None:
    agent = FakeAgent(plane, "x")
    await agent.send(hello=api.AgentHello(host_id=host_id, host=a_host()))
    ended = await agent.end()
    assert ended
    assert (ended.reason, ended.fields) == ("INVALID_FIELD", ["host_id"])


async def test_an_agent_that_does_not_begin_with_hello_is_refused(plane: Plane) -> None:
    agent = FakeAgent(plane, "node-1")
    await agent.inventory()
    ended = await agent.end()
    assert ended
    assert (ended.reason, ended.fields) == ("INVALID_FIELD", ["hello"])


async def test_nonsense_from_an_agent_changes_nothing_and_does_not_end_its_stream(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        before = await plane.get()
        nonsense = [
            api.GuestReport(),
            api.GuestReport(vm_uid=uid),
            api.GuestReport(vm_uid="x" * 1_000_000, incarnation=1),
            api.GuestReport(vm_uid=uid, incarnation=1, observation=vm_pb2.VmObservation()),
            guest(uid, 1, vm_pb2.GuestState.ValueType(77)),
            guest(uid, 7, CRASHED),
            guest(uid, -1, ABSENT),
            guest(str(uuid.uuid4()), 1, RUNNING),
        ]
        for report in nonsense:
            await agent.send(report=report)
        await agent.send()
        await agent.hello()
        await agent.fail(uid, "explode", "x" * 100_000, permanent=True)
        assert await plane.get() == before
        # It still listens: what follows is taken.
        await agent.report_state(uid, CRASHED, detail="killed")
        vm = await until_state(plane, vm_pb2.VM_STATE_FAILED)
        assert "crashed: killed" in vm.failure.message


async def test_an_unreadable_inventory_says_nothing_of_the_guests(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
    again = FakeAgent(plane, "node-1")
    await again.hello()
    await again.inventory(unreadable="cannot connect to libvirt")
    await again.send(report=guest(uid, 1, RUNNING))
    assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
    assert again.snapshots == 0
    await again.inventory([guest(uid, 1, RUNNING)])
    await again.until(lambda: again.snapshots == 1)
    assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
    await again.close()


async def test_a_guest_that_is_missing_after_a_reconnect_has_vanished(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        await started(plane, agent)
    async with connected(plane) as agent:
        vm = await until_state(plane, vm_pb2.VM_STATE_FAILED)
        assert "vanished" in vm.failure.message
        assert (await plane.used())["vcpus"] == (4, 0)
        assert (await plane.used())["disk_gib"] == (100, 5)


async def test_a_guest_that_is_still_there_after_a_reconnect_is_adopted(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
    async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
        assert agent.desired[uid].power == api.DESIRED_POWER_RUNNING
        assert agent.desired[uid].incarnation == 1
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING


async def test_a_start_that_was_accepted_while_no_agent_was_there_reaches_it_when_it_comes(plane: Plane) -> None:
    await plane.register()
    uid = vm_of(await plane.create()).uid
    operation = await plane.start()
    async with connected(plane) as agent:
        assert agent.desired[uid].power == api.DESIRED_POWER_RUNNING
        await agent.obey(uid)
        assert vm_of(await plane.wait(operation)).state == vm_pb2.VM_STATE_RUNNING


@pytest.mark.parametrize("end", ["stop", "delete"])
async def test_a_host_without_a_guest_that_may_be_about_to_start_frees_nothing(plane: Plane, end: str) -> None:
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        await plane.start()
        await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)
        operation = await (plane.stop() if end == "stop" else plane.delete())
    # The same agent, in the middle of the start: it has nothing to report yet.
    async with connected(plane) as agent:
        assert (await plane.used())["vcpus"] == (4, 2)
        await agent.report_state(uid, ABSENT, started=False)
        vm_of(await plane.wait(operation))
        assert (await plane.used())["vcpus"] == (4, 0)


async def test_what_happened_while_the_agent_was_away_is_taken_over(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await plane.stop()
    async with connected(plane, guests=[guest(uid, 1, SHUTOFF)]):
        assert (await until_state(plane, vm_pb2.VM_STATE_STOPPED)).held.vcpus == 0


async def test_the_leftover_of_a_destroyed_vm_is_to_go_and_a_guest_of_nobody_is_left_alone(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        operation = await plane.delete()
        await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)
        await agent.obey(uid)
        vm_of(await plane.wait(operation))
        other = await started(plane, agent, "other")
    stranger = str(uuid.uuid4())
    found = [guest(uid, 1, RUNNING), guest(stranger, 1, RUNNING), guest(other, 1, RUNNING)]
    async with connected(plane, guests=found) as agent:
        gone = await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)
        assert gone.incarnation == 1
        assert agent.desired[other].power == api.DESIRED_POWER_RUNNING
        # What concerns `other` comes after all that was there to say.
        await plane.stop("other")
        await agent.until_desired(other, api.DESIRED_POWER_SHUTOFF)
        assert stranger not in agent.desired


async def test_a_guest_that_has_come_since_its_vm_was_destroyed_is_to_go(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        operation = await plane.delete()
        await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)
        await agent.obey(uid)
        vm_of(await plane.wait(operation))
        agent.desired.clear()
        await agent.send(report=guest(uid, 1, RUNNING))
        assert (await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)).incarnation == 1


async def test_what_is_left_on_a_host_that_was_lost_is_to_go_also_after_all_that_is_desired(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        operation = await plane.delete()
        await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)
        await agent.obey(uid)
        vm_of(await plane.wait(operation))
        assert agent.welcome
        lost = LoseHost(agent.welcome.host_uid, lease_us=1)
    await plane.control_plane.writer.submit(lost, CommandContext("system:test", "lost"))
    # It is off, so nothing keeps the host away. An agent drops what all that is desired does not name.
    async with connected(plane, guests=[guest(uid, 1, SHUTOFF)]) as agent:
        await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)


async def test_an_old_incarnation_on_the_host_that_had_it_is_to_go(plane: Plane) -> None:
    vm = vm_pb2.Vm()
    vm.spec.resources.vcpus, vm.spec.resources.memory_mib = 1, 64
    vm.spec.boot.kernel.kernel, vm.spec.boot.kernel.initramfs = "vmlinuz", "initrd"
    request = vm_service_pb2.CreateVmRequest(parent="projects/default", vm_id="web", vm=vm)
    async with connected(plane, "node-1") as agent:
        uid = vm_of(await plane.vms.CreateVm(request)).uid
        await plane.start()
        await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        await until_state(plane, vm_pb2.VM_STATE_RUNNING)
        await agent.report_state(uid, CRASHED)
        await until_state(plane, vm_pb2.VM_STATE_FAILED)
    await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name="hosts/node-1"))
    async with connected(plane, "node-2") as elsewhere:
        await plane.start()
        await elsewhere.until_desired(uid, api.DESIRED_POWER_RUNNING)
    async with connected(plane, "node-1", guests=[guest(uid, 1, RUNNING)]) as agent:
        gone = await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)
        assert gone.incarnation == 1
        host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
        assert not host.unexpected_guest_count


async def test_a_machine_that_shrank_below_what_it_holds_counts_at_once_and_nothing_is_evicted(
    any_plane: Plane,
) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
    before = plane.control_plane.dispatcher.position
    async with connected(plane, guests=[guest(uid, 1, RUNNING)], host=a_host(vcpus=1)) as agent:
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING
        assert (await plane.used())["vcpus"] == (1, 2)
        host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
        assert (host.capacity.vcpus, host.allocated.vcpus, host.overcommitted.vcpus) == (1, 2, 1)
        assert host.overcommitted.memory_mib == 0
        for scope in ("fleet", "hosts/node-1"):
            assert await overcommitted(plane, scope) == [1, 0, 0]
            assert await overcommitted(plane, scope, at_position=before) == [0, 0, 0]
        full = await refused(plane.create("other", start=True, vcpus=1))
        assert (full.reason, full.metadata["turned_down.vcpus"]) == ("NO_CAPACITY", "1")
        await plane.stop()
        await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await until_state(plane, vm_pb2.VM_STATE_STOPPED)
        assert await overcommitted(plane, "fleet") == [0, 0, 0]
        now = plane.control_plane.dispatcher.position
        assert await overcommitted(plane, "fleet", at_position=now) == [0, 0, 0]


async def overcommitted(plane: Plane, scope: str, **at: int) -> list[int]:
    """Of the base classes; total, allocated, overcommitted and free agree."""
    request = utilization_service_pb2.GetUtilizationRequest(scope=scope, **at)  # pyright: ignore[reportArgumentType]
    found = (await plane.utilization.GetUtilization(request)).classes
    assert all(each.free == each.total - each.allocated + each.overcommitted for each in found)
    return [each.overcommitted for each in found]


async def test_what_an_agent_was_started_with_counts_and_what_it_drops_is_gone(plane: Plane) -> None:
    reported = a_host()
    reported.zone, reported.labels["rack"] = "eu-1a", "7"
    reported.traits.append("ssd")
    reported.inventory["gpu.a100"].total = 2
    reported.inventory["vcpus"].reserved = 1
    async with connected(plane, host=reported):
        pass
    host = host_pb2.Host(name="hosts/node-1", traits=["ssd", "tape"], labels={"rack": "7", "owner": "ops"})
    await plane.hosts.UpdateHost(host_service_pb2.UpdateHostRequest(host=host))
    async with connected(plane, host=a_host(vcpus=8)):
        pass
    now = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
    assert (now.zone, dict(now.labels), list(now.traits)) == ("", {"owner": "ops"}, ["tape"])
    assert ("gpu.a100" in now.inventory, now.capacity.vcpus) == (False, 8)
    reported.labels["rack"] = "8"
    async with connected(plane, host=reported):
        pass
    now = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
    assert (now.zone, dict(now.labels)) == ("eu-1a", {"owner": "ops", "rack": "8"})
    assert (await plane.used("zones/eu-1a"))["gpu.a100"] == (2, 0)


async def test_an_operator_does_not_offer_more_than_the_machine_has(plane: Plane) -> None:
    async with connected(plane):
        offered = a_host(vcpus=64)
        offered.name = "hosts/node-1"
        too_much = await refused(plane.hosts.UpdateHost(host_service_pb2.UpdateHostRequest(host=offered)))
        assert (too_much.reason, too_much.fields) == ("INVALID_FIELD", ["host.inventory[vcpus].total"])
        fewer = a_host(vcpus=2)
        fewer.name = "hosts/node-1"
        assert (await plane.hosts.UpdateHost(host_service_pb2.UpdateHostRequest(host=fewer))).capacity.vcpus == 2


async def test_a_machine_that_grew_is_taken_over(plane: Plane) -> None:
    async with connected(plane):
        pass
    async with connected(plane, host=a_host(vcpus=64)):
        assert (await plane.used())["vcpus"] == (64, 0)


async def test_an_agent_cannot_speak_for_guests_of_another_host(plane: Plane) -> None:
    async with (
        connected(plane, "node-1") as agent,
        connected(plane, "node-2", host=a_host(vcpus=1, memory_mib=512)) as other,
    ):
        uid = await started(plane, agent)
        await other.send(report=guest(uid, 1, CRASHED))
        await other.send(heartbeat=api.AgentHeartbeat())
        small = vm_of(await plane.create("small", vcpus=1, memory_mib=512)).uid
        await plane.start("small")
        await other.until_desired(small, api.DESIRED_POWER_RUNNING)
        await other.obey(small)
        await until_state(plane, vm_pb2.VM_STATE_RUNNING, "small")
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING


# So long that an agent's report is there before it passes.
UNHURRIED = Limits(start=patient(0.5))
QUICK = Limits(start=0.2, stop=0.2, pause=0.2, resume=0.2, reboot=0.2, delete=0.2)


async def failed(plane: Plane, operation: longrunning.Operation) -> str:
    """The reason and the words of an operation that ended because its time was over."""
    ended = await plane.wait(operation)
    assert ended.done
    found = refusal_in(ended.error)
    assert found.code is grpc.StatusCode.DEADLINE_EXCEEDED
    return f"{found.reason}: {found.message}"


@pytest.mark.provokes("DEADLINE_PASSED")
@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_a_step_that_takes_too_long_fails_its_operation_and_keeps_the_capacity(
    store: str, tmp_path: Path
) -> None:
    url = "memory:" if store == "memory" else f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(url, UNHURRIED) as plane, connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        operation = await plane.start()
        await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)
        await agent.fail(uid, "start", "no space left on device", permanent=False)
        ended = await failed(plane, operation)
        assert "DEADLINE_PASSED" in ended
        assert "no space left on device" in ended
        assert (await plane.get()).state == vm_pb2.VM_STATE_FAILED
        assert (await plane.used())["vcpus"] == (4, 2)
        # The desired state is off now; the agent's report frees it.
        await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await until_state(plane, vm_pb2.VM_STATE_STOPPED)
        assert (await plane.used())["vcpus"] == (4, 0)
        events = await plane.events(vm_name("web"))
        assert events[-3:] == ["vm_start_requested", "vm_deadline_passed", "vm_stopped"]


async def test_a_destroy_that_takes_too_long_fails_and_ends_when_the_agent_gets_there() -> None:
    async with running(limits=QUICK) as quick, connected(quick) as agent:
        uid = await started(quick, agent)
        assert "delete did not end in time" in await failed(quick, await quick.delete())
        assert (await quick.get()).state == vm_pb2.VM_STATE_FAILED
        await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)
        await agent.report_state(uid, SHUTOFF)
        await agent.obey(uid)
        await until_gone(quick, uid)
        assert (await quick.used())["disk_gib"] == (100, 0)


async def until_gone(plane: Plane, uid: str) -> None:
    changed = plane.control_plane.dispatcher.changed(f"vms/{uid}")
    if uid in plane.control_plane.reads.inventory.vms:
        await asyncio.wait_for(changed, patient(10))
    assert uid not in plane.control_plane.reads.inventory.vms


async def test_a_deadline_that_passed_while_the_control_plane_was_down_is_kept(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store, QUICK) as plane:
        await plane.register()
        await plane.create()
        operation = await plane.start()
    async with running(store, QUICK) as plane:
        assert "start did not end in time" in await failed(plane, operation)


async def test_what_was_done_while_the_control_plane_was_down_has_not_failed(tmp_path: Path) -> None:
    store, limits = f"sqlite:///{tmp_path / 'ledger.db'}", Limits(start=patient(1))
    async with running(store, limits) as plane, connected(plane):
        await plane.create()
        operation = await plane.start()
        vm = await plane.get()
    # It is over before the agent, which has obeyed meanwhile, can say so.
    await asyncio.sleep(max(0.0, vm.state_deadline.ToNanoseconds() / 1e9 - time.time()))
    async with running(store, limits) as plane:
        await asyncio.sleep(0.2)
        assert (await plane.get()).state == vm_pb2.VM_STATE_STARTING
        async with connected(plane, guests=[guest(vm.uid, vm.incarnation, RUNNING)]):
            assert vm_of(await plane.wait(operation)).state == vm_pb2.VM_STATE_RUNNING


async def test_a_stop_has_its_grace_period_beside_its_limit(plane: Plane) -> None:
    async with connected(plane) as agent:
        await started(plane, agent)
        operation = await plane.stop()
        vm = await plane.get()
        assert not operation.done
        assert vm.state_deadline.ToMicroseconds() - vm.update_time.ToMicroseconds() == 30_000_000


@pytest.mark.provokes("AGENT_QUARANTINED")
async def test_an_agent_that_contradicts_itself_without_end_is_bounded_and_then_not_heard(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        before = plane.control_plane.dispatcher.position
        with contextlib.suppress(asyncio.InvalidStateError, aio.AioRpcError):
            for _ in range(1000):
                for state in (vm_pb2.GUEST_STATE_PAUSED, RUNNING):
                    await agent.send(report=guest(uid, 1, state))
        ended = await agent.end()
        assert ended
        # gRPC's client says INTERNAL of a stream that ended under a message which it was just sending.
        assert (ended.code, ended.reason) in (
            (grpc.StatusCode.RESOURCE_EXHAUSTED, "AGENT_QUARANTINED"),
            (grpc.StatusCode.INTERNAL, ""),
        )
    assert plane.control_plane.dispatcher.position - before < 100
    again = await FakeAgent(plane, "node-1", instance="two").refusal()
    assert (again.reason, again.details) == ("AGENT_QUARANTINED", ["RetryInfo"])
    host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
    assert host.refused_agent.reason == "AGENT_QUARANTINED"


@pytest.mark.parametrize("seconds", [0, -62_135_596_800, 253_402_300_799, 1 << 62])
async def test_a_time_that_no_clock_has_is_that_of_the_report(plane: Plane, seconds: int) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        report = guest(uid, 1, CRASHED)
        report.observation.observe_time.seconds = seconds
        await agent.send(report=report)
        vm = await until_state(plane, vm_pb2.VM_STATE_FAILED)
        assert abs(vm.observed.observe_time.seconds - vm.update_time.seconds) < 60


async def test_an_agent_of_the_released_version_is_served_by_the_name_that_it_calls(plane: Plane) -> None:
    connect: Any = cast("Any", plane.channel).stream_stream(
        "/chronovisor.v1.AgentService/Connect",
        request_serializer=api.ConnectRequest.SerializeToString,
        response_deserializer=api.ConnectResponse.FromString,
    )
    call = connect(metadata=(("chronovisor-actor", "agent:node-1"),), timeout=WAIT_S)
    await call.write(api.ConnectRequest(hello=api.AgentHello(host_id="node-1", host=a_host())))
    assert (await call.read()).welcome.host == "hosts/node-1"
    # And errors are the same: each has its status.
    other = connect(metadata=(("chronovisor-actor", "agent:node-2"),), timeout=WAIT_S)
    await other.write(api.ConnectRequest(hello=api.AgentHello(host_id="node-1", host=a_host())))
    assert (await refused(other.read())).reason == "NOT_YOURS"
    call.cancel()
