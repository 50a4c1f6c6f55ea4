"""AgentService: takes an agent's stream, registers its host, and keeps the sessions by host."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

import grpc
from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import agent_service_pb2_grpc
from grpc import aio
from uuid_utils import uuid7

from controlplane.commands.host import RegisterHost, ReportHost
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import HistoryChanged, PermissionDenied, invalid
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.history import STREAM as HISTORY
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.errors import AgentQuarantined, AgentSuperseded, HostAlreadyConnected, MachineMismatch
from controlplane.domain.host.machine import decide_bind
from controlplane.domain.time import duration_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.queries.reads import Reads
from controlplane.rpc.agent.refusals import AgentRefusals
from controlplane.rpc.agent.session import AgentSession, time_of
from controlplane.rpc.dependencies import ANONYMOUS, Commands, ServicerContext, actor_of
from controlplane.rpc.host.requests import cleaned, register_command
from controlplane.rpc.shared.validate import FieldRules

HEARTBEAT_S = 5.0
# How long an agent that is started again waits for the end of the one before, in seconds.
ENDING_S = 1.0


class AgentServicer(agent_service_pb2_grpc.AgentServiceServicer):
    """The agents that are connected to this server, at most one a host."""

    def __init__(self, commands: Commands, reads: Reads) -> None:
        self._commands = commands
        self._reads = reads
        self._sessions: dict[str, AgentSession] = {}
        # By the host's name: held while an agent's hello is looked at.
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Hosts, by name, as which no agent can connect now: the lock is held, and not by an agent.
        self._kept_out: set[str] = set()
        # By the host's name: until when its agent is not heard, by the monotonic clock.
        self._quarantined: dict[str, float] = {}
        self.refusals = AgentRefusals()

    def is_connected(self, host_uid: str) -> bool:
        return host_uid in self._sessions

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

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        """Follows the dispatcher: each session is to know what has changed of its host and its VMs."""
        if not self._sessions:
            return
        for recorded in batch:
            vm = recorded.after
            if isinstance(vm, Host) and isinstance(recorded.before, Host):
                if session := self._sessions.get(vm.uid):
                    session.host_changed(recorded.before, vm)
                continue
            if not isinstance(vm, Vm):
                if recorded.stream == HISTORY:
                    self._begin_again()
                continue
            for session in self._concerned(vm):
                session.vm_changed(vm)

    def _begin_again(self) -> None:
        """Another history has begun: every agent comes back, and reports all that its host has."""
        lineage = self._reads.lineage
        for session in self._sessions.values():
            session.end(HistoryChanged(lineage.fork_position, lineage.history_id))

    def _concerned(self, vm: Vm) -> list[AgentSession]:
        here = self._sessions.get(vm.host_uid)
        if here and here.knows(vm.uid):
            return [here]
        # Placed anew or gone: whoever had it before must hear of it too.
        before = [each for each in self._sessions.values() if each is not here and each.knows(vm.uid)]
        return [*before, here] if here else before

    async def OpenSession(
        self, request_iterator: AsyncIterator[api.ConnectRequest], context: ServicerContext
    ) -> AsyncIterator[api.ConnectResponse]:
        hello = await _hello(request_iterator)
        session = await self._open(hello, context)
        host = session.host
        receiving = asyncio.create_task(session.receive(request_iterator))
        try:
            yield api.ConnectResponse(
                welcome=api.AgentWelcome(
                    host=host.name,
                    host_uid=host.uid,
                    heartbeat_interval=duration_of(HEARTBEAT_S),
                )
            )
            async for message in session.outgoing():
                yield message
        finally:
            session.end(None)
            if isinstance(session.ended, AgentQuarantined):
                self._quarantined[host.name] = time.monotonic() + session.ended.retry_after_s
                self.refusals.note(
                    host.name, session.ended, context.peer(), tuple(hello.machine_ids), self._reads.now()
                )
            receiving.cancel()
            if self._sessions.get(host.uid) is session:
                del self._sessions[host.uid]

    async def _open(self, hello: api.AgentHello, context: ServicerContext) -> AgentSession:
        """The session of an agent that may speak for the host."""
        rules = FieldRules()
        command = register_command(hello.host_id, cleaned(hello.host), rules, hello.machine_ids)
        actor = actor_of(context)
        if actor not in (f"agent:{hello.host_id}", ANONYMOUS):
            raise PermissionDenied(actor, f"speak for {command.name}")
        # One at a time: of two agents that come together, the second finds the first.
        async with self._opening[command.name]:
            try:
                await self._require_free(command, hello.agent_instance)
                host = await self._register(command)
            except (AgentQuarantined, HostAlreadyConnected, MachineMismatch) as error:
                self.refusals.note(command.name, error, context.peer(), command.machine_ids, self._reads.now())
                raise
            session = AgentSession(self._commands, self._reads, host, f"agent:{hello.host_id}", hello.agent_instance)
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
        by = CommandContext(agent, str(uuid7()), reason="agent connected")
        outcome = await self._commands.enqueue(ReportHost(command), by)
        assert outcome.answer is not None
        assert isinstance(outcome.answer.resource, Host)
        return outcome.answer.resource


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
