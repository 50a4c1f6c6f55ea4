"""What agents measure: used beside allocated, the history of a VM and a host, and whose word counts."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import utilization_service_pb2 as api
from chronovisor.v1 import vm_pb2
from chronovisor.v1.sample_pb2 import GuestSample, InterfaceSample, MeasuredSample, Sample
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.domain.time import SECOND, micros_of
from controlplane.rpc.utilization.samples import LARGEST_BYTES
from controlplane.runtime.clock import clock
from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import DEFAULT, WAIT_S, Plane, a_host, refused, vm_name, vm_of
from tests.integration.controlplane.subscriber import subscribed
from tests.integration.controlplane.test_agents import started

MIB, GIB = 1 << 20, 1 << 30


def at(second: float) -> Timestamp:
    """So many seconds from now."""
    micros = clock() + round(second * SECOND)
    return Timestamp(seconds=micros // SECOND, nanos=micros % SECOND * 1000)


def sample(second: float = 0.0, cpu_s: float | None = None, **amounts: int) -> Sample:
    made = Sample(sample_time=at(second), **amounts)  # pyright: ignore[reportArgumentType]
    if cpu_s is not None:
        made.cpu_time.FromMicroseconds(round(cpu_s * SECOND))
    return made


async def send(agent: FakeAgent, *guests: GuestSample, host: Sample | None = None, every_s: int = 10) -> None:
    beat = agents.AgentHeartbeat(guest_samples=guests, host_sample=host, sample_interval=Duration(seconds=every_s))
    await agent.send(heartbeat=beat)


async def samples(plane: Plane, name: str) -> list[MeasuredSample]:
    return list((await plane.utilization.ListSamples(api.ListSamplesRequest(name=name))).samples)


async def until_kept(plane: Plane, name: str, holds: Callable[[list[MeasuredSample]], bool]) -> list[MeasuredSample]:
    """Reads until it is so: a heartbeat has no answer."""
    async with asyncio.timeout(WAIT_S):
        while not holds(found := await samples(plane, name)):
            continue
        return found


async def heard(plane: Plane, agent: FakeAgent) -> None:
    """Waits until all that the agent sent before was taken: a sample of its host comes last."""
    before = len(await samples(plane, f"hosts/{agent.host_id}"))
    await send(agent, host=sample())
    await until_kept(plane, f"hosts/{agent.host_id}", lambda found: len(found) == before + 1)


async def utilization(plane: Plane, scope: str = "fleet", **more: int) -> api.Utilization:
    return await plane.utilization.GetUtilization(api.GetUtilizationRequest(scope=scope, **more))  # pyright: ignore


def used(found: api.Utilization) -> dict[str, float | None]:
    return {each.resource_class: each.used if each.HasField("used") else None for each in found.classes}


@pytest.mark.covers("UtilizationService.ListSamples")
async def test_samples_are_listed_with_the_rates_between_them(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        assert await samples(plane, vm_name("web")) == []
        first = sample(-10, 1, memory_bytes=5 * MIB, disk_bytes=GIB, disk_read_bytes=0, disk_written_bytes=7)
        second = Sample.FromString(first.SerializeToString())
        second.sample_time.seconds += 10
        second.cpu_time.seconds, second.disk_read_bytes, second.disk_written_bytes = 6, 1000, 7
        for each in (first, second):
            await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=each))
        found = await until_kept(plane, vm_name("web"), lambda found: len(found) == 2)
    assert [each.sample.cpu_time for each in found] == [first.cpu_time, second.cpu_time]
    assert [micros_of(each.sample.sample_time) for each in found] == [
        micros_of(each.sample_time) for each in (first, second)
    ]
    assert [each.incarnation for each in found] == [1, 1]
    assert not found[0].HasField("used_vcpus")
    assert (found[1].used_vcpus, found[1].disk_read_bytes_per_second) == (0.5, 100.0)
    assert found[1].HasField("disk_written_bytes_per_second")
    assert found[1].disk_written_bytes_per_second == 0
    for absent in ("network_received_bytes", "network_sent_bytes"):
        assert not any(each.sample.HasField(absent) for each in found)
    # By uid, too; and after the agent has gone.
    assert await samples(plane, f"{DEFAULT}/vms/{uid}") == found


async def test_a_host_is_measured_itself(plane: Plane) -> None:
    async with connected(plane) as agent:
        whole = sample(-1, 100, memory_bytes=GIB, disk_bytes=2 * GIB)
        whole.cpu_total_time.seconds = 400
        await send(agent, host=whole)
        (found,) = await until_kept(plane, "hosts/node-1", len_is(1))
        assert found.sample.cpu_total_time.seconds == 400
        assert found.sample.memory_bytes == GIB
        # What a host uses is not what its VMs use.
        assert (await utilization(plane)).measured_vms == 0


def len_is(count: int) -> Callable[[list[MeasuredSample]], bool]:
    return lambda found: len(found) == count


async def test_used_is_shown_beside_allocated_of_every_scope_now_and_of_no_past(plane: Plane) -> None:
    host = a_host(vcpus=8)
    host.zone = "eu-1a"
    async with connected(plane, host=host) as agent:
        uid = await started(plane, agent)
        before = await utilization(plane)
        assert set(used(before).values()) == {None}
        assert not before.HasField("oldest_sample_time")
        for measured in (sample(-10, 1, memory_bytes=MIB), sample(0, 2, memory_bytes=256 * MIB, disk_bytes=GIB)):
            await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=measured))
        await heard(plane, agent)
        for scope in ("fleet", "hosts/node-1", "zones/eu-1a", DEFAULT):
            found = await utilization(plane, scope)
            assert found.measured_vms == 1
            assert used(found) == {"vcpus": pytest.approx(0.1, rel=0.01), "memory_mib": 256.0, "disk_gib": 1.0}
            assert micros_of(found.oldest_sample_time) == micros_of(measured.sample_time)
            assert [each.allocated for each in found.classes] == [2, 512, 5]
        past = await utilization(plane, at_position=before.position)
        assert past.measured_vms == 0
        assert set(used(past).values()) == {None}


@pytest.mark.parametrize(("kind", "scope"), [("hosts", "hosts/node-1"), ("projects", DEFAULT)])
async def test_lists_of_now_have_used_too(plane: Plane, kind: str, scope: str) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(0, memory_bytes=MIB)))
        await heard(plane, agent)
        listed = await plane.utilization.ListUtilization(api.ListUtilizationRequest(group_by=kind))
        (found,) = [each for each in listed.utilizations if each.scope == scope]
        assert used(found)["memory_mib"] == 1.0
        then = api.ListUtilizationRequest(group_by=kind, at_position=listed.position)
        listed = await plane.utilization.ListUtilization(then)
        assert {each.measured_vms for each in listed.utilizations} == {0}


async def test_a_snapshot_of_now_has_used_and_changes_do_not(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(0, memory_bytes=MIB)))
        await heard(plane, agent)
        async with subscribed(plane.utilization.WatchUtilization(api.WatchUtilizationRequest())) as watch:
            await watch.live()
            assert watch.of("utilization")[0] == await utilization(plane)
            await plane.create("other", start=True)
            await watch.until(lambda: len(watch.of("utilization")) == 2)
            assert [each.measured_vms for each in watch.of("utilization")] == [1, 0]


async def test_an_agent_speaks_for_its_own_guests_of_now_alone(plane: Plane) -> None:
    async with connected(plane, "node-1") as owner:
        uid = await started(plane, owner)
        async with connected(plane, "node-2") as stranger:
            await send(stranger, GuestSample(vm_uid=uid, incarnation=1, sample=sample(memory_bytes=1)))
            await heard(plane, stranger)
        for incarnation in (0, 2, -1):
            await send(owner, GuestSample(vm_uid=uid, incarnation=incarnation, sample=sample(memory_bytes=2)))
        await send(owner, GuestSample(vm_uid=str(uuid.uuid4()), incarnation=1, sample=sample(memory_bytes=3)))
        await heard(plane, owner)
        assert await samples(plane, vm_name("web")) == []
        assert (await utilization(plane)).measured_vms == 0


NONSENSE = {
    "no time": Sample(memory_bytes=1),
    "before 1970": Sample(sample_time=Timestamp(seconds=-1), memory_bytes=1),
    "nanos": Sample(sample_time=Timestamp(seconds=1, nanos=2_000_000_000), memory_bytes=1),
    "the future": Sample(sample_time=Timestamp(seconds=10_000_000_000), memory_bytes=1),
    "after the year 9999": Sample(sample_time=Timestamp(seconds=(1 << 63) - 1), memory_bytes=1),
    "negative memory": Sample(sample_time=Timestamp(seconds=1), memory_bytes=-1),
    "more memory than any host has": Sample(sample_time=Timestamp(seconds=1), memory_bytes=1 << 62),
    "negative counter": Sample(sample_time=Timestamp(seconds=1), network_sent_bytes=-(1 << 63)),
    "negative CPU time": Sample(sample_time=Timestamp(seconds=1), cpu_time=Duration(seconds=-1)),
    "endless CPU time": Sample(sample_time=Timestamp(seconds=1), cpu_total_time=Duration(seconds=(1 << 63) - 1)),
}


@pytest.mark.parametrize("measured", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_is_left_out_and_what_comes_with_it_counts(plane: Plane, measured: Sample) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=measured), host=measured, every_s=-5)
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(memory_bytes=LARGEST_BYTES)))
        (found,) = await until_kept(plane, vm_name("web"), len_is(1))
        assert found.sample.memory_bytes == LARGEST_BYTES
        assert await samples(plane, "hosts/node-1") == []
        assert used(await utilization(plane))["memory_mib"] == pytest.approx(float(1 << 40))


async def test_a_vm_that_is_stopped_and_started_anew_has_no_rate_between(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(-1, 5, memory_bytes=MIB)))
        await heard(plane, agent)
        operation = await plane.stop()
        await agent.until_desired(uid, agents.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        vm_of(await plane.wait(operation))
        assert (await utilization(plane)).measured_vms == 0
        operation = await plane.start()
        await agent.until(lambda: agent.desired[uid].incarnation == 2)
        await agent.report_state(uid, vm_pb2.GUEST_STATE_RUNNING)
        vm_of(await plane.wait(operation))
        await send(agent, GuestSample(vm_uid=uid, incarnation=2, sample=sample(0, 100, memory_bytes=MIB)))
        found = await until_kept(plane, vm_name("web"), len_is(2))
        assert [(each.incarnation, each.HasField("used_vcpus")) for each in found] == [(1, False), (2, False)]


async def test_a_destroyed_vm_has_no_samples(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(memory_bytes=1)))
        await heard(plane, agent)
        operation = await plane.delete()
        await agent.until_desired(uid, agents.DESIRED_POWER_ABSENT)
        await agent.obey(uid)
        await plane.wait(operation)
        for name in (vm_name("web"), f"{DEFAULT}/vms/{uid}"):
            assert (await refused(ask(plane, name))).reason == "VM_NOT_FOUND"


def ask(plane: Plane, name: str) -> Awaitable[api.ListSamplesResponse]:
    return plane.utilization.ListSamples(api.ListSamplesRequest(name=name))


async def test_what_is_not_there_or_has_no_name_is_refused(plane: Plane) -> None:
    for name in ("", "fleet", DEFAULT, "zones/eu-1a", "hosts/", "hosts/a/b", "projects/-/vms/web"):
        refusal = await refused(ask(plane, name))
        assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["name"])
    assert (await refused(ask(plane, "hosts/none"))).reason == "HOST_NOT_FOUND"
    assert (await refused(ask(plane, vm_name("none")))).reason == "VM_NOT_FOUND"
    await plane.create()
    uid = (await plane.get()).uid
    assert (await refused(ask(plane, f"projects/other/vms/{uid}"))).reason == "VM_NOT_FOUND"


async def test_addresses_that_a_guest_reports_are_shown_while_it_runs_and_are_in_no_event(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        reported = ["10.0.0.5", "FD00::0005", "10.0.0.5", "\x1b[2J", "10.0.0.5/24"]
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(), addresses=reported))
        await heard(plane, agent)
        assert list((await plane.get(uid)).reported_addresses) == ["10.0.0.5", "fd00::5"]
        await send(agent, GuestSample(vm_uid=uid, incarnation=2, sample=sample(1), addresses=["10.0.0.6"]))
        await heard(plane, agent)
        assert list((await plane.get(uid)).reported_addresses) == ["10.0.0.5", "fd00::5"]
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(2)))
        await heard(plane, agent)
        assert not (await plane.get(uid)).reported_addresses


async def test_what_went_through_a_card_is_shown_while_its_guest_runs(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        cards = [
            InterfaceSample(index=1, received_bytes=5, refused_frames=3, unsent_frames=0, spoofed_frames=1),
            InterfaceSample(index=0, received_bytes=7, sent_bytes=9),
            InterfaceSample(index=99, sent_bytes=1),
            InterfaceSample(index=2, sent_bytes=-1),
        ]
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(), interfaces=cards))
        await heard(plane, agent)
        assert list((await plane.get(uid)).interface_samples) == [cards[1], cards[0]]
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(1)))
        await heard(plane, agent)
        assert not (await plane.get(uid)).interface_samples
