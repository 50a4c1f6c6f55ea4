"""A scripted control plane: it sends what a test gives it, and keeps all that it receives."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc.aio
from chronovisor.v1 import agent_service_pb2 as pb
from google.protobuf import duration_pb2
from hostagent.agent import Agent

from tests.support.waiting import patient

DEADLINE_S = patient(10.0)


class PlayedControlPlane:
    """One host's control plane. `desired` is sent to every new stream, `say` to the present one."""

    def __init__(self) -> None:
        self.hellos: list[pb.AgentHello] = []
        self.inventories: list[pb.GuestInventory] = []
        self.reports: list[pb.GuestReport] = []
        self.heartbeats = 0
        # Heartbeats that carried samples.
        self.samples: list[pb.AgentHeartbeat] = []
        self.actors: list[str] = []
        self.desired: list[pb.DesiredGuest] = []
        self.refusal: tuple[grpc.StatusCode, str] | None = None
        self.heartbeat_s = 0.05
        # The lease that it grants, and whether heartbeats are answered with its renewal.
        self.lease_s = 0.0
        self.renews = True
        # The methods that it has: an older one has Connect instead.
        self.methods = ["OpenSession"]
        self.address, self.port = "127.0.0.1", 0
        self._heard = asyncio.Condition()
        self._outbox: asyncio.Queue[pb.ConnectResponse | None] = asyncio.Queue()
        self._server: grpc.aio.Server | None = None
        # Of another machine's agents: none connects to it over plain text.
        self.credentials: grpc.ServerCredentials | None = None

    async def start(self) -> None:
        self._server = grpc.aio.server()
        session = grpc.stream_stream_rpc_method_handler(
            self.OpenSession, pb.ConnectRequest.FromString, pb.ConnectResponse.SerializeToString
        )
        handlers = dict.fromkeys(self.methods, session)
        service = grpc.method_handlers_generic_handler("chronovisor.v1.AgentService", handlers)
        self._server.add_generic_rpc_handlers((service,))
        address = f"{self.address}:{self.port}"
        if self.credentials is None:
            self.port = self._server.add_insecure_port(address)
        else:
            self.port = self._server.add_secure_port(address, self.credentials)
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)

    async def OpenSession(
        self,
        request_iterator: AsyncIterator[pb.ConnectRequest],
        context: grpc.aio.ServicerContext[pb.ConnectRequest, pb.ConnectResponse],
    ) -> AsyncIterator[pb.ConnectResponse]:
        metadata = dict(context.invocation_metadata() or ())
        self.actors.append(str(metadata.get("chronovisor-actor")))
        first = await anext(aiter(request_iterator))
        self.hellos.append(first.hello)
        async with self._heard:
            self._heard.notify_all()
        if self.refusal is not None:
            await context.abort(*self.refusal)
        self._outbox = asyncio.Queue()
        listening = asyncio.create_task(self._listen(request_iterator))
        interval = duration_pb2.Duration(nanos=int(self.heartbeat_s * 1e9))
        host = f"hosts/{first.hello.host_id}"
        welcome = pb.AgentWelcome(host=host, heartbeat_interval=interval)
        if self.lease_s:
            welcome.lease_duration.FromNanoseconds(int(self.lease_s * 1e9))
        yield pb.ConnectResponse(welcome=welcome)
        yield pb.ConnectResponse(desired_state=pb.DesiredState(guests=self.desired))
        while message := await self._outbox.get():
            yield message
        listening.cancel()

    async def _listen(self, messages: AsyncIterator[pb.ConnectRequest]) -> None:
        async for message in messages:
            match message.WhichOneof("message"):
                case "inventory":
                    self.inventories.append(message.inventory)
                case "report":
                    self.reports.append(message.report)
                case "heartbeat":
                    self.heartbeats += 1
                    self._renew(message.heartbeat)
                    if message.heartbeat.HasField("host_sample"):
                        self.samples.append(message.heartbeat)
                case other:
                    raise AssertionError(f"unexpected: {other}")
            async with self._heard:
                self._heard.notify_all()

    def _renew(self, heartbeat: pb.AgentHeartbeat) -> None:
        if self.lease_s and self.renews:
            renewal = pb.LeaseRenewal(heartbeat_time=heartbeat.send_time)
            self._outbox.put_nowait(pb.ConnectResponse(lease_renewal=renewal))

    def say(self, guest: pb.DesiredGuest) -> None:
        """Changes what is desired of one guest."""
        self.desired = [other for other in self.desired if other.vm_uid != guest.vm_uid] + [guest]
        self._outbox.put_nowait(pb.ConnectResponse(desired_guest=guest))

    def say_all(self) -> None:
        self._outbox.put_nowait(pb.ConnectResponse(desired_state=pb.DesiredState(guests=self.desired)))

    def request_inventory(self) -> None:
        self._outbox.put_nowait(pb.ConnectResponse(inventory_request=pb.InventoryRequest()))

    def hang_up(self) -> None:
        """Ends the present stream."""
        self._outbox.put_nowait(None)

    async def hears_heartbeats(self, count: int) -> None:
        """Waits until so many more heartbeats have come: all that the agent had to say before has come too."""
        before = self.heartbeats
        await self.hears(lambda: self.heartbeats >= before + count)

    async def hears(self, condition: Callable[[], bool]) -> None:
        """Waits until what was heard fulfils the condition."""
        async with asyncio.timeout(DEADLINE_S), self._heard:
            await self._heard.wait_for(condition)

    async def hears_report(self, matches: Callable[[pb.GuestReport], bool]) -> pb.GuestReport:
        await self.hears(lambda: any(matches(report) for report in self.reports))
        return next(report for report in self.reports if matches(report))


@asynccontextmanager
async def at_work(agent: Agent) -> AsyncGenerator[None]:
    """The agent runs. Leaving is its kill: guests stay as they are."""
    running = asyncio.create_task(agent.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
