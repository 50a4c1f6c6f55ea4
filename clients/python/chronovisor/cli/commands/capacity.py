"""`chronovisor capacity`: whether what would fail could be placed again on the rest, now or at a moment of the past."""

from typing import Annotated

import typer

from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.options.past import At, read_at
from chronovisor.cli.output import Column, say, show_message, show_table
from chronovisor.cli.session import WALK_S, as_of, session, short_name
from chronovisor.cli.settings import parsed, settings_of
from chronovisor.cli.text.units import counted, parse_positive, resources_text
from chronovisor.v1.spare_capacity_pb2 import (
    CheckSpareCapacityRequest,
    CheckSpareCapacityResponse,
    SpareShortage,
    UnplacedVm,
)

app = typer.Typer(add_completion=False, no_args_is_help=True)

_COLUMNS = (
    Column("FAILS", foldable=True),
    Column("VM", foldable=True),
    Column("HOLDS"),
    Column("TURNED DOWN BY", foldable=True),
)


@app.callback()
def capacity() -> None:
    """Whether there is room for what would fail."""


@app.command()
def check(
    ctx: typer.Context,
    survive: Annotated[
        int, typer.Option(parser=parsed(parse_positive), metavar="N", help="How many of them fail together: 1 to 3.")
    ] = 1,
    within: Annotated[
        str, typer.Option(metavar="KEY", help="What fails as a whole: host, zone, or a label of hosts such as rack.")
    ] = "host",
    zone: Annotated[str, typer.Option(metavar="NAME", help="Only what is in one zone fails.")] = "",
    at: At = None,
) -> None:
    """Say whether every VM would have a place again, whichever hosts fail. Exits with 6 where some would not."""
    settings = settings_of(ctx)
    read_at(settings, at)
    request = CheckSpareCapacityRequest(survive=survive, within=within, zone=zone.removeprefix("zones/"))
    with session(ctx, WALK_S) as client:
        found = client.utilization.CheckSpareCapacity(as_of(ctx, request))
    if settings.is_data:
        show_message(ctx, found)
    else:
        _show(ctx, found, within, survive)
    if not found.survived:
        raise typer.Exit(Exit.NO_ROOM)


def _show(ctx: typer.Context, found: CheckSpareCapacityResponse, within: str, survive: int) -> None:
    if found.total_shortages:
        rows = [_row(ctx, each, one) for each in found.shortages for one in each.unplaced]
        show_table(_COLUMNS, rows, "")
    for each in found.shortages:
        say(_missing(each))
    if (hidden := found.total_shortages - len(found.shortages)) > 0:
        say(f"And {counted(hidden, 'more failure')} like these.")
    say(_verdict(found, within, survive))
    if found.hosts_outside:
        say(f"{counted(found.hosts_outside, 'host')} without a {within} left out: not thought to fail.")


def _row(ctx: typer.Context, shortage: SpareShortage, unplaced: UnplacedVm) -> list[str]:
    rules = sorted(unplaced.turned_down.items(), key=lambda each: (-each[1], each[0]))
    return [
        " and ".join(shortage.domains),
        short_name(ctx, unplaced.vm),
        resources_text(unplaced.held),
        ", ".join(f"{rule}: {count}" for rule, count in rules),
    ]


def _missing(shortage: SpareShortage) -> str:
    domains = " and ".join(shortage.domains)
    without = f"{shortage.total_unplaced} of {counted(shortage.vms, 'VM')} without a place"
    return f"{domains}: {without}; missing {resources_text(shortage.missing)}."


def _verdict(found: CheckSpareCapacityResponse, within: str, survive: int) -> str:
    together = f"{survive} of {found.domains}" if survive > 1 else f"any of {found.domains}"
    fails = f"{together} by {within}"
    tried = f"{found.tried_combinations}"
    if found.tried_combinations < found.combinations:
        tried += f" of {found.combinations} combinations, of what holds most"
    if found.survived:
        return f"Every VM would have a place, were {fails} to fail ({tried} tried). As of position {found.position}."
    short = counted(found.total_shortages, "failure")
    return f"{short} of {tried} tried ({fails}) would leave VMs without a place. As of position {found.position}."
