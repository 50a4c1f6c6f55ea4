"""AgentService: takes an agent's stream, registers its host, and keeps the sessions by host."""

import asyncio
import logging
import re
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import grpc
from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import agent_service_pb2_grpc
from chronovisor.v1.host_credentials_pb2 import (
    EnrollHostRequest,
    EnrollHostResponse,
    RenewHostCertificateRequest,
    RenewHostCertificateResponse,
)
from chronovisor.v1.vm_pb2 import MigrationProgress
from grpc import aio

from controlplane.commands.host import RegisterHost, ReportHost
from controlplane.domain.access.principal import Principal, ProofKind
from controlplane.domain.errors import (
    DomainError,
    HistoryChanged,
    NotFound,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
    invalid,
)
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.history import STREAM as HISTORY
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.errors import (
    AgentQuarantined,
    AgentSuperseded,
    HostAlreadyConnected,
    HostDecommissioned,
    MachineMismatch,
)
from controlplane.domain.host.machine import decide_bind
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND, Micros, duration_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.queries.host_credentials import KnownCredentials, host_of
from controlplane.queries.network_view import NetworkView
from controlplane.queries.reads import Reads
from controlplane.rpc.access.caller import BELIEVED, caller
from controlplane.rpc.agent.enrolment import Enrolment
from controlplane.rpc.agent.guest_reports import time_of
from controlplane.rpc.agent.image_fetches import ImageFetches
from controlplane.rpc.agent.network_book import NetworkBook
from controlplane.rpc.agent.refusals import AgentRefusals
from controlplane.rpc.agent.session import AgentSession, GuestUserData
from controlplane.rpc.agent.tunnels import Tunnels
from controlplane.rpc.dependencies import ANONYMOUS, Commands, ServicerContext, actor_of, command_context
from controlplane.rpc.host.credentials import HostAuthority
from controlplane.rpc.host.requests import cleaned, register_command
from controlplane.rpc.shared.validate import FieldRules

log = logging.getLogger(__name__)

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
# After how long an agent tries again to get what is not there, in seconds.
RETRY_S = 5.0

# How long an agent that is started again waits for the end of the one before, in seconds.
ENDING_S = 1.0


class LeaseTimes(Protocol):
    """How long a lease lasts, and how often an agent is to be heard, in seconds."""

    @property
    def lease_s(self) -> float: ...

    @property
    def heartbeat_s(self) -> float: ...


class Leases(Protocol):
    """The leases of hosts, by their uids, which each message of an agent renews."""

    @property
    def terms(self) -> LeaseTimes: ...

    def renew(self, host_uid: str) -> None: ...

    def expires_at(self, host_uid: str) -> Micros | None: ...

    def awaited_until(self, host_uid: str) -> Micros: ...


@dataclass(frozen=True, slots=True)
class AgentProofs:
    """What proves that an agent is a host's, and what that is enough for.

    `insecure`: callers that prove nothing are believed. `needs_approval`: see ReportHost.
    """

    known: KnownCredentials
    authority: Callable[[], HostAuthority | None]
    insecure: bool
    needs_approval: bool = False


def _proven() -> Principal | None:
    """Who calls, where that is proven."""
    principal = caller()
    return None if principal is BELIEVED else principal


def certificate_required() -> Unauthenticated:
    text = (
        "an agent needs its host's certificate: chronovisor-agent join, with a token of chronovisor host token create"
    )
    return Unauthenticated(Reason.CERTIFICATE_REQUIRED, text)


def _certificate_of(speaker: Principal | None) -> str:
    """The fingerprint of the certificate by which somebody speaks; empty for others."""
    return speaker.proof.detail if speaker and speaker.proof.kind is ProofKind.CERTIFICATE else ""


# The bytes of an image, by its SHA-256, from one on. Raises Unavailable where they are not there.
ImageBytes = Callable[[bytes, int], AsyncIterator[bytes]]


async def _no_image(digest: bytes, _offset: int) -> AsyncIterator[bytes]:
    raise Unavailable(Reason.IMAGE_UNAVAILABLE, f"the bytes of image {digest.hex()} are not here", RETRY_S)
    yield  # makes this a generator, as a stream must be


