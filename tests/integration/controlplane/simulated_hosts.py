"""Real agents in this process, on simulated hosts that can move guests to one another."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from ipaddress import IPv4Address

from chronovisor.tracing import Tracer
from hostagent.agent import Agent
from hostagent.control.registration import HostSettings
from hostagent.drivers.base import Power
from hostagent.drivers.simulated.behaviour import Behaviour
from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.drivers.simulated.host_networks import SimulatedRealizer, simulated_networks
from hostagent.drivers.simulated.network import SimulatedNetwork

from tests.integration.controlplane.plane import Plane


class SimulatedHosts:
    """By host id: the hypervisor, which outlives its agent, and the agent's task while it is alive."""

    def __init__(self, plane: Plane, *, disk_pool: str = "", networks: bool = False) -> None:
        """`networks`: whether they have networks of VMs."""
        self.plane = plane
        self.network = SimulatedNetwork()
        self.drivers: dict[str, SimulatedDriver] = {}
        self._disk_pool = disk_pool
        self._networks = networks
        # What each has of networks.
        self.realizers: dict[str, SimulatedRealizer] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def add(self, host_id: str, behaviour: Behaviour | None = None) -> None:
        """A host, and its agent."""
        behaviour = behaviour or Behaviour(disk_pool=self._disk_pool)
        driver = SimulatedDriver(behaviour, network=self.network, name=host_id)
        self.drivers[host_id] = driver
        self.begin(host_id)

    def begin(self, host_id: str, tracer: Tracer | None = None) -> None:
        """A new agent of a host that is there."""
        address = f"127.0.0.1:{self.plane.control_plane.port}"
        tunnel = IPv4Address(f"10.9.0.{[*self.drivers].index(host_id) + 1}")
        realizer = self.realizers.setdefault(host_id, SimulatedRealizer())
        agent = Agent(
            address,
            host_id,
            self.drivers[host_id],
            HostSettings(tunnel_address=str(tunnel)) if self._networks else None,
            retry_first_s=0.01,
            tracer=tracer,
            networks=(lambda listener: simulated_networks(tunnel, listener, realizer)) if self._networks else None,
        )
        self._tasks[host_id] = asyncio.create_task(agent.run(), name=f"agent {host_id}")

    async def end(self, host_id: str) -> None:
        """Ends the agent. Its guests stay as they are."""
        task = self._tasks.pop(host_id)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def running(self) -> Mapping[str, Sequence[str]]:
        """The hosts on which each guest runs, by VM uid."""
        found: dict[str, list[str]] = {}
        for host_id, driver in self.drivers.items():
            for guest in driver.guests.values():
                if guest.power is Power.RUNNING:
                    found.setdefault(guest.vm_uid, []).append(host_id)
        return found

    async def close(self) -> None:
        for host_id in list(self._tasks):
            await self.end(host_id)


@contextlib.asynccontextmanager
async def simulated_hosts(
    plane: Plane, *host_ids: str, disk_pool: str = "", networks: bool = False
) -> AsyncGenerator[SimulatedHosts]:
    hosts = SimulatedHosts(plane, disk_pool=disk_pool, networks=networks)
    try:
        for host_id in host_ids:
            hosts.add(host_id)
        yield hosts
    finally:
        await hosts.close()
