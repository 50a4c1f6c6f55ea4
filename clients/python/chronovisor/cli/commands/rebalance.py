"""`chronovisor rebalance`: migrations that free hosts, obey rules again or balance what is used; or only their plan."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from chronovisor.cli.options.mutations import Reason, Wait
from chronovisor.cli.output import Column, say, show_message, show_table
from chronovisor.cli.progress import wait_visibly
from chronovisor.cli.session import WALK_S, session, short_name
from chronovisor.cli.settings import Misused, parsed, settings_of
from chronovisor.cli.text.units import counted, parse_positive, resources_text
from chronovisor.v1.rebalance_pb2 import (
    PlanRebalanceRequest,
    PlanRebalanceResponse,
    Rebalance,
    RebalanceMove,
    RunRebalanceRequest,
)

app = typer.Typer(add_completion=False)

_COLUMNS = (
    Column("#", right=True),
    Column("VM", foldable=True),
    Column("FROM", foldable=True),
    Column("TO", foldable=True),
    Column("HOLDS"),
    Column("WHY", foldable=True),
)
_MOVES = (
    Column("VM", foldable=True),
    Column("FROM", foldable=True),
    Column("TO", foldable=True),
    Column("STATE"),
    Column("WHY", foldable=True),
)
_MOST_LEFT = 5


class Goal(StrEnum):
    """What migrations are for."""

    FREE_HOSTS = "free-hosts"
    VIOLATIONS = "violations"
    USED = "used"


_GOALS = {
    Goal.FREE_HOSTS: PlanRebalanceRequest.GOAL_FREE_HOSTS,
    Goal.VIOLATIONS: PlanRebalanceRequest.GOAL_VIOLATIONS,
    Goal.USED: PlanRebalanceRequest.GOAL_USED,
}


@app.command()
def rebalance(
    ctx: typer.Context,
    plan: Annotated[bool, typer.Option("--plan", help="Show what to move, and move nothing.")] = False,
    goal: Annotated[
        Goal, typer.Option(help="As many hosts without VMs as can be; every rule obeyed; or machines about as busy.")
    ] = Goal.FREE_HOSTS,
    zone: Annotated[str, typer.Option(metavar="NAME", help="Only hosts of one zone.")] = "",
    most: Annotated[
        int,
        typer.Option(
            "--max-migrations", parser=parsed(parse_positive), metavar="N", help="No more than that; default: any."
        ),
    ] = 0,
    parallel: Annotated[
        int,
        typer.Option("--max-parallel", parser=parsed(parse_positive), metavar="N", help="So many at once; default: 2."),
    ] = 0,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    """Migrate VMs live so that hosts are free, rules are obeyed again, or machines are about as busy; or plan it."""
    if not plan:
        request = RunRebalanceRequest(
            goal=_GOALS[goal],
            zone=zone.removeprefix("zones/"),
            max_migrations=most,
            max_parallel=parallel,
            reason=reason,
        )
        _run(ctx, request, wait)
        return
    if parallel or reason:
        raise Misused("--max-parallel and --reason go without --plan")
    request = PlanRebalanceRequest(goal=_GOALS[goal], zone=zone.removeprefix("zones/"), max_migrations=most)
    with session(ctx, WALK_S) as client:
        found = client.hosts.PlanRebalance(request)
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        _show(ctx, found)


def _run(ctx: typer.Context, request: RunRebalanceRequest, wait: bool) -> None:
    with session(ctx, WALK_S) as client:
        operation = client.hosts.RunRebalance(request)
        if wait:
            operation = wait_visibly(ctx, client, operation)
    found = Rebalance()
    if settings_of(ctx).is_data:
        show_message(ctx, operation)
    elif operation.response.Unpack(found):
        _show_moves(ctx, found)
    else:
        say(f"The rebalance has begun. Follow it: chronovisor operation wait {operation.name}")


def _show_moves(ctx: typer.Context, found: Rebalance) -> None:
    rows = [
        [
            short_name(ctx, each.vm),
            each.from_host.removeprefix("hosts/"),
            each.to_host.removeprefix("hosts/"),
            RebalanceMove.State.Name(each.state).removeprefix("STATE_").lower(),
            each.detail or each.why,
        ]
        for each in found.moves
    ]
    show_table(_MOVES, rows, "There is nothing to move.")
    if rows:
        moved = sum(each.state == RebalanceMove.STATE_MOVED for each in found.moves)
        say(f"{moved} of {counted(len(rows), 'migration')} carried out.")


def _show(ctx: typer.Context, found: PlanRebalanceResponse) -> None:
    rows = [
        [
            str(number),
            short_name(ctx, each.vm),
            each.from_host.removeprefix("hosts/"),
            each.to_host.removeprefix("hosts/"),
            resources_text(each.held),
            each.why,
        ]
        for number, each in enumerate(found.migrations, 1)
    ]
    show_table(_COLUMNS, rows, "There is nothing to move.")
    if rows:
        say(_gain(found))
    _say_left(found.left)


def _gain(found: PlanRebalanceResponse) -> str:
    words = [counted(len(found.migrations), "migration")]
    if found.freed_hosts:
        words.append(f"{counted(len(found.freed_hosts), 'host')} freed ({found.before.hosts} to {found.after.hosts})")
    if found.removed_violations:
        words.append(f"{counted(len(found.removed_violations), 'violation')} less")
    etas = [
        f"{name} {found.before.eta[name]:.0%} to {eta:.0%}"
        for name, eta in sorted(found.after.eta.items(), reverse=True)
        if name in found.before.eta
    ]
    summary = f"{', '.join(words)}. Of the hosts in use is allocated: {', '.join(etas)}."
    return f"{summary}\nAs of position {found.position}; nothing was moved."


def _say_left(left: Sequence[str]) -> None:
    if left:
        say("Stays as it is:")
    for words in left[:_MOST_LEFT]:
        say(f"  {words}")
    if len(left) > _MOST_LEFT:
        say(f"  and {len(left) - _MOST_LEFT} more: --output json")
