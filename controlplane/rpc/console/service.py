"""ConsoleService: the consoles of VMs, each through a tunnel that the agent of its host opens."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import agent_service_pb2 as agents_api
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1 import console_service_pb2_grpc

from controlplane.domain.errors import NotFound, RateLimited, Unavailable, WrongState, invalid
from controlplane.domain.reasons import Reason
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.errors import ConsoleUnsupported
from controlplane.queries.identity import VMS
from controlplane.queries.reads import Reads
from controlplane.rpc.access.caller import caller
from controlplane.rpc.access.open_calls import OpenCalls
from controlplane.rpc.agent.service import AgentServicer
from controlplane.rpc.agent.tunnels import RETRY_S, Tunnel
from controlplane.rpc.console.log_reader import LogReader
from controlplane.rpc.console.serial_hub import SerialClient, SerialHub
from controlplane.rpc.console.sessions import SERVER_ENDED, ConsoleSession, ConsoleSessions
from controlplane.rpc.dependencies import Commands, ServicerContext, actor_of, command_context
from controlplane.rpc.shared.validate import FieldRules
from controlplane.rpc.vm.requests import NAME

_SERIAL = "/chronovisor.v1.ConsoleService/OpenSerialConsole"
MOST_CLIENTS = 16
MOST_BACKLOG = MOST_INPUT = 64 << 10


@dataclass(eq=False, slots=True)
class _Console:
    """The serial console of one VM, and the task that keeps it open."""

    hub: SerialHub
    task: "asyncio.Task[None]"
    clients: int = 0


class ConsoleServicer(console_service_pb2_grpc.ConsoleServiceServicer):
    """The consoles that are open on this server."""

    def __init__(self, commands: Commands, reads: Reads, agents: AgentServicer, open_calls: OpenCalls) -> None:
        self._commands, self._reads, self._agents, self._open_calls = commands, reads, agents, open_calls
        self.sessions = ConsoleSessions(commands, reads)
        # By the VM's uid.
        self._consoles: dict[str, _Console] = {}
        self._is_closing = False

    async def OpenSerialConsole(
        self, request_iterator: AsyncIterator[api.OpenSerialConsoleRequest], context: ServicerContext
    ) -> AsyncIterator[api.OpenSerialConsoleResponse]:
        actor = actor_of(context)
        first = await anext(request_iterator, None)
        if first is None or not first.HasField("open"):
            raise invalid("open", "must be the first message of the stream")
        self._open_calls.admitted(await self._commands.guard.admit_part(_SERIAL, caller(), first))
        opening = _checked(first.open)
        vm = self._vm(opening.name)
        async with self._console(vm) as hub:
            by = command_context(actor, reason=opening.reason)
            session = await self.sessions.open(vm, ev.CONSOLE_KIND_SERIAL, by, _MODES[opening.mode])
            client = SerialClient(session, writes=bool(opening.mode))
            reading: asyncio.Task[None] | None = None
            try:
                hub.join(client, opening.backlog_bytes, take_over=opening.mode == api.CONSOLE_MODE_TAKE_OVER)
                client.wake.set()
                yield api.OpenSerialConsoleResponse(opened=hub.opened(client))
                reading = asyncio.create_task(_read(request_iterator, hub, client))
                async for response in hub.responses(client):
                    yield response
            finally:
                if reading:
                    reading.cancel()
                hub.leave(client)
                self.sessions.close(session)

    async def ReadConsoleLog(
        self, request: api.ReadConsoleLogRequest, context: ServicerContext
    ) -> AsyncIterator[api.ReadConsoleLogResponse]:
        actor = actor_of(context)
        rules = FieldRules()
        rules.name(request.name, NAME, "name")
        rules.done()
        vm = self._vm(request.name)
        request_to_agent = agents_api.TunnelRequest(
            kind=agents_api.TUNNEL_KIND_CONSOLE_LOG, vm_uid=vm.uid, offset=request.offset, follow=request.follow
        )
        with self._agents.tunnels.known(self._tunnel(vm, request_to_agent, "ReadConsoleLog")) as tunnel:
            await tunnel.opened()
            reader = LogReader(tunnel, request.offset)
            first = await reader.next()
            if first is None:
                raise self._failed(vm, tunnel, "ReadConsoleLog")
            by = command_context(actor)
            session = await self.sessions.open(vm, ev.CONSOLE_KIND_LOG, by)
            try:
                message: api.ReadConsoleLogResponse | None = first
                while message is not None:
                    session.output_bytes += len(message.data)
                    yield message
                    message = await reader.next()
                _log_ended(session, tunnel, is_closing=self._is_closing)
            finally:
                self.sessions.close(session)

    async def close(self) -> None:
        """Ends all that are open, and returns once the ledger has that."""
        self._is_closing = True
        text = f"{SERVER_ENDED}; open it again"
        ended = api.ConsoleEnded(reason=api.CONSOLE_END_REASON_SERVER_ENDING, text=text)
        for console in [*self._consoles.values()]:
            console.hub.end_with(ended)
        self._agents.tunnels.end_all()
        await self.sessions.finish()

    def hub_of(self, vm_uid: str) -> SerialHub | None:
        """The serial console of a VM that somebody has open."""
        console = self._consoles.get(vm_uid)
        return console.hub if console else None

    def _vm(self, name: str) -> Vm:
        """Raises NotFound."""
        vm = VMS.live(self._reads.inventory, name)
        if vm is None:
            raise NotFound("vm", name)
        return vm

    @asynccontextmanager
    async def _console(self, vm: Vm) -> AsyncGenerator[SerialHub]:
        """The VM's serial console, which is opened for the first, and closed after the last."""
        console = self._consoles.get(vm.uid)
        if console is None or console.hub.ended:
            console = self._consoles[vm.uid] = self._opened(vm)
        if console.clients >= MOST_CLIENTS:
            raise RateLimited(caller().name, f"the console of {vm.name} before it, which {MOST_CLIENTS} have open", 5.0)
        console.clients += 1
        try:
            await console.hub.ready.wait()
            if console.hub.ended:
                if console.task.done() and (error := console.task.exception()):
                    raise error
                raise self._failed(vm, console.hub.tunnel, "OpenSerialConsole")
            yield console.hub
        finally:
            console.clients -= 1
            if not console.clients:
                console.hub.close()
                if self._consoles.get(vm.uid) is console:
                    del self._consoles[vm.uid]

    def _opened(self, vm: Vm) -> _Console:
        request_to_agent = agents_api.TunnelRequest(
            kind=agents_api.TUNNEL_KIND_SERIAL, vm_uid=vm.uid, incarnation=vm.incarnation, offset=-MOST_BACKLOG
        )
        hub = SerialHub(self._tunnel(vm, request_to_agent, "OpenSerialConsole"))
        task = asyncio.create_task(self._follow(hub), name=f"the console of {vm.name}")
        # Whoever waits for it gets its error.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return _Console(hub, task)

    async def _follow(self, hub: SerialHub) -> None:
        with self._agents.tunnels.known(hub.tunnel):
            await hub.run()

    def _tunnel(self, vm: Vm, request: agents_api.TunnelRequest, method: str) -> Tunnel:
        """Requests a tunnel of the agent of a VM's host. Raises WrongState, Unavailable, ConsoleUnsupported."""
        if self._is_closing:
            raise Unavailable(Reason.SHUTTING_DOWN, "the server is shutting down; try again", RETRY_S)
        if not vm.host_uid:
            raise WrongState("vm", vm.name, vm.state.name, method, ("StartVm",))
        session = self._agents.session_of(vm.host_uid)
        if session is None or not self._agents.is_connected(vm.host_uid):
            text = "the agent of the VM's host is not connected; try again"
            raise Unavailable(Reason.CONSOLE_UNAVAILABLE, text, RETRY_S)
        if request.kind not in session.tunnels:
            raise ConsoleUnsupported(vm.name, "the agent of its host is older than this server")
        tunnel = Tunnel(vm.host_uid, session.host.name)
        request.tunnel_id = tunnel.id
        session.request_tunnel(request)
        return tunnel

    def _failed(self, vm: Vm, tunnel: Tunnel, method: str) -> Exception:
        """Why a tunnel carried nothing."""
        end = tunnel.ended
        if end and end.guest_ended:
            now = self._reads.inventory.vms.get(vm.uid, vm)
            return WrongState("vm", now.name, now.state.name, method, ("StartVm",))
        why = end.error if end else "it was lost"
        return Unavailable(Reason.CONSOLE_UNAVAILABLE, f"the agent of the VM's host could not open it: {why}", RETRY_S)


