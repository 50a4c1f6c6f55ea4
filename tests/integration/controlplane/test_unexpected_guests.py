"""Guests that the ledger does not expect, over gRPC: reported to operators, never doubled, stopped or destroyed."""

import asyncio
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import host_pb2, host_service_pb2, vm_pb2

from tests.integration.controlplane.fake_agent import FakeAgent, connected, guest
from tests.integration.controlplane.plane import WAIT_S, Plane, refused, running, vm_name, vm_of
from tests.integration.controlplane.test_agents import started, until_state

RUNNING, SHUTOFF, ABSENT = vm_pb2.GUEST_STATE_RUNNING, vm_pb2.GUEST_STATE_SHUTOFF, vm_pb2.GUEST_STATE_ABSENT
Request = host_service_pb2.ReconcileHostRequest


async def host_when(plane: Plane, holds: Callable[[host_pb2.Host], bool], name: str = "hosts/node-1") -> host_pb2.Host:
    async with asyncio.timeout(WAIT_S):
        while True:
            host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name=name))
            changed = plane.control_plane.dispatcher.changed(f"hosts/{host.uid}")
            host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name=name))
            if holds(host):
                changed.cancel()
                return host
            await changed


async def unexpected(plane: Plane, count: int = 1, name: str = "hosts/node-1") -> host_pb2.Host:
    return await host_when(plane, lambda host: host.unexpected_guest_count == count, name)


async def reconcile(
    plane: Plane, action: "Request.Action.ValueType", vm_uid: str = "", host: str = "hosts/node-1"
) -> host_pb2.Host:
    return await plane.hosts.ReconcileHost(Request(name=host, action=action, vm_uid=vm_uid))


@pytest.mark.covers("HostService.ListUnexpectedGuests", "HostService.ReconcileHost")
@pytest.mark.provokes("GUEST_ELSEWHERE")
async def test_a_vm_whose_guest_runs_elsewhere_is_not_started_a_second_time(plane: Plane) -> None:
    uid = vm_of(await plane.create()).uid
    async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
        host = await unexpected(plane)
        (unexpected_guest,) = host.unexpected_guests
        assert (
            unexpected_guest.vm_uid,
            unexpected_guest.vm,
            unexpected_guest.incarnation,
            unexpected_guest.guest_state,
        ) == (uid, vm_name("web"), 1, RUNNING)
        assert (
            unexpected_guest.host,
            unexpected_guest.vm_known,
            unexpected_guest.blocks_start,
            unexpected_guest.stop_requested,
        ) == (
            "hosts/node-1",
            True,
            True,
            False,
        )
        for call in (plane.start(), plane.delete()):
            found = await refused(call)
            assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "GUEST_ELSEWHERE")
            assert found.metadata["host"] == "hosts/node-1"
        assert uid not in agent.desired
        listed = await plane.hosts.ListUnexpectedGuests(host_service_pb2.ListUnexpectedGuestsRequest(parent="hosts/-"))
        assert list(listed.unexpected_guests) == [unexpected_guest]


async def test_an_adopted_guest_is_the_vms_own_and_runs_on(plane: Plane) -> None:
    uid = vm_of(await plane.create()).uid
    async with connected(plane, guests=[guest(uid, 4, RUNNING)]) as agent:
        await unexpected(plane)
        host = await reconcile(plane, Request.ACTION_ADOPT, uid)
        assert (host.unexpected_guest_count, host.allocated.vcpus) == (0, 2)
        vm = await plane.get()
        assert (vm.state, vm.host, vm.incarnation) == (vm_pb2.VM_STATE_RUNNING, "hosts/node-1", 4)
        desired = await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)
        assert desired.incarnation == 4
        operation = await plane.stop()
        await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        vm_of(await plane.wait(operation))


async def test_a_guest_is_stopped_by_an_operators_word_alone(plane: Plane) -> None:
    uid = vm_of(await plane.create()).uid
    async with connected(plane, guests=[guest(uid, 4, RUNNING)]) as agent:
        await unexpected(plane)
        assert not agent.desired
        await reconcile(plane, Request.ACTION_STOP, uid)
        desired = await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
        assert desired.incarnation == 4
        assert (await refused(plane.start())).reason == "GUEST_ELSEWHERE"
        await agent.send(report=guest(uid, 4, SHUTOFF))
        await host_when(plane, lambda host: not host.unexpected_guests[0].blocks_start)
        await plane.start()
        # In its place, keeping its disk.
        assert (await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)).incarnation == 5
        await agent.obey(uid)
        await unexpected(plane, 0)
        await until_state(plane, vm_pb2.VM_STATE_RUNNING)


async def test_a_stop_reaches_an_agent_that_comes_back_later(plane: Plane) -> None:
    uid = str(uuid.uuid4())
    async with connected(plane, guests=[guest(uid, 4, RUNNING)]):
        await unexpected(plane)
    await reconcile(plane, Request.ACTION_STOP)
    async with connected(plane, guests=[guest(uid, 4, RUNNING)]) as agent:
        assert (await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)).incarnation == 4


async def test_a_guest_of_no_vm_is_reported_and_left_alone(plane: Plane) -> None:
    stranger = guest(str(uuid.uuid4()), 1, RUNNING)
    stranger.vm_name = vm_name("lost")
    async with connected(plane, guests=[stranger]) as agent:
        (found,) = (await unexpected(plane)).unexpected_guests
        assert (found.vm, found.vm_known) == (vm_name("lost"), False)
        found = await refused(reconcile(plane, Request.ACTION_ADOPT, stranger.vm_uid))
        assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "VM_NOT_FOUND")
        assert stranger.vm_uid not in agent.desired


