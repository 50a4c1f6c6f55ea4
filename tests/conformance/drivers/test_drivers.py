"""What every driver does alike. `rig` is a hypervisor with a driver on it."""

import asyncio
import dataclasses
import time

import pytest
from hostagent.drivers.base import (
    NO_LIMITS,
    DriverError,
    Guest,
    GuestChanged,
    GuestRefused,
    GuestSample,
    GuestSpec,
    ImageBoot,
    ImageNotFound,
    KernelBoot,
    Limits,
    Power,
)

from tests.conformance.drivers.rigs import Rig
from tests.support.waiting import patient

DEADLINE_S = patient(20.0)


async def read(rig: Rig, spec: GuestSpec) -> Guest:
    guest = await rig.driver.get_guest(spec.vm_uid)
    assert guest is not None
    listed = [other for other in await rig.driver.list_guests() if other.vm_uid == spec.vm_uid]
    assert listed == [guest]
    return guest


def newer(spec: GuestSpec) -> GuestSpec:
    return dataclasses.replace(spec, incarnation=spec.incarnation + 1)


async def test_a_guest_that_was_never_defined_is_not_there(rig: Rig) -> None:
    spec = rig.spec()
    assert await rig.driver.get_guest(spec.vm_uid) is None
    assert spec.vm_uid not in {guest.vm_uid for guest in await rig.driver.list_guests()}


async def test_a_defined_guest_is_off_and_was_never_started(rig: Rig) -> None:
    spec = await rig.defined()
    await rig.driver.define(spec)
    guest = await read(rig, spec)
    assert (guest.power, guest.started, guest.incarnation) == (Power.SHUTOFF, False, 1)
    assert guest.vm_name == "projects/p/vms/a"


async def test_a_started_guest_runs_and_starting_it_again_changes_nothing(rig: Rig) -> None:
    spec = await rig.running()
    await rig.driver.start(spec.ref, paused=False)
    await rig.driver.define(spec)
    guest = await read(rig, spec)
    assert (guest.power, guest.started, guest.reboots) == (Power.RUNNING, True, 0)


async def test_a_guest_can_begin_paused(rig: Rig) -> None:
    spec = await rig.defined()
    await rig.driver.start(spec.ref, paused=True, reboots=4)
    guest = await read(rig, spec)
    assert (guest.power, guest.started, guest.reboots) == (Power.PAUSED, True, 4)
    await rig.driver.change_power(spec.ref, Power.RUNNING)
    await rig.driver.change_power(spec.ref, Power.RUNNING)
    assert (await read(rig, spec)).power is Power.RUNNING
    await rig.driver.change_power(spec.ref, Power.PAUSED)
    await rig.driver.change_power(spec.ref, Power.PAUSED)
    assert (await read(rig, spec)).power is Power.PAUSED


async def test_a_guest_forced_off_stays_off_and_is_known_to_have_run(rig: Rig) -> None:
    spec = await rig.running()
    await rig.driver.stop(spec.ref, grace_s=0)
    await rig.driver.stop(spec.ref, grace_s=0)
    await rig.driver.start(spec.ref, paused=False)
    guest = await read(rig, spec)
    assert (guest.power, guest.started) == (Power.SHUTOFF, True)


async def test_a_guest_that_is_off_can_be_neither_paused_nor_resumed(rig: Rig) -> None:
    spec = await rig.defined()
    for power in (Power.PAUSED, Power.RUNNING):
        with pytest.raises(DriverError) as caught:
            await rig.driver.change_power(spec.ref, power)
        assert not caught.value.permanent


async def test_the_end_of_a_guest_behind_our_back_is_seen_and_hinted_at(rig: Rig) -> None:
    spec = await rig.running()
    while not rig.hints.empty():
        rig.hints.get_nowait()
    rig.end_behind_our_back(spec.vm_uid)
    async with asyncio.timeout(DEADLINE_S):
        while await rig.hints.get() != spec.vm_uid:
            pass
    guest = await read(rig, spec)
    assert not guest.power.is_active
    assert guest.started
    assert guest.detail


async def test_a_guest_undefined_behind_our_back_is_not_there(rig: Rig) -> None:
    spec = await rig.defined()
    rig.undefine_behind_our_back(spec.vm_uid)
    assert await rig.driver.get_guest(spec.vm_uid) is None


