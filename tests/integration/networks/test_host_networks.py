"""What keeps a host's networks: makes what is desired, reports, publishes ports, and stays at it."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace

import pytest
from hostagent.drivers.base import Interface, StepFailed
from hostagent.network import names
from hostagent.network.desired import Desired, Kind, PublishedPort
from hostagent.network.host_networks import HostNetworks

from tests.integration.networks.conftest import World
from tests.integration.networks.hosts import ANYTHING, OUTSIDE, Guest, network
from tests.support.dhcp_client import resolve
from tests.support.waiting import patient, until

READY_S = patient(2.0)


@dataclass(slots=True)
class Kept:
    """One host, and what was reported of it."""

    world: World
    networks: HostNetworks
    reports: list[tuple[str, int, str]] = field(default_factory=list[tuple[str, int, str]])

    def desire(self, guest: Guest, version: int = 1) -> None:
        ports = (guest.port(),)
        made = replace(guest.network, ports=ports, neighbours=(guest.neighbour(guest.host),), version=version)
        self.networks.desire_all([made], [])


@pytest.fixture(scope="module")
def world(make_world: Callable[[], World]) -> World:
    return make_world()


@pytest.fixture
async def kept(world: World) -> AsyncGenerator[Kept]:
    world.one.restart()
    reports = list[tuple[str, int, str]]()
    base = Desired(tunnel=None)
    made = HostNetworks(
        world.one.place,
        base,
        lambda uid, version, failure: reports.append((uid, version, failure)),
        realizer=world.one.realizer,
        verify_every_s=0.5,
        retry_first_s=0.1,
        ready_s=READY_S,
    )
    running = asyncio.create_task(made.run())
    yield Kept(world, made, reports)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await asyncio.to_thread(world.one.clear)


def card(guest: Guest) -> Interface:
    return Interface(guest.network.uid, 0, guest.mac, guest.network.vni)


async def test_it_keeps_a_network_and_its_published_ports(kept: Kept) -> None:
    world = kept.world
    guest = world.guest(
        world.one, network(20), 60, rules=ANYTHING, published=(PublishedPort(2222, 22), PublishedPort(2223, 23))
    )
    kept.desire(guest)
    await kept.networks.ready(guest.port().vm_uid, (card(guest),))
    await until(lambda: _holds(kept.reports == [(guest.network.uid, 1, "")]))
    await asyncio.to_thread(guest.plug, world.site)
    await asyncio.to_thread(guest.configure)
    assert await asyncio.to_thread(guest.inside.pings, OUTSIDE)
    with guest.inside.echo(22):
        assert await asyncio.to_thread(world.one.inside.connects, "127.0.0.1", 2222)
        # At loopback alone: not at an address that others reach, and not from the guest.
        assert not await asyncio.to_thread(world.two.inside.connects, "10.9.0.1", 2222, 0.4)
        assert not await asyncio.to_thread(guest.inside.connects, "10.9.0.1", 2222, 0.4)
        # From the router, for a tunnel of the control plane.
        connection = await kept.networks.open_port(guest.port().vm_uid, 22)
        assert connection
        await connection.write(b"hello")
        assert await connection.read(5) == b"hello"
        connection.close()
    with pytest.raises(StepFailed, match="Connection refused"):
        await kept.networks.open_port(guest.port().vm_uid, 24)
    assert await kept.networks.open_port("another", 22) is None
    assert not await asyncio.to_thread(world.one.inside.connects, "127.0.0.1", 2223, 0.4)

    # A server that dies is started at once; what somebody undoes, soon.
    pid = next(iter(world.one.realizer.pids()))
    os.kill(pid, signal.SIGKILL)
    await until(lambda: _holds(bool(world.one.realizer.pids() - {pid})))
    assert await asyncio.to_thread(resolve, guest.inside, "10.20.0.1", "vm-60.n20.internal") == guest.ipv4
    world.one.inside.run("nft", "flush", "ruleset")
    await until(lambda: _holds("chronovisor" in world.one.inside.run("nft", "list", "tables")))
    counts = await kept.networks.counts()
    assert [names.tap(*each) for each in counts] == [guest.tap]

    # Once nobody desires it, it goes.
    await asyncio.to_thread(world.one.inside.ip, f"link del {guest.tap}")
    kept.networks.drop(guest.network.uid)
    await until(lambda: _holds(not any(name.startswith("cv") for name in world.one.inside.links())))
    assert not await asyncio.to_thread(world.one.inside.connects, "127.0.0.1", 2222, 0.4)


async def _holds(fact: bool) -> bool:
    await asyncio.sleep(0)
    return fact


async def test_a_guest_waits_for_its_network_and_learns_why_there_is_none(kept: Kept) -> None:
    world = kept.world
    guest = world.guest(world.one, network(21, Kind.BRIDGED, bridge="br9"), 61)
    with pytest.raises(StepFailed, match="has not sent it"):
        await kept.networks.ready(guest.port().vm_uid, (card(guest),))
    kept.desire(guest, version=3)
    await until(lambda: _holds(bool(kept.reports)))
    assert kept.reports[-1][:2] == (guest.network.uid, 3)
    assert "no link br9" in kept.reports[-1][2]
    with pytest.raises(StepFailed, match="no link br9"):
        await kept.networks.ready(guest.port().vm_uid, (card(guest),))
    # The operator makes it, and nobody has to say so.
    world.one.inside.ip("link add br9 type bridge")
    await until(lambda: _holds(kept.reports[-1] == (guest.network.uid, 3, "")))
    assert await kept.networks.traits() == ("network.bridge.br9",)
    world.one.inside.ip("link del br9")


async def test_parts_of_all_that_is_desired_remove_nothing_of_one_another(kept: Kept) -> None:
    first, second = network(22), network(23)
    kept.networks.desire_all([first], [], continues=True)
    kept.networks.desire_all([second], [])
    await until(lambda: _holds(len(kept.reports) == 2))
    assert {uid for uid, _, failure in kept.reports if not failure} == {first.uid, second.uid}


async def test_nothing_is_touched_before_anything_is_desired(kept: Kept) -> None:
    guest = kept.world.guest(kept.world.one, network(24), 62)
    kept.world.one.make((guest.network,), (guest,))
    before = kept.world.one.inside.links()
    await asyncio.sleep(1.2)
    assert kept.world.one.inside.links() == before
