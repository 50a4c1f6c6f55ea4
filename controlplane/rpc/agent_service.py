"""AgentService: takes an agent's stream, registers its host, and keeps the sessions by host."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import agent_service_pb2_grpc
from uuid_utils import uuid7

from controlplane.commands import host as commands
from controlplane.domain.draft import Origin
from controlplane.domain.errors import AgentSuperseded, InsufficientResources, NotYours, invalid
from controlplane.domain.fleet import Recorded
from controlplane.domain.host import Host
from controlplane.domain.time import duration_of
from controlplane.domain.vm import Vm
from controlplane.queries import inventory as queries
from controlplane.rpc.agent_session import AgentSession
from controlplane.rpc.host_commands import register_command
from controlplane.rpc.reach import ANONYMOUS, Reach, ServicerContext, actor_of
from controlplane.rpc.validate import Rules

HEARTBEAT_S = 5.0


class AgentServicer(agent_service_pb2_grpc.AgentServiceServicer):
    """The agents that are connected to this server, at most one a host."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._sessions: dict[str, AgentSession] = {}
        reach.feed.follow(self._follow)

    def is_connected(self, host_uid: str) -> bool:
        return host_uid in self._sessions

    def last_error(self, vm_uid: str) -> str:
        """What its agent could not do yet for a VM, in the hypervisor's words; empty when there is nothing."""
        vm = self._reach.inventory.vms.get(vm_uid)
        session = self._sessions.get(vm.host_uid) if vm else None
        return session.last_errors.get(vm_uid, "") if session else ""

    def _follow(self, batch: Sequence[Recorded]) -> None:
        if not self._sessions:
            return
        for recorded in batch:
            vm = recorded.after
            if not isinstance(vm, Vm):
                continue
            for session in self._concerned(vm):
                session.vm_changed(vm)

    def _concerned(self, vm: Vm) -> list[AgentSession]:
        here = self._sessions.get(vm.host_uid)
        if here and here.knows(vm.uid):
            return [here]
        # Placed anew or gone: whoever had it before must hear of it too.
        before = [each for each in self._sessions.values() if each is not here and each.knows(vm.uid)]
        return [*before, here] if here else before

    async def Connect(
        self, request_iterator: AsyncIterator[api.ConnectRequest], context: ServicerContext
    ) -> AsyncIterator[api.ConnectResponse]:
        hello = await _hello(request_iterator)
        host, refused = await self._register(hello, actor_of(context))
        session = AgentSession(self._reach, host, f"agent:{hello.host_id}")
        if (older := self._sessions.get(host.uid)) is not None:
            older.end(AgentSuperseded(host.name))
        self._sessions[host.uid] = session
        receiving = asyncio.create_task(session.receive(request_iterator))
        try:
            yield api.ConnectResponse(
                welcome=api.AgentWelcome(
                    host=host.name,
                    host_uid=host.uid,
                    heartbeat_interval=duration_of(HEARTBEAT_S),
                    inventory_refused=refused,
                )
            )
            async for message in session.outgoing():
                yield message
        finally:
            receiving.cancel()
            if self._sessions.get(host.uid) is session:
                del self._sessions[host.uid]

    async def _register(self, hello: api.AgentHello, actor: str) -> tuple[Host, str]:
        """The host as it is known now, and why the agent's word on it was not taken over, if it was not."""
        command = register_command(hello.host_id, hello.host, Rules())
        agent = f"agent:{hello.host_id}"
        if actor not in (agent, ANONYMOUS):
            raise NotYours(actor, f"speak for {command.name}")
        origin = Origin(agent, str(uuid7()), reason="agent connected")
        try:
            outcome = await self._reach.writer.submit(partial(commands.report_inventory, command=command), origin)
        except InsufficientResources as error:
            refused = f"{error.held} {error.resource_class} would be less than the {error.released} held for VMs"
            return queries.host(self._reach.inventory, command.name), refused
        assert outcome.answer is not None
        assert isinstance(outcome.answer.resource, Host)
        return outcome.answer.resource, ""


async def _hello(incoming: AsyncIterator[api.ConnectRequest]) -> api.AgentHello:
    async for message in incoming:
        if message.HasField("hello"):
            return message.hello
        break
    raise invalid("hello", "must be the first message of the stream")
