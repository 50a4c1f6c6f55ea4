"""The whole agent over a real stream, with a simulated hypervisor."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import host_pb2, resources_pb2, vm_pb2
from google.protobuf import duration_pb2
from hostagent.agent import Agent
from hostagent.control.registration import HostSettings
from hostagent.drivers.base import Guest, ImageContent, ImageSource, Power, VmUid
from hostagent.drivers.simulated.behaviour import Behaviour, Fault
from hostagent.drivers.simulated.driver import SimulatedDriver

from tests.integration.hostagent.played_control_plane import DEADLINE_S, PlayedControlPlane, at_work

UID = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111")
RUNNING, PAUSED, SHUTOFF, CRASHED, ABSENT = (
    vm_pb2.GUEST_STATE_RUNNING,
    vm_pb2.GUEST_STATE_PAUSED,
    vm_pb2.GUEST_STATE_SHUTOFF,
    vm_pb2.GUEST_STATE_CRASHED,
    vm_pb2.GUEST_STATE_ABSENT,
)


def want(
    power: pb.DesiredPower.ValueType,
    version: int,
    *,
    incarnation: int = 1,
    reboots: int = 0,
    grace_s: int = 0,
    image: str = "debian",
) -> pb.DesiredGuest:
    boot = vm_pb2.BootSource(image=vm_pb2.ImageBoot(image=image))
    resources = resources_pb2.Resources(vcpus=1, memory_mib=128, disk_gib=1)
    return pb.DesiredGuest(
        vm_uid=UID,
        vm_name="projects/p/vms/a",
        incarnation=incarnation,
        power=power,
        spec=vm_pb2.VmSpec(resources=resources, boot=boot),
        reboots=reboots,
        grace_period=duration_pb2.Duration(seconds=grace_s),
        version=version,
    )


def run(version: int = 1, *, incarnation: int = 1, reboots: int = 0, image: str = "debian") -> pb.DesiredGuest:
    return want(pb.DESIRED_POWER_RUNNING, version, incarnation=incarnation, reboots=reboots, image=image)


def off(version: int, *, grace_s: int = 0) -> pb.DesiredGuest:
    return want(pb.DESIRED_POWER_SHUTOFF, version, grace_s=grace_s)


def guest(power: Power, *, incarnation: int = 1) -> Guest:
    return Guest(UID, "projects/p/vms/a", incarnation, power, started=True)


@pytest.fixture
def driver() -> SimulatedDriver:
    return SimulatedDriver()


def agent_of(control_plane: PlayedControlPlane, driver: SimulatedDriver, settings: HostSettings | None = None) -> Agent:
    server = f"127.0.0.1:{control_plane.port}"
    return Agent(server, "node-1", driver, settings, retry_first_s=0.01, images_every_s=0.02)


@pytest.fixture
async def agent(control_plane: PlayedControlPlane, driver: SimulatedDriver) -> AsyncIterator[Agent]:
    made = agent_of(control_plane, driver)
    async with at_work(made):
        await control_plane.hears(lambda: bool(control_plane.inventories))
        yield made


async def state(
    control_plane: PlayedControlPlane, expected: vm_pb2.GuestState.ValueType, version: int
) -> pb.GuestReport:
    return await control_plane.hears_report(
        lambda report: report.observation.guest_state == expected and report.desired_version == version
    )


async def test_an_agent_says_who_it_is_what_it_has_and_that_it_lives(control_plane: PlayedControlPlane) -> None:
    behaviour = Behaviour(totals={"vcpus": 8, "memory_mib": 4096, "disk_gib": 100}, images=("debian",))
    settings = HostSettings("eu-1a", {"rack": "7"}, {"vcpus": 1}, {"vcpus": 4.0})
    async with at_work(agent_of(control_plane, SimulatedDriver(behaviour), settings)):
        await control_plane.hears_heartbeats(2)
    hello = control_plane.hellos[0]
    assert hello.host_id == "node-1"
    assert hello.agent_instance
    assert hello.host.inventory["vcpus"] == resources_pb2.ResourceInventory(total=8, reserved=1, allocation_ratio=4.0)
    assert hello.host.inventory["memory_mib"] == resources_pb2.ResourceInventory(total=4096)
    assert hello.host.zone == "eu-1a"
    assert dict(hello.host.labels) == {"rack": "7"}
    assert isinstance(hello.host.platform, host_pb2.HostPlatform)
    assert list(hello.host.platform.images) == ["debian"]
    assert control_plane.actors == ["agent:node-1"]


@pytest.mark.usefixtures("agent")
async def test_a_guest_lives_its_whole_life(control_plane: PlayedControlPlane, driver: SimulatedDriver) -> None:
    control_plane.say(run(1))
    assert (await state(control_plane, RUNNING, 1)).started
    control_plane.say(want(pb.DESIRED_POWER_PAUSED, 2))
    await state(control_plane, PAUSED, 2)
    control_plane.say(run(3, reboots=1))
    await control_plane.hears_report(lambda report: report.reboots == 1 and report.desired_version == 3)
    control_plane.say(off(4, grace_s=30))
    assert (await state(control_plane, SHUTOFF, 4)).started
    assert driver.has_disk(UID)
    control_plane.say(run(5, incarnation=2))
    assert (await state(control_plane, RUNNING, 5)).incarnation == 2
    control_plane.say(want(pb.DESIRED_POWER_ABSENT, 6, incarnation=2))
    await state(control_plane, ABSENT, 6)
    assert not driver.has_disk(UID)
    assert driver.done["start"] == 2


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize(("power", "reported"), [(Power.SHUTOFF, SHUTOFF), (Power.CRASHED, CRASHED)])
async def test_a_guest_that_ends_by_itself_is_reported_and_not_restarted(
    control_plane: PlayedControlPlane, driver: SimulatedDriver, power: Power, reported: vm_pb2.GuestState.ValueType
) -> None:
    control_plane.say(run(1))
    await state(control_plane, RUNNING, 1)
    driver.end(UID, power=power, detail="its own words")
    report = await state(control_plane, reported, 1)
    assert report.observation.detail == "its own words"
    assert report.started
    control_plane.say_all()
    control_plane.say(run(2))
    await state(control_plane, reported, 2)
    assert driver.done["start"] == 1


@pytest.mark.usefixtures("agent")
async def test_a_guest_undefined_behind_our_back_is_reported_as_absent_and_not_made_again(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    control_plane.say(run(1))
    await state(control_plane, RUNNING, 1)
    driver.vanish(UID)
    assert (await state(control_plane, ABSENT, 1)).started
    control_plane.say(run(2))
    await state(control_plane, ABSENT, 2)
    assert driver.done["start"] == 1


async def test_a_guest_that_nobody_desires_is_reported_and_left_alone(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    driver.put(guest(Power.RUNNING))
    async with at_work(agent_of(control_plane, driver)):
        await control_plane.hears_heartbeats(2)
    assert [report.vm_uid for report in control_plane.inventories[0].guests] == [UID]
    found = await driver.get_guest(UID)
    assert found is not None
    assert found.power is Power.RUNNING


async def test_an_agent_adopts_what_runs(control_plane: PlayedControlPlane, driver: SimulatedDriver) -> None:
    driver.put(guest(Power.RUNNING))
    control_plane.desired = [run(4)]
    async with at_work(agent_of(control_plane, driver)):
        report = await state(control_plane, RUNNING, 4)
    assert report.started
    assert driver.done["start"] == 0


async def test_a_killed_agent_starts_what_its_forerunner_only_defined(control_plane: PlayedControlPlane) -> None:
    driver = SimulatedDriver(Behaviour(delay_s={"start": 60.0}))
    async with at_work(agent_of(control_plane, driver)):
        await control_plane.hears(lambda: bool(control_plane.inventories))
        control_plane.say(run(1))
        report = await state(control_plane, SHUTOFF, 1)
        assert not report.started
    driver.behaviour.delay_s.clear()
    async with at_work(agent_of(control_plane, driver)):
        await state(control_plane, RUNNING, 1)
    assert driver.done == {**driver.done, "define": 1, "start": 1}


@pytest.mark.usefixtures("agent")
async def test_a_step_that_cannot_succeed_is_reported_once_and_not_tried_again(
    control_plane: PlayedControlPlane,
) -> None:
    control_plane.say(run(1, image="../plan9"))
    report = await control_plane.hears_report(lambda report: report.HasField("failure"))
    assert report.failure == pb.StepFailure(step="start", error="no image '../plan9' on this host", permanent=True)
    assert report.incarnation == 1
    await control_plane.hears_heartbeats(3)
    assert sum(report.HasField("failure") for report in control_plane.reports) == 1
    control_plane.say(off(2))
    await state(control_plane, ABSENT, 2)


@pytest.mark.usefixtures("agent")
async def test_a_step_that_fails_is_reported_and_tried_again(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    driver.behaviour.faults["start"] = Fault(times=2, error="no memory today")
    control_plane.say(run(1))
    await state(control_plane, RUNNING, 1)
    failures = [report.failure for report in control_plane.reports if report.HasField("failure")]
    assert failures == [pb.StepFailure(step="start", error="no memory today", permanent=False)] * 2


async def test_guests_run_on_without_a_control_plane_and_what_happened_is_reported_when_it_is_back(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    async with at_work(agent_of(control_plane, driver)):
        control_plane.desired = [run(1)]
        await state(control_plane, RUNNING, 1)
        await control_plane.stop()
        driver.end(UID)
        control_plane.inventories.clear()
        await control_plane.start()
        await control_plane.hears(lambda: bool(control_plane.inventories))
    reported = control_plane.inventories[0].guests[0]
    assert (reported.observation.guest_state, reported.started, reported.desired_version) == (SHUTOFF, True, 1)
    assert len({hello.agent_instance for hello in control_plane.hellos}) == 1


async def test_a_lasting_failure_is_reported_to_every_new_connection(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    driver.behaviour.faults["start"] = Fault(permanent=True)
    control_plane.desired = [run(1)]
    async with at_work(agent_of(control_plane, driver)):
        await control_plane.hears_report(lambda report: report.failure.permanent)
        control_plane.reports.clear()
        control_plane.hang_up()
        await control_plane.hears_report(lambda report: report.failure.permanent)


async def test_an_unreadable_hypervisor_is_not_an_empty_one(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    control_plane.desired = [run(1)]
    async with at_work(agent_of(control_plane, driver)):
        await state(control_plane, RUNNING, 1)
        driver.outage = "libvirtd is gone"
        control_plane.inventories.clear()
        control_plane.hang_up()
        await control_plane.hears(lambda: bool(control_plane.inventories))
        assert control_plane.inventories[0] == pb.GuestInventory(unreadable="libvirtd is gone")
        driver.outage = ""
        await control_plane.hears(lambda: any(inventory.guests for inventory in control_plane.inventories))
    assert driver.done["start"] == 1


@pytest.mark.usefixtures("agent")
async def test_a_stop_with_grace_is_broken_off_by_a_stop_at_once(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    driver.behaviour.power_off_s = None
    control_plane.say(run(1))
    await state(control_plane, RUNNING, 1)
    control_plane.say(off(2, grace_s=600))
    await control_plane.hears_heartbeats(2)
    control_plane.say(off(3))
    assert (await state(control_plane, SHUTOFF, 3)).observation.detail == "destroyed"


@pytest.mark.usefixtures("agent")
async def test_no_stop_is_confirmed_while_a_start_is_under_way(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    driver.behaviour.delay_s["start"] = 0.2
    control_plane.say(run(1))
    await state(control_plane, SHUTOFF, 1)
    control_plane.say(off(2))
    await state(control_plane, SHUTOFF, 2)
    reported = [(report.observation.guest_state, report.desired_version) for report in control_plane.reports]
    assert reported.index((RUNNING, 1)) < reported.index((SHUTOFF, 2))


@pytest.mark.usefixtures("agent")
async def test_a_changed_image_directory_is_reported_with_a_new_hello(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    driver.behaviour.images = ("debian", "ubuntu")
    await control_plane.hears(lambda: list(control_plane.hellos[-1].host.platform.images) == ["debian", "ubuntu"])


class Copies:
    """Of images, that come by themselves."""

    def __init__(self) -> None:
        self.known: tuple[str, ...] = ()

    async def ensure(self, content: ImageContent, source: ImageSource, report: Callable[[str], None]) -> None:
        del content, source, report

    def digests(self) -> tuple[str, ...]:
        return self.known


async def test_a_copy_of_an_image_is_reported_once_it_is_there(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    copies = driver.image_copies = Copies()
    async with at_work(agent_of(control_plane, driver)):
        await control_plane.hears(lambda: bool(control_plane.hellos))
        assert not control_plane.hellos[-1].host.platform.image_sha256s
        copies.known = ("11" * 32,)
        await control_plane.hears(lambda: list(control_plane.hellos[-1].host.platform.image_sha256s) == ["11" * 32])


async def test_an_agent_that_is_refused_tries_again(control_plane: PlayedControlPlane, driver: SimulatedDriver) -> None:
    control_plane.refusal = (grpc.StatusCode.UNAVAILABLE, "not leader")
    async with at_work(agent_of(control_plane, driver)):
        await control_plane.hears(lambda: bool(control_plane.hellos))
        control_plane.refusal = None
        await control_plane.hears(lambda: bool(control_plane.inventories))


async def test_a_message_from_a_newer_control_plane_is_passed_over(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    strange = run(1)
    strange.power = pb.DesiredPower.ValueType(99)
    strange.vm_uid = "4b8f2f3c-7c5e-4b43-9a7c-b6e1a35fd222"
    control_plane.desired = [strange, run(1)]
    async with at_work(agent_of(control_plane, driver)):
        await state(control_plane, RUNNING, 1)


async def test_on_request_everything_is_read_and_reported_once_more(
    control_plane: PlayedControlPlane, driver: SimulatedDriver
) -> None:
    control_plane.desired = [run(1)]
    async with at_work(agent_of(control_plane, driver)):
        await state(control_plane, RUNNING, 1)
        control_plane.inventories.clear()
        control_plane.request_inventory()
        await control_plane.hears(lambda: bool(control_plane.inventories))
        (guest,) = control_plane.inventories[0].guests
        assert guest.observation.guest_state == RUNNING
        for _ in range(2):
            # That it cannot be read is repeated, too.
            driver.outage = "libvirtd is gone"
            control_plane.inventories.clear()
            control_plane.request_inventory()
            await control_plane.hears(lambda: any(each.unreadable for each in control_plane.inventories))
    assert driver.done["start"] == 1


async def test_hundreds_of_simulated_hosts_fit_in_a_process(control_plane: PlayedControlPlane) -> None:
    control_plane.desired = [run(1)]
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{control_plane.port}")
    began = time.process_time()
    agents = [Agent("shared", f"node-{n}", SimulatedDriver(), channel=channel) for n in range(200)]
    running = [asyncio.create_task(agent.run()) for agent in agents]
    await control_plane.hears(
        lambda: sum(report.observation.guest_state == RUNNING for report in control_plane.reports) >= 200
    )
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await channel.close(None)
    assert time.process_time() - began < DEADLINE_S


async def test_an_agent_reports_its_nodes_and_traits(control_plane: PlayedControlPlane) -> None:
    behaviour = Behaviour(totals={"vcpus": 7, "memory_mib": 4096, "disk_gib": 100}, numa_nodes=2)
    settings = HostSettings(traits=("ssd", "rack.cold"))
    async with at_work(agent_of(control_plane, SimulatedDriver(behaviour), settings)):
        await control_plane.hears_heartbeats(1)
    host = control_plane.hellos[0].host
    of_any = ["device.guest-agent", "device.screen", "image.fetch", "network.user"]
    assert list(host.traits) == [*of_any, "rack.cold", "ssd"]
    assert [(node.vcpus, node.memory_mib) for node in host.numa_nodes] == [(4, 2048), (3, 2048)]
