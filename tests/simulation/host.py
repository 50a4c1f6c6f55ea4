"""A host: a simulated hypervisor that outlives its agent, the agent's process, and what can happen to either."""

import asyncio
import dataclasses
from collections.abc import Callable
from hashlib import sha256
from ipaddress import ip_address
from random import Random

from hostagent.agent import Agent
from hostagent.control.registration import HostSettings
from hostagent.drivers.base import DriverError, Guest, GuestRef, Outgoing, Power, VmUid
from hostagent.drivers.simulated import SimulatedDriver
from hostagent.drivers.simulated.behaviour import Behaviour, Fault
from hostagent.drivers.simulated.host_networks import simulated_networks
from hostagent.drivers.simulated.migration import SimulatedMigration
from hostagent.drivers.simulated.network import SimulatedNetwork

from tests.simulation.link import CLOSING_S, KEEPALIVE_S, Link
from tests.simulation.loop import Process, VirtualLoop, context_of, spawn

# How often an agent measures: what it measures is of no interest here.
SAMPLE_EVERY_S = 60.0
# After how long whatever runs agents starts one again that has ended by itself.
AGAIN_S = 2.0
# Where tunnels would lead to it, if frames went through any.
TUNNEL = ip_address("192.0.2.1")
OFF = "the machine is off"
GuestChanged = Callable[["SimulatedHost", VmUid, Guest | None], None]


class Hypervisor(SimulatedDriver):
    """Reports each change of a guest as it happens, and ends its agent at a step, when requested."""

    def __init__(
        self,
        name: str,
        network: SimulatedNetwork,
        behaviour: Behaviour,
        changed: Callable[[VmUid, Guest | None], None],
    ) -> None:
        super().__init__(behaviour, network, name)
        self._changed = changed
        # Its own: migrations go on without the agent that began them.
        self._process = Process(f"hypervisor of {name}")
        # The next step of this kind ends the agent: before it is done, or just after.
        self.fatal: tuple[str, Callable[[], None]] | None = None

    @property
    def own_disks(self) -> set[VmUid]:
        return self._own_disks

    def macs(self, vm_uid: VmUid) -> tuple[str, ...]:
        """Of the cards that a guest was defined with."""
        spec = self._specs.get(vm_uid)
        return tuple(each.mac for each in spec.interfaces) if spec else ()

    def _begin_migration(self, ref: GuestRef, outgoing: Outgoing) -> SimulatedMigration:
        return context_of(self._process).run(super()._begin_migration, ref, outgoing)

    async def _begin(self, step: str) -> None:
        await super()._begin(step)
        if self._meet("before"):
            await asyncio.get_running_loop().create_future()

    def _put(self, guest: Guest) -> None:
        super()._put(guest)
        self._changed(guest.vm_uid, guest)
        self._meet("after")

    def _drop(self, vm_uid: VmUid) -> None:
        super()._drop(vm_uid)
        self._changed(vm_uid, None)
        self._meet("after")

    def _meet(self, when: str) -> bool:
        if self.fatal is None or self.fatal[0] != when:
            return False
        (_, end), self.fatal = self.fatal, None
        end()
        return True


class SimulatedHost:
    """`h1` and so on. The machine is on or off; its agent runs or does not."""

    def __init__(
        self,
        name: str,
        link: Link,
        loop: VirtualLoop,
        random: Random,
        network: SimulatedNetwork,
        behaviour: Behaviour,
        changed: GuestChanged,
        faulty: Callable[[BaseException], None],
    ) -> None:
        self.name = name
        self.link = link
        self.on = True
        # How many operators keep the machine off.
        self.kept_off = 0
        self.driver = Hypervisor(name, network, behaviour, lambda vm_uid, guest: changed(self, vm_uid, guest))
        self._loop = loop
        self._faulty = faulty
        self._skew_s = random.choice((0.0, 0.0, random.uniform(-300.0, 300.0)))
        self._agent: Process | None = None

    @property
    def has_agent(self) -> bool:
        return self._agent is not None

    def start_agent(self) -> None:
        """Does nothing where one runs, or the machine is off."""
        if self._agent is not None or not self.on:
            return
        process = self._agent = Process(f"agent of {self.name}", self._skew_s)
        spawn(process, self._run(process), process.name)

    async def _run(self, process: Process) -> None:
        settings = HostSettings(zone="z1", machine_ids=(f"dmi:{sha256(self.name.encode()).hexdigest()}",))
        agent = Agent(
            "sim",
            self.name,
            self.driver,
            settings,
            channel=self.link,  # pyright: ignore[reportArgumentType] as much of a channel as an agent uses
            sample_every_s=SAMPLE_EVERY_S,
            images_every_s=1e6,
            clock=self._loop.time,
            networks=lambda listener: simulated_networks(TUNNEL, listener),
        )
        try:
            await agent.run()
        except DriverError:
            # The hypervisor can't be opened: whatever runs agents starts it again.
            self._agent = None
            self._loop.call_at_world(self._loop.time() + AGAIN_S, self.start_agent)
        except Exception as error:  # noqa: BLE001 judged by the history's check
            self._faulty(error)

    def kill_agent(self) -> None:
        self._end_agent(CLOSING_S)

    def _end_agent(self, noticed_s: tuple[float, float]) -> None:
        if self._agent is None:
            return
        self._loop.kill(self._agent)
        self.driver.agent_killed()
        self._agent = None
        if noticed_s is CLOSING_S:
            self.link.close()
        else:
            self.link.drop(noticed_s)

    def kill_agent_at_step(self, when: str, restart: Callable[[], None]) -> None:
        def end() -> None:
            self.kill_agent()
            restart()

        self.driver.fatal = (when, end)

    def power_off(self) -> None:
        """The machine ends with all that runs on it. Nobody hears of it but by keepalive."""
        if not self.on:
            return
        self.on = False
        self._end_agent(KEEPALIVE_S)
        self.driver.outage = OFF
        for vm_uid, guest in tuple(self.driver.guests.items()):
            if guest.power.is_active:
                self.driver.end(vm_uid, power=Power.SHUTOFF, detail="the host went down")

    def power_on(self) -> None:
        if self.on or self.kept_off:
            return
        self.on = True
        self.driver.outage = ""
        self.start_agent()

    def outage(self) -> None:
        """The hypervisor does not answer. Guests run on."""
        if self.on:
            self.driver.outage = "no answer"

    def end_outage(self) -> None:
        if self.on:
            self.driver.outage = ""

    def fail_steps(self, step: str, times: int, *, permanent: bool) -> None:
        self.driver.behaviour.faults[step] = Fault(times, permanent)

    def heal(self) -> None:
        """All is as it should be from now on."""
        self.driver.fatal = None
        self.driver.behaviour.faults.clear()
        self.driver.behaviour = dataclasses.replace(self.driver.behaviour, power_off_s=0.5)
        self.end_outage()
        self.power_on()
        self.start_agent()
        self.link.repeating = 0.0
        self.link.heal()
