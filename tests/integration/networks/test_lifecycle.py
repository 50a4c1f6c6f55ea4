"""A host's networks come, change and go, whatever an agent is interrupted at, and nothing of others is touched."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hostagent.network import names
from hostagent.network.desired import Desired, Kind
from hostagent.network.realizer import Realizer

from tests.integration.networks.conftest import World
from tests.integration.networks.hosts import ANYTHING, OUTSIDE, Guest, Host, network
from tests.support.dhcp_client import resolve
from tests.support.namespaces import Namespace
from tests.support.waiting import wait_until

OURS = ("cvb", "cvx", "cvg", "cvo", "cvu", "cvp")


class Killed(BaseException):
    """As if the agent's process had ended here."""


def ours(host: Host) -> list[str]:
    return [name for name in host.inside.links() if name.startswith(OURS)]


def server(host: Host, vni: int) -> int:
    return int((host.place.files(vni) / "pid").read_text())


@pytest.fixture(scope="module")
def world(make_world: Callable[[], World]) -> World:
    """One for the file: each test has networks of its own."""
    return make_world()


def plugged(world: World, at: Host, vni: int, number: int, kind: Kind = Kind.NAT) -> Guest:
    made = world.guest(at, network(vni, kind), number, rules=ANYTHING)
    at.make((made.network,), (made,))
    made.plug(world.site)
    made.configure()
    return made


def test_what_nobody_desires_is_removed(world: World) -> None:
    guest = plugged(world, world.one, 5, 40)
    assert len(ours(world.one)) == 4
    pid = server(world.one, 5)
    world.one.inside.ip(f"link del {guest.tap}")
    world.one.restart()
    world.one.clear()
    assert ours(world.one) == []
    assert "chronovisor" not in world.one.inside.run("nft", "list", "tables")
    assert not world.one.place.router(5).exists()
    assert not world.one.place.files(5).exists()
    wait_until(lambda: _has_ended(pid), 5.0)


def _has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_bridge_with_a_guest_on_it_stays_and_the_guest_is_closed(world: World) -> None:
    guest = plugged(world, world.one, 6, 41)
    world.one.clear()
    assert names.bridge(6) in ours(world.one)
    assert not guest.inside.pings("10.6.0.1", timeout_s=0.4)
    world.one.inside.ip(f"link del {guest.tap}")
    world.one.clear()
    assert ours(world.one) == []


def test_what_cannot_be_removed_or_is_of_others_is_found(world: World) -> None:
    guest = plugged(world, world.one, 41, 46)
    world.one.inside.ip("link add cvb00002a type bridge")
    files = world.one.place.files(43)
    files.mkdir(parents=True)
    try:
        assert world.one.realizer.leftovers(world.one.desired) == ["cvb00002a", "cvr00002b"]
        left = world.one.realizer.leftovers(Desired())
        assert {names.bridge(41), names.router(41), "cvb00002a"} <= {*left}
    finally:
        world.one.inside.ip("link del cvb00002a")
        files.rmdir()
        world.one.inside.ip(f"link del {guest.tap}")
        world.one.clear()


def test_nothing_of_others_is_touched(world: World) -> None:
    host = world.one.inside
    before = host.run("ip", "route")
    host.ip("link add cvb00abcd type bridge")  # A name like ours, and none of ours.
    host.ip("link add cvb0000ff type bridge")
    host.ip("link add br7 type bridge")
    host.run("nft", "add table bridge theirs")
    host.run("nft", "add table inet chronovisor2")
    guest = plugged(world, world.one, 7, 42)
    host.ip(f"link del {guest.tap}")
    world.one.clear()
    assert {"cvb00abcd", "cvb0000ff", "br7", "uplink", "wire"} <= set(host.links())
    assert "theirs" in host.run("nft", "list", "tables")
    assert "chronovisor2" in host.run("nft", "list", "tables")
    assert host.run("ip", "route") == before
    # And one whose name is needed is not taken over.
    failures = world.one.realizer.ensure(Desired((network(0xFF),)))
    assert "cvb0000ff that is not this agent's" in failures[network(0xFF).uid]
    for link in ("cvb00abcd", "cvb0000ff", "br7"):
        host.ip(f"link del {link}")
    host.run("nft", "delete table bridge theirs")
    host.run("nft", "delete table inet chronovisor2")
    world.one.clear()