class AgentServicer(agent_service_pb2_grpc.AgentServiceServicer):
    """The agents that are connected to this server, at most one a host."""

    def __init__(
        self,
        commands: Commands,
        reads: Reads,
        leases: Leases,
        proofs: AgentProofs,
        user_data: GuestUserData | None = None,
        images: ImageBytes | None = None,
    ) -> None:
        self._images = images or _no_image
        self._fetches = ImageFetches()
        self._user_data = user_data
        self._proofs = proofs
        self._enrolment = Enrolment(commands, reads, proofs.known, proofs.authority)
        self._commands = commands
        self._reads = reads
        self._leases = leases
        self._sessions: dict[str, AgentSession] = {}
        # By the host's name: held while an agent's hello is looked at.
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Hosts, by name, as which no agent can connect now: the lock is held, and not by an agent.
        self._kept_out: set[str] = set()
        # By the host's name: until when its agent is not heard, by the monotonic clock.
        self._quarantined: dict[str, float] = {}
        self._networks = NetworkBook(NetworkView(reads.inventory), lambda: reads.position)
        self.refusals = AgentRefusals()
        self.tunnels = Tunnels()

    def is_connected(self, host_uid: str) -> bool:
        """Whether its agent speaks to this server: the stream of one that was cut off ends long after its last word."""
        session = self._sessions.get(host_uid)
        if session is None:
            return False
        return self._reads.now() - session.last_heard <= self._leases.terms.lease_s * SECOND

    def connected(self) -> int:
        """How many agents are connected."""
        return len(self._sessions)

    def session_of(self, host_uid: str) -> AgentSession | None:
        """What is known by the agent's stream; None while it is not connected."""
        return self._sessions.get(host_uid)

    def lease_expires(self, host_uid: str) -> Micros | None:
        """When the host is lost unless its agent is heard; None where it has no lease."""
        return self._leases.expires_at(host_uid)

    def clock_offset_us(self, host_uid: str) -> int | None:
        """By how much a host's clock is ahead of the ledger's time; None where nobody says."""
        session = self._sessions.get(host_uid)
        return session.clock.offset_us if session else None

    @asynccontextmanager
    async def kept_out(self, host_name: str) -> AsyncGenerator[bool]:
        """Lets no agent connect as this host meanwhile. Yields whether one is connected already, or about to be."""
        if self._reads.inventory.host_named(host_name) is None:
            yield False
            return
        opening = self._opening[host_name]
        if self._has_session(host_name) or (opening.locked() and host_name not in self._kept_out):
            yield True
            return
        async with opening:
            self._kept_out.add(host_name)
            try:
                yield self._has_session(host_name)
            finally:
                self._kept_out.discard(host_name)

    def _has_session(self, host_name: str) -> bool:
        host = self._reads.inventory.host_named(host_name)
        return host is not None and self.is_connected(host.uid)

    def last_error(self, vm_uid: str) -> str:
        """What its agent could not do yet for a VM, or how it saw its guest last; empty when there is nothing."""
        vm = self._reads.inventory.vms.get(vm_uid)
        session = self._sessions.get(vm.host_uid) if vm else None
        return session.last_word(vm) if session and vm else ""

    def migration_progress(self, vm_uid: str) -> MigrationProgress | None:
        """What the source's agent has copied of a VM, by its last heartbeat."""
        vm = self._reads.inventory.vms.get(vm_uid)
        found = (self._sessions.get(host_uid) for host_uid in vm.hosts) if vm and vm.migration else ()
        return next((session.migrations[vm_uid] for session in found if session and vm_uid in session.migrations), None)

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        """Follows the dispatcher: each session is to know what has changed of its host and its VMs."""
        if not self._sessions:
            return
        self._networks.follow(batch)
        for recorded in batch:
            vm = recorded.after
            if isinstance(vm, Host) and isinstance(recorded.before, Host):
                if session := self._sessions.get(vm.uid):
                    session.host_changed(recorded.before, vm)
                continue
            if not isinstance(vm, Vm):
                if recorded.stream == HISTORY:
                    self._begin_again()
                elif host_id := host_of(recorded):
                    self._end_revoked(host_id)
                continue
            before = recorded.before if isinstance(recorded.before, Vm) else None
            for session in self._concerned(before, vm):
                session.vm_changed(vm)

    def _end_revoked(self, host_id: str) -> None:
        """Ends the stream of a host by a certificate that proves nothing any more."""
        host = self._reads.inventory.host_named(f"hosts/{host_id}")
        session = self._sessions.get(host.uid) if host else None
        if session and session.certificate and self._proofs.known.is_revoked(host_id, session.certificate, 0.0):
            session.end(
                Unauthenticated(Reason.CERTIFICATE_REVOKED, f"the certificates of hosts/{host_id} were revoked")
            )

    def _speaker(self, host: str, context: ServicerContext) -> Principal | None:
        """Who speaks for a host, and may. Raises Unauthenticated, PermissionDenied."""
        speaker = _proven()
        if speaker is None:
            if not self._proofs.insecure:
                raise certificate_required()
            actor = actor_of(context)
            if actor not in (f"agent:{host.removeprefix('hosts/')}", ANONYMOUS):
                raise PermissionDenied(actor, f"speak for {host}")
        elif not speaker.owns_machine and speaker.host != host:
            raise PermissionDenied(speaker.name, f"speak for {host}")
        return speaker

    def _begin_again(self) -> None:
        """Another history has begun: every agent comes back, and reports all that its host has."""
        lineage = self._reads.lineage
        for session in self._sessions.values():
            session.end(HistoryChanged(lineage.fork_position, lineage.history_id))

    def _concerned(self, before: Vm | None, vm: Vm) -> list[AgentSession]:
        """Of the hosts that it is on, and of those that it was on before: they must hear of it, too."""
        hosts = dict.fromkeys((*vm.hosts, *(before.hosts if before else ())))
        return [session for host_uid in hosts if (session := self._sessions.get(host_uid))]

    async def OpenSession(
        self, request_iterator: AsyncIterator[api.ConnectRequest], context: ServicerContext
    ) -> AsyncIterator[api.ConnectResponse]:
        hello = await _hello(request_iterator)
        session = await self._open(hello, context)
        host = session.host
        receiving = asyncio.create_task(session.receive(request_iterator))
        expiry = self._expiry_of(session)
        try:
            yield api.ConnectResponse(
                welcome=api.AgentWelcome(
                    host=host.name,
                    host_uid=host.uid,
                    heartbeat_interval=duration_of(self._leases.terms.heartbeat_s),
                    lease_duration=duration_of(self._leases.terms.lease_s),
                )
            )
            async for message in session.outgoing():
                yield message
        finally:
            session.end(None)
            if expiry:
                expiry.cancel()
            if isinstance(session.ended, DomainError) and not isinstance(session.ended, AgentSuperseded):
                self.tunnels.end_of_host(host.uid)
            if isinstance(session.ended, AgentQuarantined):
                self._quarantined[host.name] = time.monotonic() + session.ended.retry_after_s
                self.refusals.note(
                    host.name, session.ended, context.peer(), tuple(hello.machine_ids), self._reads.now()
                )
            receiving.cancel()
            if self._sessions.get(host.uid) is session:
                del self._sessions[host.uid]

    def _expiry_of(self, session: AgentSession) -> asyncio.TimerHandle | None:
        """Ends the stream with the certificate by which it was opened: TLS looks at it in the beginning alone."""
        speaker = _proven()
        if speaker is None or not speaker.until:
            return None
        error = Unauthenticated(Reason.CERTIFICATE_EXPIRED, f"the certificate of {session.host.name} has ended")
        return asyncio.get_running_loop().call_later(max(0.0, speaker.until - time.time()), session.end, error)

    async def OpenTunnel(
        self, request_iterator: AsyncIterator[api.TunnelData], context: ServicerContext
    ) -> AsyncIterator[api.TunnelData]:
        actor_of(context)
        first = await anext(request_iterator, None)
        if first is None or not first.tunnel_id:
            raise invalid("tunnel_id", "must be in the first message")
        tunnel = self.tunnels.claimed(first.tunnel_id)
        self._speaker(tunnel.host, context)
        async for message in tunnel.serve(request_iterator):
            yield message

    async def FetchImage(
        self, request: api.FetchImageRequest, context: ServicerContext
    ) -> AsyncIterator[api.FetchImageResponse]:
        actor = actor_of(context)
        rules = FieldRules()
        rules.name(request.host, "hosts/{host}", "host")
        digest = bytes.fromhex(request.sha256) if _SHA256.fullmatch(request.sha256) else b""
        rules.check(digest, "sha256", "must be 64 hexadecimal digits")
        rules.check(request.offset >= 0, "offset", "must be 0 or more")
        rules.done()
        self._speaker(request.host, context)
        host = self._reads.inventory.host_named(request.host)
        if host is None:
            raise NotFound("host", request.host)
        if not self._needs(host.uid, digest):
            raise PermissionDenied(actor, "read an image that no guest of its host is made from")
        end = request.offset
        async for data in self._images(digest, request.offset):
            end += len(data)
            self._fetches.sent(host.uid, digest, end, self._reads.now())
            yield api.FetchImageResponse(data=data)

    def extended_until(self, vm_uid: str) -> Micros:
        """Until when what is requested of a VM is given more time. 0: it is not.

        Before its host's agent is heard, nobody knows whether it was done while the control plane was down.
        """
        vm = self._reads.inventory.vms.get(vm_uid)
        return Micros(0) if vm is None else max(self._leases.awaited_until(vm.host_uid), self._copying_until(vm))

    def _copying_until(self, vm: Vm) -> Micros:
        """Until when the image of a start may take to come to its host."""
        if vm.state is not VmState.STARTING or vm.spec.content is None:
            return Micros(0)
        return self._fetches.extends_until(vm.host_uid, vm.spec.content)

    def _needs(self, host_uid: str, digest: bytes) -> bool:
        """Whether a VM that is placed on a host is made from an image."""
        inventory = self._reads.inventory
        specs = (inventory.vms[uid].spec for uid in inventory.placed[host_uid] if uid in inventory.vms)
        return any(spec.content and spec.content.sha256 == digest for spec in specs)

    async def EnrollHost(self, request: EnrollHostRequest, context: ServicerContext) -> EnrollHostResponse:
        return await self._enrolment.enroll(request)

    async def RenewHostCertificate(
        self, request: RenewHostCertificateRequest, context: ServicerContext
    ) -> RenewHostCertificateResponse:
        agent = _proven()
        if agent is None or not agent.host:
            raise certificate_required()
        return await self._enrolment.renew(request, agent)

    async def _open(self, hello: api.AgentHello, context: ServicerContext) -> AgentSession:
        """The session of an agent that may speak for the host."""
        rules = FieldRules()
        own = (hello.machine_ids, hello.watchdog_timeout, hello.tunnel_address)
        command = register_command(hello.host_id, cleaned(hello.host), rules, *own)
        speaker = self._speaker(command.name, context)
        # One at a time: of two agents that come together, the second finds the first.
        async with self._opening[command.name]:
            try:
                await self._require_free(command, hello.agent_instance)
                host = await self._register(command)
            except (AgentQuarantined, HostAlreadyConnected, HostDecommissioned, MachineMismatch) as error:
                self.refusals.note(command.name, error, context.peer(), command.machine_ids, self._reads.now())
                raise
            heard = partial(self._leases.renew, host.uid)
            agent = f"agent:{hello.host_id}"
            instance = hello.agent_instance
            known = (self._commands, self._reads, self._networks, host)
            session = AgentSession(*known, agent, instance, heard, self._user_data)
            session.certificate = _certificate_of(speaker)
            session.tunnels = frozenset(hello.tunnels)
            heard()
            session.clock.heard(time_of(hello.send_time))
            if (older := self._sessions.get(host.uid)) is not None:
                older.end(AgentSuperseded(host.name))
            self._sessions[host.uid] = session
        return session

    async def _require_free(self, command: RegisterHost, instance: str) -> None:
        """Raises MachineMismatch, AgentQuarantined, and HostAlreadyConnected while another agent speaks for the host.

        That one may be about to end: an agent that is started again comes as the end of the one before arrives.
        """
        host = self._reads.inventory.host_named(command.name)
        if host is None:
            return
        if (left_s := self._quarantined.get(host.name, 0.0) - time.monotonic()) > 0:
            raise AgentQuarantined(host.name, left_s)
        decide_bind(host, command.machine_ids)
        older = self._sessions.get(host.uid)
        if older is None or older.is_of(instance):
            return
        if not await older.over(ENDING_S):
            raise HostAlreadyConnected(host.name)

    async def _register(self, command: RegisterHost) -> Host:
        """The host as it is known now."""
        agent = f"agent:{command.name.partition('/')[2]}"
        is_new = self._reads.inventory.host_named(command.name) is None
        waits = "; a new host takes VMs once it is uncordoned" if is_new and self._proofs.needs_approval else ""
        by = command_context(agent, reason=f"agent connected{waits}")
        outcome = await self._commands.enqueue(ReportHost(command, self._proofs.needs_approval), by)
        assert outcome.answer is not None
        host = outcome.answer.resource
        assert isinstance(host, Host)
        if more := [name for name, each in command.inventory.items() if each.total > _total(host, name)]:
            log.warning("%s reports more than is approved, of %s: see UpdateHost", host.name, ", ".join(sorted(more)))
        return host


def _total(host: Host, resource_class: str) -> int:
    found = host.inventory.get(resource_class)
    return found.total if found else 0


def add_agents(agents: AgentServicer, server: aio.Server) -> None:
    """Serves OpenSession, and the same by the name that it was released with: see decision 0038."""
    agent_service_pb2_grpc.add_AgentServiceServicer_to_server(agents, server)
    connect = grpc.stream_stream_rpc_method_handler(
        agents.OpenSession, api.ConnectRequest.FromString, api.ConnectResponse.SerializeToString
    )
    service = api.DESCRIPTOR.services_by_name["AgentService"].full_name
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Connect": connect}),))


async def _hello(incoming: AsyncIterator[api.ConnectRequest]) -> api.AgentHello:
    async for message in incoming:
        if message.HasField("hello"):
            return message.hello
        break
    raise invalid("hello", "must be the first message of the stream")
