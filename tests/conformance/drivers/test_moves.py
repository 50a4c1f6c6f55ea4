"""What every driver does alike when guests move, and where they cannot. `pair` is a rig with a second host."""

import dataclasses

import pytest
from hostagent.drivers.base import (
    NO_LIMITS,
    DiskMove,
    Driver,
    DriverError,
    Endpoint,
    GuestChanged,
    GuestRefused,
    GuestSpec,
    MigrationFailed,
    MigrationProgress,
    Outgoing,
    Power,
)

from tests.conformance.drivers.rigs import Rig


def moved(spec: GuestSpec) -> GuestSpec:
    return dataclasses.replace(spec, incarnation=spec.incarnation + 1)


def elsewhere(pair: Rig) -> Driver:
    assert pair.elsewhere is not None
    return pair.elsewhere


async def migrate(pair: Rig, spec: GuestSpec, disk: DiskMove = DiskMove.NONE) -> list[MigrationProgress]:
    endpoint = await elsewhere(pair).prepare_incoming(moved(spec), disk)
    progress: list[MigrationProgress] = []
    await pair.driver.migrate(spec.ref, Outgoing(endpoint, moved(spec).incarnation, disk), progress.append)
    return progress


async def powers(pair: Rig, spec: GuestSpec) -> tuple[Power | None, Power | None]:
    here, there = [await driver.get_guest(spec.vm_uid) for driver in (pair.driver, elsewhere(pair))]
    return here.power if here else None, there.power if there else None


async def test_a_guest_that_has_left_is_off_here_and_stands_still_there(pair: Rig) -> None:
    spec = await pair.running()
    progress = await migrate(pair, spec)
    here, there = await pair.driver.get_guest(spec.vm_uid), await elsewhere(pair).get_guest(spec.vm_uid)
    assert here
    assert there
    assert (here.incarnation, here.power, here.started, here.detail) == (1, Power.SHUTOFF, True, "migrated")
    assert (there.incarnation, there.power, there.started) == (2, Power.PAUSED, True)
    assert (here.leaving, there.leaving) == (False, False)
    assert progress[-1].memory_left_bytes == 0
    # What is done for the incarnation that has left does nothing to the one that has arrived.
    with pytest.raises(GuestChanged):
        await elsewhere(pair).change_power(spec.ref, Power.RUNNING)
    await elsewhere(pair).change_power(moved(spec).ref, Power.RUNNING)
    assert await powers(pair, spec) == (Power.SHUTOFF, Power.RUNNING)


async def test_a_guest_that_has_arrived_is_given_its_limits_there(pair: Rig) -> None:
    spec = await pair.running()
    await migrate(pair, spec)
    there = await elsewhere(pair).get_guest(spec.vm_uid)
    assert there
    # Those that the other host knew are not this one's.
    assert there.limits is None
    await elsewhere(pair).change_power(moved(spec).ref, Power.RUNNING)
    await elsewhere(pair).limit(moved(spec).ref, NO_LIMITS)
    there = await elsewhere(pair).get_guest(spec.vm_uid)
    assert there
    assert (there.power, there.limits) == (Power.RUNNING, NO_LIMITS)


async def test_a_guest_that_has_left_is_not_started_again(pair: Rig) -> None:
    spec = await pair.running()
    await migrate(pair, spec)
    await pair.driver.define(spec)
    await pair.driver.start(spec.ref, paused=False)
    assert await powers(pair, spec) == (Power.SHUTOFF, Power.PAUSED)


async def test_each_step_of_a_move_can_be_taken_again(pair: Rig) -> None:
    spec = await pair.running()
    first = await elsewhere(pair).prepare_incoming(moved(spec), DiskMove.NONE)
    assert await elsewhere(pair).prepare_incoming(moved(spec), DiskMove.NONE) == first
    await migrate(pair, spec)
    await migrate(pair, spec)
    # An arrived guest is neither made anew nor started anew.
    await elsewhere(pair).define(moved(spec))
    await elsewhere(pair).start(moved(spec).ref, paused=False)
    assert await powers(pair, spec) == (Power.SHUTOFF, Power.PAUSED)


async def test_a_guest_that_is_off_does_not_leave(pair: Rig) -> None:
    spec = await pair.running()
    await pair.driver.stop(spec.ref, grace_s=0)
    with pytest.raises(GuestChanged):
        await migrate(pair, spec)
    assert await powers(pair, spec) == (Power.SHUTOFF, None)


async def test_a_guest_does_not_arrive_where_it_is_already(pair: Rig) -> None:
    spec = await pair.running()
    copy = moved(spec)
    endpoint = await elsewhere(pair).prepare_incoming(copy, DiskMove.NONE)
    await elsewhere(pair).define(copy)
    await elsewhere(pair).start(copy.ref, paused=True)
    with pytest.raises(MigrationFailed) as caught:
        await pair.driver.migrate(spec.ref, Outgoing(endpoint, 2), lambda _progress: None)
    assert caught.value.permanent
    here = await pair.driver.get_guest(spec.vm_uid)
    assert here
    assert (here.power, here.leaving) == (Power.RUNNING, False)
    with pytest.raises(GuestChanged):
        await elsewhere(pair).prepare_incoming(dataclasses.replace(spec, incarnation=3), DiskMove.NONE)


