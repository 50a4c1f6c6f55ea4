"""`chronovisor utilization`: R_total, what of it is allocated, used and free, and eta, by resource class."""

import sys
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_host, complete_project
from chronovisor.cli.follow import follow, show_status
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, SortBy, show_page, view
from chronovisor.cli.options import times
from chronovisor.cli.options.times import Instant, parse_past
from chronovisor.cli.output import Column, age, local_time, say, show_message, show_table
from chronovisor.cli.session import as_of, host_name, project_name, session
from chronovisor.cli.settings import Misused, Output, listed, parsed, settings_of
from chronovisor.cli.text.units import amount_text, counted, parse_seconds, used_text
from chronovisor.paging import pages
from chronovisor.v1.utilization_service_pb2 import (
    ClassUtilization,
    GetUtilizationRequest,
    ListUtilizationRequest,
    ListUtilizationResponse,
    Utilization,
)

app = typer.Typer(add_completion=False)

_BAR_CELLS = 20
_TITLES = {"vcpus": "vCPUs", "memory_mib": "memory", "disk_gib": "disk", "image_mib": "images"}
_COLUMNS = (
    Column("CLASS", foldable=True),
    Column("TOTAL", right=True),
    Column("ALLOCATED", right=True),
    Column("FREE", right=True),
    Column("ETA", right=True),
    Column(""),
)
_USED = Column("USED", right=True)
# USED is beside ALLOCATED.
_USED_PLACE = 3


class By(StrEnum):
    """What has a line of its own."""

    HOST = "host"
    ZONE = "zone"
    PROJECT = "project"


@app.command()
@listed
def utilization(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(autocompletion=complete_host, metavar="NAME", help="Of one host.")] = "",
    zone: Annotated[str, typer.Option(metavar="NAME", help="Of one zone.")] = "",
    project: Annotated[
        str,
        typer.Option(autocompletion=complete_project, metavar="NAME", help="What one project holds of the fleet."),
    ] = "",
    by: Annotated[By | None, typer.Option(help="A line for each host, zone or project.")] = None,
    selector: Annotated[
        str, typer.Option("--selector", "-l", metavar="SELECTOR", help="Of hosts with such labels: rack=r1,trait:ssd")
    ] = "",
    columns: Columns = "",
    sort_by: SortBy = "",
    follow_: Annotated[bool, typer.Option("--follow", "-f", help="Then go on as it changes, until Ctrl-C.")] = False,
    since: Annotated[
        Instant | None,
        typer.Option(
            parser=parsed(parse_past), metavar=times.METAVAR, help=f"With --follow: begin then. {times.HELP}."
        ),
    ] = None,
    every: Annotated[
        float,
        typer.Option(
            parser=parsed(parse_seconds),
            metavar="TIME",
            show_default=False,
            help="With --follow: at most a line in it.",
        ),
    ] = 0.0,
) -> None:
    """Show how much there is, what of it is allocated, used and free: of the fleet, or of one part of it."""
    if follow_:
        _follow(ctx, _scope(host, zone, project), since, timedelta(seconds=every))
        return
    if since is not None or every:
        raise Misused("--since and --every go with --follow")
    if by is not None:
        if host or zone or project or selector:
            raise Misused("--by is of all: it goes without --host, --zone, --project and --selector")
        _list(ctx, by, columns, sort_by)
        return
    if columns or sort_by or settings_of(ctx).output in (Output.CSV, Output.NAME):
        raise Misused("--columns, --sort-by and --output csv or name go with --by")
    request = GetUtilizationRequest(scope=_scope(host, zone, project), selector=selector)
    with session(ctx) as client:
        found = client.utilization.GetUtilization(as_of(ctx, request))
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        _show(found)