async def test_a_guest_of_a_destroyed_vm_of_another_incarnation_is_left_alone(plane: Plane) -> None:
    uid = vm_of(await plane.create()).uid
    await plane.delete()
    async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
        await unexpected(plane)
        assert uid not in agent.desired


async def test_what_the_ledger_itself_knows_to_have_ended_is_cleared_away_as_before(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        operation = await plane.delete()
        await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)
        await agent.report_state(uid, ABSENT)
        await plane.wait(operation)
    async with connected(plane, guests=[guest(uid, 1, SHUTOFF)]) as agent:
        await agent.until_desired(uid, api.DESIRED_POWER_ABSENT)
        await unexpected(plane, 0)


async def test_a_newer_incarnation_on_its_own_host_is_not_touched(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
    async with connected(plane, guests=[guest(uid, 2, RUNNING)]) as agent:
        await unexpected(plane)
        assert uid not in agent.desired
        assert (await refused(plane.stop())).reason == "GUEST_ELSEWHERE"
        await reconcile(plane, Request.ACTION_ADOPT)
        assert (await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)).incarnation == 2
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING


async def test_a_guest_that_is_gone_frees_its_vm(plane: Plane) -> None:
    uid = vm_of(await plane.create()).uid
    async with connected(plane, guests=[guest(uid, 3, RUNNING)]) as agent:
        await unexpected(plane)
        await agent.send(report=guest(uid, 3, ABSENT))
        await unexpected(plane, 0)
        await plane.start()
        await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)


@pytest.mark.provokes("GUEST_NOT_FOUND")
async def test_what_is_not_there_is_not_decided_about(plane: Plane) -> None:
    async with connected(plane):
        found = await refused(reconcile(plane, Request.ACTION_STOP, "nobody"))
        assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "GUEST_NOT_FOUND")
        for bad in (Request(name="hosts/node-1"), Request(name="x", action=Request.ACTION_STOP)):
            assert (await refused(plane.hosts.ReconcileHost(bad))).reason == "INVALID_FIELD"
        both = Request(name="hosts/node-1", action=Request.ACTION_ASSUME_EMPTY, vm_uid="x")
        assert (await refused(plane.hosts.ReconcileHost(both))).fields == ["vm_uid"]


async def test_pages_of_unexpected_guests_are_whole(plane: Plane) -> None:
    uids = sorted(str(uuid.uuid4()) for _ in range(25))
    async with connected(plane, guests=[guest(uid, 1, RUNNING) for uid in uids]):
        host = await unexpected(plane, 25)
        assert len(host.unexpected_guests) == 20
        found, token = list[str](), ""
        while True:
            page = await plane.hosts.ListUnexpectedGuests(
                host_service_pb2.ListUnexpectedGuestsRequest(parent="hosts/node-1", page_size=10, page_token=token)
            )
            found += [each.vm_uid for each in page.unexpected_guests]
            if not (token := page.next_page_token):
                break
        assert found == uids


async def test_an_agent_that_contradicts_itself_is_recorded_a_bounded_number_of_times(plane: Plane) -> None:
    uid = str(uuid.uuid4())
    async with connected(plane) as agent:
        # Fewer than would have the agent refused as one that makes no sense.
        for _ in range(200):
            await agent.send(report=guest(uid, 1, RUNNING))
            await agent.send(report=guest(uid, 1, SHUTOFF))
        last = str(uuid.uuid4())
        await agent.send(inventory=api.GuestInventory(unreadable="done"))
        vm = await started(plane, agent)
        assert vm != last
        assert 0 < len(await plane.events("hosts/node-1", "HostGuestsReported")) < 100


async def test_a_ledger_that_went_back_without_a_word_does_not_double_a_guest(tmp_path: Path) -> None:
    """A copy of the file from before the start, put back by hand: the agent's report is newer than the ledger."""
    ledger, copy = tmp_path / "ledger.db", tmp_path / "copy"
    async with running(f"sqlite:///{ledger}") as plane:
        uid = vm_of(await plane.create()).uid
    _copy(tmp_path, copy)
    async with running(f"sqlite:///{ledger}") as plane, connected(plane) as agent:
        await started_again(plane, agent, uid)
    _copy(copy, tmp_path)
    async with running(f"sqlite:///{ledger}") as plane:
        async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
            await unexpected(plane)
        # It is remembered without the agent, and after another start.
        assert (await refused(plane.start())).reason == "GUEST_ELSEWHERE"
    async with running(f"sqlite:///{ledger}") as plane, connected(plane, "node-2") as other:
        assert (await refused(plane.start())).reason == "GUEST_ELSEWHERE"
        assert uid not in other.desired
        await reconcile(plane, Request.ACTION_ADOPT)
        assert (await plane.get()).host == "hosts/node-1"


async def started_again(plane: Plane, agent: FakeAgent, uid: str) -> None:
    operation = await plane.start()
    await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)
    await agent.obey(uid)
    vm_of(await plane.wait(operation))
    await until_state(plane, vm_pb2.VM_STATE_RUNNING)


def _copy(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for file in source.glob("ledger.db*"):
        shutil.copy(file, target / file.name)
