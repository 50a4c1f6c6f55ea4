"""ConsoleService: the consoles of VMs, each through a tunnel that the agent of its host opens."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import agent_service_pb2 as agents_api
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1 import console_service_pb2_grpc
from google.protobuf.message import DecodeError

from controlplane.domain.errors import NotFound, RateLimited, Unavailable, WrongState, invalid
from controlplane.domain.reasons import Reason
from controlplane.domain.time import seconds_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.errors import ConsoleUnsupported
from controlplane.domain.vm.states import VmState
from controlplane.identity.console_tickets import ConsoleTickets
from controlplane.queries.identity import VMS
from controlplane.queries.reads import Reads
from controlplane.rpc.access.caller import caller
from controlplane.rpc.access.open_calls import OpenCalls
from controlplane.rpc.agent.service import AgentServicer
from controlplane.rpc.agent.session import AgentSession
from controlplane.rpc.agent.tunnels import RETRY_S, Tunnel
from controlplane.rpc.console.log_reader import LogReader
from controlplane.rpc.console.port import PortConnection, why_unreachable
from controlplane.rpc.console.requests import (
    MOST_BACKLOG,
    checked_port,
    checked_program,
    checked_screen,
    checked_serial,
)
from controlplane.rpc.console.screen import Screen, ScreenClient, Viewers
from controlplane.rpc.console.serial_hub import SerialClient, SerialHub
from controlplane.rpc.console.sessions import MODES, SERVER_ENDED, ConsoleSession, ConsoleSessions
from controlplane.rpc.console.tickets import SCREEN, SERIAL, Entry, TicketDesk, ordered
from controlplane.rpc.console.writers import Writers
from controlplane.rpc.dependencies import Commands, ServicerContext, actor_of, command_context
from controlplane.rpc.shared.validate import FieldRules
from controlplane.rpc.vm.requests import NAME

_PORT = "/chronovisor.v1.ConsoleService/OpenPort"
MOST_CLIENTS = 16
MOST_VIEWERS = 8
MOST_PORTS = 64
MOST_INPUT = 64 << 10
# Of one, and so many at once.
MOST_SCREENSHOT = 7 << 19
MOST_SCREENSHOTS = 16
# Of how a program ended, with what it wrote; and so many at once, of which a project has a share.
MOST_PROGRAM_END = (2 << 20) + 1024
MOST_PROGRAMS = 64
MOST_PROGRAMS_OF_A_PROJECT = 16
# For an agent to say so, beyond the time that the program has.
_SAYING_S = 10.0
_RUNS = frozenset({VmState.RUNNING, VmState.MIGRATING})


@dataclass(eq=False, slots=True)
class _Console:
    """The serial console of one VM, and the task that keeps it open."""

    hub: SerialHub
    task: "asyncio.Task[None]"
    clients: int = 0


class ConsoleServicer(console_service_pb2_grpc.ConsoleServiceServicer):
    """The consoles that are open on this server."""

    def __init__(
        self,
        commands: Commands,
        reads: Reads,
        agents: AgentServicer,
        open_calls: OpenCalls,
        tickets: ConsoleTickets,
    ) -> None:
        self._commands, self._reads, self._agents, self._open_calls = commands, reads, agents, open_calls
        self.sessions = ConsoleSessions(commands, reads)
        self._desk = TicketDesk(tickets, self.sessions)
        # By the VM's uid.
        self._consoles: dict[str, _Console] = {}
        self._viewers: dict[str, Viewers] = {}
        # How many connections to its ports are open, or about to be.
        self._ports = Counter[str]()
        self._screenshots = asyncio.Semaphore(MOST_SCREENSHOTS)
        # How many programs run, by the project's uid.
        self._programs = Counter[str]()
        self._is_closing = False

    async def OpenSerialConsole(
        self, request_iterator: AsyncIterator[api.OpenSerialConsoleRequest], context: ServicerContext
    ) -> AsyncIterator[api.OpenSerialConsoleResponse]:
        first = await anext(request_iterator, None)
        if first is None or not first.HasField("open"):
            raise invalid("open", "must be the first message of the stream")
        entry = self._desk.entry(context, SERIAL, first.open)
        self._open_calls.admitted(await self._commands.guard.admit_part(SERIAL, caller(), first))
        opening = checked_serial(first.open)
        vm = self._vm(opening.name, entry)
        async with self._console(vm) as hub:
            by = command_context(entry.actor, reason=opening.reason)
            session = await self.sessions.open(vm, ev.CONSOLE_KIND_SERIAL, by, MODES[opening.mode], entry.ticket)
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
                hub.writers.leave(client)
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

    async def OpenScreen(
        self, request_iterator: AsyncIterator[api.OpenScreenRequest], context: ServicerContext
    ) -> AsyncIterator[api.OpenScreenResponse]:
        first = await anext(request_iterator, None)
        if first is None or not first.HasField("open"):
            raise invalid("open", "must be the first message of the stream")
        entry = self._desk.entry(context, SCREEN, first.open)
        self._open_calls.admitted(await self._commands.guard.admit_part(SCREEN, caller(), first))
        opening = checked_screen(first.open)
        vm = self._vm(opening.name, entry)
        _require_screen(vm)
        async with self._screen_tunnel(vm) as (writers, tunnel, greeting):
            by = command_context(entry.actor, reason=opening.reason)
            session = await self.sessions.open(vm, ev.CONSOLE_KIND_SCREEN, by, MODES[opening.mode], entry.ticket)
            client = ScreenClient(session, writes=bool(opening.mode))
            screen = Screen(tunnel, client, writers, greeting)
            reading: asyncio.Task[None] | None = None
            try:
                writers.join(client, take_over=opening.mode == api.CONSOLE_MODE_TAKE_OVER)
                yield api.OpenScreenResponse(opened=screen.opened())
                reading = asyncio.create_task(_read_viewer(request_iterator, screen, client))
                async for response in screen.responses():
                    yield response
            finally:
                if reading:
                    reading.cancel()
                writers.leave(client)
                self.sessions.close(session)

    async def OpenPort(
        self, request_iterator: AsyncIterator[api.OpenPortRequest], context: ServicerContext
    ) -> AsyncIterator[api.OpenPortResponse]:
        actor = actor_of(context)
        first = await anext(request_iterator, None)
        if first is None or not first.HasField("open"):
            raise invalid("open", "must be the first message of the stream")
        self._open_calls.admitted(await self._commands.guard.admit_part(_PORT, caller(), first))
        opening = checked_port(first.open)
        vm = self._vm(opening.name)
        async with self._port_tunnel(vm, opening) as tunnel:
            by = command_context(actor, reason=opening.reason)
            session = await self.sessions.open(vm, ev.CONSOLE_KIND_PORT, by, port=opening.port)
            try:
                connection = PortConnection(tunnel, session)
                async for response in connection.responses(request_iterator):
                    yield response
                ended = self._server_ended() if self._is_closing else connection.ended()
                session.why = ended.text
                yield api.OpenPortResponse(ended=ended)
            finally:
                self.sessions.close(session)

    async def GetScreenshot(
        self, request: api.GetScreenshotRequest, context: ServicerContext
    ) -> api.GetScreenshotResponse:
        actor = actor_of(context)
        rules = FieldRules()
        rules.name(request.name, NAME, "name")
        rules.done()
        vm = self._vm(request.name)
        _require_screen(vm)
        request_to_agent = agents_api.TunnelRequest(
            kind=agents_api.TUNNEL_KIND_SCREENSHOT, vm_uid=vm.uid, incarnation=vm.incarnation
        )
        async with self._screenshots:
            with self._agents.tunnels.known(self._tunnel(vm, request_to_agent, "GetScreenshot")) as tunnel:
                await tunnel.opened()
                image = await tunnel.whole(MOST_SCREENSHOT)
                if image is None:
                    raise self._failed(vm, tunnel, "GetScreenshot")
            await self.sessions.looked(vm, command_context(actor), len(image))
            return api.GetScreenshotResponse(png=image)

    async def RunProgram(self, request: api.RunProgramRequest, context: ServicerContext) -> api.RunProgramResponse:
        actor = actor_of(context)
        program = checked_program(request)
        vm = self._vm(request.name)
        if not vm.spec.machine.guest_agent:
            raise ConsoleUnsupported(
                vm.name, "it reaches no guest agent: give it `spec.guest_agent` while it is stopped"
            )
        if vm.state not in _RUNS:
            raise WrongState("vm", vm.name, vm.state.name, "RunProgram", ("StartVm",))
        request_to_agent = agents_api.TunnelRequest(
            kind=agents_api.TUNNEL_KIND_PROGRAM, vm_uid=vm.uid, incarnation=vm.incarnation, program=program
        )
        with self._program_slot(vm):
            self._agent_of(vm, request_to_agent.kind, "RunProgram")
            await self.sessions.runs(
                vm, request.program, command_context(actor, request.request_id, reason=request.reason)
            )
            with self._agents.tunnels.known(self._tunnel(vm, request_to_agent, "RunProgram")) as tunnel:
                await tunnel.opened()
                answer = await tunnel.whole(MOST_PROGRAM_END, seconds_of(program.timeout) + _SAYING_S)
                response = _program_response(answer)
                if response is None:
                    raise self._failed(vm, tunnel, "RunProgram")
                return response

    async def CreateConsoleTicket(
        self, request: api.CreateConsoleTicketRequest, context: ServicerContext
    ) -> api.ConsoleTicket:
        actor = actor_of(context)
        order = await ordered(self._commands.guard, request)
        vm = self._vm(order.opening.name)
        if order.kind == ev.CONSOLE_KIND_SCREEN:
            _require_screen(vm)
        return await self._desk.give(order, vm, actor)

    async def close(self) -> None:
        """Ends all that are open, and returns once the ledger has that."""
        self._is_closing = True
        ended = self._server_ended()
        for console in [*self._consoles.values()]:
            console.hub.end_with(ended)
        for viewers in self._viewers.values():
            for client in viewers.writers.clients:
                client.ended = ended
        self._agents.tunnels.end_all()
        await self.sessions.finish()

    @staticmethod
    def _server_ended() -> api.ConsoleEnded:
        text = f"{SERVER_ENDED}; open it again"
        return api.ConsoleEnded(reason=api.CONSOLE_END_REASON_SERVER_ENDING, text=text)

    def hub_of(self, vm_uid: str) -> SerialHub | None:
        """The serial console of a VM that somebody has open."""
        console = self._consoles.get(vm_uid)
        return console.hub if console else None

    def _vm(self, name: str, entry: Entry | None = None) -> Vm:
        """Raises NotFound; also of a ticket's that was destroyed, whichever has its name now."""
        vm = VMS.live(self._reads.inventory, name)
        if vm is None or (entry and entry.vm_uid not in ("", vm.uid)):
            raise NotFound("vm", name)
        return vm

    @asynccontextmanager
    async def _console(self, vm: Vm) -> AsyncGenerator[SerialHub]:
        """The VM's serial console, which is opened for the first, and closed after the last."""
        console = self._consoles.get(vm.uid)
        if console is None or console.hub.ended:
            console = self._consoles[vm.uid] = self._opened(vm)
        if console.clients >= MOST_CLIENTS:
            raise RateLimited(
                caller().name, f"to wait for the console of {vm.name}, which {MOST_CLIENTS} have open", 5.0
            )
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

    @asynccontextmanager
    async def _screen_tunnel(self, vm: Vm) -> AsyncGenerator[tuple[Writers[ScreenClient], Tunnel, bytes]]:
        """All who have the VM's screen open, a tunnel to it, and what the screen sent first."""
        viewers = self._viewers.setdefault(vm.uid, Viewers())
        if viewers.open >= MOST_VIEWERS:
            raise RateLimited(
                caller().name, f"to wait for the screen of {vm.name}, which {MOST_VIEWERS} have open", 5.0
            )
        viewers.open += 1
        request_to_agent = agents_api.TunnelRequest(
            kind=agents_api.TUNNEL_KIND_SCREEN, vm_uid=vm.uid, incarnation=vm.incarnation
        )
        try:
            with self._agents.tunnels.known(self._tunnel(vm, request_to_agent, "OpenScreen")) as tunnel:
                await tunnel.opened()
                greeting = await tunnel.receive()
                if greeting is None:
                    raise self._failed(vm, tunnel, "OpenScreen")
                yield viewers.writers, tunnel, greeting.data
        finally:
            viewers.open -= 1
            if not viewers.open:
                self._viewers.pop(vm.uid, None)

    @contextmanager
    def _program_slot(self, vm: Vm) -> Generator[None]:
        """Raises RateLimited: a program may run for minutes, so nobody waits for another's."""
        of_project, of_all = self._programs[vm.project_uid], self._programs.total()
        if of_project >= MOST_PROGRAMS_OF_A_PROJECT or of_all >= MOST_PROGRAMS:
            text = f"to wait for programs in guests: {of_project} of its VM's project run, and {of_all} in all"
            raise RateLimited(caller().name, text, 5.0)
        self._programs[vm.project_uid] += 1
        try:
            yield
        finally:
            self._programs -= Counter((vm.project_uid,))

    @asynccontextmanager
    async def _port_tunnel(self, vm: Vm, opening: api.PortOpening) -> AsyncGenerator[Tunnel]:
        """A tunnel to a port of the VM, which has taken the connection."""
        if why := why_unreachable(vm.spec.interfaces, opening.port):
            raise ConsoleUnsupported(vm.name, why)
        if self._ports[vm.uid] >= MOST_PORTS:
            raise RateLimited(caller().name, f"to wait for ports of {vm.name}, of which {MOST_PORTS} are open", 5.0)
        self._ports[vm.uid] += 1
        request_to_agent = agents_api.TunnelRequest(
            kind=agents_api.TUNNEL_KIND_PORT,
            vm_uid=vm.uid,
            incarnation=vm.incarnation,
            port=opening.port,
            half_closes=opening.half_closes,
        )
        try:
            with self._agents.tunnels.known(self._tunnel(vm, request_to_agent, "OpenPort")) as tunnel:
                await tunnel.opened()
                if await tunnel.receive() is None:
                    raise self._failed(vm, tunnel, "OpenPort")
                yield tunnel
        finally:
            self._ports[vm.uid] -= 1
            if not self._ports[vm.uid]:
                del self._ports[vm.uid]

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
        session = self._agent_of(vm, request.kind, method)
        tunnel = Tunnel(vm.host_uid, session.host.name)
        request.tunnel_id = tunnel.id
        session.request_tunnel(request)
        return tunnel

    def _agent_of(self, vm: Vm, kind: "agents_api.TunnelKind.ValueType", method: str) -> AgentSession:
        """The session of an agent that opens such tunnels to a VM. Raises as `_tunnel`."""
        if self._is_closing:
            raise Unavailable(Reason.SHUTTING_DOWN, "the server is shutting down; try again", RETRY_S)
        if not vm.host_uid:
            raise WrongState("vm", vm.name, vm.state.name, method, ("StartVm",))
        session = self._agents.session_of(vm.host_uid)
        if session is None or not self._agents.is_connected(vm.host_uid):
            text = "the agent of the VM's host is not connected; try again"
            raise Unavailable(Reason.CONSOLE_UNAVAILABLE, text, RETRY_S)
        if kind not in session.tunnels:
            raise ConsoleUnsupported(vm.name, "the agent of its host is older than this server")
        return session

    def _failed(self, vm: Vm, tunnel: Tunnel, method: str) -> Exception:
        """Why a tunnel carried nothing."""
        end = tunnel.ended
        if end and end.guest_ended:
            now = self._reads.inventory.vms.get(vm.uid, vm)
            return WrongState("vm", now.name, now.state.name, method, ("StartVm",))
        why = end.error if end else "it was lost"
        return Unavailable(Reason.CONSOLE_UNAVAILABLE, f"the agent of the VM's host could not open it: {why}", RETRY_S)


def _program_response(answer: bytes | None) -> api.RunProgramResponse | None:
    """None where the agent has sent nothing that is one."""
    if answer is None:
        return None
    try:
        end = agents_api.ProgramEnd.FromString(answer)
    except DecodeError:
        return None
    return api.RunProgramResponse(
        exit_code=end.exit_code,
        signal=end.signal,
        runs_on=end.runs_on,
        output=end.output,
        errors=end.errors,
        truncated=end.truncated,
    )


def _require_screen(vm: Vm) -> None:
    """Raises ConsoleUnsupported."""
    if not vm.spec.machine.screen:
        raise ConsoleUnsupported(vm.name, "it has no screen: give it `spec.screen` while it is stopped")


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


async def _read_viewer(incoming: AsyncIterator[api.OpenScreenRequest], screen: Screen, client: ScreenClient) -> None:
    """What the client sends: an error of it ends the call."""
    try:
        async for request in incoming:
            if not request.HasField("data") or len(request.data) > MOST_INPUT:
                raise invalid("data", f"must be what follows `open`, and at most {MOST_INPUT} bytes")
            await screen.write(request.data)
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
