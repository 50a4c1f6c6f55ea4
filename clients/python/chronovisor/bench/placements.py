"""What a way of placing did over a trace: hosts in use, refusals; and the usual ways, in plain numpy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from chronovisor.bench.fleet import Shape, bound, largest_vcpus
from chronovisor.bench.trace import Moment, Request

Floats = npt.NDArray[np.float64]
# By free vCPUs and memory of every host, before the VM: the higher the better.
Score = Callable[[Floats, Floats], Floats]

BASELINES: Mapping[str, Score] = {
    "first fit": lambda vcpus, _memory: -np.arange(len(vcpus), dtype=np.float64),
    "best fit on memory": lambda _vcpus, memory: -memory,
    "spread, Nova's default": lambda _vcpus, memory: memory.copy(),
}


@dataclass(slots=True)
class Course:
    """One way of placing, over the trace."""

    name: str
    fleet: Sequence[Shape]
    # What it knew that others did not, or the other way.
    knowing: str = ""
    times: list[int] = field(default_factory=list[int])
    in_use: list[int] = field(default_factory=list[int])
    least: list[int] = field(default_factory=list[int])
    # vCPUs allocated of those that the hosts in use have, and of those that the fewest hosts would have.
    eta: list[float] = field(default_factory=list[float])
    best_eta: list[float] = field(default_factory=list[float])
    placed: int = 0
    refused: int = 0
    _vms: dict[int, int] = field(default_factory=dict[int, int])
    _vcpus: int = 0
    _vcpus_in_use: int = 0
    _memory: int = 0

    def come(self, host: int, request: Request) -> None:
        there = self._vms.get(host, 0)
        self._vms[host] = there + 1
        self._vcpus_in_use += 0 if there else self.fleet[host].vcpus
        self._vcpus += request.vcpus
        self._memory += request.memory_mib
        self.placed += 1

    def go(self, host: int, request: Request) -> None:
        self._vms[host] -= 1
        if not self._vms[host]:
            del self._vms[host]
            self._vcpus_in_use -= self.fleet[host].vcpus
        self._vcpus -= request.vcpus
        self._memory -= request.memory_mib

    @property
    def title(self) -> str:
        """Its name with what it knew, for people."""
        return f"{self.name}, {self.knowing}" if self.knowing else self.name

    @property
    def allocated(self) -> tuple[int, int]:
        return self._vcpus, self._memory

    def note(self, time_s: int) -> None:
        """How it is from `time_s` on."""
        self.times.append(time_s)
        self.in_use.append(len(self._vms))
        self.least.append(bound(self._vcpus, self._memory, self.fleet))
        self.eta.append(self._vcpus / max(self._vcpus_in_use, 1))
        self.best_eta.append(self._vcpus / max(largest_vcpus(self.least[-1], self.fleet), 1))

    def host_hours(self) -> float:
        return self._hours(self.in_use)

    def least_host_hours(self) -> float:
        return self._hours(self.least)

    def _hours(self, hosts: Sequence[int]) -> float:
        return float(np.dot(np.diff(self.times), hosts[:-1])) / 3600

    def over_bound(self) -> float:
        """By how much the host-hours exceed the least possible, as a share."""
        least = self.least_host_hours()
        return self.host_hours() / least - 1 if least else 0.0

    def most_over_bound(self) -> float:
        """The same at the worst moment; of those that need a tenth of the peak's hosts: one of two is little there."""
        busy = max(self.least, default=0) / 10
        over = [
            used / least - 1 for used, least in zip(self.in_use, self.least, strict=True) if least and least >= busy
        ]
        return max(over, default=0.0)


def baseline(name: str, fleet: Sequence[Shape], requests: Sequence[Request], trace: Sequence[Moment]) -> Course:
    """The trace placed by a baseline's score."""
    course, score = Course(name, fleet), BASELINES[name]
    vcpus = np.array([each.vcpus for each in fleet], np.float64)
    memory = np.array([each.memory_mib for each in fleet], np.float64)
    on: dict[int, int] = {}
    for moment in trace:
        for place in moment.departures:
            if (host := on.pop(place, None)) is not None:
                vcpus[host] += requests[place].vcpus
                memory[host] += requests[place].memory_mib
                course.go(host, requests[place])
        for place in moment.arrivals:
            request = requests[place]
            scores = score(vcpus, memory)
            scores[(vcpus < request.vcpus) | (memory < request.memory_mib)] = -np.inf
            host = int(scores.argmax())
            if scores[host] == -np.inf:
                course.refused += 1
                continue
            on[place] = host
            vcpus[host] -= request.vcpus
            memory[host] -= request.memory_mib
            course.come(host, request)
        course.note(moment.time_s)
    return course
