"""Migrations in which something is killed: while memory is sent, and at the hand-over, when both sides stand still.

Whatever it is, exactly one copy is left that can run, and the drivers read it back as what it is.
"""

import asyncio
import signal
import sys
from collections.abc import Callable

import pytest
from hostagent.drivers.base import (
    DiskMove,
    DriverError,
    GuestChanged,
    GuestSpec,
    HypervisorUnavailable,
    MigrationFailed,
    Power,
)

from tests.integration.migration.conftest import BOOT_S, Pair, moved
from tests.support.waiting import until

Harm = Callable[[Pair, GuestSpec], None]


def _kill_destination_qemu(pair: Pair, spec: GuestSpec) -> None:
    pair.destination.kill_guest(spec)


def _kill_destination_libvirtd(pair: Pair, _spec: GuestSpec) -> None:
    pair.destination.private.kill_libvirtd()


def _kill_source_libvirtd(pair: Pair, _spec: GuestSpec) -> None:
    pair.source.private.kill_libvirtd()


def _kill_source_qemu(pair: Pair, spec: GuestSpec) -> None:
    pair.source.kill_guest(spec)


def _cut_off(pair: Pair, _spec: GuestSpec) -> None:
    pair.source.private.cut()


# What is killed, what the source's driver makes of it, and what the guest is afterwards.
HARMS: list[tuple[Harm, type[DriverError], Power]] = [
    (_kill_destination_qemu, MigrationFailed, Power.RUNNING),
    (_kill_destination_libvirtd, MigrationFailed, Power.RUNNING),
    (_kill_source_libvirtd, HypervisorUnavailable, Power.RUNNING),
    (_kill_source_qemu, GuestChanged, Power.CRASHED),
]
IDS = [harm.__name__.removeprefix("_") for harm, _, _ in HARMS]


# More than all of the guest's memory takes at the slowest.
_DOWNTIME_MS = 1_000_000


def mend(pair: Pair) -> None:
    """Everything that was killed or cut is there again."""
    for host in pair.hosts:
        host.private.heal()
        host.private.ensure_libvirtd()


async def gone(pair: Pair, spec: GuestSpec) -> None:
    async def nothing() -> bool:
        return await pair.destination.read(spec) is None

    await until(nothing, BOOT_S)


async def check_it_can_go_on(pair: Pair, spec: GuestSpec, power: Power) -> None:
    """The source has the only copy, which goes on, and can leave after all."""
    await gone(pair, spec)
    guest = await pair.source.read(spec)
    assert guest
    assert (guest.power, guest.incarnation, guest.started) == (power, 1, True)
    if power is not Power.RUNNING:
        return
    await pair.source.driver.abort_migration(spec.ref)
    guest = await pair.source.read(spec)
    assert guest
    assert (guest.power, guest.leaving) == (Power.RUNNING, False)
    await pair.source.counted(spec)
    await pair.migrate(spec, DiskMove.NONE)
    assert await pair.powers(spec) == (Power.SHUTOFF, Power.PAUSED)


@pytest.mark.parametrize(
    ("harm", "error", "power"), [*HARMS, (_cut_off, MigrationFailed, Power.RUNNING)], ids=[*IDS, "cut_off"]
)
async def test_while_memory_is_sent(pair: Pair, harm: Harm, error: type[DriverError], power: Power) -> None:
    spec = await pair.running()
    await pair.source.counted(spec)
    task = await pair.under_way(spec)
    harm(pair, spec)
    with pytest.raises(error):
        await task
    mend(pair)
    await check_it_can_go_on(pair, spec, power)


async def handing_over(pair: Pair, spec: GuestSpec) -> asyncio.Task[None]:
    """Both copies stand still, with memory still to send: the destination's QEMU is held from taking it."""
    task = await pair.under_way(spec)
    pair.destination.signal_guest(spec, signal.SIGSTOP)
    # All that is left is within it: the source stands still at its next look.
    pair.source.allow_downtime(spec, _DOWNTIME_MS)

    async def stands_still() -> bool:
        return await pair.source.power(spec) is Power.PAUSED

    await until(stands_still, BOOT_S)
    return task


SEEN_BY_THE_LIVING = [row for row in HARMS if row[0] is not _kill_source_libvirtd]


@pytest.mark.parametrize(
    ("harm", "error", "power"), SEEN_BY_THE_LIVING, ids=[harm.__name__ for harm, _, _ in SEEN_BY_THE_LIVING]
)
async def test_at_the_hand_over(pair: Pair, harm: Harm, error: type[DriverError], power: Power) -> None:
    spec = await pair.running()
    await pair.source.counted(spec)
    task = await handing_over(pair, spec)
    harm(pair, spec)
    if harm is not _kill_destination_qemu:
        pair.destination.signal_guest(spec, signal.SIGCONT)
    with pytest.raises(error):
        await task
    mend(pair)
    await check_it_can_go_on(pair, spec, power)


