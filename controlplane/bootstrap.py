"""The only place that wires the rooms together."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import Any, cast

from chronovisor import keepalive
from chronovisor.tracing import Tracer
from chronovisor.v1 import (
    access_service_pb2_grpc,
    console_service_pb2_grpc,
    history_service_pb2_grpc,
    host_service_pb2_grpc,
    image_service_pb2_grpc,
    metrics_service_pb2_grpc,
    network_service_pb2_grpc,
    privacy_service_pb2_grpc,
    project_service_pb2_grpc,
    service_account_service_pb2_grpc,
    utilization_service_pb2_grpc,
    vm_service_pb2_grpc,
)
from eventsourcing.persistence import PersistenceError
from google.iam.v1 import iam_policy_pb2_grpc
from google.longrunning import operations_pb2_grpc as longrunning_grpc
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from uuid_utils import uuid7

from controlplane.commands.drain_plan import Avoided, Destinations, destinations
from controlplane.commands.handlers import handle
from controlplane.commands.project import DEFAULT_PROJECT, CreateProject
from controlplane.config import Settings
from controlplane.consistency.findings import FindingSource
from controlplane.consistency.ledger_checks import LedgerChecks
from controlplane.consistency.totals_checks import TotalsChecks
from controlplane.domain.access.principal import Principal
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import AlreadyExists, Unauthenticated
from controlplane.domain.project.aggregate import ProjectTerms
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND
from controlplane.domain.vm.secrets import EndOfVm
from controlplane.fencers.fencers import Fencers, require_installed
from controlplane.gateway.listener import HttpListener
from controlplane.gateway.settings import SignInIssuer
from controlplane.gateway.sign_in import cookie_key
from controlplane.gateway.supervisor import GatewaySupervisor, SignIn
from controlplane.heads.publisher import HeadPublisher
from controlplane.heads.signed_heads import COSIGNED, SignedHeads
from controlplane.heads.signing_key import SigningKey, generated, load_or_make
from controlplane.heads.targets import target_of
from controlplane.identity.console_tickets import ConsoleTickets
from controlplane.identity.gateway_socket import GatewaySocket
from controlplane.identity.host_authority import authority_of
from controlplane.identity.listeners import Listeners
from controlplane.identity.oidc.parameters import IssuerSettings, TokenKind
from controlplane.identity.oidc.verifier import OidcVerifier
from controlplane.identity.peers import Peers
from controlplane.identity.service_accounts import ServiceAccountTokens, ServiceAccountVerifier
from controlplane.identity.tokens import TokenAuthenticator
from controlplane.images.settings import ImageSettings
from controlplane.images.sources import Sources
from controlplane.images.store import ImageStore
from controlplane.keys.pseudonyms import Pseudonyms
from controlplane.keys.vault import Vault, store_in
from controlplane.ledger.events.dispatcher import EventDispatcher, Phase
from controlplane.ledger.store import Ledger
from controlplane.ledger.writer.batch_watch import UNWATCHED, BatchWatch
from controlplane.ledger.writer.writer import Writer
from controlplane.metrics.fleet import FleetMetrics
from controlplane.metrics.instruments import Instruments
from controlplane.metrics.ledger import LedgerMetrics
from controlplane.metrics.reader import MetricsReader
from controlplane.metrics.server import ServerMetrics
from controlplane.metrics.vms import VmMetrics
from controlplane.placement.engine import Engine
from controlplane.placement.evacuation import Measured
from controlplane.processes.clock_watch import ClockWatch
from controlplane.processes.deadlines import Deadlines
from controlplane.processes.draining import Draining
from controlplane.processes.fencing import Fencing, Surroundings
from controlplane.processes.forgetting import Forgetting
from controlplane.processes.image_care import ImageCare
from controlplane.processes.image_imports import ImageImports, Terms
from controlplane.processes.leases import Leases
from controlplane.processes.rebalancing import Rebalancing
from controlplane.processes.restarts import Restarts
from controlplane.processes.strays import Strays
from controlplane.processes.token_uses import TokenUses
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.metrics.metrics_store import MetricsStore
from controlplane.projections.projector.projector import projector_of
from controlplane.queries.access import AccessFollower
from controlplane.queries.events import clock_steps
from controlplane.queries.events.live_tail import LiveTail
from controlplane.queries.host_credentials import KnownCredentials
from controlplane.queries.measured_use import measured_use
from controlplane.queries.reads import Models, Reads
from controlplane.queries.secrets import ends_of, forgotten_people
from controlplane.rpc.access.guard import Guard, Tokens
from controlplane.rpc.access.iam import IamPolicyServicer
from controlplane.rpc.access.methods import permissions_in, rules_of
from controlplane.rpc.access.open_calls import OpenCalls
from controlplane.rpc.access.rates import Rates
from controlplane.rpc.access.service import AccessServicer
from controlplane.rpc.agent.disks import AgentDisks
from controlplane.rpc.agent.service import AgentProofs, AgentServicer, add_agents
from controlplane.rpc.console.service import ConsoleServicer
from controlplane.rpc.dependencies import Commands
from controlplane.rpc.error_mapping import ErrorMapping
from controlplane.rpc.errors import reason_of, refusal_bytes
from controlplane.rpc.history.service import HistoryServicer
from controlplane.rpc.host.planner import Planner
from controlplane.rpc.host.service import HostServicer
from controlplane.rpc.image.service import ImageServicer
from controlplane.rpc.metrics.service import MetricsServicer
from controlplane.rpc.network.service import NetworkServicer
from controlplane.rpc.operations.service import OperationsServicer
from controlplane.rpc.privacy.service import PrivacyServicer
from controlplane.rpc.project.service import ProjectServicer
from controlplane.rpc.reflection import add_reflection
from controlplane.rpc.service_account.service import ServiceAccountServicer
from controlplane.rpc.shared.actor_names import ActorNames
from controlplane.rpc.shared.call_counts import UNCOUNTED
from controlplane.rpc.shared.histories import Histories
from controlplane.rpc.shared.operation_answers import OperationAnswers
from controlplane.rpc.shared.operation_progress import ProgressReader
from controlplane.rpc.shared.user_data import UserDataVault
from controlplane.rpc.utilization.service import UtilizationServicer
from controlplane.rpc.vm.service import VmServicer
from controlplane.runtime.clock import Clock
from controlplane.runtime.security_log import SecurityLog
from controlplane.runtime.services import API, SERVICES
from controlplane.runtime.system_alarms import SystemAlarms
from controlplane.snapshotting.snapshotter import Snapshotter
from controlplane.tracing.batches import BatchSpans, Watches
from controlplane.tracing.calls import CallSpans
from controlplane.tracing.recent import RecentTraces
from controlplane.what_if.worker import WhatIfs

# For how long calls are still taken, commands refused, after the end has begun.
LAME_DUCK_S = 0.3
OPTIONS = (
    # A field that is too long is refused by its rule, with its name, not by the transport.
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", 64 << 20),
    # A port that is taken is an error, not a second server beside the first.
    ("grpc.so_reuseport", 0),
    # Thousands of subscribers may come back at once: of more calls than this that have not begun, some are CANCELLED.
    ("grpc.server.max_pending_requests", 20_000),
    ("grpc.server.max_pending_requests_hard_limit", 20_000),
    # So long a caller may take to say who it is; 2 minutes without.
    ("grpc.server_handshake_timeout_ms", 10_000),
    *keepalive.SERVER_OPTIONS,
)


class ControlPlane:
    """A control plane in this process: `start`, then `close`."""

    def __init__(  # noqa: PLR0915 - a list of what there is
        self, settings: Settings, clock: Clock | None = None, tokens: Tokens | None = None
    ) -> None:
        """`tokens` stand for those of issuers and of service accounts."""
        self._settings = settings
        require_installed(settings.fencers)
        self.clock = clock or Clock()
        self.system_alarms = SystemAlarms(self.clock)
        self._prepare_transport(settings)
        self.fencers = Fencers(settings.fencers)
        _make_directory(settings.store)
        self.vault, self.people = _keys(settings, self.clock)
        signing_key = _signing_key(settings)
        self.ledger = Ledger(settings.store, ticks=self.clock.ticks, signer=signing_key)
        dispatcher = EventDispatcher()
        self.instruments = Instruments(reason_of) if settings.metrics else None
        self.tracer = Tracer(settings.trace_to, "chronovisord", settings.trace_ratio) if settings.trace_to else None
        self._batch_spans = BatchSpans(self.tracer) if self.tracer else None
        watch: BatchWatch = self.instruments.commands if self.instruments else UNWATCHED
        writer = Writer(
            self.ledger,
            dispatcher,
            handle,
            refusal_bytes,
            self.clock,
            settings.limits,
            settings.most_waiting,
            follow_time=self.clock.not_before,
            watch=Watches(watch, self._batch_spans) if self._batch_spans else watch,
        )
        self.views = ReadDatabase(settings.store)
        projector = projector_of(self.views, self.ledger, settings.projector_worker)
        history_reader = HistoryReader(self.views, projector.unreadable)
        models = Models(Inventory(), Utilization(), MetricsStore(self.clock), self.ledger, history_reader)
        self.dispatcher, self.writer, self.projector = dispatcher, writer, projector
        self.reads = Reads(models, dispatcher, projector, lambda: writer.lineage, self.clock, settings.longest_wait_s)
        self.tail = LiveTail(lineage=lambda: writer.lineage)
        self.commands = Commands(writer, (PersistenceError,), self.people)
        self.checks = TotalsChecks(writer, self.reads, projector, self.views, settings.check_every_s, self.clock)
        self.leases = Leases(writer.submit, self.clock, settings.leases, lambda: self.clock.moved_us)
        self._strays = Strays(writer.submit, self.reads.inventory, settings.stray_policy)
        self.image_store = ImageStore(_image_settings(settings))
        self._user_data = UserDataVault(self.vault, self.reads)
        proofs = AgentProofs(self.credentials, self._authority, settings.insecure, settings.approve_hosts)
        self._agents = AgentServicer(
            self.commands, self.reads, self.leases, proofs, self._user_data, self.image_store.read
        )
        self.account_tokens = ServiceAccountTokens()
        self.token_uses = TokenUses(writer.submit, self.account_tokens)
        self._what_ifs = WhatIfs(self.ledger)
        self.ledger_checks = LedgerChecks(self.ledger, writer, self.clock, walks=settings.check_every_s > 0)
        self.heads = SignedHeads(self.ledger, signing_key, lambda: writer.untrusted, _cosigned(settings))
        self.snapshotter = Snapshotter(self.ledger, writer, lambda: dispatcher.position)
        submit = self.writer.submit
        self._deadlines = Deadlines(
            submit, self.clock, self._agents.last_error, lambda: self.clock.moved_us, self._agents.extended_until
        )
        self.restarts = Restarts(submit, self.clock)
        self.draining = Draining(
            submit, self.clock, self.reads.inventory, self._destinations, self.restarts.waiting_for
        )
        self.planner = Planner(self.reads, self._resting)
        self.rebalancing = Rebalancing(submit, self.clock, self.planner.moves, settings.rebalance)
        around = Surroundings(
            self.fencers.for_host, self._agents.is_connected, self.leases.last_word_at, settings.leases.lease_s
        )
        self.fencing = Fencing(submit, self.clock, around, settings.auto_fence_after_s)
        self.forgetting = self._forgetting()
        projector.repair.alarms = self.system_alarms
        self.publisher = self._publisher()
        self._clock_watch = ClockWatch(
            self.clock, self.system_alarms, submit, partial(clock_steps.recorded, self.ledger)
        )
        self._make_guard(tokens)
        self.consoles = ConsoleServicer(  # pyright: ignore[reportAbstractUsage]
            self.commands, self.reads, self._agents, self.open_calls, self.console_tickets
        )
        self._image_care = ImageCare(submit, self.clock, self.image_store, self.reads.inventory)
        sources = Sources(settings.image_sources)
        disks = AgentDisks(self.reads, self._agents)
        terms = Terms(round(self.image_store.settings.longest_import_s * SECOND))
        self.image_imports = ImageImports(
            submit, self.clock, self.image_store, sources, self.reads.inventory, disks.open, terms
        )
        progress = ProgressReader(self.reads, self._agents, self.draining, self.fencing, self.image_imports)
        self._answers = OperationAnswers(self.reads, progress)
        self.images = ImageServicer(
            self.commands, self.reads, self.image_store, sources, self._answers, self.open_calls
        )  # pyright: ignore[reportAbstractUsage]
        self._register_followers()
        self._server = aio.server(options=OPTIONS)
        self._health: Any = health.aio.HealthServicer()  # pyright: ignore
        self._add_services()
        self._tasks: list[asyncio.Task[None]] = []

    def _make_guard(self, tokens: Tokens | None) -> None:
        settings, rules = self._settings, rules_of(SERVICES)
        self.issuers = OidcVerifier(settings.issuers) if settings.issuers else None
        self.console_tickets = ConsoleTickets()
        accounts = ServiceAccountVerifier(self.account_tokens, self.reads.now)
        self.access = AccessFollower(permissions_in(rules), self.reads.inventory)
        self.security_log = SecurityLog(settings.security_log)
        self.guard = Guard(
            self.access.table,
            rules,
            self.reads,
            self.security_log,
            tokens or TokenAuthenticator(self.issuers, accounts),
            self.console_tickets,
            self.peers,
            Rates(settings.rates),
            believes=settings.insecure,
        )
        self.commands.guard = self.guard
        self.open_calls = OpenCalls(self.guard, settings.rates.most_streams)
        self.access.changed = self.open_calls.recheck
        self.account_tokens.on_revoked(self._end_calls_of_token)

    def _end_calls_of_token(self, principal: str, token_id: str) -> None:
        """Ends what was opened with a token of a service account that is revoked."""
        error = Unauthenticated(Reason.TOKEN_REVOKED, "the token, or its service account, is not valid any more")

        def is_concerned(caller: Principal) -> bool:
            return caller.name == principal and caller.proof.detail == token_id

        self.console_tickets.drop(is_concerned)
        self.open_calls.end(is_concerned, error)

    @property
    def port(self) -> int:
        """The one that people and programs connect to; 0 where there is only the socket."""
        return self.listeners.port

    def _prepare_transport(self, settings: Settings) -> None:
        """Where it is to listen, and what is known of peers. Nothing is bound yet. Raises OSError, ValueError."""
        transport = settings.transport
        self.listeners = Listeners(settings.listen, transport, insecure=settings.insecure, alarms=self.system_alarms)
        self.credentials = KnownCredentials()
        self.peers = Peers(
            self.listeners.socket, self.listeners.certificates, transport.least_tls, self.credentials.is_revoked
        )
        self._authority = partial(authority_of, self.listeners, transport.host_certificate_s)
        http = settings.http
        self._http = HttpListener(http, has_tls=self.listeners.has_tls) if http else None
        self.gateway: GatewaySupervisor | None = None
        # What an operator should know, a line each.
        self.notices: list[str] = []

    def _bind_http(self) -> None:
        """Before the server starts. Raises OSError where an address was given that cannot be had."""
        if self._http is None:
            return
        if notice := self._http.bind():
            self.notices.append(notice)
            return
        self._gateway_socket = GatewaySocket(self._settings.home)
        self._gateway_socket.bind(self._server)
        self.listeners.bound.http = self._http.url
        address, key = self._gateway_socket.address, self.peers.gateway_key
        sign_in = SignIn(cookie_key.load_or_make(self._settings.keys), _sign_in_issuers(self._settings.issuers))
        self.gateway = GatewaySupervisor(
            self._http, address, key, self.listeners.certificates, self.system_alarms, self.security_log, sign_in
        )

    def _publisher(self) -> HeadPublisher:
        targets = [target_of(each) for each in self._settings.publish_heads]
        return HeadPublisher(self.heads, targets, self.system_alarms, self._settings.publish_every_s)

    def _register_followers(self) -> None:
        register, reads = self.dispatcher.register, self.reads
        register(Phase.READ_MODELS, self.projector.follow, self.projector.restore)
        register(Phase.READ_MODELS, reads.inventory.apply, reads.inventory.restore)
        register(Phase.READ_MODELS, reads.utilization.apply, reads.utilization.restore)
        register(Phase.READ_MODELS, reads.metrics.apply)
        register(Phase.READ_MODELS, self.account_tokens.follow, self.account_tokens.restore)
        register(Phase.READ_MODELS, self.access.follow, self.access.restore)
        register(Phase.READ_MODELS, self.credentials.follow, self.credentials.restore)
        register(Phase.CHECKS, self.checks.follow)
        # Before the sessions: one that has its host back renews the lease.
        register(Phase.PROCESSES, self.leases.follow, self.leases.restore)
        register(Phase.PROCESSES, self._strays.follow, self._strays.restore)
        register(Phase.PROCESSES, self._agents.follow)
        register(Phase.PROCESSES, self._deadlines.follow, self._deadlines.restore)
        register(Phase.PROCESSES, self.restarts.follow, self.restarts.restore)
        register(Phase.PROCESSES, self.draining.follow, self.draining.restore)
        register(Phase.PROCESSES, self.rebalancing.follow, self.rebalancing.restore)
        register(Phase.PROCESSES, self.fencing.follow, self.fencing.restore)
        register(Phase.PROCESSES, self.forgetting.follow)
        register(Phase.PROCESSES, self._image_care.follow)
        register(Phase.PROCESSES, self.image_imports.follow)
        register(Phase.PROCESSES, self.consoles.sessions.follow, self.consoles.sessions.restore)
        register(Phase.STREAMS, self.tail.follow, self.tail.restore)
        register(Phase.STREAMS, self.publisher.follow)
        if self.instruments:
            register(Phase.STREAMS, self.instruments.events.follow)
        if self._batch_spans:
            # Before the sessions, which send it to agents.
            traces = RecentTraces()
            register(Phase.READ_MODELS, traces.follow)
            self.commands.trace_of = traces.of
            self.projector.on_reached = self._batch_spans.rows_reached

    def _add_services(self) -> None:
        commands, reads, tail, writer = self.commands, self.reads, self.tail, self.writer
        histories = Histories(lambda: writer.lineage, lambda: reads.position)
        names = ActorNames(self.people.name_of, lambda: self.people.forgotten)
        calls = self.instruments.calls if self.instruments else UNCOUNTED
        log_names = self.people.known
        spans = commands.spans = CallSpans(self.tracer) if self.tracer else None
        mapping = ErrorMapping(
            self._server, commands.outages, histories, self.guard, self.open_calls, names, calls, log_names, spans
        )
        self.refusals = mapping.refusals
        access = AccessServicer(commands, reads, self.guard, self.access, names.name_of)  # pyright: ignore[reportAbstractUsage]
        access_service_pb2_grpc.add_AccessServiceServicer_to_server(access, cast("aio.Server", mapping))
        iam_policy_pb2_grpc.add_IAMPolicyServicer_to_server(  # pyright: ignore[reportUnknownMemberType]
            IamPolicyServicer(commands, reads, self.guard), mapping
        )
        server = cast("aio.Server", mapping)
        # The generated servicers are abstract to the type checker.
        answers = self._answers
        fencers = self.fencers
        vms = VmServicer(commands, reads, answers, tail, self._user_data)  # pyright: ignore[reportAbstractUsage]
        hosts = HostServicer(  # pyright: ignore[reportAbstractUsage]
            commands,
            answers,
            self._agents,
            self.draining,
            lambda host: fencers.for_host(host) is not None,
            self.planner,
            self.credentials,
            self._authority,
        )
        tenants = ProjectServicer(commands, reads)  # pyright: ignore[reportAbstractUsage]
        accounts = ServiceAccountServicer(commands, reads, self.account_tokens)  # pyright: ignore[reportAbstractUsage]
        networks = NetworkServicer(commands, reads)  # pyright: ignore[reportAbstractUsage]
        utilization = UtilizationServicer(reads, tail, self.checks.alarms, self.system_alarms)  # pyright: ignore[reportAbstractUsage]
        history = HistoryServicer(  # pyright: ignore[reportAbstractUsage]
            reads,
            tail,
            self._what_ifs.replay,
            self.ledger_checks.findings,
            lambda: writer.untrusted,
            self.heads,
            names,
        )
        privacy = PrivacyServicer(commands, self.people)  # pyright: ignore[reportAbstractUsage]
        operations = OperationsServicer(commands, answers)
        vm_service_pb2_grpc.add_VmServiceServicer_to_server(vms, server)
        console_service_pb2_grpc.add_ConsoleServiceServicer_to_server(self.consoles, server)
        host_service_pb2_grpc.add_HostServiceServicer_to_server(hosts, server)
        project_service_pb2_grpc.add_ProjectServiceServicer_to_server(tenants, server)
        service_account_service_pb2_grpc.add_ServiceAccountServiceServicer_to_server(accounts, server)
        network_service_pb2_grpc.add_NetworkServiceServicer_to_server(networks, server)
        image_service_pb2_grpc.add_ImageServiceServicer_to_server(self.images, server)
        utilization_service_pb2_grpc.add_UtilizationServiceServicer_to_server(utilization, server)
        history_service_pb2_grpc.add_HistoryServiceServicer_to_server(history, server)
        privacy_service_pb2_grpc.add_PrivacyServiceServicer_to_server(privacy, server)
        if self.instruments:
            metrics = MetricsServicer(reads, self._metrics(self.instruments))  # pyright: ignore[reportAbstractUsage]
            metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(metrics, server)
        add_agents(self._agents, server)
        longrunning_grpc.add_OperationsServicer_to_server(operations, server)  # pyright: ignore[reportUnknownMemberType]
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)  # pyright: ignore[reportUnknownMemberType]
        add_reflection([*(each.full_name for each in SERVICES), health.SERVICE_NAME], server)
        mapping.refuse_others(f"/{API}.")

    def _metrics(self, instruments: Instruments) -> MetricsReader:
        reads, writer, alarms = self.reads, self.writer, self.checks.alarms
        sessions, system = self._agents.connected, self.system_alarms
        server = (
            FleetMetrics(reads).captured,
            LedgerMetrics(reads, writer, self.ledger_checks, self.views).captured,
            ServerMetrics(writer, self.tail, self.leases, alarms, system, sessions).captured,
            instruments.captured,
        )
        return MetricsReader(server, VmMetrics(reads))

    async def start(self) -> None:
        """Rebuilds state from the ledger, then listens. Raises OSError when an address is taken."""
        try:
            await self._start()
        except BaseException:
            await self._end_tasks()
            self._close_images()
            raise

    async def _start(self) -> None:
        await asyncio.to_thread(self.image_store.open)
        examined = await self.ledger_checks.examine()
        await self.writer.start()
        self.clock.resume(*self.writer.last_commit)
        for position, text in self.ledger.altered_snapshots:
            self.ledger_checks.find(FindingSource.SNAPSHOT, position, f"the snapshot as of it was not used: {text}")
        self.writer.prepare(Engine)
        if self.instruments:
            self._tasks += self.instruments.begin()
        await self._ensure_default_project()
        self._tasks.append(asyncio.create_task(self._clock_watch.run(), name="clock"))
        self._tasks.append(asyncio.create_task(self.restarts.run(), name="restarts"))
        self._tasks.append(asyncio.create_task(self._strays.run(), name="strays"))
        self._tasks.append(asyncio.create_task(self.draining.run(), name="draining"))
        self._tasks.append(asyncio.create_task(self.rebalancing.run(), name="rebalancing"))
        self._tasks.append(asyncio.create_task(self.fencing.run(), name="fencing"))
        self._tasks.append(asyncio.create_task(self.forgetting.run(), name="forgetting"))
        self._tasks.append(asyncio.create_task(self._image_care.run(), name="images"))
        lost = self.consoles.sessions.lost()
        self._tasks.append(asyncio.create_task(self.consoles.sessions.close_lost(lost), name="lost consoles"))
        self._tasks.append(asyncio.create_task(self.image_imports.run(), name="imports of images"))
        self._tasks.append(asyncio.create_task(self.token_uses.run(), name="uses of tokens"))
        if not examined.by_read_models:
            # Read models that are the evidence are left as they are.
            self._tasks.append(asyncio.create_task(self.projector.run(), name="projector"))
        self.listeners.bind(self._server)
        self._bind_http()
        await self._server.start()
        self.listeners.start()
        if self.gateway:
            self.gateway.start()
        self._tasks.append(asyncio.create_task(self.listeners.run(), name="certificates"))
        self._tasks.append(asyncio.create_task(self.open_calls.run(), name="open calls"))
        self.leases.begin()
        self._tasks.append(asyncio.create_task(self.leases.run(), name="leases"))
        # Once it is known which agents are awaited.
        self._tasks.append(asyncio.create_task(self._deadlines.run(), name="deadlines"))
        for name in ("", *(each.full_name for each in SERVICES)):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self.checks.start()
        self.snapshotter.start()
        self.ledger_checks.start()
        self._tasks.append(asyncio.create_task(self.publisher.run(), name="signed heads"))

    async def _destinations(self, host_uids: Collection[str], avoided: Avoided) -> Destinations:
        """Where the VMs of hosts that are drained go, by the fleet as it is now."""
        reads, hosts = self.reads, self.reads.inventory.hosts
        state = reads.inventory.captured(reads.position, reads.time)
        vms = [vm_uid for uid in host_uids if uid in hosts for vm_uid in hosts[uid].holdings]
        measured = Measured(measured_use(reads.metrics, hosts, vms, reads.now()))
        return await asyncio.to_thread(destinations, state, host_uids, avoided, measured)

    async def _ends_of(self, vm_uids: Collection[str]) -> Mapping[str, EndOfVm]:
        return await asyncio.to_thread(ends_of, self.ledger, vm_uids)

    def _forgetting(self) -> Forgetting:
        vms, retention_us = self.reads.inventory, round(self._settings.secret_retention_s * SECOND)
        keys, people = (self.vault, vms, self._ends_of, retention_us), (self.people, self._are_forgotten)
        return Forgetting(self.writer.submit, self.clock, *keys, *people)

    async def _are_forgotten(self, pseudonyms: Collection[str]) -> Collection[str]:
        return await asyncio.to_thread(forgotten_people, self.ledger, pseudonyms)

    def _resting(self) -> Collection[str]:
        """VMs that were moved lately."""
        return self.rebalancing.resting()

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
        # While the ledger still takes what it is to have of them.
        await self.consoles.close()
        await self.images.close()
        await self.image_imports.close()
        await self.snapshotter.close()
        await self.ledger_checks.close()
        drained = asyncio.create_task(self.writer.close(), name="draining")
        await self.checks.close()
        # gRPC cancels calls that have arrived and not begun, and nobody tries again what was CANCELLED. So first let
        # them begin, to hear that it is shutting down, and when to come back.
        await asyncio.sleep(min(LAME_DUCK_S, grace_s))
        await self._server.stop(grace_s)
        if self.gateway:
            # Its streams have ended with the server's own words: those are still on their way.
            await self.gateway.close(grace_s)
            self._gateway_socket.close()
        self.listeners.close()
        await self._what_ifs.close()
        await drained
        await self.projector.drained(self._settings.last_rows_s)
        await self._end_tasks()
        if self.issuers:
            await self.issuers.close()
        self.security_log.close()
        await self.publisher.close()
        if self.tracer:
            await asyncio.to_thread(self.tracer.close)
        self.views.close()
        self.ledger.close()
        self.vault.close()
        self._close_images()

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _close_images(self) -> None:
        self.image_store.close()
        if self._settings.images is None and self._settings.store == "memory:":
            # They end with their ledger.
            shutil.rmtree(self.image_store.settings.folder, ignore_errors=True)


def _keys(settings: Settings, clock: Clock) -> tuple[Vault, Pseudonyms]:
    store = store_in(settings.keys, settings.master_key_command)
    return Vault(store, clock), Pseudonyms(store, clock)


def _image_settings(settings: Settings) -> ImageSettings:
    """Where images are kept; of a ledger that ends with the process, in a directory of its own."""
    if settings.images or settings.store != "memory:":
        return settings.image_settings
    return ImageSettings(Path(gettempdir()) / f"chronovisor-images-{uuid7()}")


def _sign_in_issuers(issuers: Collection[IssuerSettings]) -> tuple[SignInIssuer, ...]:
    """Those at which browsers may sign in."""
    return tuple(
        SignInIssuer(each.issuer, each.client_id, each.audience[0], each.ca_file, each.tokens == TokenKind.ID)
        for each in issuers
        if each.client_id
    )


def _signing_key(settings: Settings) -> SigningKey:
    """A ledger that is not kept needs no key that is."""
    if settings.store.startswith("memory:") and settings.signing_key is None:
        return generated()
    return load_or_make(settings.home, settings.signing_key)


def _cosigned(settings: Settings) -> Path | None:
    return settings.home / COSIGNED if settings.publish_heads else None


def _make_directory(store: str) -> None:
    if store.startswith("sqlite:///"):
        directory = Path(store.removeprefix("sqlite:///")).parent
        directory.mkdir(parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK):
            raise PermissionError(f"cannot write to {directory}")
