"""The agents of a whole fleet in one process: every guest does at once what is desired of it."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from chronovisor.bench.fleet import Shape
from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import agent_service_pb2_grpc, host_pb2, resources_pb2
from chronovisor.v1.vm_pb2 import GuestState, VmObservation

DISK_GIB = 1 << 30
_STATES = {
    pb.DESIRED_POWER_RUNNING: GuestState.GUEST_STATE_RUNNING,
    pb.DESIRED_POWER_PAUSED: GuestState.GUEST_STATE_PAUSED,
    pb.DESIRED_POWER_SHUTOFF: GuestState.GUEST_STATE_SHUTOFF,
    pb.DESIRED_POWER_ABSENT: GuestState.GUEST_STATE_ABSENT,
}


def host_id(number: int) -> str:
    return f"bench-{number}"


def _hello(number: int, shape: Shape) -> pb.AgentHello:
    totals = {"vcpus": shape.vcpus, "memory_mib": shape.memory_mib, "disk_gib": DISK_GIB}
    host = host_pb2.Host(
        inventory={name: resources_pb2.ResourceInventory(total=total) for name, total in totals.items()},
        platform=host_pb2.HostPlatform(architecture="x86_64", virt_type="simulated", images=["*"]),
    )
    return pb.AgentHello(host_id=host_id(number), host=host, agent_instance=str(uuid.uuid4()))


def _report(guest: pb.DesiredGuest) -> pb.ConnectRequest:
    seen = Timestamp()
    seen.GetCurrentTime()
    report = pb.GuestReport(
        vm_uid=guest.vm_uid,
        incarnation=guest.incarnation,
        observation=VmObservation(guest_state=_STATES[guest.power], observe_time=seen),
        reboots=guest.reboots,
        started=True,
        desired_version=guest.version,
    )
    return pb.ConnectRequest(report=report)


class Agents:
    """One stream a host, for as long as the replay lasts."""

    def __init__(self, channel: aio.Channel, fleet: Sequence[Shape]) -> None:
        self._stub = agent_service_pb2_grpc.AgentServiceStub(channel)
        self._fleet = fleet
        self._tasks: list[asyncio.Task[None]] = []
        self._welcomed = 0
        self._all_welcomed = asyncio.Event()

    async def start(self) -> None:
        """Returns when every host is known."""
        for number, shape in enumerate(self._fleet):
            self._tasks.append(asyncio.create_task(self._run(number, shape), name=host_id(number)))
        waiting = asyncio.create_task(self._all_welcomed.wait())
        ended, _ = await asyncio.wait([waiting, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        for each in ended:
            await each

    async def close(self) -> None:
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, number: int, shape: Shape) -> None:
        outbox: asyncio.Queue[pb.ConnectRequest] = asyncio.Queue()
        outbox.put_nowait(pb.ConnectRequest(hello=_hello(number, shape)))
        actor = (("chronovisor-actor", f"agent:{host_id(number)}"),)
        beats: asyncio.Task[None] | None = None
        try:
            async for message in self._stub.OpenSession(_drained(outbox), metadata=actor):
                match message.WhichOneof("message"):
                    case "welcome":
                        outbox.put_nowait(pb.ConnectRequest(inventory=pb.GuestInventory()))
                        interval_s = message.welcome.heartbeat_interval.ToTimedelta().total_seconds()
                        beats = asyncio.create_task(_beat(outbox, interval_s or 5.0))
                        self._welcome()
                    case "desired_state":
                        for guest in message.desired_state.guests:
                            outbox.put_nowait(_report(guest))
                    case _:
                        outbox.put_nowait(_report(message.desired_guest))
        finally:
            if beats:
                beats.cancel()

    def _welcome(self) -> None:
        self._welcomed += 1
        if self._welcomed == len(self._fleet):
            self._all_welcomed.set()


async def _drained(outbox: asyncio.Queue[pb.ConnectRequest]) -> AsyncIterator[pb.ConnectRequest]:
    while True:
        yield await outbox.get()


async def _beat(outbox: asyncio.Queue[pb.ConnectRequest], interval_s: float) -> None:
    while True:
        await asyncio.sleep(interval_s)
        outbox.put_nowait(pb.ConnectRequest(heartbeat=pb.AgentHeartbeat()))
