"""Migrations between simulated hosts: whatever breaks, and wherever, one copy is left that can run."""

import asyncio
import dataclasses
from collections.abc import Callable

import pytest
from hostagent.drivers.base import (
    DiskMove,
    DriverError,
    GuestChanged,
    GuestRef,
    GuestRefused,
    GuestSpec,
    HypervisorUnavailable,
    ImageBoot,
    MigrationFailed,
    MigrationProgress,
    Outgoing,
    Power,
    StepFailed,
    VmUid,
)
from hostagent.drivers.simulated.behaviour import Behaviour, Fault
from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.drivers.simulated.network import SimulatedNetwork

UID = VmUid("4f0c0000-0000-4000-8000-000000000001")
SPEC = GuestSpec(UID, "projects/p/vms/a", 1, 1, 128, 1, ImageBoot("any"))
COPY = dataclasses.replace(SPEC, incarnation=2)
SLOW_S = 30.0


class Pair:
    """Two hosts, and a guest that is to go from the one to the other."""

    def __init__(self, pool: str = "") -> None:
        self.network = SimulatedNetwork()
        self.source = SimulatedDriver(Behaviour(disk_pool=pool), self.network, "a")
        self.destination = SimulatedDriver(Behaviour(disk_pool=pool), self.network, "b")
        self.progress: list[MigrationProgress] = []

    async def running(self) -> None:
        await self.source.define(SPEC)
        await self.source.start(SPEC.ref, paused=False)

    async def migrate(self, disk: DiskMove = DiskMove.COPY, timeout_s: float = 0.0, incarnation: int = 2) -> None:
        spec = dataclasses.replace(SPEC, incarnation=incarnation)
        endpoint = await self.destination.prepare_incoming(spec, disk)
        outgoing = Outgoing(endpoint, incarnation, disk, timeout_s=timeout_s)
        await self.source.migrate(SPEC.ref, outgoing, self.progress.append)

    async def arriving(self) -> asyncio.Task[None]:
        """A migration that is under way."""
        self.source.behaviour.delay_s["migrate"] = SLOW_S
        task = asyncio.create_task(self.migrate())
        while self.power(self.destination) is not Power.ARRIVING:  # noqa: ASYNC110 - turns of the loop, no time
            await asyncio.sleep(0)
        return task

    def power(self, host: SimulatedDriver) -> Power | None:
        guest = host.guests.get(UID)
        return guest.power if guest else None

    def powers(self) -> tuple[Power | None, Power | None]:
        return self.power(self.source), self.power(self.destination)


@pytest.fixture
async def pair() -> Pair:
    made = Pair()
    await made.running()
    return made


async def test_a_guest_leaves_and_stands_still_at_the_destination_as_a_new_incarnation(pair: Pair) -> None:
    await pair.migrate()
    left, arrived = pair.source.guests[UID], pair.destination.guests[UID]
    assert (left.incarnation, left.power, left.detail) == (1, Power.SHUTOFF, "migrated")
    assert (arrived.incarnation, arrived.power, arrived.started) == (2, Power.PAUSED, True)
    assert pair.network.running_incarnations() == {}
    await pair.destination.change_power(COPY.ref, Power.RUNNING)
    assert pair.network.running_incarnations() == {UID: [("b", 2)]}


async def test_a_migration_that_is_over_is_a_success_again(pair: Pair) -> None:
    await pair.migrate()
    await pair.migrate()
    assert pair.powers() == (Power.SHUTOFF, Power.PAUSED)
    assert pair.source.done["migrate"] == 1


async def test_a_paused_guest_migrates_too(pair: Pair) -> None:
    await pair.source.change_power(SPEC.ref, Power.PAUSED)
    await pair.migrate()
    assert pair.powers() == (Power.SHUTOFF, Power.PAUSED)


async def test_progress_goes_down_to_nothing_left(pair: Pair) -> None:
    await pair.migrate()
    left = [each.memory_left_bytes for each in pair.progress]
    assert left == sorted(left, reverse=True)
    assert (left[0], left[-1]) == (128 << 20, 0)
    assert pair.progress[0].disk_left_bytes == 1 << 30


async def test_a_copy_that_is_arriving_has_run_nothing_and_cannot_be_run(pair: Pair) -> None:
    task = await pair.arriving()
    copy = pair.destination.guests[UID]
    assert (copy.incarnation, copy.started, copy.power.is_active) == (2, False, False)
    for step in (
        pair.destination.start(COPY.ref, paused=False),
        pair.destination.change_power(COPY.ref, Power.RUNNING),
    ):
        with pytest.raises(StepFailed):
            await step
    with pytest.raises(GuestChanged):
        await pair.destination.define(dataclasses.replace(SPEC, incarnation=3))
    assert pair.network.running_incarnations() == {UID: [("a", 1)]}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_cancelled_migration_leaves_the_guest_as_it_was(pair: Pair) -> None:
    task = await pair.arriving()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pair.powers() == (Power.RUNNING, None)


