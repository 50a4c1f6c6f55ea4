"""`chronovisor history`: what happened, when, by whom and why."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from chronovisor.cli.commands.history_follow import follow_history
from chronovisor.cli.commands.history_timeline import app as timeline
from chronovisor.cli.completion import complete_account
from chronovisor.cli.listing.events import BOOKKEEPING, events, for_whom, names_of, proof_of, short_stream
from chronovisor.cli.listing.view import Columns, SortBy, show_page, view
from chronovisor.cli.options import times
from chronovisor.cli.options.past import AnyHost, AnyImage, AnyNetwork, AnyProject, AnySecurityGroup, AnyVm, Until
from chronovisor.cli.options.times import Instant, parse_instant
from chronovisor.cli.output import Column, console, local_time, say, show_table
from chronovisor.cli.session import (
    WALK_S,
    account_name,
    host_name,
    image_name,
    network_name,
    project_name,
    security_group_name,
    session,
    vm_name,
)
from chronovisor.cli.settings import PEOPLE, Misused, Output, listed, parsed, settings_of
from chronovisor.cli.text.event_words import event_type, in_words
from chronovisor.cli.text.units import counted, parse_count, parse_positive
from chronovisor.client import Client
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1.history_service_pb2 import ListEventsRequest, ListEventsResponse

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command("follow")(follow_history)
app.add_typer(timeline, name="timeline", help="How much happened when, and what of it matters most.")

# From this width on there is room for all columns; below it a reason follows what happened.
_WIDE = 130
_WIDE_COLUMNS = (
    Column("POS", right=True),
    Column("WHEN"),
    Column("WHO", foldable=True),
    Column("EVENT"),
    Column("WHAT", foldable=True),
    Column("WHY", foldable=True),
)
_NARROW_COLUMNS = (Column("POS", right=True), Column("WHEN"), Column("WHO"), Column("WHAT AND WHY", foldable=True))
_TRACE_ID = re.compile(r"[0-9A-Fa-f]{32}")

After = Annotated[
    Instant | None,
    typer.Option(parser=parsed(parse_instant), metavar=times.METAVAR, help=f"Only what came after this. {times.HELP}."),
]
Types = Annotated[
    list[str] | None, typer.Option("--type", metavar="EVENT", help="Only this type, such as VmStarted. Repeatable.")
]
By = Annotated[str, typer.Option("--by", metavar="ACTOR", help="Only what this one did, such as user:alice.")]
Last = Annotated[
    int,
    typer.Option(
        "--last", parser=parsed(parse_positive), metavar="COUNT", show_default=False, help="Only the newest so many."
    ),
]


@app.command()
@listed
def vm(
    ctx: typer.Context,
    name: AnyVm,
    after: After = None,
    until: Until = None,
    types: Types = None,
    by: By = "",
    last: Last = 0,
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """The life of one VM."""
    _show(ctx, _request(vm_name(ctx, name), after, until, types, by), last, columns, sort_by)


@app.command()
@listed
def host(
    ctx: typer.Context,
    name: AnyHost,
    after: After = None,
    until: Until = None,
    types: Types = None,
    by: By = "",
    last: Last = 0,
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """The life of one host, with what it held and freed."""
    _show(ctx, _request(host_name(name), after, until, types, by), last, columns, sort_by)


@app.command()
@listed
def project(
    ctx: typer.Context,
    name: AnyProject,
    after: After = None,
    until: Until = None,
    types: Types = None,
    by: By = "",
    last: Last = 0,
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """What happened in one project, to its VMs too."""
    _show(ctx, _request(project_name(name), after, until, types, by), last, columns, sort_by)


@app.command()
@listed
def network(
    ctx: typer.Context,
    name: AnyNetwork,
    after: After = None,
    until: Until = None,
    types: Types = None,
    by: By = "",
    last: Last = 0,
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """The life of one network. Who holds its addresses is in the lives of VMs."""
    _show(ctx, _request(network_name(ctx, name), after, until, types, by), last, columns, sort_by)


@app.command()
@listed
def security_group(
    ctx: typer.Context,
    name: AnySecurityGroup,
    after: After = None,
    until: Until = None,
    types: Types = None,
    by: By = "",
    last: Last = 0,
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """The life of one security group: what it allowed when."""
    _show(ctx, _request(security_group_name(ctx, name), after, until, types, by), last, columns, sort_by)


@app.command()
@listed
def service_account(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(autocompletion=complete_account, metavar="NAME", help="The account: ci, or shop/ci.")
    ],
    after: After = None,
    until: Until = None,
    types: Types = None,
    by: By = "",
    last: Last = 0,
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """The life of one service account and its tokens. What was done with them: fleet --by serviceAccount:NAME."""
    _show(ctx, _request(account_name(ctx, name), after, until, types, by), last, columns, sort_by)


@app.command()
@listed
def image(
    ctx: typer.Context,
    name: AnyImage,
    after: After = None,
    until: Until = None,
    types: Types = None,
    by: By = "",
    last: Last = 0,
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """The life of one image: its import, and what became of it."""
    _show(ctx, _request(image_name(ctx, name), after, until, types, by), last, columns, sort_by)


@app.command()
@listed
def fleet(
    ctx: typer.Context,
    after: After = None,
    until: Until = None,
    types: Types = None,
    by: By = "",
    last: Last = 0,
    bookkeeping: Annotated[
        bool, typer.Option("--all", help="The ledger's bookkeeping too: accepted requests, and seals.")
    ] = False,
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """Everything that happened to VMs, hosts and projects."""
    request = _request("", after, until, types, by)
    _show(ctx, request, last, columns, sort_by, bookkeeping=bookkeeping or bool(types))


@app.command()
@listed
def chain(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="REQUEST_ID|OPERATION|POSITION",
            help="A request's id, operations/OPERATION, or any event's position.",
        ),
    ],
) -> None:
    """All that belongs together: from a request to what the agents reported of it."""
    request = ListEventsRequest(page_size=1000)
    if what.isdecimal():
        with session(ctx) as client:
            request.chain_of = _address(client, parse_count(what))
    elif what.startswith("operations/"):
        # An operation is named by the event that began it, or that its command found to have done all.
        request.chain_of = f"vms/{'@'.join(last_part(what).split('.')[:2])}"
    else:
        request.chain_of = f"requests/{what.lower()}@1"
    _show(ctx, request, 0)


@app.command()
@listed
def trace(
    ctx: typer.Context,
    trace_id: Annotated[str, typer.Argument(metavar="TRACE_ID", help="32 hexadecimal digits, as a collector has it.")],
    after: After = None,
    until: Until = None,
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """What was recorded in one trace."""
    if not _TRACE_ID.fullmatch(trace_id):
        raise Misused(f"{trace_id}: a trace's id has 32 hexadecimal digits")
    request = _request("", after, until, (), "")
    request.of_trace_id = trace_id.lower()
    _show(ctx, request, 0, columns, sort_by)


def _address(client: Client, position: int) -> str:
    if not position:
        raise Misused("Positions begin at 1")
    request = ListEventsRequest(after_position=position - 1, to_position=position, page_size=1)
    for event in client.history.ListEvents(request).events:
        return f"{event.stream}@{event.version}"
    raise Misused(f"There is no event at position {position}")


def _request(
    parent: str, after: Instant | None, until: Instant | None, types: Sequence[str] | None, by: str
) -> ListEventsRequest:
    request = ListEventsRequest(parent=parent, page_size=1000, event_types=types or [], actor=by)
    if after:
        after.put(request, "after_position", "after_time")
    if until:
        until.put(request, "to_position", "to_time")
    return request


def _show(
    ctx: typer.Context,
    request: ListEventsRequest,
    last: int,
    columns: str = "",
    sort_by: str = "",
    *,
    bookkeeping: bool = True,
) -> None:
    """`last`: how many of the newest; 0 for all."""
    settings = settings_of(ctx)
    names: dict[str, str] = {}
    requested = view(ctx, events(names), columns, sort_by)
    hide = not (bookkeeping or settings.is_data)
    request.newest_first = bool(last)
    found, hidden = ListEventsResponse(), 0
    with session(ctx, WALK_S) as client:
        for page in pages(client.history.ListEvents, request):
            kept = [event for event in page.events if not (hide and event.stream.startswith(BOOKKEEPING))]
            hidden += len(page.events) - len(kept)
            found.events.extend(kept)
            found.names.update(page.names)
            found.position = page.position
            if last and len(found.events) >= last:
                break
    if last:
        newest = found.events[:last]
        del found.events[:]
        found.events.extend(reversed(newest))
    if settings.is_data or settings.output not in PEOPLE or columns or sort_by:
        names |= names_of(found)
        show_page(ctx, requested, found, "events", "Nothing happened.")
        return
    several = request.parent.count("/") != 3 and not request.parent.startswith("hosts/")
    show_history(
        found.events, names_of(found), several=several, wide=settings.output is Output.WIDE or console().width >= _WIDE
    )
    if hidden and not last:
        say(
            f"\n{counted(hidden, 'event')} of bookkeeping {'is' if hidden == 1 else 'are'} not shown; --all shows them."
        )


def show_history(found: Sequence[Event], names: Mapping[str, str], *, several: bool, wide: bool) -> None:
    """One row an event. `names` has ids by stream; they are shown with each event when the events are of several."""
    places = {f"{event.stream}@{event.version}": event.position for event in found}
    rows: list[list[str]] = []
    for event in found:
        subject = f"{names.get(event.stream) or short_stream(event.stream)}: " if several else ""
        what = f"{subject}{in_words(event)}{for_whom(event, names)}"
        rows.append(_row(event, what, _why(event, names, places), wide))
    show_table(_WIDE_COLUMNS if wide else _NARROW_COLUMNS, rows, "Nothing happened.")


def _row(event: Event, what: str, why: str, wide: bool) -> list[str]:
    when = local_time(event.commit_time)
    if wide:
        return [str(event.position), when, f"{event.actor} ({proof_of(event)})", event_type(event), what, why]
    why = f' - "{event.reason}"' if event.reason else ""
    return [str(event.position), when[len("2026-") :], event.actor, f"{what}{why}"]


def _why(event: Event, names: Mapping[str, str], places: Mapping[str, int]) -> str:
    """The caller's reason; where there is none, the event that led here, by its position if it is shown, too."""
    if event.reason or not event.causation:
        return event.reason
    if place := places.get(event.causation):
        return f"after {place}"
    stream, _, version = event.causation.rpartition("@")
    return f"after {names.get(stream) or short_stream(stream)}@{version}"
