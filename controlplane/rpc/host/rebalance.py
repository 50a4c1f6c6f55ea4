"""Plans of live migrations: translates, calls, translates."""

import asyncio
from collections.abc import Mapping, Sequence

from chronovisor.v1 import rebalance_pb2 as api

from controlplane.commands.rebalance import Goal, InUse, Planned, RebalanceScope, planned
from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import FleetState
from controlplane.domain.time import timestamp_of
from controlplane.queries.reads import Reads
from controlplane.queries.violations.report import ViolationsReport
from controlplane.rpc.host.messages import violation_text
from controlplane.rpc.shared.convert import resources_message
from controlplane.rpc.shared.message_size import MOST_BYTES, bounded_words, fitting
from controlplane.rpc.shared.validate import FieldRules

# Of each list of sentences, in bytes.
MOST_WORDS = MOST_BYTES // 8
GOALS = {
    api.PlanRebalanceRequest.GOAL_UNSPECIFIED: Goal.FREE_HOSTS,
    api.PlanRebalanceRequest.GOAL_FREE_HOSTS: Goal.FREE_HOSTS,
    api.PlanRebalanceRequest.GOAL_VIOLATIONS: Goal.VIOLATIONS,
}


async def plan_rebalance(
    reads: Reads, request: api.PlanRebalanceRequest, alone: asyncio.Lock
) -> api.PlanRebalanceResponse:
    """A plan of the fleet as it is now. One at a time: each has a copy of the fleet."""
    rules = FieldRules()
    rules.check(request.goal in GOALS, "goal", "must be GOAL_FREE_HOSTS or GOAL_VIOLATIONS")
    rules.check(request.max_migrations >= 0, "max_migrations", "must be 1 or more, or 0 for as many as it takes")
    if request.zone:
        rules.id(request.zone, "zone")
    rules.done()
    inventory = reads.inventory
    if request.zone and not any(host.zone == request.zone for host in inventory.hosts.values()):
        raise NotFound("zone", f"zones/{request.zone}")
    async with alone:
        position, time, goal = reads.position, reads.time, GOALS[request.goal]
        # Aggregates do not change: a list of them is the fleet of this moment.
        state = FleetState(
            list(inventory.projects.values()),
            list(inventory.hosts.values()),
            list(inventory.vms.values()),
            {},
            position,
            time,
        )
        broken = _broken(reads) if goal is Goal.VIOLATIONS else {}
        response = await asyncio.to_thread(
            _planned, state, goal, RebalanceScope(request.zone, request.max_migrations), broken
        )
    response.position = position
    response.read_time.CopyFrom(timestamp_of(time))
    return response


def _planned(
    state: FleetState, goal: Goal, scope: RebalanceScope, broken: Mapping[str, Sequence[str]]
) -> api.PlanRebalanceResponse:
    """A plan that one message carries: of a larger one, the first migrations, as if no more had been requested."""
    response = _response(planned(state, goal, scope, broken))
    while response.ByteSize() > MOST_BYTES and len(response.migrations) > 1:
        count = fitting([each.ByteSize() for each in response.migrations], MOST_BYTES // 2)
        most = min(count, len(response.migrations) // 2)
        response = _response(planned(state, goal, scope._replace(most=most), broken))
    return response


def _broken(reads: Reads) -> dict[str, list[str]]:
    """The rules that are not obeyed, by the uid of the VM that has them."""
    found: dict[str, list[str]] = {}
    report = ViolationsReport(reads.inventory)
    for host in reads.inventory.hosts.values():
        for violation in report.of(host):
            found.setdefault(violation.vm.uid, []).append(violation_text(violation))
    return found


def _response(found: Planned) -> api.PlanRebalanceResponse:
    plan = found.plan
    return api.PlanRebalanceResponse(
        migrations=[
            api.Migration(
                vm=each.vm,
                from_host=each.source,
                to_host=each.target,
                held=resources_message(each.held),
                why=each.why,
            )
            for each in plan.moves
        ],
        freed_hosts=plan.freed,
        removed_violations=bounded_words(plan.removed, MOST_WORDS),
        left=bounded_words(plan.left, MOST_WORDS),
        before=_in_use(found.before),
        after=_in_use(found.after),
    )


def _in_use(in_use: InUse) -> api.HostsInUse:
    return api.HostsInUse(hosts=in_use.hosts, eta=in_use.eta)
