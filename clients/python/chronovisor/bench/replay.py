"""Replays a trace against a control plane through its gRPC API, in the trace's order; time is compressed."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import grpc
from grpc import aio

from chronovisor.bench.agents import host_id
from chronovisor.bench.fleet import Shape
from chronovisor.bench.placements import Course
from chronovisor.bench.trace import Moment, Request
from chronovisor.v1 import (
    host_service_pb2,
    host_service_pb2_grpc,
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
# By how much a VM that is alive at the end of the trace is taken to outlive it.
OUTLIVES_BY_S = 3600
# That can be declared.
LONGEST_LIFETIME_S = 3650 * 86400
NO_ROOM = grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]


class NotSettled(Exception):
    """The control plane does not hold what it should after a while; the message says both."""


class Refused(Exception):
    """A request was refused, and not for lack of room."""


class NotEmpty(Exception):
    """The control plane has hosts or VMs of others, which the replay's could not be distinguished from."""


@dataclass(slots=True)
class Replay:
    """One run of a trace. `run` makes its VMs' names its own."""

    channel: aio.Channel
    fleet: Sequence[Shape]
    requests: Sequence[Request]
    run: str
    # Whether each VM's lifetime is declared to the control plane.
    with_lifetimes: bool = True
    # When the trace begins by the control plane's clock: time is compressed, so the ends that are declared are to come.
    _began: int = field(default_factory=lambda: (int(time.time()) // 60 + 2) * 60 + 30)
    _left: list[int] = field(default_factory=list[int])
    _end: int = 0

    def __post_init__(self) -> None:
        self._end = _end_of(self.requests)

    async def course(self, trace: Sequence[Moment], on_progress: Callable[[int], None]) -> Course:
        """What the control plane did; `on_progress` is called with the number of requests done after each moment.

        Every release is seen before the arrivals that come after it. Raises NotSettled, Refused.
        """
        vms = vm_service_pb2_grpc.VmServiceStub(self.channel)
        course = Course("Chronovisor", self.fleet, f"lifetimes {'told' if self.with_lifetimes else 'unknown'}")
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
                        if item.status.code != NO_ROOM:
                            raise Refused(f"request {self.requests[place].vm_id}: {item.status.message}")
                        course.refused += 1
                        continue
                    on[place] = hosts[item.vm.host]
                    course.come(on[place], self.requests[place])
            course.note(moment.time_s)
            on_progress(len(moment.arrivals))
        self._left = list(on)
        return course

    async def require_empty(self) -> None:
        """Of hosts it may have those of the fleet alone, and nothing on them. Raises NotEmpty."""
        stub = host_service_pb2_grpc.HostServiceStub(self.channel)
        ours = {f"hosts/{host_id(number)}" for number in range(len(self.fleet))}
        token = ""
        while True:
            page = await stub.ListHosts(host_service_pb2.ListHostsRequest(page_size=1000, page_token=token))
            for host in page.hosts:
                if host.name not in ours:
                    raise NotEmpty(
                        f"the control plane has a host that is not of the replay, {host.name}: use an empty one"
                    )
                if host.allocated.vcpus or host.allocated.memory_mib:
                    raise NotEmpty(f"{host.name} of the control plane holds VMs already: use an empty one")
            token = page.next_page_token
            if not token:
                return

    async def clear(self) -> None:
        """Deletes the VMs that outlived the trace."""
        vms = vm_service_pb2_grpc.VmServiceStub(self.channel)
        for start in range(0, len(self._left), MOST_ITEMS):
            await vms.BatchDeleteVms(self._deletes(self._left[start : start + MOST_ITEMS]), metadata=ACTOR)
        await self._settled((0, 0))

    def _name(self, place: int) -> str:
        return f"{self.run}-{place}"

    def _vm(self, place: int) -> vm_pb2.Vm:
        """With its lifetime from the control plane's now to its end: ends are as far apart as they are in the trace."""
        request = self.requests[place]
        vm = _vm(request)
        if self.with_lifetimes:
            end = self._end if request.departure_s is None else request.departure_s
            lifetime_s = self._began + end - self.requests[0].arrival_s - time.time()
            vm.expected_lifetime.FromMilliseconds(round(1000 * min(max(lifetime_s, 0.001), LONGEST_LIFETIME_S)))
        return vm

    def _deletes(self, places: Sequence[int]) -> vm_service_pb2.BatchDeleteVmsRequest:
        requests = [vm_service_pb2.DeleteVmRequest(name=f"{PARENT}/vms/{self._name(place)}") for place in places]
        return vm_service_pb2.BatchDeleteVmsRequest(parent=PARENT, requests=requests)

    def _creates(self, places: Sequence[int]) -> vm_service_pb2.BatchCreateVmsRequest:
        requests = [
            vm_service_pb2.CreateVmRequest(vm_id=self._name(place), vm=self._vm(place), start=True) for place in places
        ]
        return vm_service_pb2.BatchCreateVmsRequest(parent=PARENT, requests=requests, allow_partial=True)

    async def _settled(self, expected: tuple[int, int]) -> None:
        """Waits until the fleet holds what it should. Raises NotSettled."""
        utilization = utilization_service_pb2_grpc.UtilizationServiceStub(self.channel)
        give_up = time.monotonic() + SETTLES_WITHIN_S
        while True:
            found = await utilization.GetUtilization(utilization_service_pb2.GetUtilizationRequest(scope="fleet"))
            held = {each.resource_class: each.allocated for each in found.classes}
            if (held.get("vcpus", 0), held.get("memory_mib", 0)) == expected:
                return
            if time.monotonic() > give_up:
                raise NotSettled(f"the fleet holds {held}, where vCPUs and MiB of memory should be {expected}")
            await asyncio.sleep(0.002)


def _vm(request: Request) -> vm_pb2.Vm:
    vm = vm_pb2.Vm()
    vm.spec.resources.vcpus, vm.spec.resources.memory_mib = request.vcpus, request.memory_mib
    vm.spec.boot.kernel.kernel, vm.spec.boot.kernel.initramfs = "vmlinuz", "initramfs"
    return vm


def _end_of(requests: Sequence[Request]) -> int:
    """Later than anything that the trace knows: what outlives it has no end there."""
    return max(max(each.arrival_s, each.departure_s or 0) for each in requests) + OUTLIVES_BY_S
