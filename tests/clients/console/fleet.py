"""A fleet to look at: agents of many hosts in one process, in zones and racks, and VMs of some projects on them."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import (
    agent_service_pb2_grpc,
    host_pb2,
    project_pb2,
    project_service_pb2,
    project_service_pb2_grpc,
    resources_pb2,
    vm_pb2,
    vm_service_pb2,
    vm_service_pb2_grpc,
)
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

ACTOR = (("chronovisor-actor", "user:ada"),)
_ABSENT = vm_pb2.GUEST_STATE_ABSENT
_SEEN = {
    pb.DESIRED_POWER_RUNNING: vm_pb2.GUEST_STATE_RUNNING,
    pb.DESIRED_POWER_PAUSED: vm_pb2.GUEST_STATE_PAUSED,
    pb.DESIRED_POWER_SHUTOFF: vm_pb2.GUEST_STATE_SHUTOFF,
    pb.DESIRED_POWER_ABSENT: _ABSENT,
}
_TOTALS = {"vcpus": 64, "memory_mib": 256 * 1024, "disk_gib": 4096}


@dataclass(frozen=True)
class Place:
    """A host, and where it stands."""

    name: str
    zone: str
    rack: str


def places(zones: int, racks: int, hosts: int) -> list[Place]:
    """So many hosts in each rack, and racks in each zone."""
    return [
        Place(f"node-{(zone * racks + rack) * hosts + host + 1}", f"eu-1{'abcdef'[zone]}", f"r{rack + 1}")
        for zone in range(zones)
        for rack in range(racks)
        for host in range(hosts)
    ]


def _hello(place: Place) -> pb.ConnectRequest:
    host = host_pb2.Host(
        inventory={name: resources_pb2.ResourceInventory(total=total) for name, total in _TOTALS.items()},
        platform=host_pb2.HostPlatform(
            architecture="x86_64", virt_type="simulated", hypervisor="simulated", images=["*"], agent_version="0.1.0"
        ),
        zone=place.zone,
        labels={"rack": place.rack},
    )
    return pb.ConnectRequest(hello=pb.AgentHello(host_id=place.name, host=host, agent_instance=str(uuid.uuid4())))


def _report(guest: pb.DesiredGuest) -> pb.GuestReport:
    now = Timestamp()
    now.GetCurrentTime()
    observation = vm_pb2.VmObservation(guest_state=_SEEN[guest.power], observe_time=now)
    return pb.GuestReport(
        vm_uid=guest.vm_uid,
        incarnation=guest.incarnation,
        observation=observation,
        reboots=guest.reboots,
        started=True,
        desired_version=guest.version,
    )


class Agents:
    """One stream a host. Every guest does at once what is desired of it."""

    def __init__(self, channel: aio.Channel) -> None:
        self._stub = agent_service_pb2_grpc.AgentServiceStub(channel)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._welcome: dict[str, asyncio.Event] = {}

    async def start(self, hosts: Sequence[Place]) -> None:
        """Returns when every host is known."""
        for each in hosts:
            self._welcome[each.name] = asyncio.Event()
            self._tasks[each.name] = asyncio.create_task(self._run(each), name=each.name)
        await asyncio.gather(*(self._welcome[each.name].wait() for each in hosts))

    async def lose(self, name: str) -> None:
        """Its agent says nothing any more."""
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        for name in list(self._tasks):
            await self.lose(name)

    async def _run(self, place: Place) -> None:
        outbox: asyncio.Queue[pb.ConnectRequest] = asyncio.Queue()
        outbox.put_nowait(_hello(place))
        beats: asyncio.Task[None] | None = None
        reports: dict[str, pb.GuestReport] = {}

        def obey(guest: pb.DesiredGuest) -> None:
            reports[guest.vm_uid] = _report(guest)
            outbox.put_nowait(pb.ConnectRequest(report=reports[guest.vm_uid]))

        try:
            actor = (("chronovisor-actor", f"agent:{place.name}"),)
            async for message in self._stub.OpenSession(_drained(outbox), metadata=actor):
                match message.WhichOneof("message"):
                    case "welcome":
                        outbox.put_nowait(pb.ConnectRequest(inventory=pb.GuestInventory()))
                        interval_s = message.welcome.heartbeat_interval.ToTimedelta().total_seconds()
                        beats = asyncio.create_task(_beat(outbox, interval_s or 5.0))
                        self._welcome[place.name].set()
                    case "desired_state":
                        for guest in message.desired_state.guests:
                            obey(guest)
                    case "desired_guest":
                        obey(message.desired_guest)
                    case "inventory_request":
                        there = [each for each in reports.values() if each.observation.guest_state != _ABSENT]
                        outbox.put_nowait(pb.ConnectRequest(inventory=pb.GuestInventory(guests=there)))
                    case _:
                        # Networks, leases and tunnels are nothing to guests that are not there.
                        pass
        finally:
            if beats:
                beats.cancel()


async def _drained(outbox: asyncio.Queue[pb.ConnectRequest]) -> AsyncIterator[pb.ConnectRequest]:
    while True:
        yield await outbox.get()


async def _beat(outbox: asyncio.Queue[pb.ConnectRequest], interval_s: float) -> None:
    while True:
        await asyncio.sleep(interval_s)
        outbox.put_nowait(pb.ConnectRequest(heartbeat=pb.AgentHeartbeat()))


@dataclass(frozen=True)
class Kind:
    """VMs that are alike."""

    project: str
    name: str
    count: int
    vcpus: int
    memory_mib: int
    disk_gib: int
    tier: str
    start: bool = True


def _vm(kind: Kind) -> vm_pb2.Vm:
    resources = resources_pb2.Resources(vcpus=kind.vcpus, memory_mib=kind.memory_mib, disk_gib=kind.disk_gib)
    boot = vm_pb2.BootSource(image=vm_pb2.ImageBoot(image="debian-12.qcow2"))
    return vm_pb2.Vm(spec=vm_pb2.VmSpec(resources=resources, boot=boot), labels={"tier": kind.tier})


async def create_projects(channel: aio.Channel, names: Sequence[str], policy: str = "") -> None:
    stub = project_service_pb2_grpc.ProjectServiceStub(channel)
    for name in names:
        request = project_service_pb2.CreateProjectRequest(
            project_id=name,
            project=project_pb2.Project(display_name=name.capitalize(), placement_policy=policy),
            reason="a new tenant",
        )
        await stub.CreateProject(request, metadata=ACTOR)


async def create(channel: aio.Channel, kinds: Sequence[Kind]) -> None:
    """All of them, in batches; started where they are to be."""
    stub = vm_service_pb2_grpc.VmServiceStub(channel)
    for kind in kinds:
        parent = f"projects/{kind.project}"
        requests = [
            vm_service_pb2.CreateVmRequest(parent=parent, vm_id=f"{kind.name}-{number}", vm=_vm(kind), start=kind.start)
            for number in range(1, kind.count + 1)
        ]
        for begin in range(0, len(requests), 500):
            batch = vm_service_pb2.BatchCreateVmsRequest(
                parent=parent, requests=requests[begin : begin + 500], reason=f"{kind.tier} tier"
            )
            await stub.BatchCreateVms(batch, metadata=ACTOR, timeout=120)


@contextlib.asynccontextmanager
async def agents(channel: aio.Channel, hosts: Sequence[Place]) -> AsyncGenerator[Agents]:
    fleet = Agents(channel)
    try:
        await fleet.start(hosts)
        yield fleet
    finally:
        await fleet.close()
