"""Clocks that are wrong: the server's own, around a restart, and those of hosts."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import host_service_pb2, vm_pb2
from chronovisor.v1.sample_pb2 import GuestSample, MeasuredSample, Sample
from chronovisor.v1.utilization_check_pb2 import GetUtilizationCheckRequest, UtilizationCheck
from chronovisor.v1.utilization_service_pb2 import GetUsageRequest, GetUsageResponse, GetUtilizationRequest
from google.protobuf.duration_pb2 import Duration

from controlplane.domain.time import SECOND, micros_in, micros_of, timestamp_of
from controlplane.domain.vm.limits import Limits
from controlplane.runtime.clock import LASTS_US
from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import Plane, refused, running, vm_name, vm_of
from tests.integration.controlplane.test_agents import started
from tests.integration.controlplane.test_samples import samples, until_kept
from tests.support.machine import START, Machine
from tests.support.waiting import until

DAY = 86_400 * SECOND
HOUR = 3_600 * SECOND


async def found_check(plane: Plane, holds: Callable[[UtilizationCheck], bool]) -> UtilizationCheck:
    found: list[UtilizationCheck] = []

    async def is_so() -> bool:
        found.append(await plane.utilization.GetUtilizationCheck(GetUtilizationCheckRequest()))
        return holds(found[-1])

    await until(is_so)
    return found[-1]


async def usage(plane: Plane, start: int, end: int) -> GetUsageResponse:
    request = GetUsageRequest(start_time=timestamp_of(start), end_time=timestamp_of(end))
    return await plane.utilization.GetUsage(request)


def vcpu_seconds(found: GetUsageResponse) -> float:
    (all_of_it,) = found.usages
    (vcpus,) = [each for each in all_of_it.classes if each.resource_class == "vcpus"]
    return vcpus.unit_seconds + vcpus.unit_micros / 1e6


async def until_state(plane: Plane, state: vm_pb2.VmState.ValueType, vm_id: str = "web") -> vm_pb2.Vm:
    async def is_so() -> bool:
        return (await plane.get(vm_id)).state == state

    await until(is_so)
    return await plane.get(vm_id)


async def until_failed(plane: Plane, vm_id: str = "web") -> vm_pb2.Vm:
    return await until_state(plane, vm_pb2.VM_STATE_FAILED, vm_id)


def is_long(length: int, kept: list[MeasuredSample]) -> bool:
    return len(kept) == length


@pytest.mark.parametrize("step", [DAY, -DAY])
async def test_a_wrong_reading_moves_no_deadline_and_no_date(step: int) -> None:
    machine = Machine()
    async with running(limits=Limits(start=0.2), clock=machine.clock) as plane:
        await plane.register()
        machine.wall += step
        during = vm_of(await plane.create("during"))
        machine.wall -= step
        assert micros_of(during.create_time) == START
        await plane.create("after", start=True)
        due = (await plane.get("after")).state_deadline
        assert micros_of(due) == START + 200_000
        machine.pass_(200_000)
        assert (await until_failed(plane, "after")).failure.message == "start did not end in time"


@pytest.mark.covers("UtilizationService.GetUtilizationCheck")
@pytest.mark.parametrize("step", [DAY, -DAY])
async def test_a_clock_that_was_set_is_an_alarm_and_usage_is_what_elapsed(step: int) -> None:
    machine = Machine()
    async with running(clock=machine.clock) as plane:
        await plane.register()
        await plane.create(start=True)
        machine.wall += step
        machine.pass_(HOUR // 100)
        found = await found_check(plane, lambda check: bool(check.system_alarms))
        assert [each.kind for each in found.system_alarms] == ["clock_step"]
        fleet = await plane.utilization.GetUtilization(GetUtilizationRequest())
        assert (fleet.alarms, fleet.system_alarms) == (0, 1)
        used = await usage(plane, START, START + HOUR // 100)
        assert vcpu_seconds(used) == 2 * 36
        assert micros_in(used.clock_offset) == step
        machine.wall -= step
        found = await found_check(plane, lambda check: not check.system_alarms)
        assert [each.kind for each in found.ended_system_alarms] == ["clock_step"]
        assert not (await usage(plane, START, START + 1)).HasField("clock_offset")


async def test_a_clock_that_stays_ahead_is_followed_and_what_it_skipped_is_not_used() -> None:
    machine = Machine()
    async with running(clock=machine.clock) as plane:
        await plane.register()
        await plane.create(start=True)
        machine.wall += DAY
        await found_check(plane, lambda check: bool(check.system_alarms))
        machine.pass_(LASTS_US)
        await found_check(plane, lambda check: not check.system_alarms)
        machine.pass_(HOUR)
        assert machine.clock() == machine.wall
        used = await usage(plane, START, machine.wall)
        assert vcpu_seconds(used) == 2 * (600 + 3600)
        (step,) = used.clock_steps
        assert (micros_of(step.time), micros_in(step.skipped)) == (START + LASTS_US, DAY)
        assert await plane.events("", "ClockStepped") == ["clock_stepped"]
        # Skipped altogether.
        assert not (await usage(plane, START + LASTS_US + HOUR, START + LASTS_US + 2 * HOUR)).usages


async def test_usage_up_to_a_time_that_the_ledger_has_not_reached_is_refused() -> None:
    machine = Machine()
    async with running(clock=machine.clock) as plane:
        refusal = await refused(usage(plane, START, START + HOUR))
        assert (refusal.reason, refusal.fields) == ("INVALID_FIELD", ["end_time"])


@pytest.mark.parametrize("step", [DAY, -DAY, 0])
async def test_a_restart_with_a_wrong_clock_keeps_dates_and_deadlines(tmp_path: Path, step: int) -> None:
    machine, store = Machine(), f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store, Limits(start=60.0), clock=machine.clock) as plane:
        await plane.register()
        await plane.create(start=True)
    machine.pass_(59 * SECOND)
    machine.wall += step
    async with running(store, clock=machine.process()) as plane:
        assert (await plane.get()).state == vm_pb2.VM_STATE_STARTING
        later = vm_of(await plane.create("later"))
        assert micros_of(later.create_time) == START + 59 * SECOND
        machine.pass_(2 * SECOND)
        await until_failed(plane)


async def test_a_restart_on_another_boot_with_a_clock_far_behind_gives_a_request_its_full_deadline(
    tmp_path: Path,
) -> None:
    machine, store = Machine(), f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store, Limits(start=0.5), clock=machine.clock) as plane:
        await plane.register()
        await plane.create(start=True)
    machine.wall -= DAY
    async with running(store, clock=machine.process(b"boot-two")) as plane:
        await found_check(plane, lambda check: bool(check.system_alarms))
        machine.pass_(400_000)
        assert (await plane.get()).state == vm_pb2.VM_STATE_STARTING
        machine.pass_(200_000)
        await until_failed(plane)


@pytest.mark.parametrize("off", [DAY, -DAY])
async def test_a_host_with_a_wrong_clock_spoils_no_time_and_is_reported(off: int) -> None:
    machine = Machine()
    async with running(clock=machine.clock) as plane, connected(plane) as agent:
        uid = await started(plane, agent)
        seen = (await plane.get()).observed.observe_time
        assert micros_of(seen) == START
        found: list[MeasuredSample] = []
        for number in range(2):
            machine.pass_(10 * SECOND)
            sent = machine.wall + off
            sample = Sample(sample_time=timestamp_of(sent - SECOND), cpu_time=Duration(seconds=100 + 5 * number))
            beat = agents.AgentHeartbeat(
                send_time=timestamp_of(sent),
                guest_samples=[GuestSample(vm_uid=uid, incarnation=1, sample=sample)],
            )
            await agent.send(heartbeat=beat)
            found = await until_kept(plane, vm_name("web"), partial(is_long, number + 1))
        assert [micros_of(each.sample.sample_time) for each in found] == [START + 9 * SECOND, START + 19 * SECOND]
        assert found[1].used_vcpus == 0.5
        host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
        assert micros_in(host.clock_offset) == off
        report = agents.GuestReport(vm_uid=uid, incarnation=1, started=True)
        report.observation.guest_state = vm_pb2.GUEST_STATE_PAUSED
        report.observation.observe_time.CopyFrom(timestamp_of(machine.wall + off - 2 * SECOND))
        await agent.send(report=report)
        vm = await until_state(plane, vm_pb2.VM_STATE_PAUSED)
        assert micros_of(vm.observed.observe_time) == machine.wall - 2 * SECOND
        assert len(await samples(plane, vm_name("web"))) == 2


async def test_a_host_that_was_never_heard_has_no_offset(plane: Plane) -> None:
    await plane.register("quiet")
    host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/quiet"))
    assert not host.HasField("clock_offset")