_MODES = {
    api.CONSOLE_MODE_UNSPECIFIED: ev.CONSOLE_MODE_UNSPECIFIED,
    api.CONSOLE_MODE_WRITE: ev.CONSOLE_MODE_WRITE,
    api.CONSOLE_MODE_TAKE_OVER: ev.CONSOLE_MODE_TAKE_OVER,
}


def _checked(opening: api.SerialConsoleOpening) -> api.SerialConsoleOpening:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(opening.name, NAME, "open.name")
    rules.known(opening.mode, api.ConsoleMode.DESCRIPTOR, "open.mode")
    rules.check(0 <= opening.backlog_bytes <= MOST_BACKLOG, "open.backlog_bytes", f"must be 0 to {MOST_BACKLOG}")
    rules.mutation("", opening.reason)
    rules.done()
    return opening


async def _read(incoming: AsyncIterator[api.OpenSerialConsoleRequest], hub: SerialHub, client: SerialClient) -> None:
    """What the client sends: an error of it ends the call."""
    writes = client.writes
    try:
        async for request in incoming:
            if not request.HasField("input") or len(request.input) > MOST_INPUT:
                raise invalid("input", f"must be what follows `open`, and at most {MOST_INPUT} bytes")
            if not writes:
                raise invalid("input", "is not taken of a client that watches: open it with a mode that writes")
            await hub.write(client, request.input)
    except Exception as error:  # noqa: BLE001 the call's other half ends with what ended this one
        client.error = error
        client.wake.set()


def _log_ended(session: ConsoleSession, tunnel: Tunnel, *, is_closing: bool) -> None:
    """Raises Unavailable where there may be more."""
    if is_closing:
        raise Unavailable(Reason.SHUTTING_DOWN, "the server is shutting down; go on after the last byte", RETRY_S)
    end = tunnel.ended
    session.why = end.error if end else "the agent of the VM's host was lost"
    if end is None or (end.error and not end.guest_ended):
        raise Unavailable(Reason.CONSOLE_UNAVAILABLE, f"{session.why}; go on after the last byte", RETRY_S)