async def test_a_newer_incarnation_replaces_one_that_ended_and_keeps_its_disk(rig: Rig) -> None:
    spec = await rig.defined(disk_gib=1)
    await rig.driver.start(spec.ref, paused=True, reboots=2)
    await rig.driver.stop(spec.ref, grace_s=0)
    await rig.driver.define(newer(spec))
    guest = await read(rig, spec)
    assert (guest.incarnation, guest.started, guest.reboots) == (2, False, 0)
    assert rig.has_files(spec.vm_uid)


async def test_a_newer_incarnation_does_not_replace_one_that_runs(rig: Rig) -> None:
    spec = await rig.running()
    with pytest.raises(GuestChanged):
        await rig.driver.define(newer(spec))
    assert (await read(rig, spec)).incarnation == 1


async def test_steps_for_an_older_incarnation_leave_the_newer_alone(rig: Rig) -> None:
    old = await rig.running()
    await rig.driver.stop(old.ref, grace_s=0)
    await rig.driver.define(newer(old))
    await rig.driver.start(newer(old).ref, paused=False)
    for step in (
        rig.driver.define(old),
        rig.driver.start(old.ref, paused=False),
        rig.driver.change_power(old.ref, Power.PAUSED),
        rig.driver.stop(old.ref, grace_s=0),
        rig.driver.reboot(old.ref, reboots=1, force=True),
        rig.driver.delete(old.ref),
    ):
        with pytest.raises(GuestChanged):
            await step
    guest = await read(rig, old)
    assert (guest.incarnation, guest.power, guest.reboots) == (2, Power.RUNNING, 0)


async def test_a_reset_guest_runs_on_and_counts_it(rig: Rig) -> None:
    spec = await rig.running()
    await rig.driver.reboot(spec.ref, reboots=3, force=True)
    guest = await read(rig, spec)
    assert (guest.power, guest.reboots) == (Power.RUNNING, 3)


async def test_nothing_is_left_of_a_deleted_guest_that_ran(rig: Rig) -> None:
    spec = await rig.defined(disk_gib=1)
    await rig.driver.start(spec.ref, paused=False)
    assert rig.has_files(spec.vm_uid)
    await rig.driver.delete(spec.ref)
    await rig.driver.delete(spec.ref)
    assert await rig.driver.get_guest(spec.vm_uid) is None
    assert not rig.has_files(spec.vm_uid)


async def test_the_disk_of_a_guest_undefined_behind_our_back_is_deleted_with_it(rig: Rig) -> None:
    spec = await rig.defined(disk_gib=1)
    rig.undefine_behind_our_back(spec.vm_uid)
    await rig.driver.delete(spec.ref)
    assert not rig.has_files(spec.vm_uid)


@pytest.mark.parametrize("name", ["no-such-image", "../tiny-vmlinuz", "/etc/passwd", ""])
async def test_a_guest_of_an_unknown_image_is_refused_for_good_and_leaves_nothing(rig: Rig, name: str) -> None:
    for boot in (ImageBoot(name), KernelBoot(name, "tiny-initramfs.gz"), KernelBoot("tiny-vmlinuz", name)):
        spec = dataclasses.replace(rig.spec(disk_gib=1), boot=boot)
        with pytest.raises(ImageNotFound) as caught:
            await rig.driver.define(spec)
        assert caught.value.permanent
        assert await rig.driver.get_guest(spec.vm_uid) is None
        assert not rig.has_files(spec.vm_uid)


async def test_a_guest_without_a_boot_source_is_refused_for_good(rig: Rig) -> None:
    with pytest.raises(GuestRefused):
        await rig.driver.define(dataclasses.replace(rig.spec(), boot=None))


async def test_a_new_driver_finds_what_an_old_one_left(rig: Rig) -> None:
    running, defined = await rig.running(), await rig.defined()
    again = rig.new_driver()
    await again.open(rig.hints.put_nowait)
    found = {guest.vm_uid: guest for guest in await again.list_guests()}
    assert found[running.vm_uid] == await read(rig, running)
    assert found[running.vm_uid].power is Power.RUNNING
    assert not found[defined.vm_uid].started
    if again is not rig.driver:
        await again.close()


async def test_a_host_has_something_to_offer(rig: Rig) -> None:
    facts = await rig.driver.facts()
    assert {"vcpus", "memory_mib", "disk_gib"} <= facts.totals.keys()
    assert all(total > 0 for total in facts.totals.values())
    assert facts.virt_type
    assert facts.hypervisor
    assert "tiny-vmlinuz" in facts.images
    assert facts.images == await rig.driver.images()


