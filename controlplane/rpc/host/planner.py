"""Plans of migrations of the fleet as it is, one at a time: each has a copy of the fleet."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from controlplane.commands.rebalance import Goal, Grounds, Planned, RebalanceScope, planned
from controlplane.domain.fleet import FleetState
from controlplane.domain.rebalance.aggregate import PlannedMove
from controlplane.queries.measured_use import measured_use
from controlplane.queries.reads import Reads
from controlplane.queries.violations.report import ViolationsReport
from controlplane.rpc.host.messages import violation_text


class PlannedNow(NamedTuple):
    """A plan, and the fleet and the grounds that it was made of."""

    planned: Planned
    state: FleetState
    grounds: Grounds


class Planner:
    """`resting` gives the VMs, by uid, that were moved lately: their use is no reason to move them again."""

    def __init__(self, reads: Reads, resting: Callable[[], Collection[str]]) -> None:
        self._reads = reads
        self._resting = resting
        self._alone = asyncio.Lock()

    async def plan(self, goal: Goal, scope: RebalanceScope) -> PlannedNow:
        """By the fleet as it is when its turn comes."""
        async with self._alone:
            reads = self._reads
            state = reads.inventory.captured(reads.position, reads.time)
            grounds = self._grounds(goal)
            return PlannedNow(await asyncio.to_thread(planned, state, goal, scope, grounds), state, grounds)

    async def moves(self, goal: Goal, scope: RebalanceScope = RebalanceScope()) -> list[PlannedMove]:  # noqa: B008 a value
        """The moves of a plan."""
        found = await self.plan(goal, scope)
        return [
            PlannedMove(each.vm_uid, each.vm, each.source, each.target, each.why) for each in found.planned.plan.moves
        ]

    def _grounds(self, goal: Goal) -> Grounds:
        reads = self._reads
        match goal:
            case Goal.FREE_HOSTS:
                return Grounds()
            case Goal.VIOLATIONS:
                return Grounds(broken=_broken(reads))
            case Goal.USED:
                inventory = reads.inventory
                use = measured_use(reads.metrics, inventory.hosts, inventory.vms, reads.now())
                return Grounds(use=use, resting=self._resting())


def _broken(reads: Reads) -> Mapping[str, Sequence[str]]:
    """The rules that are not obeyed, by the uid of the VM that has them."""
    found: dict[str, list[str]] = {}
    report = ViolationsReport(reads.inventory)
    for host in reads.inventory.hosts.values():
        for violation in report.of(host):
            found.setdefault(violation.vm.uid, []).append(violation_text(violation))
    return dict(found)
