"""An agent's watchdog and the control plane's leases, by a real agent on a simulated host."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from hostagent.agent import Agent
from hostagent.drivers.base import Power
from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.watchdog.in_process import SimulatedWatchdog
from hostagent.watchdog.lease import boottime

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.processes.lease_table import LeaseTerms
from tests.integration.controlplane.plane import Plane, running
from tests.support.waiting import patient, until

WATCHDOG_S = 5.0


class Watched:
    """A host whose watchdog is part of the machine, as its guests are."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.driver = SimulatedDriver()
        self.watchdog = SimulatedWatchdog(self.driver, WATCHDOG_S)

    @contextlib.asynccontextmanager
    async def agent(self) -> AsyncGenerator[None]:
        address = f"127.0.0.1:{self.plane.control_plane.port}"
        agent = asyncio.create_task(Agent(address, "node-1", self.driver, watchdog=self.watchdog).run())
        try:
            yield
        finally:
            agent.cancel()
            await asyncio.gather(agent, return_exceptions=True)

    @property
    def host(self) -> Host | None:
        return self.plane.control_plane.reads.inventory.host_named("hosts/node-1")

    @property
    def powers(self) -> list[Power]:
        return [guest.power for guest in self.driver.guests.values()]

    @property
    def expires_at(self) -> float:
        assert self.watchdog.lease is not None
        return self.watchdog.lease.expires_at

    async def has_guest(self) -> None:
        async def is_there() -> bool:
            return self.host is not None

        await until(is_there)
        await self.plane.wait(await self.plane.create(start=True))
        assert self.powers == [Power.RUNNING]


async def test_an_agents_promise_is_known_of_its_host() -> None:
    async with running() as plane:
        watched = Watched(plane)
        async with watched.agent():
            await watched.has_guest()
            assert watched.host is not None
            assert watched.host.reported is not None
            assert watched.host.reported.watchdog_us == 5_000_000


async def test_heartbeats_renew_the_lease_of_the_agent() -> None:
    async with running(leases=LeaseTerms(lease_s=patient(1), grace_s=patient(1))) as plane:
        watched = Watched(plane)
        async with watched.agent():
            await watched.has_guest()
            first = watched.expires_at

            async def is_renewed_twice() -> bool:
                return watched.expires_at > first + patient(1)

            await until(is_renewed_twice)
            # From what was sent: never more than what the control plane granted, and it is not over there sooner.
            assert watched.expires_at <= boottime() + patient(1)
            assert watched.powers == [Power.RUNNING]


async def test_a_lost_hosts_guests_are_stopped_by_the_machine() -> None:
    async with running(leases=LeaseTerms(lease_s=patient(1), grace_s=patient(1))) as plane:
        watched = Watched(plane)
        async with watched.agent():
            await watched.has_guest()

        async def is_lost() -> bool:
            return watched.host is not None and watched.host.state is HostState.DOWN

        await until(is_lost)

        async def are_stopped() -> bool:
            watched.watchdog.tick()
            return watched.powers == [Power.SHUTOFF]

        await until(are_stopped)
        # The agent comes back, and says so.
        async with watched.agent():

            async def is_back() -> bool:
                return watched.host is not None and watched.host.state is HostState.ACTIVE

            await until(is_back)
