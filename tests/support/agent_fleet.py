"""Many agents in one process, as cheap as they can be: they do as desired at once, and come back whenever they are cut.

Each has a connection of its own, as agents have, and its guests outlive its streams.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import agent_service_pb2_grpc, host_pb2, resources_pb2, vm_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc import aio

TOTALS = {"vcpus": 64, "memory_mib": 256 * 1024, "disk_gib": 10_000}
STATES = {
    api.DESIRED_POWER_RUNNING: vm_pb2.GUEST_STATE_RUNNING,
    api.DESIRED_POWER_PAUSED: vm_pb2.GUEST_STATE_PAUSED,
    api.DESIRED_POWER_SHUTOFF: vm_pb2.GUEST_STATE_SHUTOFF,
    api.DESIRED_POWER_ABSENT: vm_pb2.GUEST_STATE_ABSENT,
}
OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
)
_Stream = aio.StreamStreamCall[api.ConnectRequest, api.ConnectResponse]
_Begin = Callable[[AsyncIterator[api.ConnectRequest], Sequence[tuple[str, str]]], _Stream]
# As agents wait, in seconds: the first try again, and the longest.
FIRST_S, LONGEST_S = 0.2, 15.0


@dataclass
class AgentFleet:
    """`agents` are hosts `{prefix}-0` and so on. `refused` counts the reasons of this server's refusals."""

    address: str
    count: int
    prefix: str = "node"
    heartbeat_s: float = 0.0
    # Which images their hosts have: without any, no VM comes to them.
    images: Sequence[str] = ("*",)
    settled: int = 0
    renewals: int = 0
    running: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    _tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> "AgentFleet":
        agents = [_Agent(self, f"{self.prefix}-{number}", number) for number in range(self.count)]
        self._tasks = [asyncio.create_task(agent.run()) for agent in agents]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def changed(self) -> None:
        self._changed.set()

    async def until(self, holds: Callable[[], bool], within_s: float) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def until_settled(self, within_s: float) -> None:
        """Every agent has reported what it has, and has received what is desired."""
        await self.until(lambda: self.settled == self.count, within_s)


class _Agent:
    def __init__(self, fleet: AgentFleet, host_id: str, seed: int) -> None:
        self._fleet = fleet
        self._host_id = host_id
        self._random = random.Random(seed)
        self._guests: dict[str, api.GuestReport] = {}
        self._is_settled = False

    async def run(self) -> None:
        async with aio.insecure_channel(self._fleet.address, options=OPTIONS) as channel:
            begin = _begin(channel)
            wait_s = FIRST_S
            while True:
                try:
                    await self._session(begin)
                except aio.AioRpcError as error:
                    if reason := _reason_of(error):
                        self._fleet.refused[reason] += 1
                if (task := asyncio.current_task()) and task.cancelling():
                    # gRPC makes an end of the call of what cancels who reads it.
                    return
                wait_s = FIRST_S if self._is_settled else min(2 * wait_s, LONGEST_S)
                self._settle(False)
                await asyncio.sleep(wait_s * self._random.uniform(0.5, 1.0))

    def _settle(self, is_settled: bool) -> None:
        self._fleet.settled += is_settled - self._is_settled
        self._is_settled = is_settled
        self._fleet.changed()

    async def _session(self, begin: _Begin) -> None:
        outbox: asyncio.Queue[api.ConnectRequest | None] = asyncio.Queue()
        outbox.put_nowait(api.ConnectRequest(hello=self._hello()))
        call = begin(_drained(outbox), (("chronovisor-actor", f"agent:{self._host_id}"),))
        beating: asyncio.Task[None] | None = None
        try:
            async for message in call:
                match message.WhichOneof("message"):
                    case "welcome":
                        outbox.put_nowait(api.ConnectRequest(inventory=self._inventory()))
                        interval_s = self._fleet.heartbeat_s or message.welcome.heartbeat_interval.ToTimedelta().seconds
                        beating = asyncio.create_task(self._beat(outbox, interval_s))
                    case "desired_state":
                        for guest in message.desired_state.guests:
                            self._obey(outbox, guest)
                        self._settle(True)
                    case "desired_guest":
                        self._obey(outbox, message.desired_guest)
                    case "lease_renewal":
                        self._fleet.renewals += 1
                        self._fleet.changed()
                    case "inventory_request":
                        outbox.put_nowait(api.ConnectRequest(inventory=self._inventory()))
                    case _:
                        pass
        finally:
            if beating:
                beating.cancel()
            call.cancel()
            # gRPC goes on waiting for requests, even for those of a stream that has ended.
            outbox.put_nowait(None)

    def _hello(self) -> api.AgentHello:
        inventory = {name: resources_pb2.ResourceInventory(total=total) for name, total in TOTALS.items()}
        platform = host_pb2.HostPlatform(architecture="x86_64", virt_type="simulated", images=self._fleet.images)
        host = host_pb2.Host(inventory=inventory, platform=platform)
        hello = api.AgentHello(host_id=self._host_id, host=host, agent_instance=self._host_id)
        hello.send_time.GetCurrentTime()
        return hello

    def _inventory(self) -> api.GuestInventory:
        return api.GuestInventory(guests=self._guests.values())

    async def _beat(self, outbox: "asyncio.Queue[api.ConnectRequest | None]", interval_s: float) -> None:
        # Not all at once.
        await asyncio.sleep(interval_s * self._random.random())
        while True:
            beat = api.AgentHeartbeat()
            beat.send_time.GetCurrentTime()
            outbox.put_nowait(api.ConnectRequest(heartbeat=beat))
            await asyncio.sleep(interval_s)

    def _obey(self, outbox: "asyncio.Queue[api.ConnectRequest | None]", desired: api.DesiredGuest) -> None:
        state = STATES.get(desired.power)
        known = self._guests.get(desired.vm_uid)
        if state is None or (known and known.observation.guest_state == state):
            return
        report = api.GuestReport(
            vm_uid=desired.vm_uid,
            vm_name=desired.vm_name,
            incarnation=desired.incarnation,
            started=True,
            desired_version=desired.version,
        )
        report.observation.guest_state = state
        report.observation.observe_time.GetCurrentTime()
        self._fleet.running += (state == vm_pb2.GUEST_STATE_RUNNING) - bool(known)
        if state == vm_pb2.GUEST_STATE_ABSENT:
            self._guests.pop(desired.vm_uid, None)
        else:
            self._guests[desired.vm_uid] = report
        outbox.put_nowait(api.ConnectRequest(report=report))
        self._fleet.changed()


def _begin(channel: aio.Channel) -> _Begin:
    open_session: Any = agent_service_pb2_grpc.AgentServiceStub(channel).OpenSession
    return lambda messages, metadata: open_session(messages, metadata=metadata)


async def _drained(outbox: "asyncio.Queue[api.ConnectRequest | None]") -> AsyncIterator[api.ConnectRequest]:
    while (message := await outbox.get()) is not None:
        yield message


def _reason_of(error: aio.AioRpcError) -> str:
    """The server's own reason; empty for what the network did."""
    info = error_details_pb2.ErrorInfo()
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            for detail in status_pb2.Status.FromString(value).details:
                if detail.Unpack(info):
                    return info.reason
    return ""
