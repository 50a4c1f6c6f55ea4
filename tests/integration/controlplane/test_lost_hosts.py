"""Hosts that are lost, and come back, over gRPC: nothing is freed, forgotten, or started a second time."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import history_service_pb2, host_pb2, host_service_pb2, vm_pb2

from controlplane.commands.trouble import DecommissionHost, FenceHost
from controlplane.domain.command import Answer, Command, CommandContext
from controlplane.domain.time import SECOND
from controlplane.processes.strays import StrayPolicy
from tests.integration.controlplane.fake_agent import FakeAgent, connected, guest
from tests.integration.controlplane.plane import WAIT_S, Plane, refused, running, vm_name, vm_of
from tests.integration.controlplane.test_agents import started, until_state
from tests.integration.controlplane.test_unexpected_guests import host_when, unexpected
from tests.support.machine import Machine
from tests.support.waiting import until

RUNNING, CRASHED, ABSENT = vm_pb2.GUEST_STATE_RUNNING, vm_pb2.GUEST_STATE_CRASHED, vm_pb2.GUEST_STATE_ABSENT
SHUTOFF = vm_pb2.GUEST_STATE_SHUTOFF
DOWN, ACTIVE = host_pb2.HOST_STATE_DOWN, host_pb2.HOST_STATE_ACTIVE
UNKNOWN = vm_pb2.VM_STATE_UNKNOWN
Request = host_service_pb2.ReconcileHostRequest


class Site:
    """A control plane whose time passes when a test lets it."""

    def __init__(self, plane: Plane, machine: Machine) -> None:
        self.plane = plane
        self.machine = machine

    async def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.machine.pass_(SECOND)
            self.plane.control_plane.leases.look()
            await asyncio.sleep(0)

    async def loses(self, name: str = "hosts/node-1") -> host_pb2.Host:
        await self.passes(31)
        return await host_when(self.plane, lambda host: host.state == DOWN, name)

    async def carry_out(self, command: Command[Answer]) -> None:
        await self.plane.control_plane.writer.submit(command, CommandContext("user:test", "request"))

    async def host(self, holds: Callable[[host_pb2.Host], bool]) -> host_pb2.Host:
        return await host_when(self.plane, holds)

    async def is_back(self) -> host_pb2.Host:
        return await self.host(lambda host: host.state == ACTIVE)

    async def of_host(self) -> list[str]:
        """What has become of the host since it was lost."""
        events = await self.plane.events("hosts/node-1")
        return events[events.index("host_lost") :]

    async def check(self) -> host_service_pb2.CheckHostResponse:
        return await self.plane.hosts.CheckHost(host_service_pb2.CheckHostRequest(name="hosts/node-1"))


@asynccontextmanager
async def a_site(store: str = "memory:", policy: StrayPolicy = StrayPolicy.REPORT) -> AsyncGenerator[Site]:
    machine = Machine()
    async with running(store, clock=machine.clock, stray_policy=policy) as plane:
        yield Site(plane, machine)


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with a_site() as made:
        yield made


async def test_a_lost_host_is_down_its_vms_unknown_and_all_that_it_holds_stays_held(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        await started(plane, agent)
        held = await plane.used()
        host = await site.loses()
    assert (host.last_state, host.allocated.vcpus) == (ACTIVE, 2)
    assert 0 <= site.machine.clock() - host.lost_time.ToMicroseconds() < 31 * SECOND
    assert not host.HasField("lease_expire_time")
    assert (await plane.get()).state == UNKNOWN
    assert await plane.used() == held
    assert await plane.events("", "HostLost", "VmHostLost") == ["host_lost", "vm_host_lost"]


async def test_a_host_that_is_back_is_as_before(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        before = await plane.get()
        await site.loses()
    async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
        host = await site.is_back()
        assert host.HasField("lease_expire_time")
        assert not host.HasField("lost_time")
        vm = await until_state(plane, vm_pb2.VM_STATE_RUNNING)
        assert (vm.host, vm.incarnation, vm.held) == (before.host, before.incarnation, before.held)
        await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)
    assert await site.of_host() == ["host_lost", "host_regained"]


async def test_what_has_changed_meanwhile_is_found_and_recorded_with_both_sides(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await site.loses()
    async with connected(plane, guests=[guest(uid, 1, CRASHED, detail="killed")]) as agent:
        vm = await until_state(plane, vm_pb2.VM_STATE_FAILED)
        assert "killed" in vm.failure.message
        assert await site.of_host() == ["host_lost", "host_drift_found", "host_regained", "capacity_released"]
        drift = await drift_of(plane)
        assert drift == [(uid, "running, incarnation 1", "crashed, incarnation 1")]
        # It ended once, and was never to be started again.
        assert agent.desired.get(uid, api.DesiredGuest()).power != api.DESIRED_POWER_RUNNING


async def test_a_guest_that_has_vanished_meanwhile_is_not_started_again_before_that_is_known(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await site.loses()
    agent = FakeAgent(plane, "node-1")
    await agent.hello()
    await agent.inventory()
    await agent.until(lambda: agent.snapshots > 0)
    powers = [each.power for each in agent.desired.values()]
    assert api.DESIRED_POWER_RUNNING not in powers
    await until_state(plane, vm_pb2.VM_STATE_FAILED)
    assert await drift_of(plane) == [(uid, "running, incarnation 1", "nothing")]
    await agent.close()


async def drift_of(plane: Plane) -> list[tuple[str, str, str]]:
    """The items of the last drift."""
    request = history_service_pb2.ListEventsRequest(parent="hosts/node-1", event_types=["HostDriftFound"])
    events = (await plane.history.ListEvents(request)).events
    assert events, "no drift was recorded"
    return [(each.vm_uid, each.expected, each.reported) for each in events[-1].host_drift_found.items]


async def test_drift_is_recorded_also_of_a_host_that_was_never_lost(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
    async with connected(plane, guests=[guest(uid, 1, SHUTOFF)]):
        await until_state(plane, vm_pb2.VM_STATE_STOPPED)
    assert await drift_of(plane) == [(uid, "running, incarnation 1", "off, incarnation 1")]


async def test_a_reconnect_without_any_change_records_nothing(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
    before = await plane.events()
    async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
        await agent.beat()
    assert await plane.events() == before


async def test_a_stop_requested_while_the_host_is_lost_wins(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await site.loses()
    await plane.stop()
    assert (await plane.get()).state == UNKNOWN
    async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
        await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await until_state(plane, vm_pb2.VM_STATE_STOPPED)
    assert (await plane.used())["vcpus"][1] == 0


async def test_a_host_whose_stream_is_open_is_back_with_its_next_word(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        await started(plane, agent)
        await site.loses()
        await agent.beat()
        await site.is_back()
        await until_state(plane, vm_pb2.VM_STATE_RUNNING)


async def test_heartbeats_keep_a_host_and_are_no_events(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        await started(plane, agent)
        before = await plane.events()
        for _ in range(4):
            await site.passes(20)
            await agent.beat()
        host = await site.is_back()
        assert host.agent_connected
        left = host.lease_expire_time.ToMicroseconds() - site.machine.clock()
        assert left == 30 * SECOND
        assert await plane.events() == before
    assert agent.welcome
    assert (agent.welcome.lease_duration.seconds, agent.welcome.heartbeat_interval.seconds) == (30, 5)


async def test_an_agent_that_takes_over_its_own_stream_keeps_its_host(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as older:
        uid = await started(plane, older)
        await site.passes(29)
        async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as newer:
            await site.passes(29)
            await newer.beat()
            await site.passes(2)
            await site.is_back()
    assert "host_lost" not in await plane.events()


async def test_after_a_restart_no_host_is_lost_within_the_grace(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with a_site(store) as site, connected(site.plane) as agent:
        uid = await started(site.plane, agent)
    async with a_site(store) as site:
        await site.passes(59)
        assert (await site.host(lambda _: True)).state == ACTIVE
        async with connected(site.plane, guests=[guest(uid, 1, RUNNING)]) as agent:
            await site.passes(29)
            await agent.beat()
            assert "host_lost" not in await site.plane.events()
        await site.loses()


async def test_an_unreadable_hypervisor_keeps_its_lease_and_is_not_an_empty_host(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await agent.inventory(unreadable="libvirtd is gone")
        await agent.beat()
        await site.passes(29)
        await agent.beat()
        await site.passes(2)
        host = await site.host(lambda host: host.unreadable != "")
        assert (host.state, host.unreadable) == (ACTIVE, "libvirtd is gone")
        found = await site.check()
        assert (found.unreadable, list(found.differences), found.reported_count) == ("libvirtd is gone", [], 1)
        # Lost, and heard again: what it has is not known yet.
        await site.loses()
        await agent.beat()
        assert (await plane.get()).state == UNKNOWN
        assert (await site.host(lambda _: True)).state == DOWN
        await agent.inventory([guest(uid, 1, RUNNING)])
        assert (await site.is_back()).unreadable == ""
        await until_state(plane, vm_pb2.VM_STATE_RUNNING)


async def test_of_a_fenced_host_the_old_copies_are_gone_before_it_is_back(site: Site) -> None:
    plane = site.plane
    async with connected(plane, "node-1") as agent:
        uid = await started(plane, agent)
        await site.loses()
    await site.carry_out(FenceHost("hosts/node-1", method=host_pb2.FENCE_METHOD_OPERATOR))
    await until_state(plane, vm_pb2.VM_STATE_FAILED)
    # It was not off after all.
    async with connected(plane, "node-1", [guest(uid, 1, RUNNING)]) as agent:
        await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
        await agent.beat()
        assert (await site.host(lambda _: True)).state == host_pb2.HOST_STATE_FENCED
        await agent.obey(uid)
        await site.is_back()
        assert (await plane.get()).state == vm_pb2.VM_STATE_FAILED
        expected = ["host_lost", "host_fence_requested", "capacity_released", "host_drift_found", "host_regained"]
        assert [each for each in await site.of_host() if each != "host_fenced"] == expected


async def test_a_guest_that_never_was_the_ledgers_keeps_no_host_away(site: Site) -> None:
    plane = site.plane
    uid = vm_of(await plane.create()).uid
    async with connected(plane):
        await site.loses()
    async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
        await site.is_back()
        await unexpected(plane)
        assert uid not in agent.desired


@pytest.mark.provokes("HOST_DECOMMISSIONED")
async def test_an_agent_of_a_decommissioned_host_is_refused_and_its_stream_ends(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name="hosts/node-1"))
        await site.carry_out(DecommissionHost("hosts/node-1"))
        ended = await agent.end()
        assert ended
        assert (ended.code, ended.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "HOST_DECOMMISSIONED")
    again = await FakeAgent(plane, "node-1").refusal()
    assert again.reason == "HOST_DECOMMISSIONED"
    host = await site.host(lambda host: host.HasField("refused_agent"))
    assert host.refused_agent.reason == "HOST_DECOMMISSIONED"


async def test_a_promise_to_stop_guests_is_the_hosts_until_an_agent_makes_none(site: Site) -> None:
    plane = site.plane
    agent = FakeAgent(plane, "node-1", watchdog_s=20.0)
    await agent.hello()
    assert (await site.host(lambda _: True)).watchdog_timeout.seconds == 20
    await agent.close()
    async with connected(plane):
        assert not (await site.host(lambda _: True)).HasField("watchdog_timeout")


@pytest.mark.parametrize("seconds", [0.5, 4.999, 3600.001, -5.0])
async def test_a_promise_that_nobody_can_keep_is_refused(site: Site, seconds: float) -> None:
    refusal = await FakeAgent(site.plane, "node-1", watchdog_s=seconds).refusal()
    assert (refusal.reason, refusal.fields) == ("INVALID_FIELD", ["watchdog_timeout"])


@pytest.mark.covers("HostService.CheckHost", "HostService.ReconcileHost")
async def test_a_host_is_compared_with_what_its_agent_reported_and_read_anew_on_request(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        found = await site.check()
        assert (found.desired_count, found.reported_count, found.agent_connected) == (1, 1, True)
        assert (list(found.differences), found.HasField("inventory_time")) == ([], True)
        refreshing = asyncio.ensure_future(refresh(plane))
        await agent.until(lambda: agent.inventory_requests == 1)
        await agent.inventory([guest(uid, 1, SHUTOFF), guest("stranger", 4, RUNNING)])
        host = await asyncio.wait_for(refreshing, WAIT_S)
        assert host.unexpected_guest_count == 1
        await until_state(plane, vm_pb2.VM_STATE_STOPPED)
        found = await site.check()
        (different,) = found.differences
        assert (different.vm_uid, different.vm, different.desired, different.reported) == (
            "stranger",
            "",
            "nothing",
            "running, incarnation 4",
        )
        assert await drift_of(plane) == [(uid, "running, incarnation 1", "off, incarnation 1")]


async def test_a_host_whose_agent_does_not_report_anew_is_refused(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        found = await refused(plane.hosts.ReconcileHost(refresh_request(), timeout=0.5))
        assert (found.reason, "an answer of its agent within" in found.message) == ("WRONG_STATE", True)
        refreshing = asyncio.ensure_future(refresh(plane))
        await agent.until(lambda: agent.inventory_requests == 2)
    assert "without an agent that stayed" in (await refused(refreshing)).message


async def test_what_a_host_keeps_for_guests_that_it_has_not_is_found(site: Site) -> None:
    plane, kind = site.plane, host_pb2.HostLeftover
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        stranger = kind(kind=kind.KIND_DISK, name="stranger.qcow2", vm_uid="stranger", size_bytes=1 << 20)
        network = kind(kind=kind.KIND_NETWORK, name="cvb00002a")
        # The ledger has a place for it by now.
        expected = kind(kind=kind.KIND_SEED, name=f"{uid}.seed.iso", vm_uid=uid)
        hostile = kind(kind=kind.KIND_SEED, name="x" * 100_000, vm_uid="\n", size_bytes=-1)
        left = [stranger, network, expected, hostile]
        await agent.send(inventory=api.GuestInventory(guests=[guest(uid, 1, RUNNING)], leftovers=left))

        async def is_found() -> bool:
            return len((await site.check()).leftovers) == 3

        await until(is_found)
        found = (await site.check()).leftovers
        assert list(found[:2]) == [stranger, network]
        assert (len(found[2].name), found[2].vm_uid, found[2].size_bytes) == (500, "", 0)


async def refresh(plane: Plane) -> host_pb2.Host:
    return await plane.hosts.ReconcileHost(refresh_request())


def refresh_request(**fields: object) -> Request:
    return Request(name="hosts/node-1", action=Request.ACTION_REFRESH, **fields)  # pyright: ignore[reportArgumentType]


async def test_a_host_without_an_agent_cannot_be_read_anew(site: Site) -> None:
    plane = site.plane
    await plane.register()
    refusal = await refused(plane.hosts.ReconcileHost(refresh_request()))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE")
    found = await site.check()
    assert (found.agent_connected, list(found.differences), found.HasField("inventory_time")) == (False, [], False)


async def test_a_refresh_is_refused_as_other_requests_are(site: Site) -> None:
    plane = site.plane
    async with connected(plane) as agent:
        assert (await refused(plane.hosts.ReconcileHost(refresh_request(vm_uid="x")))).fields == ["vm_uid"]
        assert (await refused(plane.hosts.ReconcileHost(refresh_request(etag="x")))).reason == "ETAG_MISMATCH"
        unknown = Request(name="hosts/none", action=Request.ACTION_REFRESH)
        assert (await refused(plane.hosts.ReconcileHost(unknown))).reason == "HOST_NOT_FOUND"
        await plane.hosts.ReconcileHost(refresh_request(validate_only=True))
        await agent.beat()
        assert agent.inventory_requests == 0


def is_running(stray: host_pb2.UnexpectedGuest) -> bool:
    return stray.guest_state == RUNNING


async def test_strays_are_stopped_where_that_is_the_policy() -> None:
    async with a_site(policy=StrayPolicy.STOP) as site:
        plane = site.plane
        uid = vm_of(await plane.create()).uid
        async with connected(plane, guests=[guest(uid, 1, RUNNING), guest("x-1", 2, SHUTOFF)]) as agent:
            desired = await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
            assert desired.incarnation == 1
            await agent.obey(uid)
            host = await host_when(plane, lambda host: not any(map(is_running, host.unexpected_guests)))
            assert [(each.vm_uid, each.stop_requested) for each in host.unexpected_guests] == [
                (uid, True),
                ("x-1", False),
            ]
            assert vm_name("web") in [each.vm for each in host.unexpected_guests]
        assert (await plane.events("hosts/node-1")).count("host_guest_stop_requested") == 1


async def test_strays_are_left_alone_otherwise(site: Site) -> None:
    plane = site.plane
    uid = vm_of(await plane.create()).uid
    async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
        await unexpected(plane)
        await agent.beat()
        assert uid not in agent.desired
