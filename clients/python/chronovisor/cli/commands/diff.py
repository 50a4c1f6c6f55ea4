"""`chronovisor diff`: what changed between two moments, field by field."""

from collections.abc import Sequence
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_vm
from chronovisor.cli.options import times
from chronovisor.cli.options.times import Instant, parse_instant
from chronovisor.cli.output import Column, say, show_message, show_table
from chronovisor.cli.session import WALK_S, resource_name, session, short_name
from chronovisor.cli.settings import parsed, settings_of
from chronovisor.cli.text.changes import essential, resource_text, value_text
from chronovisor.cli.text.units import counted
from chronovisor.paging import pages
from chronovisor.v1.history_service_pb2 import DiffStateRequest, DiffStateResponse, FieldChange

app = typer.Typer(add_completion=False)

_COLUMNS = (
    Column("NAME", foldable=True),
    Column("FIELD", foldable=True),
    Column("BEFORE", foldable=True),
    Column("AFTER", foldable=True),
)


@app.command()
def diff(
    ctx: typer.Context,
    begin: Annotated[
        Instant,
        typer.Option("--from", parser=parsed(parse_instant), metavar=times.METAVAR, help=f"{times.HELP}."),
    ],
    name: Annotated[
        str,
        typer.Argument(
            autocompletion=complete_vm,
            metavar="NAME",
            help="A VM (web-1), networks/NAME or the like, hosts/HOST or projects/PROJECT; without it, everything.",
            show_default=False,
        ),
    ] = "",
    end: Annotated[
        Instant | None,
        typer.Option("--to", parser=parsed(parse_instant), metavar=times.METAVAR, help="The same; default: now."),
    ] = None,
    all_fields: Annotated[bool, typer.Option("--all", help="Every field: etags and times of update, too.")] = False,
) -> None:
    """Show what is not as it was: of one resource, or of everything."""
    request = DiffStateRequest(scope=resource_name(ctx, name) if name else "", page_size=1000)
    begin.put(request, "from_position", "from_time")
    if end:
        end.put(request, "to_position", "to_time")
    found = DiffStateResponse()
    with session(ctx, WALK_S) as client:
        for page in pages(client.history.DiffState, request):
            found.changes.extend(page.changes)
            found.from_position, found.to_position = page.from_position, page.to_position
    if settings_of(ctx).is_data:
        show_message(ctx, found)
        return
    shown = found.changes if all_fields else essential(found.changes)
    say(f"From position {found.from_position} to {found.to_position}: {_summary(shown)}.")
    if shown:
        _show(ctx, shown)


def _summary(changes: Sequence[FieldChange]) -> str:
    came = {each.uid for each in changes if not each.field and each.after}
    went = {each.uid for each in changes if not each.field and each.before}
    changed = {each.uid for each in changes if each.field}
    counts = ((changed, "changed"), (came, "came"), (went, "went"))
    return ", ".join(f"{counted(len(uids), 'resource')} {verb}" for uids, verb in counts if uids) or "nothing changed"


def _show(ctx: typer.Context, changes: Sequence[FieldChange]) -> None:
    rows: list[list[str]] = []
    last = ""
    for each in changes:
        # A name is shown once.
        name = "" if each.uid == last else short_name(ctx, each.name)
        last = each.uid
        rows.append([name, *_cells(each)])
    show_table(_COLUMNS, rows, "")


def _cells(change: FieldChange) -> list[str]:
    if change.field:
        return [change.field, value_text(change.before), value_text(change.after)]
    if change.after:
        return ["came", "-", resource_text(change.after)]
    return ["went", resource_text(change.before), "-"]
