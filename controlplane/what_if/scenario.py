"""Scenarios and results of what-ifs: the window, what is changed in it, and both courses. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.policy import Policy
from controlplane.domain.resources import NOTHING, ClassInventory, Resources
from controlplane.domain.time import Micros


@dataclass(frozen=True, slots=True)
class Changes:
    """What is other than it was. `hosts` are more of them; the fleet's own, but for those in `without`, stay.

    With `only_these`, the fleet's own are all away.
    """

    policy: Policy | None = None
    ratios: Mapping[str, float] = field(default_factory=dict[str, float])
    without: frozenset[str] = frozenset()
    hosts: tuple[Host, ...] = ()
    only_these: bool = False

    def __bool__(self) -> bool:
        return bool(self.policy or self.ratios or self.without or self.hosts or self.only_these)

    def takes_away(self, host: str) -> bool:
        return self.only_these or host in self.without

    def offered(self, inventory: Mapping[str, ClassInventory]) -> dict[str, ClassInventory]:
        """An inventory under the changed ratios."""
        return {
            name: ClassInventory(
                each.total,
                each.reserved,
                self.ratios.get(name, each.allocation_ratio),
                each.min_unit,
                each.max_unit,
                each.step_size,
            )
            for name, each in inventory.items()
        }


class Scenario(NamedTuple):
    """The batches after the one that has `start`, to the one that has `end`; `points` of the series at most."""

    start: int
    end: int
    changes: Changes
    points: int


class FleetUsage(NamedTuple):
    """A fleet at one moment. A host is in use while it holds compute for some VM."""

    hosts: int = 0
    hosts_in_use: int = 0
    allocated: Resources = NOTHING
    total: Resources = NOTHING
    total_in_use: Resources = NOTHING


class Progress(NamedTuple):
    """How far the replay is. Until `start` is reached, the fleet as it was there is being rebuilt."""

    position: int
    start: int
    end: int


class Point(NamedTuple):
    """Both fleets as they were at a time, the last batch before which ended at `position`."""

    time: Micros
    position: int
    was: FleetUsage
    would: FleetUsage


class ClassIntegral(NamedTuple):
    """Of one class over the window, in its base unit times microseconds."""

    allocated: int = 0
    total: int = 0
    total_in_use: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """One fleet over the window."""

    host_micros: int
    peak_hosts: int
    peak_position: int
    classes: Mapping[str, ClassIntegral]


class Refusal(NamedTuple):
    """A start that was accepted then, and would have been refused. `reason` as an error's: NO_CAPACITY."""

    position: int
    time: Micros
    vm: str
    reason: str
    message: str


class Move(NamedTuple):
    """A start that would have been placed on another host."""

    position: int
    vm: str
    was: str
    would: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of it. `refused` counts by reason; `refusals` and `moves` are the first of them.

    `displaced` are VMs that ran on hosts that were taken away when the window began. `left_out` are VMs that hold
    compute at its end and would not.
    """

    start: int
    start_time: Micros
    end: int
    end_time: Micros
    events: int
    requests: int
    starts: int
    displaced: int
    refused: Mapping[str, int]
    refusals: tuple[Refusal, ...]
    elsewhere: int
    moves: tuple[Move, ...]
    left_out: int
    was: Course
    would: Course


ReplayMessage = Progress | Point | Summary
