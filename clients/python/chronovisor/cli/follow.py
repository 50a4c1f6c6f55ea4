"""Following a stream in front of somebody, or for a program: a line for each item, until Ctrl-C. Results on stdout."""

import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

import typer
from google.protobuf.message import Message

from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.output import as_json, console
from chronovisor.cli.settings import Misused, settings_of
from chronovisor.cli.text.safe_text import json_text, printable
from chronovisor.program import Terminated, is_output_lost
from chronovisor.streams.resumable import Status, Watch

M = TypeVar("M", bound=Message)
_SENTENCES: Mapping[Status, str] = {
    Status.INTERRUPTED: "The connection is lost. Trying again; nothing will be missing.",
    Status.FELL_BEHIND: "Behind. Reading on from the ledger; nothing is missing.",
}


def show_status(status: Status) -> None:
    """Shows what a person needs to know of the stream itself, on stderr."""
    if status in _SENTENCES:
        print(_SENTENCES[status], file=sys.stderr, flush=True)


def follow(ctx: typer.Context, watch: Watch[M], line_of: Callable[[M], str]) -> None:
    """Prints a line for each item: JSON for programs, else `line_of` (nothing when it is empty). Ctrl-C ends it."""
    if settings_of(ctx).when:
        raise Misused("What was does not change any more: follow without `at`")
    in_json = settings_of(ctx).json
    try:
        with watch:
            for item in watch:
                if line := _json(item) if in_json else printable(line_of(item)):
                    print(line, flush=True)
                    if is_output_lost():
                        return
    except Terminated:
        raise typer.Exit(Exit.TERMINATED) from None
    except KeyboardInterrupt:
        if console(sys.stderr).is_terminal:
            # The terminal has shown ^C.
            print(file=sys.stderr)
        raise typer.Exit(Exit.INTERRUPTED) from None


def _json(message: Message) -> str:
    return json_text(as_json(message))