def _list(ctx: typer.Context, by: By, columns: str, sort_by: str) -> None:
    requested = view(ctx, tables.utilizations(), columns, sort_by)
    request = ListUtilizationRequest(group_by=f"{by.value}s", page_size=1000)
    found = ListUtilizationResponse()
    with session(ctx) as client:
        for page in pages(client.utilization.ListUtilization, as_of(ctx, request)):
            found.utilizations.extend(page.utilizations)
            found.position = page.position
            found.read_time.CopyFrom(page.read_time)
    show_page(ctx, requested, found, "utilizations", f"There are no {by.value}s.")


def _follow(ctx: typer.Context, scope: str, since: Instant | None, every: timedelta) -> None:
    start = (since.time or since.position) if since else None
    with session(ctx) as client:
        changes = client.watch_utilization(
            scope, minimum_interval=every, start=start, step=every, on_status=show_status
        )
        follow(ctx, changes, _line)


def _line(found: Utilization) -> str:
    classes = (
        f"{_TITLES.get(each.resource_class, each.resource_class)} {each.eta:.1%} ({_of_total(each)})"
        for each in found.classes
    )
    when = local_time(found.read_time) or "before all"
    return f"{when:<19}  {'  '.join(classes)}  {counted(found.running_vms, 'running VM')}"


def _of_total(each: ClassUtilization) -> str:
    allocated, total = (amount_text(each.resource_class, amount) for amount in (each.allocated, each.total))
    return f"{allocated} of {total}"


def _scope(host: str, zone: str, project: str) -> str:
    if sum(map(bool, (host, zone, project))) > 1:
        raise Misused("Give one of --host, --zone and --project")
    if host:
        return host_name(host)
    if zone:
        return f"zones/{zone.removeprefix('zones/')}"
    return project_name(project) if project else "fleet"


def _show(found: Utilization) -> None:
    hosts = "" if found.scope.startswith("hosts/") else f"{counted(found.hosts, 'host')}, "
    read_at = f"at position {found.position}, {local_time(found.read_time)}".rstrip(", ")
    say(f"{found.scope}: {hosts}{counted(found.running_vms, 'running VM')}, {read_at}")
    rows, columns = [_row(each) for each in found.classes], list(_COLUMNS)
    if found.measured_vms:
        columns.insert(_USED_PLACE, _USED)
        for row, each in zip(rows, found.classes, strict=True):
            row.insert(_USED_PLACE, _used_text(each))
    show_table(columns, rows, "Nothing is offered here.")
    if found.measured_vms:
        say(f"USED: measured of {counted(found.measured_vms, 'VM')}, at most {age(found.oldest_sample_time)} ago.")
    over = [amount_text(each.resource_class, each.overcommitted) for each in found.classes if each.overcommitted]
    if over:
        say(f"OVERCOMMITTED by {', '.join(over)}: hosts whose machines came back smaller hold that much too much.")
    if found.alarms:
        totals = "total is" if found.alarms == 1 else "totals are"
        say(f"WARNING: {found.alarms} {totals} not what the ledger says: see `chronovisor audit totals`.")
    if found.system_alarms:
        say(f"WARNING: {counted(found.system_alarms, 'alarm')} about the server: see `chronovisor audit totals`.")


def _used_text(each: ClassUtilization) -> str:
    return used_text(each.resource_class, each.used) if each.HasField("used") else "-"


def _row(each: ClassUtilization) -> list[str]:
    name = each.resource_class
    amounts = [amount_text(name, amount) for amount in (each.total, each.allocated, each.free)]
    return [_TITLES.get(name, name), *amounts, f"{each.eta:.1%}", _bar(each.eta)]


def _bar(eta: float) -> str:
    full, empty = ("█", "░") if (sys.stdout.encoding or "").lower().startswith("utf") else ("#", ".")
    cells = min(_BAR_CELLS, round(eta * _BAR_CELLS))
    # A little is not nothing.
    cells = max(cells, 1) if eta > 0 else 0
    return full * cells + empty * (_BAR_CELLS - cells)
