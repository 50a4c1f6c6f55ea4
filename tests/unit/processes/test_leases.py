"""Leases: a host whose agent is not heard in time is lost, once, and none that had no chance to be heard."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from controlplane.commands.host import HostCommand, ReportHost
from controlplane.commands.trouble import DecommissionHost, LoseHost, RegainHost
from controlplane.domain.command import Answer, Command, CommandContext
from controlplane.domain.errors import Unavailable
from controlplane.domain.fleet import FleetState
from controlplane.domain.host.states import HostState, HostVerb
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND, Micros
from controlplane.processes.lease_table import LeaseTerms
from controlplane.processes.leases import Leases
from tests.support.controlplane import World, inventory, register
from tests.support.waiting import WAIT_S

UID = "uid-node-1"
TERMS = LeaseTerms(lease_s=30.0, grace_s=60.0)


@dataclass
class Bench:
    """Leases over a world whose time passes when a test lets it. `gate`: closed while the ledger lets commands wait."""

    world: World = field(default_factory=World)
    refuse: int = 0
    moved_us: int = 0
    terms: LeaseTerms = TERMS
    origins: list[CommandContext] = field(default_factory=list[CommandContext])
    commands: list[Command[Answer | None]] = field(default_factory=list[Command[Answer | None]])
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.followed = 0
        self.leases = self.server()

    def server(self) -> Leases:
        return Leases(self.submit, lambda: self.world.now, self.terms, lambda: self.moved_us)

    async def submit(self, command: Command[Answer | None], context: CommandContext) -> object:
        self.origins.append(context)
        await self.gate.wait()
        if self.refuse:
            self.refuse -= 1
            raise Unavailable(Reason.LEDGER_UNAVAILABLE, "not now")
        self.commands.append(command)
        answer = self.world.carry_out(command)
        self.follow()
        return answer

    def follow(self) -> None:
        batch, self.followed = self.world.history[self.followed :], len(self.world.history)
        self.leases.follow(batch)

    def agent(self, name: str = "node-1") -> None:
        """The host's agent says hello."""
        self.world.carry_out(ReportHost(register(name, inventory())))
        self.follow()
        self.leases.renew(f"uid-{name}")

    async def passes(self, seconds: float, every_s: float = 1.0) -> None:
        """Time passes, and the leases are looked at all the while."""
        while seconds > 0:
            step = min(seconds, every_s)
            seconds -= step
            self.world.now = Micros(self.world.now + round(step * SECOND))
            self.leases.look()
            await settled()

    def state(self, uid: str = UID) -> HostState:
        return self.world.fleet.hosts[uid].state


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def begun(**fields: object) -> Bench:
    bench = Bench(**fields)  # pyright: ignore[reportArgumentType]
    bench.leases.begin()
    bench.agent()
    return bench


async def test_a_host_whose_agent_is_not_heard_for_a_lease_is_lost_once() -> None:
    bench = begun()
    heard = bench.world.now
    await bench.passes(29)
    assert (bench.state(), bench.commands) == (HostState.ACTIVE, [])
    assert bench.leases.expires_at(UID) == heard + 30 * SECOND
    await bench.passes(2)
    assert bench.commands == [LoseHost(UID, 30 * SECOND, heard)]
    assert (bench.state(), bench.origins[0].actor) == (HostState.DOWN, "system:leases")
    assert bench.leases.expires_at(UID) is None
    await bench.passes(300)
    assert len(bench.commands) == 1


async def test_a_lease_that_is_renewed_in_time_goes_on() -> None:
    bench = begun()
    for _ in range(10):
        await bench.passes(29)
        bench.leases.renew(UID)
    assert (bench.state(), bench.origins) == (HostState.ACTIVE, [])


async def test_a_lease_that_is_renewed_while_its_loss_waits_to_be_decided_goes_on() -> None:
    bench = begun()
    bench.gate.clear()
    await bench.passes(31)
    assert (len(bench.origins), bench.commands) == (1, [])
    bench.leases.renew(UID)
    bench.gate.set()
    await settled()
    assert (bench.state(), bench.commands) == (HostState.ACTIVE, [])
    await bench.passes(31)
    assert bench.state() is HostState.DOWN


async def test_a_host_without_an_agent_ever_has_no_lease() -> None:
    bench = Bench()
    bench.leases.begin()
    bench.world.host()
    bench.follow()
    await bench.passes(600, 5)
    assert bench.origins == []


@pytest.mark.parametrize("by", ["events", "snapshot"])
async def test_after_a_start_every_lease_lasts_for_the_grace(by: str) -> None:
    bench = Bench()
    names = [f"node-{number}" for number in range(2_000)]
    for name in names:
        bench.world.carry_out(ReportHost(register(name, inventory())))
    bench.world.now = Micros(bench.world.now + 3_600 * SECOND)
    if by == "events":
        bench.follow()
    else:
        bench.followed = len(bench.world.history)
        bench.leases.restore(FleetState([], list(bench.world.fleet.hosts.values()), [], {}, 0, bench.world.now))
    bench.leases.begin()
    await bench.passes(59)
    assert bench.origins == []
    for name in names[1:]:
        bench.leases.renew(f"uid-{name}")
    await bench.passes(2)
    assert bench.commands == [LoseHost("uid-node-0", 30 * SECOND, None)]


