"""Following a stream in front of somebody, or for a program: a line for each item, until Ctrl-C. Results on stdout."""

import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

import typer
from google.protobuf.message import Message

from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.output import as_json, console
from chronovisor.cli.settings import DATA, Misused, Output, settings_of
from chronovisor.cli.text.safe_text import json_text, printable
from chronovisor.cli.text.yaml_text import yaml_text
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
    """Prints each item: a document for programs, else a line by `line_of`, unless it is empty. Ctrl-C ends it."""
    if settings_of(ctx).when:
        raise Misused("What was does not change any more: follow without `at`")
    output = settings_of(ctx).output
    try:
        with watch:
            for item in watch:
                line = _document(item, output) if output in DATA else printable(line_of(item))
                if line:
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


def _document(message: Message, output: Output) -> str:
    """A line of JSON, or a YAML document."""
    document = as_json(message)
    return f"---\n{yaml_text(document)}".rstrip("\n") if output is Output.YAML else json_text(document)
