"""What goes to stdout: one document (JSON, YAML), or text for people. Errors and progress go to stderr, elsewhere."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

import typer
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chronovisor.cli.settings import Output, settings_of
from chronovisor.cli.text.safe_text import json_text, printable
from chronovisor.cli.text.units import age_text
from chronovisor.cli.text.yaml_text import yaml_text

# Without a terminal nothing is cut or folded: the reader is a file or a program.
_WIDTH_OF_A_PIPE = 100_000
# A column that gives way keeps so much, also where a line is then longer than the terminal: without names a table
# is of no use.
_NARROWEST = 8
_GAP = 2

STATE_STYLES = {
    "RUNNING": "green",
    "ACTIVE": "green",
    "FAILED": "red",
    "DOWN": "red",
    "FENCED": "red",
    "UNKNOWN": "yellow",
    "STOPPED": "",
    "DELETED": "dim",
}


@dataclass(frozen=True)
class Column:
    """One column of a table. A `foldable` one gives way when the terminal is narrow."""

    title: str
    foldable: bool = False
    right: bool = False
    styles: bool = False


def console(file: TextIO | None = None) -> Console:
    """A rich console on stdout, or on `file`. Heeds NO_COLOR and COLUMNS."""
    target = file or sys.stdout
    width = None if target.isatty() else _WIDTH_OF_A_PIPE
    return Console(file=target, width=width, highlight=False, markup=False, emoji=False)


def say(text: str) -> None:
    """Text for people."""
    print("\n".join(printable(line) for line in text.split("\n")))


def say_styled(text: str, style: str) -> None:
    """A line for people, coloured on a terminal. It is not broken."""
    out = console()
    if out.is_terminal:
        out.print(Text(printable(text), style=style), soft_wrap=True)
    else:
        say(text)


def show_message(ctx: typer.Context, message: Message) -> None:
    """The message as JSON or YAML, with the names of the .proto files and every field that has no presence."""
    show_document(ctx, as_json(message))


def as_json(message: Message) -> dict[str, Any]:
    """The message as `show_message` shows it, to be a part of something."""
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def show_document(ctx: typer.Context, parts: Mapping[str, Any]) -> None:
    """What is no message of the API, or several, as one document."""
    print(document_text(ctx, parts))


def document_text(ctx: typer.Context, parts: Mapping[str, Any]) -> str:
    """One document, in the form that was requested."""
    return yaml_text(parts).rstrip("\n") if settings_of(ctx).output is Output.YAML else json_text(parts, 2)


def show_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], empty: str) -> None:
    """A table without lines, one row a thing; `empty` instead when there is none."""
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(
            column.title,
            no_wrap=not column.foldable,
            overflow="fold",
            justify="right" if column.right else "left",
        )
    for row in rows:
        table.add_row(*(_cell(column, value) for column, value in zip(columns, row, strict=True)))
    _print(table, _least_width(columns, rows))


def _least_width(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> int:
    """Of a table in which every column shows something."""
    texts = [[each.title, *(printable(row[at]) for row in rows)] for at, each in enumerate(columns)]
    widths = [max(map(cell_len, column)) for column in texts]
    return sum(
        (min(width, _NARROWEST) if each.foldable else width) + _GAP for each, width in zip(columns, widths, strict=True)
    )


def show_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Names and values, one a line; those without a value are left out."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, _GAP, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in facts:
        if value:
            table.add_row(name, _cell(Column(name, styles=name == "state"), value))
    columns = (Column("", foldable=False), Column("", foldable=True))
    _print(table, _least_width(columns, facts))


def _print(table: Table, least_width: int) -> None:
    out = console()
    if out.is_terminal:
        # The terminal breaks lines that are longer than it is wide.
        out.width = max(out.width, least_width)
        out.print(table)
        return
    with out.capture() as captured:
        out.print(table)
    # rich pads the last column; a file needs no trailing spaces.
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _cell(column: Column, value: str) -> Text:
    return Text(printable(value), style=STATE_STYLES.get(value, "cyan") if column.styles else "")


def local_time(timestamp: Timestamp) -> str:
    """Local date and time to the second; empty for an unset timestamp."""
    if not timestamp.seconds:
        return ""
    return datetime.fromtimestamp(timestamp.seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def age(timestamp: Timestamp) -> str:
    """How long ago."""
    return age_text(time.time() - timestamp.seconds) if timestamp.seconds else ""


def labels_text(labels: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(labels))
