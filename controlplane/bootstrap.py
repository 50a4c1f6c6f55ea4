"""The only place that wires the rooms together."""

import asyncio
import contextlib
import os
from functools import partial
from pathlib import Path
from typing import Any, cast

from chronovisor import keepalive
from chronovisor.v1 import (
    agent_service_pb2,
    error_reason_pb2,
    history_service_pb2,
    history_service_pb2_grpc,
    host_service_pb2,
    host_service_pb2_grpc,
    operations_pb2,
    project_service_pb2,
    project_service_pb2_grpc,
    utilization_service_pb2,
    utilization_service_pb2_grpc,
    vm_service_pb2,
    vm_service_pb2_grpc,
)
from eventsourcing.persistence import PersistenceError
from google.longrunning import operations_pb2 as longrunning
from google.longrunning import operations_pb2_grpc as longrunning_grpc
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from uuid_utils import uuid7

from controlplane.commands.handlers import handle
from controlplane.commands.project import DEFAULT_PROJECT, CreateProject
from controlplane.config import Settings
from controlplane.consistency.findings import FindingSource
from controlplane.consistency.ledger_checks import LedgerChecks
from controlplane.consistency.totals_checks import TotalsChecks
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import AlreadyExists
from controlplane.domain.project.aggregate import ProjectTerms
from controlplane.ledger.events.dispatcher import EventDispatcher, Phase
from controlplane.ledger.store import Ledger
from controlplane.ledger.writer.writer import Writer
from controlplane.placement.engine import Engine
from controlplane.processes.clock_watch import ClockWatch
from controlplane.processes.deadlines import Deadlines
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.metrics.metrics_store import MetricsStore
from controlplane.projections.projector.projector import projector_of
from controlplane.queries.events import clock_steps
from controlplane.queries.events.live_tail import LiveTail
from controlplane.queries.reads import Models, Reads
from controlplane.rpc.agent.service import AgentServicer, add_agents
from controlplane.rpc.dependencies import Commands
from controlplane.rpc.error_mapping import ErrorMapping
from controlplane.rpc.errors import refusal_bytes
from controlplane.rpc.history.service import HistoryServicer
from controlplane.rpc.host.service import HostServicer
from controlplane.rpc.operations.service import OperationsServicer
from controlplane.rpc.project.service import ProjectServicer
from controlplane.rpc.reflection import add_reflection
from controlplane.rpc.shared.histories import Histories
from controlplane.rpc.utilization.service import UtilizationServicer
from controlplane.rpc.vm.service import VmServicer
from controlplane.runtime.clock import Clock
from controlplane.runtime.system_alarms import SystemAlarms
from controlplane.snapshotting.snapshotter import Snapshotter
from controlplane.what_if.worker import WhatIfs

# For how long calls are still taken, commands refused, after the end has begun.
LAME_DUCK_S = 0.3
SERVICES = (
    vm_service_pb2.DESCRIPTOR.services_by_name["VmService"],
    host_service_pb2.DESCRIPTOR.services_by_name["HostService"],
    project_service_pb2.DESCRIPTOR.services_by_name["ProjectService"],
    utilization_service_pb2.DESCRIPTOR.services_by_name["UtilizationService"],
    history_service_pb2.DESCRIPTOR.services_by_name["HistoryService"],
    agent_service_pb2.DESCRIPTOR.services_by_name["AgentService"],
    longrunning.DESCRIPTOR.services_by_name["Operations"],
)
# Loaded so that reflection describes them, such as messages that only travel inside google.protobuf.Any.
IN_ANY = (operations_pb2.OperationMetadata, error_reason_pb2.ErrorDetails)
OPTIONS = (
    # A field that is too long is refused by its rule, with its name, not by the transport.
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", 64 << 20),
    # A port that is taken is an error, not a second server beside the first.
    ("grpc.so_reuseport", 0),
    # Thousands of subscribers may come back at once: of more calls than this that have not begun, some are CANCELLED.
    ("grpc.server.max_pending_requests", 20_000),
    ("grpc.server.max_pending_requests_hard_limit", 20_000),
    *keepalive.SERVER_OPTIONS,
)