async def test_many_guests_at_once(rig: Rig) -> None:
    specs = await asyncio.gather(*(rig.running() for _ in range(3)))
    states = {guest.vm_uid: guest.power for guest in await rig.driver.list_guests()}
    assert [states[spec.vm_uid] for spec in specs] == [Power.RUNNING] * 3


async def sample_of(rig: Rig, spec: GuestSpec) -> GuestSample:
    samples = await rig.driver.sample()
    (found,) = [each for each in samples.guests if each.ref.vm_uid == spec.vm_uid]
    assert found.ref == spec.ref
    return found


async def test_a_running_guest_uses_cpu_time_memory_and_disk(rig: Rig) -> None:
    spec = await rig.defined(disk_gib=1)
    await rig.driver.start(spec.ref, paused=False)
    before = await sample_of(rig, spec)
    assert before.disk_bytes is not None
    assert 0 < before.disk_bytes <= 1 << 30
    assert (before.network_received_bytes, before.network_sent_bytes) == (None, None)
    if not rig.measures:
        assert (before.cpu_us, before.memory_bytes, before.disk_read_bytes) == (None, None, None)
        return
    async with asyncio.timeout(DEADLINE_S):
        while not (after := await sample_of(rig, spec)).cpu_us:
            pass
    assert before.cpu_us is not None
    assert before.disk_read_bytes is not None
    assert before.disk_written_bytes is not None
    assert after.cpu_us >= before.cpu_us
    assert after.memory_bytes


async def test_a_guest_that_is_off_uses_its_disk_alone(rig: Rig) -> None:
    never, ended = await rig.defined(disk_gib=1), await rig.running()
    await rig.driver.stop(ended.ref, grace_s=0)
    assert await sample_of(rig, ended) == GuestSample(ended.ref)
    found = await sample_of(rig, never)
    assert found == GuestSample(never.ref, disk_bytes=found.disk_bytes)
    assert found.disk_bytes


async def test_a_newer_incarnation_is_measured_as_itself(rig: Rig) -> None:
    spec = await rig.running()
    await rig.driver.stop(spec.ref, grace_s=0)
    await rig.driver.define(newer(spec))
    assert (await sample_of(rig, newer(spec))).ref.incarnation == 2


async def test_a_deleted_guest_is_not_measured(rig: Rig) -> None:
    spec = await rig.running()
    await rig.driver.delete(spec.ref)
    assert spec.vm_uid not in {each.ref.vm_uid for each in (await rig.driver.sample()).guests}


async def test_a_host_is_measured_when_it_has_guests_and_when_it_has_none(rig: Rig) -> None:
    before = await rig.driver.sample()
    await rig.running()
    after = await rig.driver.sample()
    assert before.taken_ns <= after.taken_ns
    assert abs(after.taken_ns / 1e9 - time.time()) < DEADLINE_S
    for host in (before.host, after.host):
        assert host.disk_bytes is not None
        if rig.measures or host.cpu_us is not None:
            assert host.cpu_us is not None
            assert host.cpu_total_us is not None
            assert 0 <= host.cpu_us <= host.cpu_total_us
        assert bool(host.memory_bytes) == rig.measures
    assert (after.host.cpu_us or 0) >= (before.host.cpu_us or 0)


LIMITS = Limits(disk_read_iops=500, disk_write_bytes=10 << 20)


async def test_a_guest_has_the_limits_that_it_was_defined_with(rig: Rig) -> None:
    spec = dataclasses.replace(await rig.defined(disk_gib=1), incarnation=2, limits=LIMITS)
    await rig.driver.define(spec)
    await rig.driver.start(spec.ref, paused=False)
    assert (await read(rig, spec)).limits == LIMITS


async def test_a_running_guest_is_given_other_limits_and_none_again(rig: Rig) -> None:
    spec = await rig.defined(disk_gib=1)
    await rig.driver.start(spec.ref, paused=False)
    assert (await read(rig, spec)).limits == NO_LIMITS
    for limits in (LIMITS, LIMITS, NO_LIMITS):
        await rig.driver.limit(spec.ref, limits)
        assert (await read(rig, spec)).limits == limits
    with pytest.raises(GuestChanged):
        await rig.driver.limit(newer(spec).ref, LIMITS)


async def test_a_guest_that_is_off_is_given_no_limits(rig: Rig) -> None:
    spec = await rig.defined()
    with pytest.raises(DriverError) as caught:
        await rig.driver.limit(spec.ref, LIMITS)
    assert not caught.value.permanent
    assert (await read(rig, spec)).limits == NO_LIMITS
