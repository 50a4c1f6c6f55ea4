"""The control plane as a process of the simulated world: the real one's rooms, wired as `bootstrap` does, less gRPC.

The ledger's store outlives it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from random import Random

from chronovisor.v1 import agent_service_pb2 as api
from uuid_utils import uuid7

from controlplane.commands.drain_plan import Avoided, Destinations, destinations
from controlplane.commands.handlers import handle
from controlplane.commands.project import DEFAULT_PROJECT, CreateProject
from controlplane.domain.command import A, Command, CommandContext, IdempotencyKey, Outcome
from controlplane.domain.errors import AlreadyExists
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.project.aggregate import ProjectTerms
from controlplane.domain.time import Micros, micros_of
from controlplane.domain.vm.limits import Limits
from controlplane.ledger.events.dispatcher import EventDispatcher, Phase
from controlplane.ledger.seals import STREAM, ChainHead
from controlplane.ledger.snapshots.codec import Snapshot
from controlplane.ledger.store import Appended, Ledger
from controlplane.ledger.writer.writer import Writer
from controlplane.placement.evacuation import Measured
from controlplane.processes.deadlines import Deadlines
from controlplane.processes.draining import Draining
from controlplane.processes.lease_table import LeaseTerms
from controlplane.processes.leases import Leases
from controlplane.processes.restarts import Restarts
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.metrics.metrics_store import MetricsStore
from controlplane.projections.projector.projector import projector_of
from controlplane.queries.host_credentials import KnownCredentials
from controlplane.queries.measured_use import measured_use
from controlplane.queries.reads import Models, Reads
from controlplane.rpc.agent.service import AgentProofs, AgentServicer
from controlplane.rpc.dependencies import Commands
from controlplane.rpc.errors import refusal_bytes
from controlplane.runtime.clock import Clock
from tests.simulation.link import Context
from tests.simulation.loop import Killed, Process, VirtualLoop, spawn
from tests.unit.ledger.snapshots_in_memory import through_a_snapshot

# In seconds; shorter than by default, so that a history is.
LIMITS = Limits(start=30.0, stop=15.0, pause=10.0, resume=10.0, reboot=30.0, delete=30.0, migrate=40.0)
LEASES = LeaseTerms(lease_s=10.0, grace_s=15.0)
MACHINE = b"simulated boot"
Follow = Callable[[Sequence[RecordedEvent]], None]


class SimulatedLedger(Ledger):
    """In memory, kept by the world. `fatal`: the next append ends the control plane, before or after it is stored."""

    # The library names what it stores by it, and would by this class.
    name = Ledger.name

    def __init__(self, random: Random | None) -> None:
        """With `random`, it has a snapshot at each start: as of any batch."""
        super().__init__("memory:")
        self._random = random
        self.fatal: tuple[str, Callable[[], None]] | None = None

    def snapshot(self) -> Snapshot | None:
        events = list(self.all_after(0))
        seals = [number for number, each in enumerate(events, 1) if each.stream == STREAM]
        if self._random is None or not seals:
            return None
        number = self._random.choice(seals)
        fleet, seal = Fleet(), events[number - 1]
        fleet.replay(events[:number])
        state = fleet.captured(seal.position, micros_of(seal.event.commit_time))
        return Snapshot(through_a_snapshot(state), seal.version, b"")

    def append(self, recorded: Sequence[RecordedEvent], last: ChainHead, leader: str, now: Micros) -> Appended:
        self._meet("before")
        appended = super().append(recorded, last, leader, now)
        self._meet("after")
        return appended

    def _meet(self, when: str) -> None:
        if self.fatal and self.fatal[0] == when:
            (_, end), self.fatal = self.fatal, None
            end()
            raise Killed


class SimulatedPlane:
    """One start of the control plane. `follow` gets each batch that it commits or folds; `faulty` its faults."""

    def __init__(
        self,
        ledger: SimulatedLedger,
        views: ReadDatabase,
        loop: VirtualLoop,
        follow: Follow,
        faulty: Callable[[BaseException], None],
    ) -> None:
        self.process = Process("control plane")
        self.serving = False
        self.over: asyncio.Future[None] = loop.create_future()
        self._faulty = faulty
        self._loop = loop
        self._ledger = ledger
        self.clock = clock = Clock(boot=MACHINE)
        ledger._ticks = clock.ticks  # pyright: ignore[reportPrivateUsage] the ledger outlives its control planes
        self.dispatcher = dispatcher = EventDispatcher()
        self.writer = writer = Writer(
            ledger, dispatcher, handle, refusal_bytes, clock, LIMITS, follow_time=clock.not_before
        )
        models = Models(Inventory(), Utilization(), MetricsStore(clock), ledger, HistoryReader(views))
        self.reads = Reads(models, dispatcher, projector_of(views, ledger), lambda: writer.lineage, clock)
        self.leases = Leases(writer.submit, clock, LEASES, lambda: clock.moved_us)
        proofs = AgentProofs(KnownCredentials(), lambda: None, insecure=True)
        self.agents = AgentServicer(Commands(writer), self.reads, self.leases, proofs)
        self._deadlines = Deadlines(
            writer.submit, clock, self.agents.last_error, lambda: clock.moved_us, self.agents.extended_until
        )
        self._restarts = Restarts(writer.submit, clock)
        self._draining = Draining(
            writer.submit, clock, self.reads.inventory, self._destinations, self._restarts.waiting_for
        )
        self._register(follow)

    def _register(self, follow: Follow) -> None:
        register, reads = self.dispatcher.register, self.reads
        register(Phase.READ_MODELS, reads.inventory.apply, reads.inventory.restore)
        register(Phase.READ_MODELS, reads.utilization.apply, reads.utilization.restore)
        register(Phase.READ_MODELS, reads.metrics.apply)
        register(Phase.CHECKS, follow)
        register(Phase.PROCESSES, self.leases.follow, self.leases.restore)
        register(Phase.PROCESSES, self.agents.follow)
        register(Phase.PROCESSES, self._deadlines.follow, self._deadlines.restore)
        register(Phase.PROCESSES, self._restarts.follow, self._restarts.restore)
        register(Phase.PROCESSES, self._draining.follow, self._draining.restore)

    def start(self) -> None:
        spawn(self.process, self._run(), "control plane")

    async def _run(self) -> None:
        try:
            await self._work()
        except Exception as error:  # noqa: BLE001 whatever ends a control plane is a fault of it
            self._faulty(error)

    async def _work(self) -> None:
        await self.writer.start()
        self.clock.resume(*self.writer.last_commit)
        if not self.reads.inventory.project_named(DEFAULT_PROJECT):
            command = CreateProject(str(uuid7()), DEFAULT_PROJECT, ProjectTerms("Default"))
            with contextlib.suppress(AlreadyExists):
                await self.writer.submit(command, CommandContext("system:bootstrap", str(uuid7())))
        self.leases.begin()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deadlines.run())
            tasks.create_task(self._restarts.run())
            tasks.create_task(self.leases.run())
            tasks.create_task(self._draining.run())
            tasks.create_task(self.writer.failed())
            self.serving = True

    async def _destinations(self, host_uids: Collection[str], avoided: Avoided) -> Destinations:
        reads = self.reads
        hosts = reads.inventory.hosts
        state = reads.inventory.captured(reads.position, reads.time)
        vms = [vm_uid for uid in host_uids if uid in hosts for vm_uid in hosts[uid].holdings]
        measured = Measured(measured_use(reads.metrics, hosts, vms, reads.now()))
        return await asyncio.to_thread(destinations, state, host_uids, avoided, measured)

    @property
    def fleet(self) -> Fleet:
        """The one that commands are decided on."""
        return self.writer._replica.fleet  # pyright: ignore[reportPrivateUsage] nobody else looks at it

    def faulty(self, error: BaseException) -> None:
        self._faulty(error)

    def kill(self) -> None:
        self.serving = False
        self._loop.kill(self.process)
        self.over.set_result(None)

    def open_session(
        self, messages: AsyncIterator[api.ConnectRequest], context: Context
    ) -> AsyncIterator[api.ConnectResponse]:
        return self.agents.OpenSession(messages, context)  # pyright: ignore[reportArgumentType] as much as it uses

    def enqueue(
        self, command: Command[A], context: CommandContext, key: IdempotencyKey
    ) -> "asyncio.Future[Outcome[A]]":
        """Raises what refuses commands at once. One that this control plane does not live to answer is not answered."""
        return self.writer.enqueue(command, context, key)