def test_one_that_cannot_be_made_keeps_no_other_from_it(world: World) -> None:
    bad = network(8, Kind.BRIDGED, bridge="nowhere")
    good = network(9)
    failures = world.one.realizer.ensure(Desired((bad, good)))
    assert list(failures) == [bad.uid]
    assert "there is no link nowhere" in failures[bad.uid]
    assert names.bridge(9) in ours(world.one)
    world.one.clear()
    assert ours(world.one) == []


def test_another_agent_takes_over_without_a_pause(world: World) -> None:
    guest = plugged(world, world.one, 10, 43)
    pid, links = server(world.one, 10), world.one.inside.run("ip", "-o", "link")
    assert guest.inside.pings(OUTSIDE)
    with world.outside.echo(80), guest.inside.open(2, 1) as made:
        made.settimeout(5.0)
        made.connect((OUTSIDE, 80))
        for _ in range(3):
            world.one.restart()
            world.one.ensure()
            made.sendall(b"still")
            assert made.recv(10) == b"still"
    assert server(world.one, 10) == pid
    assert world.one.inside.run("ip", "-o", "link") == links
    world.one.inside.ip(f"link del {guest.tap}")
    world.one.clear()


def test_what_somebody_else_undid_is_done_again(world: World) -> None:
    guest = plugged(world, world.one, 11, 44)
    for undo in (
        ("nft", "flush", "ruleset"),
        ("nft", "flush", "chain", "bridge", "chronovisor", "forward"),
        ("nft", "add", "rule", "bridge", "chronovisor", f"to_{guest.tap}", "accept"),
        ("nft", "delete", "table", "inet", "chronovisor"),
        ("ip", "link", "del", names.link("g", 11)),
        ("ip", "link", "del", names.link("o", 11)),
        ("ip", "link", "del", names.bridge(11)),
        ("ip", "link", "set", names.bridge(11), "down"),
        ("ip", "route", "flush", "100.64.0.0/10"),
        ("sysctl", "-qw", "net.ipv4.ip_forward=0"),
    ):
        world.one.inside.run(*undo, check=False)
        world.one.ensure()
        assert guest.inside.pings(OUTSIDE), undo
    router = world.one.place.router(11)
    for undo in (("nft", "flush", "ruleset"), ("ip", "link", "set", "lan", "down"), ("ip", "addr", "flush", "lan")):
        Namespace(router).run(*undo)
        world.one.ensure()
        assert guest.inside.pings(OUTSIDE), undo
    rules = world.one.inside.run("nft", "list", "chain", "bridge", "chronovisor", f"to_{guest.tap}")
    assert not rules.rstrip().removesuffix("}").rstrip().removesuffix("}").rstrip().endswith("accept")
    world.one.inside.ip(f"link del {guest.tap}")
    world.one.clear()


def test_a_server_that_died_is_started_again(world: World) -> None:
    guest = plugged(world, world.one, 12, 45)
    os.kill(server(world.one, 12), signal.SIGKILL)
    wait_until(lambda: not world.one.realizer.pids(), 5.0)
    world.one.ensure()
    assert resolve(guest.inside, "10.12.0.1", "vm-45.n12.internal") == guest.ipv4
    assert guest.lease() is not None
    world.one.inside.ip(f"link del {guest.tap}")
    world.one.clear()


def test_a_change_of_kind_and_a_guest_that_moves(world: World) -> None:
    guest = plugged(world, world.one, 13, 46)
    assert guest.inside.pings(OUTSIDE)
    isolated = replace(world.one.desired.networks[0], kind=Kind.ISOLATED)
    world.one.desired = replace(world.one.desired, networks=(isolated,))
    world.one.ensure()
    assert names.link("o", 13) not in ours(world.one)
    assert not guest.inside.pings(OUTSIDE, timeout_s=0.4)
    world.one.inside.ip(f"link del {guest.tap}")
    world.one.clear()