class ControlPlane:
    """A control plane in this process: `start`, then `close`. `port` is the one that was bound."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings = settings
        _make_directory(settings.store)
        self.clock = clock or Clock()
        self.ledger = Ledger(settings.store, ticks=self.clock.ticks)
        dispatcher = EventDispatcher()
        writer = Writer(
            self.ledger,
            dispatcher,
            handle,
            refusal_bytes,
            self.clock,
            settings.limits,
            settings.most_waiting,
            follow_time=self.clock.not_before,
        )
        self.views = ReadDatabase(settings.store)
        projector = projector_of(self.views, self.ledger, settings.projector_worker)
        history_reader = HistoryReader(self.views, projector.unreadable)
        models = Models(Inventory(), Utilization(), MetricsStore(self.clock), self.ledger, history_reader)
        self.dispatcher, self.writer, self.projector = dispatcher, writer, projector
        self.reads = Reads(models, dispatcher, projector, lambda: writer.lineage, self.clock, settings.longest_wait_s)
        self.tail = LiveTail(lineage=lambda: writer.lineage)
        self.commands = Commands(writer, outages=(PersistenceError,))
        self.checks = TotalsChecks(writer, self.reads, projector, self.views, settings.check_every_s, self.clock)
        self._agents = AgentServicer(self.commands, self.reads)
        self._what_ifs = WhatIfs(self.ledger)
        self.ledger_checks = LedgerChecks(self.ledger, writer, self.clock, walks=settings.check_every_s > 0)
        self.snapshotter = Snapshotter(self.ledger, writer, lambda: dispatcher.position)
        submit = self.writer.submit
        self._deadlines = Deadlines(submit, self.clock, self._agents.last_error, lambda: self.clock.moved_us)
        self.system_alarms = SystemAlarms(self.clock)
        projector.repair.alarms = self.system_alarms
        self._clock_watch = ClockWatch(
            self.clock, self.system_alarms, submit, partial(clock_steps.recorded, self.ledger)
        )
        self._register_followers()
        self._server = aio.server(options=OPTIONS)
        self._health: Any = health.aio.HealthServicer()  # pyright: ignore
        self._add_services()
        self._tasks: list[asyncio.Task[None]] = []
        self.port = 0

    def _register_followers(self) -> None:
        register, reads = self.dispatcher.register, self.reads
        register(Phase.READ_MODELS, self.projector.follow, self.projector.restore)
        register(Phase.READ_MODELS, reads.inventory.apply, reads.inventory.restore)
        register(Phase.READ_MODELS, reads.utilization.apply, reads.utilization.restore)
        register(Phase.READ_MODELS, reads.metrics.apply)
        register(Phase.CHECKS, self.checks.follow)
        register(Phase.PROCESSES, self._agents.follow)
        register(Phase.PROCESSES, self._deadlines.follow, self._deadlines.restore)
        register(Phase.STREAMS, self.tail.follow, self.tail.restore)

    def _add_services(self) -> None:
        commands, reads, tail, writer = self.commands, self.reads, self.tail, self.writer
        histories = Histories(lambda: writer.lineage, lambda: reads.position)
        mapping = ErrorMapping(self._server, commands.outages, histories)
        self.refusals = mapping.refusals
        server = cast("aio.Server", mapping)
        # The generated servicers are abstract to the type checker: what is not implemented yet answers UNIMPLEMENTED.
        vms = VmServicer(commands, reads, self._agents, tail)  # pyright: ignore[reportAbstractUsage]
        hosts = HostServicer(commands, reads, self._agents)  # pyright: ignore[reportAbstractUsage]
        tenants = ProjectServicer(commands, reads)  # pyright: ignore[reportAbstractUsage]
        utilization = UtilizationServicer(reads, tail, self.checks.alarms, self.system_alarms)  # pyright: ignore[reportAbstractUsage]
        history = HistoryServicer(  # pyright: ignore[reportAbstractUsage]
            reads, tail, self._what_ifs.replay, self.ledger_checks.findings, lambda: writer.untrusted
        )
        operations = OperationsServicer(reads, self._agents)
        vm_service_pb2_grpc.add_VmServiceServicer_to_server(vms, server)
        host_service_pb2_grpc.add_HostServiceServicer_to_server(hosts, server)
        project_service_pb2_grpc.add_ProjectServiceServicer_to_server(tenants, server)
        utilization_service_pb2_grpc.add_UtilizationServiceServicer_to_server(utilization, server)
        history_service_pb2_grpc.add_HistoryServiceServicer_to_server(history, server)
        add_agents(self._agents, server)
        longrunning_grpc.add_OperationsServicer_to_server(operations, server)  # pyright: ignore[reportUnknownMemberType]
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)  # pyright: ignore[reportUnknownMemberType]
        add_reflection([*(each.full_name for each in SERVICES), health.SERVICE_NAME], server)

    async def start(self) -> None:
        """Rebuilds state from the ledger, then listens. Raises OSError when the address is taken."""
        examined = await self.ledger_checks.examine()
        await self.writer.start()
        self.clock.resume(*self.writer.last_commit)
        for position, text in self.ledger.altered_snapshots:
            self.ledger_checks.find(FindingSource.SNAPSHOT, position, f"the snapshot as of it was not used: {text}")
        self.writer.prepare(Engine)
        await self._ensure_default_project()
        self._tasks.append(asyncio.create_task(self._clock_watch.run(), name="clock"))
        self._tasks.append(asyncio.create_task(self._deadlines.run(), name="deadlines"))
        if not examined.by_read_models:
            # Read models that are the evidence are left as they are.
            self._tasks.append(asyncio.create_task(self.projector.run(), name="projector"))
        try:
            self.port = self._server.add_insecure_port(self._settings.listen)
        except RuntimeError as error:
            # gRPC's own words say no more than that.
            reason = "another program has it, or it is not an address of this machine"
            raise OSError(f"cannot listen on {self._settings.listen}: {reason}") from error
        await self._server.start()
        for name in ("", *(each.full_name for each in SERVICES)):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self.checks.start()
        self.snapshotter.start()
        self.ledger_checks.start()

    async def _ensure_default_project(self) -> None:
        if self.reads.inventory.project_named(DEFAULT_PROJECT) or self.writer.untrusted:
            return
        command = CreateProject(str(uuid7()), DEFAULT_PROJECT, ProjectTerms("Default"))
        context = CommandContext("system:bootstrap", str(uuid7()), reason="first start")
        # Another control plane on the same ledger may have been quicker.
        with contextlib.suppress(AlreadyExists):
            await self.writer.submit(command, context)

    async def wait(self) -> None:
        """Waits until the server has stopped."""
        await self._server.wait_for_termination()

    async def close(self, grace_s: float = 2.0) -> None:
        """Takes no new calls, carries out what was accepted, and closes the ledger."""
        await self._health.enter_graceful_shutdown()
        self.tail.close()
        await self.snapshotter.close()
        await self.ledger_checks.close()
        drained = asyncio.create_task(self.writer.close(), name="draining")
        await self.checks.close()
        # gRPC cancels calls that have arrived and not begun, and nobody tries again what was CANCELLED. So first let
        # them begin, to hear that it is shutting down, and when to come back.
        await asyncio.sleep(min(LAME_DUCK_S, grace_s))
        await self._server.stop(grace_s)
        await self._what_ifs.close()
        await drained
        await self.projector.drained(self._settings.last_rows_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.views.close()
        self.ledger.close()


def _make_directory(store: str) -> None:
    if store.startswith("sqlite:///"):
        directory = Path(store.removeprefix("sqlite:///")).parent
        directory.mkdir(parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK):
            raise PermissionError(f"cannot write to {directory}")
