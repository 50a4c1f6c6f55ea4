"""`chronovisor history`: what happened, when, by whom and why."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_host, complete_project, complete_vm
from chronovisor.cli.event_words import event_type, in_words
from chronovisor.cli.output import Column, console, local_time, say, show_json, show_table
from chronovisor.cli.quantities import parse_count
from chronovisor.cli.session import host_name, project_name, session, vm_name
from chronovisor.cli.settings import parsed, settings_of
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1.history_service_pb2 import ListEventsRequest, ListEventsResponse

app = typer.Typer(add_completion=False, no_args_is_help=True)

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
# Streams that are about the ledger itself.
_BOOKKEEPING = ("requests/", "ledger")

After = Annotated[
    int,
    typer.Option(
        parser=parsed(parse_count),
        metavar="POSITION",
        show_default=False,
        help="Only what came after this position of the ledger.",
    ),
]
Types = Annotated[
    list[str] | None, typer.Option("--type", metavar="EVENT", help="Only this type, such as VmStarted. Repeatable.")
]


@app.command()
def vm(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM; a destroyed one too, or its uid.")
    ],
    after: After = 0,
    types: Types = None,
) -> None:
    """The life of one VM."""
    _show(ctx, vm_name(ctx, name), after, types)


@app.command()
def host(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(autocompletion=complete_host, metavar="NAME", help="The host: node-1, or hosts/node-1.")
    ],
    after: After = 0,
    types: Types = None,
) -> None:
    """The life of one host, with what it held and freed."""
    _show(ctx, host_name(name), after, types)


@app.command()
def project(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_project, metavar="NAME", help="The project: shop, or projects/shop."),
    ],
    after: After = 0,
    types: Types = None,
) -> None:
    """What happened in one project, to its VMs too."""
    _show(ctx, project_name(name), after, types)


@app.command()
def fleet(
    ctx: typer.Context,
    after: After = 0,
    types: Types = None,
    bookkeeping: Annotated[
        bool, typer.Option("--all", help="The ledger's bookkeeping too: accepted requests, and seals.")
    ] = False,
) -> None:
    """Everything that happened to VMs, hosts and projects."""
    _show(ctx, "", after, types, bookkeeping=bookkeeping or bool(types))


def _show(ctx: typer.Context, parent: str, after: int, types: Sequence[str] | None, bookkeeping: bool = True) -> None:
    request = ListEventsRequest(parent=parent, page_size=1000, after_position=after, event_types=types or [])
    found = ListEventsResponse()
    with session(ctx) as client:
        for page in pages(client.history.ListEvents, request):
            found.events.extend(page.events)
            found.position = page.position
    if settings_of(ctx).json:
        show_json(found)
        return
    shown = [event for event in found.events if bookkeeping or not event.stream.startswith(_BOOKKEEPING)]
    several = parent.count("/") != 3 and not parent.startswith("hosts/")
    names = _names(found.events) if several else {}
    show_history(shown, names, wide=console().width >= _WIDE)
    if len(shown) < len(found.events):
        say(f"\n{len(found.events) - len(shown)} events of bookkeeping are not shown; --all shows them.")


def show_history(events: Sequence[Event], names: Mapping[str, str], *, wide: bool) -> None:
    """One row an event. `names` has the ids of streams, when the events are of several."""
    rows = [_row(event, _subject(event, names), wide) for event in events]
    show_table(_WIDE_COLUMNS if wide else _NARROW_COLUMNS, rows, "Nothing happened.")


def _row(event: Event, subject: str, wide: bool) -> list[str]:
    what = f"{subject}: {in_words(event)}" if subject else in_words(event)
    when = local_time(event.commit_time)
    if wide:
        why = event.reason or _cause(event)
        return [str(event.position), when, event.actor, event_type(event), what, why]
    why = f' - "{event.reason}"' if event.reason else ""
    return [str(event.position), when[len("2026-") :], event.actor, f"{what}{why}"]


def _subject(event: Event, names: Mapping[str, str]) -> str:
    if not names:
        return ""
    return names.get(event.stream) or _short_stream(event.stream)


def _names(events: Sequence[Event]) -> dict[str, str]:
    """Ids by stream, as far as these events tell them."""
    names = {"ledger": "ledger"}
    for event in events:
        for payload in (event.vm_created, event.host_registered, event.project_created):
            if payload.name:
                names[event.stream] = last_part(payload.name)
    return names


def _short_stream(stream: str) -> str:
    kind, _, uid = stream.partition("/")
    return f"{kind}/{uid[:8]}" if uid else stream


def _cause(event: Event) -> str:
    """The event that led here, where no person gave a reason."""
    stream, at, version = event.causation.rpartition("@")
    return f"after {_short_stream(stream)}@{version}" if at else ""
