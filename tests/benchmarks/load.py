"""Load on a server: create-and-start, one call each, in batches, or over one stream. Returns rates; judges nothing."""

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from chronovisor.v1 import (
    history_service_pb2,
    history_service_pb2_grpc,
    host_pb2,
    host_service_pb2,
    host_service_pb2_grpc,
    resources_pb2,
    vm_pb2,
    vm_service_pb2,
    vm_service_pb2_grpc,
)
from grpc import aio

PARENT = "projects/default"
HOSTS = 10
IN_FLIGHT = 64
ON_STREAM = 512
BATCH = 1_000
LARGE_MESSAGES = (("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20))
# More than any benchmark requests: placement always succeeds.
TOTALS: Mapping[str, int] = {"vcpus": 10**9, "memory_mib": 10**12, "disk_gib": 10**11}


class Load:
    """One client of one server. Every VM that it creates has an id of its own. `metadata` goes with unary calls."""

    def __init__(self, channel: aio.Channel, metadata: Sequence[tuple[str, str]] = ()) -> None:
        self._metadata = tuple(metadata)
        self.vms = vm_service_pb2_grpc.VmServiceStub(channel)
        self._hosts = host_service_pb2_grpc.HostServiceStub(channel)
        self._history = history_service_pb2_grpc.HistoryServiceStub(channel)
        self._ids = itertools.count()

    async def register_hosts(
        self, count: int = HOSTS, totals: Mapping[str, int] = TOTALS, traits: Sequence[str] = ()
    ) -> None:
        inventory = {name: resources_pb2.ResourceInventory(total=total) for name, total in totals.items()}
        host = host_pb2.Host(inventory=inventory, platform=host_pb2.HostPlatform(images=["*"]), traits=traits)
        for number in range(count):
            request = host_service_pb2.RegisterHostRequest(host_id=f"host-{number}", host=host)
            await self._hosts.RegisterHost(request)

    async def head(self) -> int:
        """The ledger's last position."""
        seal = await self._history.GetSeal(history_service_pb2.GetSealRequest())
        return seal.position

    def requests(self, count: int) -> list[vm_service_pb2.CreateVmRequest]:
        """Create-and-start, each of a VM that is not there yet."""
        vm = vm_pb2.Vm()
        vm.spec.resources.vcpus, vm.spec.resources.memory_mib, vm.spec.resources.disk_gib = 1, 512, 10
        vm.spec.boot.image.image = "debian-12.qcow2"
        return [
            vm_service_pb2.CreateVmRequest(parent=PARENT, vm_id=f"vm-{next(self._ids)}", vm=vm, start=True)
            for _ in range(count)
        ]

    async def unary(self, count: int, in_flight: int = IN_FLIGHT) -> float:
        """Calls a second."""
        requests = iter(self.requests(count))

        async def work() -> None:
            for request in requests:
                await self.vms.CreateVm(request, metadata=self._metadata)

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(in_flight)))
        return count / (time.perf_counter() - began)

    async def alone(self, count: int) -> list[float]:
        """Seconds of each call, one after the other."""
        taken: list[float] = []
        for request in self.requests(count):
            began = time.perf_counter()
            await self.vms.CreateVm(request)
            taken.append(time.perf_counter() - began)
        return taken

    def batches(self, count: int) -> list[vm_service_pb2.BatchCreateVmsRequest]:
        """`count` VMs, in batches of at most 1,000."""
        sizes = [min(BATCH, count - begun) for begun in range(0, count, BATCH)]
        return [vm_service_pb2.BatchCreateVmsRequest(parent=PARENT, requests=self.requests(size)) for size in sizes]

    async def batched(self, batches: Sequence[vm_service_pb2.BatchCreateVmsRequest], in_flight: int = 2) -> float:
        """VMs a second. While one batch commits, the next is on its way."""
        waiting = iter(batches)

        async def work() -> None:
            for batch in waiting:
                response = await self.vms.BatchCreateVms(batch)
                assert all(item.operation for item in response.items)

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(in_flight)))
        return sum(len(each.requests) for each in batches) / (time.perf_counter() - began)

    async def streamed(self, count: int, in_flight: int = ON_STREAM) -> float:
        """Commands a second over one ExecuteCommands call, with so many unanswered at a time."""
        room = asyncio.Semaphore(in_flight)
        requests = self.requests(count)

        async def commands() -> AsyncIterator[vm_service_pb2.ExecuteCommandsRequest]:
            for tag, request in enumerate(requests):
                await room.acquire()
                yield vm_service_pb2.ExecuteCommandsRequest(tag=tag, create_vm=request)

        began = time.perf_counter()
        answered = 0
        async for response in self.vms.ExecuteCommands(commands()):
            assert response.WhichOneof("outcome") == "operation", response.error.message
            answered += 1
            room.release()
        assert answered == count
        return count / (time.perf_counter() - began)


@asynccontextmanager
async def load_on(address: str, *, hosts: bool = True) -> AsyncGenerator[Load]:
    """A client of the server at `address`; with hosts to place VMs on, unless it is the baseline."""
    async with aio.insecure_channel(address, options=LARGE_MESSAGES) as channel:
        load = Load(channel)
        if hosts:
            await load.register_hosts()
        yield load
