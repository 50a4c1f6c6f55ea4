"""`chronovisor replay`: a VM's life, step by step, with what each event changed."""

from collections.abc import Sequence
from typing import Annotated

import typer

from chronovisor.cli.options import times
from chronovisor.cli.options.past import AnyVm
from chronovisor.cli.options.times import Instant, parse_past
from chronovisor.cli.output import Column, local_time, show_message, show_table
from chronovisor.cli.session import WALK_S, session, vm_name
from chronovisor.cli.settings import parsed, settings_of
from chronovisor.cli.text.changes import change_text, essential
from chronovisor.cli.text.event_words import in_words
from chronovisor.client import Client
from chronovisor.paging import pages
from chronovisor.v1.history_service_pb2 import ReplayStep, ReplayVmRequest, ReplayVmResponse

app = typer.Typer(add_completion=False, no_args_is_help=True)

_COLUMNS = (
    Column("POS", right=True),
    Column("WHEN"),
    Column("WHO", foldable=True),
    Column("WHAT, AND WHAT IT CHANGED", foldable=True),
)
At = Annotated[
    Instant | None,
    typer.Option(
        "--at",
        parser=parsed(parse_past),
        metavar=times.METAVAR,
        help="The VM that had this name then. " + f"{times.HELP}.",
    ),
]


@app.callback()
def replay() -> None:
    """A VM's life, step by step."""


@app.command()
def vm(ctx: typer.Context, name: AnyVm, at: At = None) -> None:
    """Each event of one VM, with the fields that it changed."""
    with session(ctx, WALK_S) as client:
        steps = life(client, vm_name(ctx, name), at)
    if settings_of(ctx).is_data:
        show_message(ctx, ReplayVmResponse(steps=steps))
    else:
        show_table(_COLUMNS, [row for step in steps for row in _rows(step)], "Nothing happened.")


def life(client: Client, name: str, at: Instant | None) -> Sequence[ReplayStep]:
    """All steps of the VM that has this name, or had it at a moment."""
    request = ReplayVmRequest(name=name, page_size=1000)
    if at:
        at.put(request, "at_position", "read_time")
    return [step for page in pages(client.history.ReplayVm, request) for step in page.steps]


def _rows(step: ReplayStep) -> list[list[str]]:
    event = step.event
    why = f' - "{event.reason}"' if event.reason else ""
    first = [str(event.position), local_time(event.commit_time), event.actor, f"{in_words(event)}{why}"]
    return [first, *(["", "", "", f"  {change_text(each)}"] for each in essential(step.changes))]
