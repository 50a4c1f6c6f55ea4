"""`chronovisor history timeline`: how much happened when, and what of it matters most."""

from typing import Annotated

import typer

from chronovisor.cli.options import times
from chronovisor.cli.options.past import AnyHost, AnyProject, AnyVm, Until
from chronovisor.cli.options.times import Instant, parse_instant
from chronovisor.cli.output import Column, console, local_time, say, show_message, show_table
from chronovisor.cli.session import WALK_S, host_name, project_name, session, short_name, vm_name
from chronovisor.cli.settings import parsed, settings_of
from chronovisor.cli.text.timeline_chart import category_text, chart
from chronovisor.cli.text.units import parse_positive
from chronovisor.v1.timeline_pb2 import GetTimelineRequest, GetTimelineResponse, TimelineMark

app = typer.Typer(add_completion=False, no_args_is_help=True)

# What stands beside the blocks: a category and a count.
_BESIDE = 34
_FEWEST, _MOST = 20, 1000
# In columns, where it is no terminal.
_OF_A_PIPE = 100
_MARKS = 20
_COLUMNS = (Column("POS", right=True), Column("WHEN"), Column("WHAT"), Column("EVENT"), Column("NAME", foldable=True))

Begin = Annotated[
    Instant | None,
    typer.Option(
        "--from",
        parser=parsed(parse_instant),
        metavar=times.METAVAR,
        help=f"Only what came after this; without it, from the first event on. {times.HELP}.",
    ),
]
Buckets = Annotated[
    int,
    typer.Option(
        parser=parsed(parse_positive),
        metavar="COUNT",
        show_default=False,
        help="In so many parts of equal time, at most 1000; without it, as many as fit.",
    ),
]
Marks = Annotated[
    int,
    typer.Option(
        parser=parsed(parse_positive), metavar="COUNT", help="Below it, up to so many events that matter, at most 1000."
    ),
]


@app.command()
def fleet(
    ctx: typer.Context,
    begin: Begin = None,
    end: Until = None,
    buckets: Buckets = 0,
    marks: Marks = _MARKS,
    bookkeeping: Annotated[
        bool, typer.Option("--all", help="The ledger's bookkeeping too: accepted requests, and seals.")
    ] = False,
) -> None:
    """Of everything."""
    _show(ctx, "", begin, end, buckets, marks, bookkeeping=bookkeeping)


@app.command()
def vm(
    ctx: typer.Context,
    name: AnyVm,
    begin: Begin = None,
    end: Until = None,
    buckets: Buckets = 0,
    marks: Marks = _MARKS,
) -> None:
    """Of one VM."""
    _show(ctx, vm_name(ctx, name), begin, end, buckets, marks)


@app.command()
def host(
    ctx: typer.Context,
    name: AnyHost,
    begin: Begin = None,
    end: Until = None,
    buckets: Buckets = 0,
    marks: Marks = _MARKS,
) -> None:
    """Of one host."""
    _show(ctx, host_name(name), begin, end, buckets, marks)


@app.command()
def project(
    ctx: typer.Context,
    name: AnyProject,
    begin: Begin = None,
    end: Until = None,
    buckets: Buckets = 0,
    marks: Marks = _MARKS,
) -> None:
    """Of one project, and its VMs and service accounts."""
    _show(ctx, project_name(name), begin, end, buckets, marks)


def _fit() -> int:
    """How many there is room for."""
    out = console()
    return min(max((out.width if out.is_terminal else _OF_A_PIPE) - _BESIDE, _FEWEST), _MOST)


def _show(
    ctx: typer.Context,
    name: str,
    begin: Instant | None,
    end: Instant | None,
    buckets: int,
    marks: int,
    *,
    bookkeeping: bool = True,
) -> None:
    request = GetTimelineRequest(name=name, buckets=buckets or _fit(), max_marks=marks)
    if begin:
        begin.put(request, "from_position", "from_time")
    if end:
        end.put(request, "to_position", "to_time")
    with session(ctx, WALK_S) as client:
        found = client.history.GetTimeline(request)
    if settings_of(ctx).is_data:
        show_message(ctx, found)
        return
    if not found.buckets:
        say("Nothing happened.")
        return
    first, last = found.buckets[0], found.buckets[-1]
    say(f"{local_time(first.start_time)} to {local_time(found.end_time)}")
    say(f"Positions {first.first_position} to {last.last_position}, of a history from {_range(found)}")
    for line in chart(found, bookkeeping=bookkeeping):
        say(line)
    if found.marks:
        say("")
        show_table(_COLUMNS, [_row(ctx, each) for each in found.marks], "")


def _range(found: GetTimelineResponse) -> str:
    return f"{found.first_position} to {found.last_position}"


def _row(ctx: typer.Context, mark: TimelineMark) -> list[str]:
    name = short_name(ctx, mark.name) if mark.name else ""
    return [str(mark.position), local_time(mark.time), category_text(mark.category), mark.event_type, name]
