"""An agent driven by hand: sends what a test gives it, does nothing by itself, remembers what is desired of guests."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import agent_service_pb2_grpc, host_pb2, vm_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from tests.integration.controlplane.plane import WAIT_S, Plane, Refusal, a_host, refusal_of

STATES = {
    api.DESIRED_POWER_RUNNING: vm_pb2.GUEST_STATE_RUNNING,
    api.DESIRED_POWER_PAUSED: vm_pb2.GUEST_STATE_PAUSED,
    api.DESIRED_POWER_SHUTOFF: vm_pb2.GUEST_STATE_SHUTOFF,
    api.DESIRED_POWER_ABSENT: vm_pb2.GUEST_STATE_ABSENT,
}


def guest(
    vm_uid: str, incarnation: int, state: vm_pb2.GuestState.ValueType, *, started: bool = True, detail: str = ""
) -> api.GuestReport:
    report = api.GuestReport(vm_uid=vm_uid, incarnation=incarnation, started=started)
    report.observation.guest_state = state
    report.observation.detail = detail
    report.observation.observe_time.GetCurrentTime()
    return report


class FakeAgent:
    """One stream, of the agent `instance`, on a machine with this identity. `desired` is by VM uid, as last sent."""

    def __init__(
        self,
        plane: Plane,
        host_id: str,
        *,
        instance: str = "one",
        machine_ids: Sequence[str] = (),
        watchdog_s: float = 0.0,
        tunnels: "Sequence[api.TunnelKind.ValueType]" = (),
        tunnel_address: str = "",
    ) -> None:
        self.host_id = host_id
        self._tunnels = tunnels
        self._tunnel_address = tunnel_address
        # Messages of networks.
        self.networks_sent = 0
        self._instance = instance
        self._machine_ids = machine_ids
        self._watchdog_s = watchdog_s
        self.desired: dict[str, api.DesiredGuest] = {}
        self.welcome: api.AgentWelcome | None = None
        self.snapshots = 0
        # The heartbeats that were answered, by their times, and how often everything was requested.
        self.renewals: list[Timestamp] = []
        self.inventory_requests = 0
        self.ended: Refusal | None = None
        self.closed = False
        self._changed = asyncio.Event()
        stub = agent_service_pb2_grpc.AgentServiceStub(plane.channel)
        self._call = stub.OpenSession(metadata=(("chronovisor-actor", f"agent:{host_id}"),))
        self._reader = asyncio.create_task(self._read())

    async def send(self, **message: object) -> None:
        await self._call.write(api.ConnectRequest(**message))  # pyright: ignore[reportArgumentType]

    async def hello(self, host: host_pb2.Host | None = None) -> api.AgentWelcome:
        await self.say_hello(host)
        await self.until(lambda: self.welcome is not None)
        assert self.welcome
        return self.welcome

    async def say_hello(self, host: host_pb2.Host | None = None) -> None:
        """Without waiting for an answer."""
        hello = api.AgentHello(
            host_id=self.host_id,
            host=host or a_host(),
            agent_instance=self._instance,
            machine_ids=self._machine_ids,
            tunnels=self._tunnels,
            tunnel_address=self._tunnel_address,
        )
        if self._watchdog_s:
            hello.watchdog_timeout.FromMicroseconds(round(self._watchdog_s * 1_000_000))
        await self.send(hello=hello)

    async def beat(self) -> Timestamp:
        """Sends a heartbeat, and waits until it is answered."""
        heartbeat = api.AgentHeartbeat()
        heartbeat.send_time.GetCurrentTime()
        await self.send(heartbeat=heartbeat)
        await self.until(lambda: heartbeat.send_time in self.renewals)
        return heartbeat.send_time

    async def refusal(self) -> Refusal:
        """How hello is refused."""
        await self.say_hello()
        ended = await self.end()
        assert ended, "the agent was welcomed"
        return ended

    async def inventory(self, guests: Sequence[api.GuestReport] = (), unreadable: str = "") -> None:
        await self.send(inventory=api.GuestInventory(guests=guests, unreadable=unreadable))

    async def report_state(
        self, vm_uid: str, state: vm_pb2.GuestState.ValueType, *, started: bool = True, detail: str = ""
    ) -> None:
        """Reports one guest, as one that knows what was last desired."""
        desired = self.desired[vm_uid]
        report = guest(vm_uid, desired.incarnation, state, started=started, detail=detail)
        report.reboots, report.desired_version = desired.reboots, desired.version
        await self.send(report=report)

    async def fail(self, vm_uid: str, step: str, error: str, *, permanent: bool) -> None:
        report = guest(vm_uid, self.desired[vm_uid].incarnation, vm_pb2.GUEST_STATE_SHUTOFF, started=False)
        report.failure.step, report.failure.error, report.failure.permanent = step, error, permanent
        await self.send(report=report)

    async def obey(self, vm_uid: str) -> None:
        """Reports that the guest is as desired."""
        await self.report_state(vm_uid, STATES[self.desired[vm_uid].power])

    async def until_desired(self, vm_uid: str, power: api.DesiredPower.ValueType) -> api.DesiredGuest:
        """Waits until this is desired of the guest."""
        await self.until(lambda: vm_uid in self.desired and self.desired[vm_uid].power == power)
        return self.desired[vm_uid]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not holds():
                await self._changed.wait()
                self._changed.clear()

    async def end(self) -> Refusal | None:
        """Waits until the server has ended the stream; how, if with an error."""
        await asyncio.wait_for(asyncio.shield(self._reader), WAIT_S)
        return self.ended

    async def close(self) -> None:
        self._call.cancel()
        await self._reader

    async def _read(self) -> None:
        try:
            async for message in self._call:
                self._take(message)
                self._changed.set()
        except aio.AioRpcError as error:
            self.ended = refusal_of(error)
        except asyncio.CancelledError:
            if not self._call.cancelled():
                raise
        finally:
            self.closed = True
            self._changed.set()

    def _take(self, message: api.ConnectResponse) -> None:
        match message.WhichOneof("message"):
            case "welcome":
                self.welcome = message.welcome
            case "desired_state":
                self.desired = {each.vm_uid: each for each in message.desired_state.guests}
                self.snapshots += 1
            case "desired_guest":
                self.desired[message.desired_guest.vm_uid] = message.desired_guest
            case "desired_networks" | "desired_network" | "desired_address_group":
                self.networks_sent += 1
            case "lease_renewal":
                self.renewals.append(message.lease_renewal.heartbeat_time)
            case "inventory_request":
                self.inventory_requests += 1
            case _:
                pass


@asynccontextmanager
async def connected(
    plane: Plane,
    host_id: str = "node-1",
    guests: Sequence[api.GuestReport] = (),
    host: host_pb2.Host | None = None,
    *,
    instance: str = "one",
    machine_ids: Sequence[str] = (),
    tunnels: "Sequence[api.TunnelKind.ValueType]" = (),
    tunnel_address: str = "",
) -> AsyncGenerator[FakeAgent]:
    """An agent that has sent hello and its inventory, and has received the desired state."""
    agent = FakeAgent(
        plane, host_id, instance=instance, machine_ids=machine_ids, tunnels=tunnels, tunnel_address=tunnel_address
    )
    try:
        await agent.hello(host)
        await agent.inventory(guests)
        await agent.until(lambda: agent.snapshots > 0)
        yield agent
    finally:
        await agent.close()
