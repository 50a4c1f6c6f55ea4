"""Replays a trace against a control plane through its gRPC API, in the trace's order; time is compressed."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grpc import aio

from chronovisor.bench.agents import host_id
from chronovisor.bench.fleet import Shape
from chronovisor.bench.placements import Course
from chronovisor.bench.trace import Moment, Request
from chronovisor.v1 import (
    utilization_service_pb2,
    utilization_service_pb2_grpc,
    vm_pb2,
    vm_service_pb2,
    vm_service_pb2_grpc,
)

MOST_ITEMS = 1000
PARENT = "projects/default"
ACTOR = (("chronovisor-actor", "service:chronovisor-bench"),)
# What was freed shows within milliseconds; something is wrong when it does not within this.
SETTLES_WITHIN_S = 60.0


class NotSettled(Exception):
    """The control plane does not hold what it should after a while; the message says both."""


@dataclass(slots=True)
class Replay:
    """`told` is called with the number of requests done after each moment."""

    channel: aio.Channel
    fleet: Sequence[Shape]
    requests: Sequence[Request]
    run: str
    told: Callable[[int], None]

    async def course(self, trace: Sequence[Moment]) -> Course:
        """What the control plane did. Every release is seen before the arrivals that come after it."""
        vms = vm_service_pb2_grpc.VmServiceStub(self.channel)
        course = Course("Chronovisor", self.fleet)
        hosts = {f"hosts/{host_id(number)}": number for number in range(len(self.fleet))}
        on: dict[int, int] = {}
        for moment in trace:
            gone = [place for place in moment.departures if place in on]
            for start in range(0, len(gone), MOST_ITEMS):
                await vms.BatchDeleteVms(self._deletes(gone[start : start + MOST_ITEMS]), metadata=ACTOR)
            for place in gone:
                course.go(on.pop(place), self.requests[place])
            if gone and moment.arrivals:
                await self._settled(course.allocated)
            for start in range(0, len(moment.arrivals), MOST_ITEMS):
                places = moment.arrivals[start : start + MOST_ITEMS]
                answer = await vms.BatchCreateVms(self._creates(places), metadata=ACTOR)
                for place, item in zip(places, answer.items, strict=True):
                    if item.HasField("status"):
                        course.refused += 1
                        continue
                    on[place] = hosts[item.vm.host]
                    course.come(on[place], self.requests[place])
            course.note(moment.time_s)
            self.told(len(moment.arrivals))
        return course

    def _name(self, place: int) -> str:
        return f"{self.run}-{place}"

    def _deletes(self, places: Sequence[int]) -> vm_service_pb2.BatchDeleteVmsRequest:
        requests = [vm_service_pb2.DeleteVmRequest(name=f"{PARENT}/vms/{self._name(place)}") for place in places]
        return vm_service_pb2.BatchDeleteVmsRequest(parent=PARENT, requests=requests)

    def _creates(self, places: Sequence[int]) -> vm_service_pb2.BatchCreateVmsRequest:
        requests = [
            vm_service_pb2.CreateVmRequest(vm_id=self._name(place), vm=_vm(self.requests[place]), start=True)
            for place in places
        ]
        return vm_service_pb2.BatchCreateVmsRequest(parent=PARENT, requests=requests, allow_partial=True)

    async def _settled(self, wanted: tuple[int, int]) -> None:
        """Waits until the fleet holds what it should. Raises NotSettled."""
        utilization = utilization_service_pb2_grpc.UtilizationServiceStub(self.channel)
        give_up = time.monotonic() + SETTLES_WITHIN_S
        while True:
            told = await utilization.GetUtilization(utilization_service_pb2.GetUtilizationRequest(scope="fleet"))
            held = {each.resource_class: each.allocated for each in told.classes}
            if (held.get("vcpus", 0), held.get("memory_mib", 0)) == wanted:
                return
            if time.monotonic() > give_up:
                raise NotSettled(f"the fleet holds {held}, where vCPUs and MiB of memory should be {wanted}")
            await asyncio.sleep(0.002)


def _vm(request: Request) -> vm_pb2.Vm:
    vm = vm_pb2.Vm()
    vm.spec.resources.vcpus, vm.spec.resources.memory_mib = request.vcpus, request.memory_mib
    vm.spec.boot.kernel.kernel, vm.spec.boot.kernel.initramfs = "vmlinuz", "initramfs"
    return vm