async def test_at_the_hand_over_a_killed_libvirtd_of_the_source_leaves_both_standing_still_at_worst(pair: Pair) -> None:
    spec = await pair.running()
    await pair.source.counted(spec)
    task = await handing_over(pair, spec)
    pair.source.private.kill_libvirtd()
    pair.destination.signal_guest(spec, signal.SIGCONT)
    with pytest.raises(HypervisorUnavailable):
        await task
    mend(pair)

    async def decided() -> bool:
        return await pair.destination.power(spec) is not Power.ARRIVING

    await until(decided, BOOT_S)
    # The destination may have heard by then that it has all: if so, the copy is complete, and has not run.
    assert await pair.destination.power(spec) in (None, Power.PAUSED)
    assert pair.destination.counts(spec) == []
    # libvirt does not know either, and lets the guest go on or stand still. It is safe to go on with it.
    guest = await pair.source.read(spec)
    assert guest
    assert guest.power.is_active
    assert guest.leaving
    await pair.destination.driver.delete(moved(spec).ref)
    await pair.source.driver.change_power(spec.ref, Power.RUNNING)
    await check_it_can_go_on(pair, spec, Power.RUNNING)


async def test_a_hand_over_that_is_only_delayed_succeeds(pair: Pair) -> None:
    spec = await pair.running()
    await pair.source.counted(spec)
    task = await handing_over(pair, spec)
    guest = await pair.source.read(spec)
    assert guest
    # Active, so it has not left yet as far as anybody may know.
    assert (guest.power, guest.detail, guest.leaving) == (Power.PAUSED, "migration", True)
    pair.destination.signal_guest(spec, signal.SIGCONT)
    await task
    assert await pair.powers(spec) == (Power.SHUTOFF, Power.PAUSED)


async def test_a_network_that_fails_at_the_hand_over_leaves_the_guest_to_be_resumed(pair: Pair) -> None:
    spec = await pair.running()
    await pair.source.counted(spec)
    task = await handing_over(pair, spec)
    pair.source.private.cut()
    pair.destination.signal_guest(spec, signal.SIGCONT)
    await gone(pair, spec)
    # Until its connection has failed, which takes TCP a quarter of an hour without a network, QEMU answers nobody.
    pair.source.private.heal()
    with pytest.raises(MigrationFailed):
        await task
    await pair.source.driver.change_power(spec.ref, Power.RUNNING)
    await check_it_can_go_on(pair, spec, Power.RUNNING)


@pytest.mark.parametrize("restarted", ["source", "destination"])
async def test_a_guest_that_has_moved_is_read_as_such_after_a_restart_of_libvirtd(pair: Pair, restarted: str) -> None:
    spec = await pair.running()
    # An emulated guest that moves in the middle of its boot may panic there: 3 of 40 did on a busy machine.
    await pair.source.counted(spec)
    await pair.migrate(spec, DiskMove.NONE)
    host = pair.source if restarted == "source" else pair.destination
    host.private.kill_libvirtd()
    host.private.start_libvirtd()
    assert await pair.powers(spec) == (Power.SHUTOFF, Power.PAUSED)
    await pair.destination.driver.change_power(moved(spec).ref, Power.RUNNING)
    await pair.destination.counted(spec)


AGENT = """
import asyncio, sys
from pathlib import Path
from hostagent.drivers.base import DiskMove, Endpoint, GuestRef, Outgoing, VmUid
from hostagent.drivers.libvirt import LibvirtDriver, LibvirtSettings, VirtType

async def main(uri, images, state, uid, *address):
    driver = LibvirtDriver(LibvirtSettings(uri, Path(images), Path(state), VirtType.QEMU))
    await driver.open(lambda _: None)
    outgoing = Outgoing(Endpoint(dict(each.split("=", 1) for each in address)), 2, DiskMove.NONE, bandwidth_mib_s=5)
    await driver.migrate(GuestRef(VmUid(uid), 1), outgoing, lambda _: None)

asyncio.run(main(*sys.argv[1:]))
"""


async def left_by_a_killed_agent(pair: Pair, spec: GuestSpec) -> None:
    """The source's libvirt is at work on a migration that nobody waits for."""
    outgoing = await pair.prepared(spec, DiskMove.NONE)
    address = [f"{name}={value}" for name, value in outgoing.endpoint.address.items()]
    host = pair.source
    command = [sys.executable, "-c", AGENT, host.private.uri, host.images, host.state_dir, spec.vm_uid, *address]
    agent = await asyncio.create_subprocess_exec(*command)
    try:

        async def arrives() -> bool:
            assert agent.returncode is None
            return await pair.destination.power(spec) is Power.ARRIVING

        await until(arrives, BOOT_S)
    finally:
        agent.kill()
        await agent.wait()


async def test_the_migration_of_a_killed_agent_is_waited_for_by_the_next_one(pair: Pair) -> None:
    spec = await pair.running()
    await pair.source.counted(spec)
    await left_by_a_killed_agent(pair, spec)
    guest = await pair.source.read(spec)
    assert guest
    assert (guest.power, guest.leaving) == (Power.RUNNING, True)
    await pair.migrate(spec, DiskMove.NONE)
    assert await pair.powers(spec) == (Power.SHUTOFF, Power.PAUSED)
    assert pair.progress


async def test_the_migration_of_a_killed_agent_can_be_broken_off_by_the_next_one(pair: Pair) -> None:
    spec = await pair.running()
    await pair.source.counted(spec)
    await left_by_a_killed_agent(pair, spec)
    await pair.source.driver.abort_migration(spec.ref)
    await check_it_can_go_on(pair, spec, Power.RUNNING)
