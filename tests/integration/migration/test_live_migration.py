"""Live migrations of real guests between two libvirts: the guest goes on counting, with its disk."""

import asyncio
import json
import subprocess

import pytest
from hostagent.drivers.base import (
    DiskMove,
    DriverError,
    GuestRefused,
    GuestSpec,
    KernelBoot,
    MigrationFailed,
    Power,
    StepFailed,
)

from tests.integration.migration.conftest import Pair, first_sector, moved


async def test_a_guest_goes_on_where_it_was_with_a_copy_of_its_disk(pair: Pair) -> None:
    spec = await pair.running(disk_gib=1)
    before = await pair.source.counted(spec, 2)
    await pair.migrate(spec, DiskMove.COPY)
    left, arrived = await pair.source.read(spec), await pair.destination.read(spec)
    assert left
    assert arrived
    assert (left.incarnation, left.power, left.detail) == (1, Power.SHUTOFF, "migrated")
    assert (arrived.incarnation, arrived.power, arrived.started) == (2, Power.PAUSED, True)
    # What it has not written takes no room.
    assert pair.destination.disk(spec).stat().st_blocks * 512 < 64 << 20
    # It stands still until it is resumed.
    assert pair.destination.counts(spec) == []
    await pair.destination.driver.change_power(moved(spec).ref, Power.RUNNING)
    after = await pair.destination.counted(spec, 2)
    assert after > before
    last = pair.source.counts(spec)[-1]
    assert pair.destination.counts(spec)[0] in (last, last + 1)
    # Nothing of the source is used any more.
    await pair.source.driver.delete(spec.ref)
    assert not pair.source.disk(spec).exists()
    await pair.destination.driver.stop(moved(spec).ref, grace_s=0)
    assert int(first_sector(pair.destination.disk(spec))) >= after - 1
    done = pair.progress[-1]
    assert (done.memory_left_bytes, done.disk_left_bytes) == (0, 0)
    assert done.disk_total_bytes >= 1 << 30
    assert done.downtime_ms


async def test_a_guest_on_a_shared_disk_moves_there_and_back(sharing_pair: Pair) -> None:
    pair = sharing_pair
    spec = await pair.running(disk_gib=1)
    await pair.source.counted(spec)
    await pair.migrate(spec, DiskMove.SHARED)
    assert await pair.powers(spec) == (Power.SHUTOFF, Power.PAUSED)
    await pair.destination.driver.change_power(moved(spec).ref, Power.RUNNING)
    await pair.destination.counted(spec)
    # The source's copy goes, and the disk stays. Not ordered to keep it, it sees that it is in use.
    with pytest.raises(DriverError, match='"write" lock'):
        await pair.source.driver.delete(spec.ref)
    await pair.source.driver.delete(spec.ref, keep_disk=True)
    assert await pair.powers(spec) == (None, Power.RUNNING)
    pair.source, pair.destination = pair.destination, pair.source
    await pair.migrate(moved(spec), DiskMove.SHARED)
    third = moved(moved(spec))
    await pair.destination.driver.change_power(third.ref, Power.RUNNING)
    count = await pair.destination.counted(spec)
    await pair.source.driver.delete(moved(spec).ref, keep_disk=True)
    await pair.destination.driver.stop(third.ref, grace_s=0)
    assert int(first_sector(pair.destination.disk(spec))) >= count - 1


async def test_a_second_start_from_a_disk_in_use_elsewhere_fails(sharing_pair: Pair) -> None:
    pair = sharing_pair
    spec = await pair.running(disk_gib=1)
    second = moved(spec)
    await pair.destination.driver.define(second)
    with pytest.raises(StepFailed, match='"write" lock'):
        await pair.destination.driver.start(second.ref, paused=False)
    pair.source.private.kill_libvirtd()
    with pytest.raises(StepFailed, match='"write" lock'):
        await pair.destination.driver.start(second.ref, paused=False)
    pair.source.private.start_libvirtd()
    assert await pair.powers(spec) == (Power.RUNNING, Power.SHUTOFF)
    pair.source.kill_guest(spec)
    await pair.destination.driver.start(second.ref, paused=False)
    assert await pair.destination.power(spec) is Power.RUNNING


