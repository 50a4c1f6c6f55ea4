"""`chronovisor rebalance --plan`: which live migrations would free hosts, or bring VMs where their rules allow them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from chronovisor.cli.output import Column, say, show_message, show_table
from chronovisor.cli.session import WALK_S, session, short_name
from chronovisor.cli.settings import Misused, parsed, settings_of
from chronovisor.cli.text.units import counted, parse_positive, resources_text
from chronovisor.v1.rebalance_pb2 import PlanRebalanceRequest, PlanRebalanceResponse

app = typer.Typer(add_completion=False)

_COLUMNS = (
    Column("#", right=True),
    Column("VM", foldable=True),
    Column("FROM", foldable=True),
    Column("TO", foldable=True),
    Column("HOLDS"),
    Column("WHY", foldable=True),
)
_MOST_LEFT = 5


class Goal(StrEnum):
    """What migrations are for."""

    FREE_HOSTS = "free-hosts"
    VIOLATIONS = "violations"


_GOALS = {
    Goal.FREE_HOSTS: PlanRebalanceRequest.GOAL_FREE_HOSTS,
    Goal.VIOLATIONS: PlanRebalanceRequest.GOAL_VIOLATIONS,
}


@app.command()
def rebalance(
    ctx: typer.Context,
    plan: Annotated[bool, typer.Option("--plan", help="Show what to move, and move nothing.")] = False,
    goal: Annotated[
        Goal, typer.Option(help="`free-hosts`: as many hosts without VMs as can be; `violations`: every rule obeyed.")
    ] = Goal.FREE_HOSTS,
    zone: Annotated[str, typer.Option(metavar="NAME", help="Only hosts of one zone.")] = "",
    most: Annotated[
        int,
        typer.Option(
            "--max-migrations", parser=parsed(parse_positive), metavar="N", help="No more than that; default: any."
        ),
    ] = 0,
) -> None:
    """Propose the fewest live migrations that free the most hosts, or that make every rule obeyed again."""
    if not plan:
        raise Misused("Plans can be shown, and not be carried out yet: add --plan")
    request = PlanRebalanceRequest(goal=_GOALS[goal], zone=zone.removeprefix("zones/"), max_migrations=most)
    with session(ctx, WALK_S) as client:
        found = client.hosts.PlanRebalance(request)
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        _show(ctx, found)


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