async def test_after_a_start_an_agent_is_awaited_until_it_is_heard_or_its_host_is_lost() -> None:
    bench = Bench()
    for name in ("node-1", "node-2"):
        bench.world.carry_out(ReportHost(register(name, inventory())))
    bench.world.host("node-3")
    bench.follow()
    assert bench.leases.awaited_until(UID) == 0
    bench.leases.begin()
    ends = bench.world.now + 60 * SECOND
    assert [bench.leases.awaited_until(f"uid-node-{number}") for number in (1, 2, 3)] == [ends, ends, 0]
    bench.leases.renew(UID)
    assert bench.leases.awaited_until(UID) == 0
    await bench.passes(61)
    assert bench.leases.awaited_until("uid-node-2") == 0


async def test_a_site_that_is_lost_is_lost_as_a_whole() -> None:
    bench = Bench()
    bench.leases.begin()
    for number in range(500):
        bench.agent(f"node-{number}")
    await bench.passes(60)
    assert {host.state for host in bench.world.fleet.hosts.values()} == {HostState.DOWN}
    assert len(bench.commands) == 500


async def test_a_grace_is_never_shorter_than_a_lease() -> None:
    bench = Bench(terms=LeaseTerms(lease_s=30.0, grace_s=0.0))
    bench.world.carry_out(ReportHost(register("node-1", inventory())))
    bench.follow()
    bench.leases.begin()
    await bench.passes(29)
    assert bench.origins == []
    await bench.passes(2)
    assert bench.state() is HostState.DOWN


async def test_a_step_of_the_clock_ends_no_lease() -> None:
    bench = begun()
    bench.world.now = Micros(bench.world.now + 86_400 * SECOND)
    bench.moved_us = 86_400 * SECOND
    await bench.passes(29)
    assert bench.origins == []
    await bench.passes(2)
    assert bench.state() is HostState.DOWN


async def test_a_control_plane_that_stood_still_gives_every_host_the_grace() -> None:
    bench = begun()
    await bench.passes(1)
    await bench.passes(300, every_s=300)
    await bench.passes(59)
    assert bench.origins == []
    await bench.passes(2)
    assert bench.state() is HostState.DOWN


async def test_while_the_ledger_takes_no_commands_nobody_is_lost() -> None:
    bench = begun(refuse=1)
    bench.agent("node-2")
    await bench.passes(31)
    # Both losses were tried: one was refused, and the other taken back by that, or decided.
    assert bench.refuse == 0
    await bench.passes(28)
    lost = {host.name for host in bench.world.fleet.hosts.values() if host.state is HostState.DOWN}
    assert "hosts/node-1" not in lost
    await bench.passes(40)
    assert {host.state for host in bench.world.fleet.hosts.values()} == {HostState.DOWN}


async def test_a_host_that_is_back_has_a_lease_again() -> None:
    bench = begun()
    await bench.passes(31)
    bench.leases.renew(UID)
    assert bench.leases.expires_at(UID) is None
    bench.world.carry_out(RegainHost(UID, HostState.DOWN))
    bench.follow()
    assert bench.leases.expires_at(UID) == bench.world.now + 30 * SECOND
    await bench.passes(31)
    assert [type(each) for each in bench.commands] == [LoseHost, LoseHost]


async def test_a_host_that_another_server_has_heard_is_not_lost_twice_by_this_one() -> None:
    bench = Bench()
    bench.world.carry_out(ReportHost(register("node-1", inventory())))
    bench.follow()
    bench.leases.begin()
    await bench.passes(61)
    assert bench.state() is HostState.DOWN
    bench.world.carry_out(RegainHost(UID, HostState.DOWN))
    bench.follow()
    await bench.passes(600, 5)
    assert (bench.state(), len(bench.commands)) == (HostState.ACTIVE, 1)


async def test_a_host_that_is_ended_is_not_lost() -> None:
    bench = begun()
    bench.world.carry_out(HostCommand(HostVerb.CORDON, "hosts/node-1"))
    bench.world.carry_out(DecommissionHost("hosts/node-1"))
    bench.follow()
    bench.leases.renew(UID)
    await bench.passes(600, 5)
    assert (bench.state(), bench.origins) == (HostState.DECOMMISSIONED, [])


async def test_the_last_word_of_an_agent_is_known_also_of_a_host_that_is_lost() -> None:
    bench = Bench()
    bench.world.carry_out(ReportHost(register("node-1", inventory())))
    bench.follow()
    bench.leases.begin()
    began = bench.world.now
    await bench.passes(61)
    # Until this server began, another one may have answered it.
    assert bench.leases.last_word_at(UID) == began
    bench.leases.renew(UID)
    assert bench.leases.last_word_at(UID) == bench.world.now


async def test_hosts_are_lost_while_it_runs() -> None:
    bench = Bench(terms=LeaseTerms(lease_s=0.6, grace_s=0.0))
    bench.leases = Leases(bench.submit, lambda: Micros(time.monotonic_ns() // 1000), bench.terms)
    bench.leases.begin()
    bench.agent()
    task = asyncio.create_task(bench.leases.run())
    async with asyncio.timeout(WAIT_S):
        while bench.state() is not HostState.DOWN:  # noqa: ASYNC110 - time passes by itself
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("lease_s", "heartbeat_s"), [(30.0, 5.0), (9.0, 3.0), (3.0, 1.0), (3600.0, 5.0)])
def test_heartbeats_come_three_times_in_a_lease_at_least(lease_s: float, heartbeat_s: float) -> None:
    assert LeaseTerms(lease_s).heartbeat_s == heartbeat_s
