"""The simulated world of one history: what there is in it, and what can happen to it."""

import asyncio
import re
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from hostagent.drivers.base import Guest, VmUid
from hostagent.drivers.simulated.behaviour import Behaviour
from hostagent.drivers.simulated.network import SimulatedNetwork

from controlplane.commands.trouble import FenceHost
from controlplane.domain.command import Answer, Command, CommandContext, IdempotencyKey
from controlplane.domain.errors import DomainError, Unavailable
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.vm.aggregate import Vm
from controlplane.projections.history.read_database import ReadDatabase
from tests.simulation.checks import CALLER, Checks, Requested
from tests.simulation.host import SimulatedHost
from tests.simulation.link import Link
from tests.simulation.loop import WORLD, VirtualLoop, spawn
from tests.simulation.plan import STEPS, Plan, Step
from tests.simulation.plane import SimulatedLedger, SimulatedPlane
from tests.simulation.trace import Trace

PROJECT = "projects/default"
# How much longer a step takes than others.
DELAYS = {"pause": 0.1, "resume": 0.1, "migrate": 5.0}
TOTALS = {"vcpus": 4, "memory_mib": 4096, "disk_gib": 60}
# How long a caller without an answer waits until it tries again.
RETRY_S = 0.7
_OPERATION = re.compile(r"operations/([0-9a-f-]+)\.([0-9]+)(\.[a-z]+)?")
# Nobody reads the past here.
_VIEWS = ReadDatabase("memory:")