async def test_a_paused_guest_moves_and_stays_paused(pair: Pair) -> None:
    spec = await pair.running()
    await pair.source.driver.change_power(spec.ref, Power.PAUSED)
    await pair.migrate(spec, DiskMove.NONE)
    assert await pair.powers(spec) == (Power.SHUTOFF, Power.PAUSED)


async def test_a_migration_that_is_over_is_a_success_again(pair: Pair) -> None:
    spec = await pair.running()
    await pair.migrate(spec, DiskMove.NONE)
    await pair.migrate(spec, DiskMove.NONE)
    assert await pair.powers(spec) == (Power.SHUTOFF, Power.PAUSED)


async def test_a_copy_under_way_has_run_nothing_and_cannot_be_run(pair: Pair) -> None:
    spec = await pair.running()
    task = await pair.under_way(spec)
    arriving, leaving = await pair.destination.read(spec), await pair.source.read(spec)
    assert arriving
    assert leaving
    assert (arriving.incarnation, arriving.power, arriving.started) == (2, Power.ARRIVING, False)
    assert (leaving.power, leaving.leaving) == (Power.RUNNING, True)
    for step in (
        pair.destination.driver.start(moved(spec).ref, paused=False),
        pair.destination.driver.change_power(moved(spec).ref, Power.RUNNING),
        pair.destination.driver.change_power(moved(spec).ref, Power.PAUSED),
    ):
        with pytest.raises(StepFailed, match="still arriving"):
            await step
    assert await pair.destination.power(spec) is Power.ARRIVING
    # One that is not desired any more takes the migration with it.
    await pair.destination.driver.delete(moved(spec).ref)
    with pytest.raises(MigrationFailed):
        await task
    assert await pair.powers(spec) == (Power.RUNNING, None)


async def test_a_cancelled_migration_leaves_the_guest_running_and_can_be_tried_again(pair: Pair) -> None:
    spec = await pair.running(disk_gib=1)
    task = await pair.under_way(spec, DiskMove.COPY)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    guest = await pair.source.read(spec)
    assert guest
    assert (guest.power, guest.leaving) == (Power.RUNNING, False)
    assert await pair.destination.read(spec) is None
    await pair.source.counted(spec)
    await pair.migrate(spec, DiskMove.COPY)
    assert await pair.powers(spec) == (Power.SHUTOFF, Power.PAUSED)


async def test_a_migration_that_takes_too_long_is_broken_off(pair: Pair) -> None:
    spec = await pair.running()
    with pytest.raises(MigrationFailed, match="not done within 1 s"):
        await pair.migrate(spec, DiskMove.NONE, bandwidth_mib_s=1, timeout_s=1)
    assert await pair.powers(spec) == (Power.RUNNING, None)


async def test_a_guest_boots_again_from_the_destinations_files(pair: Pair) -> None:
    spec = await pair.running(
        boot=KernelBoot("tiny-vmlinuz", "tiny-initramfs.gz", "quiet console=ttyS0 chronovisor.count=console")
    )
    await pair.source.counted(spec)
    await pair.migrate(spec, DiskMove.NONE)
    copy = moved(spec)
    await pair.destination.driver.change_power(copy.ref, Power.RUNNING)
    await pair.destination.driver.reboot(copy.ref, reboots=1, force=True)
    while await pair.destination.counted(spec) > 2:
        pass
    guest = await pair.destination.read(spec)
    assert guest
    assert (guest.incarnation, guest.power, guest.reboots) == (2, Power.RUNNING, 1)


async def test_a_shared_disk_that_is_not_there_lets_nobody_arrive(pair: Pair) -> None:
    spec = await pair.running(disk_gib=1)
    with pytest.raises(GuestRefused, match="not on this host"):
        await pair.prepared(spec, DiskMove.SHARED)


def size_of(pair: Pair, spec: GuestSpec) -> int:
    command = ["qemu-img", "info", "-U", "--output=json", str(pair.source.disk(spec))]
    return int(json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["virtual-size"])


async def test_a_disk_grows_while_the_guest_runs_and_when_it_is_off_and_never_shrinks(pair: Pair) -> None:
    spec = await pair.running(disk_gib=1)
    driver = pair.source.driver
    for size in (2, 1):
        await driver.resize_disk(spec.ref, size)
        assert size_of(pair, spec) == 2 << 30
    await driver.stop(spec.ref, grace_s=0)
    for size in (3, 2):
        await driver.resize_disk(spec.ref, size)
        assert size_of(pair, spec) == 3 << 30
