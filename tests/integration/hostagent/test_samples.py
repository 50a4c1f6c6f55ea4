"""The agent's samples: sent while it is connected, whatever else goes on, and what becomes of them."""

import asyncio

from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import host_service_pb2, utilization_service_pb2, vm_service_pb2
from hostagent.agent import Agent
from hostagent.drivers.base import Samples
from hostagent.drivers.simulated.driver import SimulatedDriver

from tests.integration.controlplane.plane import DEFAULT, Plane, running, vm_name
from tests.integration.hostagent.played_control_plane import DEADLINE_S, PlayedControlPlane, at_work
from tests.integration.hostagent.test_agent_with_simulated_host import RUNNING, UID, run

EVERY_S = 0.02


def agent_of(port: int, driver: SimulatedDriver, every_s: float = EVERY_S) -> Agent:
    return Agent(f"127.0.0.1:{port}", "node-1", driver, retry_first_s=0.01, sample_every_s=every_s)


def has_guest(beat: pb.AgentHeartbeat) -> bool:
    return any(each.vm_uid == UID and each.sample.HasField("cpu_time") for each in beat.guest_samples)


async def test_samples_come_with_heartbeats_as_often_as_they_are_taken(control_plane: PlayedControlPlane) -> None:
    control_plane.desired = [run()]
    async with at_work(agent_of(control_plane.port, SimulatedDriver())):
        await control_plane.hears(lambda: sum(map(has_guest, control_plane.samples)) >= 3)
    beats = [beat for beat in control_plane.samples if has_guest(beat)]
    assert {beat.sample_interval.ToTimedelta().total_seconds() for beat in beats} == {EVERY_S}
    times = [beat.host_sample.sample_time.ToNanoseconds() for beat in beats]
    assert times == sorted(set(times))
    (first,), (last,) = beats[0].guest_samples, beats[-1].guest_samples
    assert (first.vm_uid, first.incarnation) == (UID, 1)
    assert first.sample.cpu_time.ToMicroseconds() < last.sample.cpu_time.ToMicroseconds()
    assert last.sample.memory_bytes
    assert not last.sample.HasField("network_sent_bytes")
    assert beats[-1].host_sample.HasField("cpu_total_time")


class Hanging(SimulatedDriver):
    """A hypervisor that does everything, and never ends to measure."""

    async def sample(self) -> Samples:
        await asyncio.Event().wait()
        raise AssertionError


class Faulty(SimulatedDriver):
    """A driver with a fault of its own, the first two times."""

    faults = 2

    async def sample(self) -> Samples:
        if self.faults:
            self.faults -= 1
            raise ZeroDivisionError
        return await super().sample()


async def runs(control_plane: PlayedControlPlane) -> None:
    await control_plane.hears_report(lambda report: report.observation.guest_state == RUNNING)


async def test_a_hypervisor_that_hangs_while_it_measures_holds_up_nothing(control_plane: PlayedControlPlane) -> None:
    control_plane.desired = [run()]
    async with at_work(agent_of(control_plane.port, Hanging())):
        await runs(control_plane)
        await control_plane.hears_heartbeats(2)
    assert control_plane.samples == []


async def test_what_cannot_be_measured_is_tried_again(control_plane: PlayedControlPlane) -> None:
    driver = Faulty()
    async with at_work(agent_of(control_plane.port, driver)):
        await control_plane.hears(lambda: bool(control_plane.samples))
        driver.outage = "gone"
        await control_plane.hears_heartbeats(2)
        before = len(control_plane.samples)
        driver.outage = ""
        await control_plane.hears(lambda: len(control_plane.samples) > before)


async def test_samples_go_on_after_the_stream_broke(control_plane: PlayedControlPlane) -> None:
    async with at_work(agent_of(control_plane.port, SimulatedDriver())):
        await control_plane.hears(lambda: bool(control_plane.samples))
        control_plane.hang_up()
        await control_plane.hears(lambda: len(control_plane.inventories) == 2)
        before = len(control_plane.samples)
        await control_plane.hears(lambda: len(control_plane.samples) > before)


async def _ready(plane: Plane) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not (await plane.hosts.ListHosts(host_service_pb2.ListHostsRequest())).hosts:
            continue


async def test_what_a_simulated_guest_uses_is_answered_beside_what_it_holds() -> None:
    async with running() as plane, at_work(agent_of(plane.control_plane.port, SimulatedDriver(), 0.1)):
        await _ready(plane)
        await plane.wait(await plane.create(start=True))
        ask = utilization_service_pb2.GetUtilizationRequest(scope=DEFAULT)
        async with asyncio.timeout(DEADLINE_S):
            while not (found := await plane.utilization.GetUtilization(ask)).measured_vms or not found.classes[0].used:
                continue
        for each in found.classes:
            assert 0 < each.used < each.allocated
        vm = await plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=vm_name("web")))
        for name in (vm.name, vm.host):
            listed = await plane.utilization.ListSamples(utilization_service_pb2.ListSamplesRequest(name=name))
            assert listed.samples[-1].used_vcpus > 0