class World:
    """The hosts, the control plane and its callers, and what can happen to them. `violations`: broken promises."""

    def __init__(self, plan: Plan, loop: VirtualLoop) -> None:
        self.plan = plan
        self.loop = loop
        self.trace = Trace(self.loop.time)
        self.checks = Checks(self.violated)
        self.violations: list[str] = []
        self.over = False
        self.callers = 0
        self._requests = 0
        self._created: dict[str, int] = {}
        self.requested: list[Requested] = []
        self.network = SimulatedNetwork()
        self.ledger = SimulatedLedger(Random(f"snapshots {plan.seed}") if plan.snapshots else None)
        self.plane: SimulatedPlane | None = None
        self.hosts = {name: self._host(name) for name in plan.hosts}

    def _host(self, name: str) -> SimulatedHost:
        plan = self.plan
        random = Random(f"{name} {plan.seed}")
        link = Link(name, lambda: self.plane, random, self.loop)
        link.slowest_s, link.repeating = plan.slowest_s, plan.repeating
        behaviour = Behaviour(
            totals=TOTALS,
            delay_s={step: random.uniform(0, plan.delay_s * DELAYS.get(step, 1.0)) for step in STEPS},
            disk_pool=plan.pool,
            power_off_s=random.choice((0.1, 2.0, None)),
            clock=self.loop.time,
        )
        return SimulatedHost(name, link, self.loop, random, self.network, behaviour, self._guest_changed, self._faulty)

    def violated(self, what: str) -> None:
        if self.over:
            return  # What is torn down at the end is no part of the history.
        self.violations.append(what)
        self.trace.note(f"VIOLATION: {what}")
        self.loop.stop()

    def loop_fault(self, _loop: object, context: dict[str, Any]) -> None:
        self.violated(f"unhandled: {context.get('message')}: {context.get('exception')!r}")

    # What is seen of it.

    def _guest_changed(self, host: SimulatedHost, vm_uid: VmUid, guest: Guest | None) -> None:
        self.trace.guest(host.name, vm_uid, guest)
        self.checks.guest_changed(host.name, vm_uid, guest)

    def _follow(self, batch: Sequence[RecordedEvent]) -> None:
        known = self.checks.position
        self.trace.events([each for each in batch if each.position > known])
        self.checks.follow(batch)

    def _faulty(self, error: BaseException) -> None:
        self.violated(f"an unhandled error: {error!r}")

    def problems(self) -> list[str]:
        """What has not settled yet."""
        if self.callers:
            return [f"{self.callers} callers have no answer"]
        return self.checks.unsettled(self.hosts, self.requested)

    # What happens in it.

    def heal(self) -> None:
        """Nothing goes wrong from now on."""
        self.trace.note("everything is healed")
        self.ledger.fatal = None
        for host in self.hosts.values():
            self.network.heal(host.name)
            host.heal()
        self.start_plane()

    def later(self, delay_s: float, call: Callable[[], None]) -> None:
        self.loop.call_at_world(self.loop.time() + delay_s, call)

    def start_plane(self) -> None:
        if self.plane is None:
            self._catch_up()
            self.plane = SimulatedPlane(self.ledger, _VIEWS, self.loop, self._follow, self._faulty)
            self.plane.start()

    def _catch_up(self) -> None:
        """What was stored, and its control plane had no time to publish: one that begins from a snapshot may not."""
        if self.ledger.head() > self.checks.position:
            self._follow(Fleet().replay(list(self.ledger.all_after(0))))

    def kill_plane(self, for_s: float) -> None:
        if self.plane is None:
            return
        self.trace.note("the control plane is killed")
        self.plane.kill()
        self.plane = None
        for host in self.hosts.values():
            host.link.close()
        self.later(for_s, self.start_plane)

    def vm(self, name: str) -> Vm | None:
        return self.checks.vm_named(f"{PROJECT}/vms/{name}")

    def guests_of(self, name: str) -> list[tuple[SimulatedHost, Guest]]:
        vm = self.vm(name)
        found = ((host, host.driver.guests.get(VmUid(vm.uid))) for host in self.hosts.values()) if vm else ()
        return [(host, guest) for host, guest in found if guest]

    def new_uid(self, name: str) -> str:
        """The second of a VM `a` ends with `a0002`. A name of another kind has four letters at most."""
        self._created[name] = self._created.get(name, 0) + 1
        letters = name if name in self.plan.vms else name.encode().hex()
        return f"00000000-0000-4000-8000-{letters:0>8}{self._created[name]:04}"

    def call(self, step: Step, command: Command[Answer] | Command[Answer | None]) -> None:
        """A caller requests it, and tries again until it has an answer."""
        self.callers += 1
        self._requests += 1
        spawn(WORLD, self._call(step, command, f"request-{self._requests}"))

    def fence(self, step: Step) -> None:
        """An operator powers a host off, sees that it is, and says so; some time later the machine is powered on."""
        self.callers += 1
        spawn(WORLD, self._fence(step))

    async def _fence(self, step: Step) -> None:
        host = self.hosts[step.subject]
        host.kept_off += 1
        host.power_off()
        while True:
            await asyncio.sleep(RETRY_S)
            known = self.checks.host_named(f"hosts/{host.name}")
            connected = known is not None and self.plane is not None and self.plane.agents.is_connected(known.uid)
            self._requests += 1
            key = IdempotencyKey(f"request-{self._requests}", step.kind, b"")
            command = FenceHost(f"hosts/{host.name}", method=FenceMethod.OPERATOR, is_connected=connected)
            operation, refusal = await self._answered(command, key)
            if "connected" not in refusal:
                self.trace.note(f"answer to {step.number} {step}: {refusal or operation}")
                break
        self.callers -= 1
        self.later(step.amount, partial(self._end_fence, host))

    def _end_fence(self, host: SimulatedHost) -> None:
        host.kept_off -= 1
        host.power_on()

    async def _call(self, step: Step, command: Command[Any], request_id: str) -> None:
        key = IdempotencyKey(request_id, step.kind, b"")
        operation, refusal = await self._answered(command, key)
        self.callers -= 1
        self.trace.note(f"answer to {step.number} {step}: {refusal or operation}")
        if found := _OPERATION.fullmatch(operation):
            uid, version, found_so = found.groups()
            kind = "create started" if step.word.startswith("started") else step.kind
            self.requested.append(Requested(uid, int(version), bool(found_so), kind, step.subject))

    async def _answered(self, command: Command[Any], key: IdempotencyKey) -> tuple[str, str]:
        """The name of the operation, or why it was refused."""
        while True:
            plane = self.plane
            if plane is None or not plane.serving:
                await asyncio.sleep(RETRY_S)
                continue
            try:
                future = plane.enqueue(command, CommandContext(CALLER, key.request_id), key)
                await asyncio.wait({future, plane.over}, return_when=asyncio.FIRST_COMPLETED)
                if future.done():
                    outcome = future.result()
                    accepted = outcome.repeated or outcome.answer
                    return accepted.result if accepted else "", ""
            except Unavailable:
                pass
            except DomainError as error:
                return "", f"refused: {error}"
            await asyncio.sleep(RETRY_S)