@pytest.mark.parametrize("stage", ["migrate", "migrate.finish"])
async def test_a_migration_that_fails_before_the_copy_is_complete_leaves_no_copy(pair: Pair, stage: str) -> None:
    pair.source.behaviour.faults[stage] = Fault(times=1, error="no more")
    with pytest.raises(MigrationFailed, match="no more") as caught:
        await pair.migrate()
    assert caught.value.permanent
    assert pair.powers() == (Power.RUNNING, None)
    await pair.migrate()
    assert pair.powers() == (Power.SHUTOFF, Power.PAUSED)


async def test_one_whose_end_the_source_does_not_hear_of_leaves_a_copy_that_never_ran(pair: Pair) -> None:
    pair.source.behaviour.faults["migrate.confirm"] = Fault(times=1)
    with pytest.raises(MigrationFailed):
        await pair.migrate()
    assert pair.powers() == (Power.RUNNING, Power.PAUSED)
    # The next attempt is another incarnation, and this copy is deleted first.
    with pytest.raises(MigrationFailed, match="already active"):
        await pair.migrate()
    await pair.destination.delete(COPY.ref)
    await pair.migrate(incarnation=3)
    assert pair.powers() == (Power.SHUTOFF, Power.PAUSED)


async def broken_at_the_hand_over(pair: Pair) -> None:
    pair.source.behaviour.delay_s["migrate.confirm"] = 0.001
    task = asyncio.create_task(pair.migrate())
    while pair.power(pair.destination) is not Power.PAUSED:  # noqa: ASYNC110 - turns of the loop, no time
        await asyncio.sleep(0)
    pair.source.outage = "libvirtd was killed"
    with pytest.raises(HypervisorUnavailable):
        await task
    pair.source.outage = ""
    assert pair.powers() == (Power.PAUSED, Power.PAUSED)


async def test_a_hand_over_that_broke_off_is_given_up_and_the_guest_goes_on(pair: Pair) -> None:
    await broken_at_the_hand_over(pair)
    with pytest.raises(MigrationFailed, match="already active"):
        await pair.migrate()
    assert pair.powers() == (Power.PAUSED, Power.PAUSED)
    await pair.source.change_power(SPEC.ref, Power.RUNNING)
    assert pair.network.running_incarnations() == {UID: [("a", 1)]}


async def test_a_hand_over_that_broke_off_can_be_done_anew_without_its_copy(pair: Pair) -> None:
    await broken_at_the_hand_over(pair)
    await pair.destination.delete(COPY.ref)
    await pair.migrate()
    assert pair.powers() == (Power.SHUTOFF, Power.PAUSED)


def _cut(pair: Pair) -> None:
    pair.network.cut("a")


def _kill_destination(pair: Pair) -> None:
    pair.destination.outage = "libvirtd was killed"


def _kill_copy(pair: Pair) -> None:
    pair.destination.end(UID, power=Power.CRASHED)


def _kill_guest(pair: Pair) -> None:
    pair.source.end(UID, power=Power.CRASHED, detail="crashed")


@pytest.mark.parametrize(
    ("harm", "left"),
    [
        (_cut, Power.RUNNING),
        (_kill_destination, Power.RUNNING),
        (_kill_copy, Power.RUNNING),
        (_kill_guest, Power.CRASHED),
    ],
)
async def test_whatever_is_killed_on_the_way_no_copy_is_left(harm: Callable[[Pair], None], left: Power) -> None:
    pair = Pair()
    await pair.running()
    pair.source.behaviour.delay_s["migrate"] = 0.004
    task = asyncio.create_task(pair.migrate())
    while pair.power(pair.destination) is not Power.ARRIVING:  # noqa: ASYNC110 - turns of the loop, no time
        await asyncio.sleep(0)
    harm(pair)
    with pytest.raises(MigrationFailed):
        await task
    assert pair.powers() == (left, None)


async def test_a_host_that_is_cut_off_sends_nobody_until_it_is_healed(pair: Pair) -> None:
    pair.network.cut("b")
    with pytest.raises(MigrationFailed, match="No route to host"):
        await pair.migrate()
    pair.network.heal("b")
    await pair.migrate()
    assert pair.powers() == (Power.SHUTOFF, Power.PAUSED)


async def test_the_migration_of_an_agent_that_was_killed_goes_on_and_the_next_one_waits_for_it(pair: Pair) -> None:
    pair.source.behaviour.delay_s["migrate"] = 0.004
    task = asyncio.create_task(pair.migrate())
    while pair.power(pair.destination) is not Power.ARRIVING:  # noqa: ASYNC110 - turns of the loop, no time
        await asyncio.sleep(0)
    pair.source.agent_killed()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert pair.powers() == (Power.RUNNING, Power.ARRIVING)
    await pair.migrate()
    assert pair.powers() == (Power.SHUTOFF, Power.PAUSED)
    assert pair.progress