def test_a_guest_that_moves_keeps_its_address_and_its_neighbours(world: World) -> None:
    net = network(14)
    mover = world.guest(world.one, net, 47, rules=ANYTHING)
    stays = world.guest(world.one, net, 48, rules=ANYTHING)
    for host in (world.one, world.two):
        host.make((net,), (mover, stays))
    for each in (mover, stays):
        each.plug(world.site)
        each.configure()
    assert stays.inside.pings(mover.ipv4)
    # As a live migration does: there with its address, announced, and gone here.
    moved = replace(mover, host=world.two)
    for host in (world.two, world.one):
        host.make((net,), (moved, stays))
    mover.host.inside.ip(f"link del {mover.tap}")
    moved.plug(world.site)
    moved.configure()
    assert stays.inside.pings(mover.ipv4)
    assert moved.inside.pings("10.14.0.1")
    found = moved.lease()
    assert found is not None
    assert found.address == mover.ipv4
    for guest in (moved, stays):
        guest.host.inside.ip(f"link del {guest.tap}")
    world.one.clear()
    world.two.clear()


def steps(world: World, desired: Desired) -> list[str]:
    taken = list[str]()
    realizer = Realizer(world.one.place, lambda: (OUTSIDE,), taken.append)
    assert not realizer.ensure(desired)
    return taken


def test_an_agent_killed_at_any_step_is_continued_by_the_next(world: World) -> None:
    guest = world.guest(world.one, network(15), 49, rules=ANYTHING)
    other = world.guest(world.two, guest.network, 50, rules=ANYTHING)
    world.one.make((guest.network,), (guest, other))
    desired = world.one.desired
    world.one.clear()
    making = steps(world, desired)
    assert len(making) > 25
    shape = _shape(world.one)
    removing = steps(world, Desired())
    assert ours(world.one) == []
    for number in range(len(making)):
        _interrupt(world, desired, number)
        # Half of the time the next agent is to remove it.
        if number % 2:
            world.one.restart()
            world.one.clear()
            assert (ours(world.one), world.one.place.router(15).exists()) == ([], False), making[number]
            continue
        assert not Realizer(world.one.place, lambda: (OUTSIDE,)).ensure(desired), making[number]
        assert _shape(world.one) == shape, making[number]
        world.one.restart()
        world.one.clear()
    for number in range(len(removing)):
        world.one.restart()
        world.one.desired = desired
        world.one.ensure()
        _interrupt(world, Desired(), number)
        assert not Realizer(world.one.place, lambda: (OUTSIDE,)).ensure(desired), removing[number]
        assert _shape(world.one) == shape, removing[number]
    world.one.restart()
    world.one.clear()


def _interrupt(world: World, desired: Desired, number: int) -> None:
    left = iter(range(number))

    def begins(_what: str) -> None:
        if next(left, None) is None:
            raise Killed

    with pytest.raises(Killed):
        Realizer(world.one.place, lambda: (OUTSIDE,), begins).ensure(desired)


def _shape(host: Host) -> tuple[object, ...]:
    """All that there is of it, without what the kernel numbers."""
    inside = Namespace(host.place.router(15))
    listed = [_rules(each) for each in (host.inside, inside)]
    links = sorted(line.split()[0].partition("@")[0] for each in (host.inside, inside) for line in _lines(each, "link"))
    addresses = sorted(
        (words[0].partition("@")[0], *words[1:])
        for each in (host.inside, inside)
        for line in _lines(each, "addr")
        if (words := [word for word in line.split() if not word.startswith("fe80::") or word == "fe80::1/64"])
    )
    routes = sorted(line.strip() for each in (host.inside, inside) for line in each.run("ip", "route").splitlines())
    fdb = sorted(line for line in host.inside.run("bridge", "fdb").splitlines() if "dst" in line)
    return listed, links, addresses, routes, fdb, bool(server(host, 15))


def _rules(where: Namespace) -> list[str]:
    """In no order of chains, and without what was counted."""
    return sorted(line for line in where.run("nft", "list", "ruleset").splitlines() if "packets" not in line)


def _lines(where: Namespace, what: str) -> list[str]:
    return where.run("ip", "-br", what).splitlines()
