"""Plans of live migrations: translates, calls, translates."""

import asyncio

from chronovisor.v1 import rebalance_pb2 as api

from controlplane.commands.rebalance import Goal, InUse, Planned, Scope, planned
from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import FleetState
from controlplane.domain.time import timestamp_of
from controlplane.queries.neighbour_rules import Look
from controlplane.queries.violations import violations_of
from controlplane.rpc.convert import resources_message
from controlplane.rpc.reach import Reach
from controlplane.rpc.validate import Rules

GOALS = {
    api.PlanRebalanceRequest.GOAL_UNSPECIFIED: Goal.FREE_HOSTS,
    api.PlanRebalanceRequest.GOAL_FREE_HOSTS: Goal.FREE_HOSTS,
    api.PlanRebalanceRequest.GOAL_VIOLATIONS: Goal.VIOLATIONS,
}


async def plan_rebalance(
    reach: Reach, request: api.PlanRebalanceRequest, alone: asyncio.Lock
) -> api.PlanRebalanceResponse:
    """A plan of the fleet as it is now. One at a time: each has a copy of the fleet."""
    rules = Rules()
    rules.check(request.goal in GOALS, "goal", "must be GOAL_FREE_HOSTS or GOAL_VIOLATIONS")
    rules.check(request.max_migrations >= 0, "max_migrations", "must be 1 or more, or 0 for as many as it takes")
    rules.done()
    inventory = reach.inventory
    if request.zone and not any(host.zone == request.zone for host in inventory.hosts.values()):
        raise NotFound("zone", f"zones/{request.zone}")
    async with alone:
        position, time, goal = reach.feed.position, reach.feed.time, GOALS[request.goal]
        # Aggregates do not change: a list of them is the fleet of this moment.
        state = FleetState(
            list(inventory.projects.values()),
            list(inventory.hosts.values()),
            list(inventory.vms.values()),
            {},
            position,
            time,
        )
        broken = _broken(reach) if goal is Goal.VIOLATIONS else {}
        scope = Scope(request.zone, request.max_migrations)
        found = await asyncio.to_thread(planned, state, goal, scope, broken)
    response = _response(found)
    response.position = position
    response.read_time.CopyFrom(timestamp_of(time))
    return response


def _broken(reach: Reach) -> dict[str, list[str]]:
    """The rules that are not obeyed, by the uid of the VM that has them."""
    found: dict[str, list[str]] = {}
    look = Look(reach.inventory)
    for host in reach.inventory.hosts.values():
        for words in violations_of(reach.inventory, host, look):
            if vm := reach.inventory.vm_named(words.partition(":")[0]):
                found.setdefault(vm.uid, []).append(words)
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
        removed_violations=plan.removed,
        left=plan.left,
        before=_in_use(found.before),
        after=_in_use(found.after),
    )


def _in_use(told: InUse) -> api.HostsInUse:
    return api.HostsInUse(hosts=told.hosts, eta=told.eta)