async def test_the_migration_of_another_attempt_is_broken_off(pair: Pair) -> None:
    task = await pair.arriving()
    pair.source.agent_killed()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    pair.source.behaviour.delay_s.clear()
    endpoint = await pair.destination.prepare_incoming(COPY, DiskMove.COPY)
    await pair.source.migrate(SPEC.ref, Outgoing(endpoint, 3, DiskMove.COPY), pair.progress.append)
    assert pair.destination.guests[UID].incarnation == 3


async def test_a_migration_of_an_earlier_agent_is_seen_and_can_be_broken_off(pair: Pair) -> None:
    task = await pair.arriving()
    pair.source.agent_killed()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (seen,) = await pair.source.list_guests()
    assert seen.leaving
    await pair.source.abort_migration(SPEC.ref)
    await pair.source.abort_migration(SPEC.ref)
    found = await pair.source.get_guest(UID)
    assert found
    assert not found.leaving
    assert pair.powers() == (Power.RUNNING, None)


async def test_a_migration_that_takes_too_long_is_broken_off(pair: Pair) -> None:
    pair.source.behaviour.delay_s["migrate"] = SLOW_S
    with pytest.raises(MigrationFailed, match=r"not done within 0\.01 s"):
        await pair.migrate(timeout_s=0.01)
    assert pair.powers() == (Power.RUNNING, None)


async def test_a_guest_that_is_off_or_another_incarnation_does_not_leave(pair: Pair) -> None:
    endpoint = await pair.destination.prepare_incoming(COPY, DiskMove.COPY)
    with pytest.raises(GuestChanged):
        await pair.source.migrate(GuestRef(UID, 7), Outgoing(endpoint, 8), pair.progress.append)
    await pair.source.stop(SPEC.ref, grace_s=0)
    with pytest.raises(GuestChanged):
        await pair.migrate()


async def test_a_host_of_no_network_neither_sends_nor_takes_guests() -> None:
    alone = SimulatedDriver()
    await alone.define(SPEC)
    await alone.start(SPEC.ref, paused=False)
    for step in (
        alone.prepare_incoming(COPY, DiskMove.COPY),
        alone.migrate(SPEC.ref, Outgoing(await Pair().destination.prepare_incoming(COPY, DiskMove.COPY), 2), print),
    ):
        with pytest.raises(GuestRefused):
            await step


async def test_a_copied_disk_is_on_both_hosts_until_the_source_is_deleted(pair: Pair) -> None:
    await pair.migrate()
    assert pair.source.has_disk(UID)
    assert pair.destination.has_disk(UID)
    await pair.source.delete(SPEC.ref)
    assert (pair.source.has_disk(UID), pair.destination.has_disk(UID)) == (False, True)


async def test_a_shared_disk_stays_for_the_host_that_the_guest_is_on_now() -> None:
    pair = Pair(pool="nfs")
    await pair.running()
    await pair.migrate(DiskMove.SHARED)
    await pair.destination.change_power(COPY.ref, Power.RUNNING)
    with pytest.raises(DriverError, match="lock"):
        await pair.source.delete(SPEC.ref)
    await pair.source.delete(SPEC.ref, keep_disk=True)
    assert (pair.power(pair.source), pair.destination.has_disk(UID)) == (None, True)
    await pair.destination.delete(COPY.ref)
    assert not pair.destination.has_disk(UID)


async def test_a_shared_disk_is_executed_by_one_host_at_a_time() -> None:
    pair = Pair(pool="nfs")
    await pair.running()
    await pair.destination.define(COPY)
    with pytest.raises(StepFailed, match='"write" lock'):
        await pair.destination.start(COPY.ref, paused=False)
    await pair.source.stop(SPEC.ref, grace_s=0)
    await pair.destination.start(COPY.ref, paused=False)
    assert pair.network.running_incarnations() == {UID: [("b", 2)]}


async def test_a_shared_disk_that_is_not_there_lets_nobody_arrive(pair: Pair) -> None:
    with pytest.raises(GuestRefused, match="not on this host"):
        await pair.destination.prepare_incoming(COPY, DiskMove.SHARED)


async def test_hosts_that_share_disks_say_so() -> None:
    every = ("device.guest-agent", "device.screen", "image.fetch", "network.user")
    assert (await Pair(pool="nfs").source.facts()).traits == (*every, "disk.pool.nfs", "migration.simulated")
    assert (await Pair().source.facts()).traits == (*every, "migration.simulated")
    assert (await SimulatedDriver().facts()).traits == every


async def test_a_disk_grows_and_never_shrinks(pair: Pair) -> None:
    await pair.source.resize_disk(SPEC.ref, 5)
    await pair.source.resize_disk(SPEC.ref, 3)
    spec = pair.source.spec_of(UID)
    assert spec
    assert spec.disk_gib == 5
    with pytest.raises(GuestChanged):
        await pair.source.resize_disk(GuestRef(UID, 4), 5)
