"""Plans of live migrations: translates, calls, translates."""

import asyncio

from chronovisor.v1 import rebalance_pb2 as api
from uuid_utils import uuid7

from controlplane.commands.rebalance import Goal, InUse, Planned, RebalanceScope, planned
from controlplane.commands.rebalancing import StartRebalance
from controlplane.domain.errors import NotFound
from controlplane.domain.rebalance.aggregate import DEFAULT_PARALLEL, Rebalance
from controlplane.domain.time import timestamp_of
from controlplane.queries.reads import Reads
from controlplane.rpc.host.planner import PlannedNow, Planner
from controlplane.rpc.shared.convert import resources_message
from controlplane.rpc.shared.message_size import MOST_BYTES, bounded_words, fitting
from controlplane.rpc.shared.validate import FieldRules

# Of each list of sentences, in bytes.
MOST_WORDS = MOST_BYTES // 8
GOALS = {
    api.PlanRebalanceRequest.GOAL_UNSPECIFIED: Goal.FREE_HOSTS,
    api.PlanRebalanceRequest.GOAL_FREE_HOSTS: Goal.FREE_HOSTS,
    api.PlanRebalanceRequest.GOAL_VIOLATIONS: Goal.VIOLATIONS,
    api.PlanRebalanceRequest.GOAL_USED: Goal.USED,
}
MOST_PARALLEL = 50
# Of one rebalance: all that became of it is one message.
MOST_MIGRATIONS = 1_000


async def plan_rebalance(
    reads: Reads, request: api.PlanRebalanceRequest, planner: Planner
) -> api.PlanRebalanceResponse:
    """A plan of the fleet as it is now."""
    goal, scope = _goal_and_scope(reads, request, FieldRules())
    found = await planner.plan(goal, scope)
    response = await asyncio.to_thread(_fitted, found, goal, scope)
    response.position = found.state.position
    response.read_time.CopyFrom(timestamp_of(found.state.time))
    return response


async def start_command(reads: Reads, request: api.RunRebalanceRequest, planner: Planner) -> StartRebalance:
    """The plan of a rebalance, to be carried out. Raises InvalidField, NotFound."""
    rules = FieldRules()
    rules.mutation(request.request_id, request.reason)
    parallel = request.max_parallel or DEFAULT_PARALLEL
    most = f"must be 1 to {MOST_PARALLEL}, or 0 for {DEFAULT_PARALLEL}, not {request.max_parallel}"
    rules.check(1 <= parallel <= MOST_PARALLEL, "max_parallel", most)
    goal, scope = _goal_and_scope(reads, request, rules)
    scope = scope._replace(most=min(scope.most or MOST_MIGRATIONS, MOST_MIGRATIONS))
    moves = await planner.moves(goal, scope)
    return StartRebalance(str(uuid7()), goal, request.zone, parallel, tuple(moves))


def _goal_and_scope(
    reads: Reads, request: api.PlanRebalanceRequest | api.RunRebalanceRequest, rules: FieldRules
) -> tuple[Goal, RebalanceScope]:
    goals = "GOAL_FREE_HOSTS, GOAL_VIOLATIONS or GOAL_USED"
    rules.check(request.goal in GOALS, "goal", f"must be {goals}")
    rules.check(request.max_migrations >= 0, "max_migrations", "must be 1 or more, or 0 for as many as it takes")
    if request.zone:
        rules.id(request.zone, "zone")
    rules.done()
    if request.zone and not any(host.zone == request.zone for host in reads.inventory.hosts.values()):
        raise NotFound("zone", f"zones/{request.zone}")
    return GOALS[request.goal], RebalanceScope(request.zone, request.max_migrations)


def _fitted(found: PlannedNow, goal: Goal, scope: RebalanceScope) -> api.PlanRebalanceResponse:
    """A plan that one message carries: of a larger one, the first migrations, as if no more had been requested."""
    response = _response(found.planned)
    while response.ByteSize() > MOST_BYTES and len(response.migrations) > 1:
        count = fitting([each.ByteSize() for each in response.migrations], MOST_BYTES // 2)
        most = min(count, len(response.migrations) // 2)
        response = _response(planned(found.state, goal, scope._replace(most=most), found.grounds))
    return response


def rebalance_message(rebalance: Rebalance) -> api.Rebalance:
    return api.Rebalance(
        uid=rebalance.uid,
        goal=api.PlanRebalanceRequest.Goal.ValueType(rebalance.goal),
        zone=rebalance.zone,
        max_parallel=rebalance.max_parallel,
        moves=[
            api.RebalanceMove(
                vm=each.vm,
                vm_uid=each.vm_uid,
                from_host=each.source,
                to_host=each.target,
                why=each.why,
                state=api.RebalanceMove.State.ValueType(each.state),
                detail=each.detail,
            )
            for each in rebalance.moves
        ],
        cancelled=rebalance.cancelled,
    )


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
