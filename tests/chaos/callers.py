"""Callers who never give up a request id: commands, what came back for each, and what they promise. Seeded."""

import asyncio
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import grpc
from chronovisor.v1 import vm_pb2, vm_service_pb2, vm_service_pb2_grpc
from google.protobuf.duration_pb2 import Duration
from grpc import aio

PARENT = "projects/default"
# On which some VMs have a card. Its addresses may run out.
NETWORK_ID, NETWORK_CIDR = "chaos", "10.1.0.0/24"
# Names that several callers want, so that some must lose.
SHARED = 12
CALL_S = 5.0
BATCH = 8
# The event that a command is for, by method.
EVENT = {
    "CreateVm": "vm_created",
    "BatchCreateVms": "vm_created",
    "StartVm": "vm_start_requested",
    "StopVm": "vm_stop_requested",
    "DeleteVm": "vm_delete_requested",
    "UpdateVm": "vm_updated",
}
METHODS = {"CreateVm": 38, "BatchCreateVms": 4, "StartVm": 15, "StopVm": 18, "DeleteVm": 25, "UpdateVm": 10}


@dataclass(slots=True)
class Command:
    """One command and all that came back for it. Its outcome is unknown while `answers` and `refusals` are empty.

    With `twins`, it was sent twice at once.
    """

    method: str
    request: Any
    items: int = 1
    attempts: int = 0
    twins: bool = False
    answers: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    refusals: list[str] = field(default_factory=list[str])

    @property
    def request_id(self) -> str:
        return self.request.request_id

    @property
    def known(self) -> bool:
        return bool(self.answers or self.refusals)


class Caller:
    """One client. It makes its commands from its seed, and tries those again of which it does not know the outcome."""

    def __init__(self, name: str, seed: int) -> None:
        self.commands: list[Command] = []
        self.faults: list[str] = []
        self._name = name
        self._random = random.Random(seed)
        self._vms: list[str] = []
        self._unknown: list[Command] = []
        self._made = 0

    async def work(self, channel: aio.Channel, until: asyncio.Event) -> None:
        """Calls, one command after the other, until `until` is set."""
        stub = vm_service_pb2_grpc.VmServiceStub(channel)
        while not until.is_set():
            await self.finish(stub, until)
            if until.is_set():
                return
            command = self._command()
            self.commands.append(command)
            command.twins = command.method == "CreateVm" and self._random.random() < 0.1
            await asyncio.gather(*(self._call(stub, command) for _ in range(2 if command.twins else 1)))
            # Some callers do give up: their command is carried out once or not at all.
            if not command.known and self._random.random() < 0.8:
                self._unknown.append(command)
            if command.answers and command.method == "CreateVm" and self._random.random() < 0.05:
                await self._call(stub, command)

    async def finish(self, stub: "vm_service_pb2_grpc.VmServiceAsyncStub", until: asyncio.Event | None = None) -> None:
        """Tries again, with the same request ids, until each outcome is known."""
        while self._unknown and not (until and until.is_set()):
            await self._call(stub, self._unknown[0])
            if self._unknown[0].known:
                del self._unknown[0]
            else:
                # As clients do: not at once.
                await asyncio.sleep(self._random.uniform(0.01, 0.1))

    async def _call(self, stub: "vm_service_pb2_grpc.VmServiceAsyncStub", command: Command) -> None:
        command.attempts += 1
        try:
            answer = await getattr(stub, command.method)(
                command.request, timeout=CALL_S, metadata=(("chronovisor-actor", f"user:{self._name}"),)
            )
        except aio.AioRpcError as error:
            self._failed(command, error)
            return
        batch = isinstance(answer, vm_service_pb2.BatchCreateVmsResponse)
        command.answers.append(tuple(item.operation for item in answer.items) if batch else (answer.name,))

    def _failed(self, command: Command, error: aio.AioRpcError) -> None:
        ours = any(key == "grpc-status-details-bin" for key, _ in error.trailing_metadata() or ())
        if error.code() in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN) and ours:
            self.faults.append(f"{command.method}: {error.details()}")
        elif ours and error.code() is not grpc.StatusCode.UNAVAILABLE:
            command.refusals.append(error.code().name)

    def _command(self) -> Command:
        method = self._random.choices(list(METHODS), list(METHODS.values()))[0]
        if not self._vms and "Create" not in method:
            method = "CreateVm"
        request_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        if method == "BatchCreateVms":
            requests = [self._create() for _ in range(BATCH)]
            batch = vm_service_pb2.BatchCreateVmsRequest(parent=PARENT, requests=requests, request_id=request_id)
            return Command(method, batch, BATCH)
        if method == "CreateVm":
            request = self._create()
            request.request_id = request_id
            return Command(method, request)
        vm_id = self._vms[-self._random.randint(1, min(20, len(self._vms)))]
        if method == "DeleteVm":
            self._vms.remove(vm_id)
        name = f"{PARENT}/vms/{vm_id}"
        if method == "StopVm":
            grace = Duration()
            return Command(method, vm_service_pb2.StopVmRequest(name=name, request_id=request_id, grace_period=grace))
        if method == "UpdateVm":
            return Command(method, self._update(name, request_id))
        kind = {"StartVm": vm_service_pb2.StartVmRequest, "DeleteVm": vm_service_pb2.DeleteVmRequest}[method]
        return Command(method, kind(name=name, request_id=request_id))

    def _update(self, name: str, request_id: str) -> vm_service_pb2.UpdateVmRequest:
        """A label of its own, so that there is always something to do; now and then other vCPUs, too."""
        vm = vm_pb2.Vm(name=name, labels={"request": request_id})
        if self._random.random() < 0.5:
            vm.spec.resources.vcpus = self._random.randint(1, 4)
        return vm_service_pb2.UpdateVmRequest(vm=vm, request_id=request_id)

    def _create(self) -> vm_service_pb2.CreateVmRequest:
        self._made += 1
        shared = self._random.random() < 0.1
        vm_id = f"shared-{self._random.randrange(SHARED)}" if shared else f"{self._name}-{self._made}"
        self._vms.append(vm_id)
        vm = vm_pb2.Vm()
        vm.spec.resources.vcpus, vm.spec.resources.memory_mib = self._random.randint(1, 4), 256
        vm.spec.resources.disk_gib = self._random.randint(1, 8)
        vm.spec.boot.image.image = "any"
        if self._random.random() < 0.5:
            vm.spec.network_interfaces.add(network=f"{PARENT}/networks/{NETWORK_ID}")
        start = self._random.random() < 0.7
        return vm_service_pb2.CreateVmRequest(parent=PARENT, vm_id=vm_id, vm=vm, start=start)


def outcomes(commands: list[Command]) -> Counter[str]:
    """How many commands were answered, refused, or are unknown, and how many of all were tried more than once."""
    counted: Counter[str] = Counter()
    for command in commands:
        counted["acknowledged" if command.answers else "refused" if command.refusals else "unknown"] += 1
        counted["retried"] += command.attempts > 1
    return counted
