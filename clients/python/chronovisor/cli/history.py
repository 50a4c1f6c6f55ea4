"""`chronovisor history`: what happened, when, by whom and why."""

from collections.abc import Sequence
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_host, complete_project, complete_vm
from chronovisor.cli.event_words import event_type, in_words
from chronovisor.cli.output import Column, console, local_time, show_json, show_table
from chronovisor.cli.session import host_name, project_name, session, vm_name
from chronovisor.cli.settings import settings_of
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1.history_service_pb2 import ListEventsRequest, ListEventsResponse

app = typer.Typer(add_completion=False, no_args_is_help=True)

# From this width on there is room for the events' own names.
_WIDE = 130

After = Annotated[
    int, typer.Option(metavar="POSITION", show_default=False, help="Only what came after this position of the ledger.")
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
def fleet(ctx: typer.Context, after: After = 0, types: Types = None) -> None:
    """Everything that happened."""
    _show(ctx, "", after, types)


def _show(ctx: typer.Context, parent: str, after: int, types: Sequence[str] | None) -> None:
    request = ListEventsRequest(parent=parent, page_size=1000, after_position=after, event_types=types or [])
    found = ListEventsResponse()
    with session(ctx) as client:
        for page in pages(client.history.ListEvents, request):
            found.events.extend(page.events)
            found.position = page.position
    if settings_of(ctx).json:
        show_json(found)
        return
    several = parent.count("/") != 3 and not parent.startswith("hosts/")
    columns, rows = _table(found.events, several, console().width >= _WIDE)
    show_table(columns, rows, "Nothing happened.")


def _table(events: Sequence[Event], several: bool, wide: bool) -> tuple[list[Column], list[list[str]]]:
    """The columns that have something to say, and a row for each event."""
    names = _names(events)
    texts = {
        "POS": [str(event.position) for event in events],
        "WHEN": [local_time(event.commit_time) for event in events],
        "WHO": [event.actor for event in events],
        "TO": [names.get(event.stream) or _short_stream(event.stream) for event in events] if several else [],
        "EVENT": [event_type(event) for event in events] if wide else [],
        "WHAT": [in_words(event) for event in events],
        "WHY": [event.reason or (_short_cause(event.causation) if wide else "") for event in events],
    }
    shown = {title: values for title, values in texts.items() if any(values)}
    fixed = ("POS", "WHEN", "EVENT")
    columns = [Column(title, foldable=title not in fixed, right=title == "POS") for title in shown]
    return columns, [list(row) for row in zip(*shown.values(), strict=True)]


def _names(events: Sequence[Event]) -> dict[str, str]:
    """Ids by stream, as far as these events tell them."""
    names: dict[str, str] = {}
    for event in events:
        for payload in (event.vm_created, event.host_registered, event.project_created):
            if payload.name:
                names[event.stream] = last_part(payload.name)
    return names


def _short_stream(stream: str) -> str:
    kind, _, uid = stream.partition("/")
    return f"{kind}/{uid[:8]}" if uid else stream


def _short_cause(causation: str) -> str:
    """The event that led here, where no person gave a reason."""
    stream, at, version = causation.rpartition("@")
    return f"after {_short_stream(stream)}@{version}" if at else ""