async def test_an_older_incarnation_that_has_ended_makes_room(pair: Rig) -> None:
    old = await pair.running()
    await migrate(pair, old)
    await elsewhere(pair).stop(moved(old).ref, grace_s=0)
    third = moved(moved(old))
    await pair.driver.define(third)
    await pair.driver.start(third.ref, paused=False)
    await migrate(pair, third)
    there = await elsewhere(pair).get_guest(old.vm_uid)
    assert there
    assert (there.incarnation, there.power) == (4, Power.PAUSED)


async def test_a_disk_is_copied_and_stays_behind_until_it_is_deleted(pair: Rig) -> None:
    spec = await pair.defined(disk_gib=1)
    await pair.driver.start(spec.ref, paused=False)
    await migrate(pair, spec, DiskMove.COPY)
    assert pair.has_files(spec.vm_uid)
    await pair.driver.delete(spec.ref)
    assert not pair.has_files(spec.vm_uid)
    await elsewhere(pair).change_power(moved(spec).ref, Power.RUNNING)
    assert await powers(pair, spec) == (None, Power.RUNNING)


async def test_nothing_is_left_of_a_guest_that_was_expected_and_never_came(pair: Rig) -> None:
    spec = await pair.defined(disk_gib=1)
    await elsewhere(pair).prepare_incoming(moved(spec), DiskMove.COPY)
    await elsewhere(pair).delete(moved(spec).ref)
    with pytest.raises(GuestRefused):
        await elsewhere(pair).prepare_incoming(moved(spec), DiskMove.SHARED)


async def test_a_shared_disk_that_is_not_there_lets_nobody_arrive(pair: Rig) -> None:
    spec = await pair.defined(disk_gib=1)
    with pytest.raises(GuestRefused) as caught:
        await elsewhere(pair).prepare_incoming(moved(spec), DiskMove.SHARED)
    assert caught.value.permanent


async def test_breaking_off_a_migration_that_is_not_there_changes_nothing(rig: Rig) -> None:
    spec = await rig.running()
    await rig.driver.abort_migration(spec.ref)
    guest = await rig.driver.get_guest(spec.vm_uid)
    assert guest
    assert (guest.power, guest.leaving) == (Power.RUNNING, False)
    with pytest.raises(GuestChanged):
        await rig.driver.abort_migration(moved(spec).ref)


async def test_a_host_that_no_other_reaches_takes_no_guests(rig: Rig) -> None:
    with pytest.raises(GuestRefused) as caught:
        await rig.driver.prepare_incoming(rig.spec(), DiskMove.NONE)
    assert caught.value.permanent


async def test_a_guest_does_not_leave_for_a_place_of_another_kind(rig: Rig) -> None:
    spec = await rig.running()
    with pytest.raises(DriverError) as caught:
        await rig.driver.migrate(spec.ref, Outgoing(Endpoint({}), 2), lambda _progress: None)
    assert caught.value.permanent
    guest = await rig.driver.get_guest(spec.vm_uid)
    assert guest
    assert (guest.power, guest.leaving) == (Power.RUNNING, False)


async def test_a_disk_grows_and_never_shrinks(rig: Rig) -> None:
    spec = await rig.defined(disk_gib=1)
    await rig.driver.resize_disk(spec.ref, 2)
    await rig.driver.start(spec.ref, paused=False)
    for size in (3, 2):
        await rig.driver.resize_disk(spec.ref, size)
    with pytest.raises(GuestChanged):
        await rig.driver.resize_disk(moved(spec).ref, 4)


async def test_a_guest_without_a_disk_has_none_to_grow(rig: Rig) -> None:
    spec = await rig.running()
    with pytest.raises(DriverError):
        await rig.driver.resize_disk(spec.ref, 2)


async def test_a_disk_that_is_to_be_kept_is_kept(rig: Rig) -> None:
    spec = await rig.defined(disk_gib=1)
    await rig.driver.delete(spec.ref, keep_disk=True)
    assert await rig.driver.get_guest(spec.vm_uid) is None
    assert rig.has_files(spec.vm_uid)
    await rig.driver.delete(spec.ref)
    assert not rig.has_files(spec.vm_uid)


async def test_a_disk_of_a_guest_that_does_not_run_is_flattened(rig: Rig) -> None:
    spec = await rig.defined(disk_gib=1)
    heard: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        heard.append((done, total))

    with await rig.driver.flatten_disk(spec.ref, 1 << 40, progress) as file:
        assert file.read(4) == b"QFI\xfb"
    assert heard[-1] == (1 << 30, 1 << 30)
    with pytest.raises(GuestRefused, match="at most"):
        await rig.driver.flatten_disk(spec.ref, 1 << 29, progress)
    with pytest.raises(GuestChanged):
        await rig.driver.flatten_disk(moved(spec).ref, 1 << 40, progress)
    await rig.driver.start(spec.ref, paused=False)
    with pytest.raises(GuestChanged):
        await rig.driver.flatten_disk(spec.ref, 1 << 40, progress)
