"""A list as it was requested: filtered, sorted, and in the form and with the columns of the command line."""

import csv
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar, cast

import typer
from google.protobuf.message import Message

from chronovisor.cli.completion import complete_columns
from chronovisor.cli.listing.fields import Field, Listing, Value, value_text
from chronovisor.cli.listing.filters import Order, ordered, parse_filter, parse_order
from chronovisor.cli.output import Column, show_document, show_message, show_table
from chronovisor.cli.selectors import parse_selector
from chronovisor.cli.settings import Misused, Output, settings_of
from chronovisor.cli.text.safe_text import csv_cell, escaped

T = TypeVar("T")

SortBy = Annotated[
    str,
    typer.Option(
        "--sort-by",
        autocompletion=complete_columns,
        metavar="COLUMN,...",
        help="Such as host,-memory_mib: `-` for the largest first.",
    ),
]
Columns = Annotated[
    str,
    typer.Option(
        "--columns",
        autocompletion=complete_columns,
        metavar="COLUMN,...",
        help="These alone, by name; also any field, such as labels.tier.",
    ),
]
Filter = Annotated[
    str, typer.Option("--filter", metavar="FILTER", help='Such as: name != "default" AND labels.tier = "web"')
]
# What a list can be written as.
LIST_FORMS = frozenset(Output)


@dataclass(frozen=True)
class View(Generic[T]):
    """What was requested of a list."""

    listing: Listing[T]
    fields: Sequence[Field[T]]
    orders: Sequence[Order[T]] = ()
    holds: Callable[[T], bool] | None = field(default=None)

    def arranged(self, items: Sequence[T]) -> list[T]:
        """Those that the filter selects, in order."""
        kept = [each for each in items if self.holds(each)] if self.holds else list(items)
        return ordered(kept, self.orders)


def view(
    ctx: typer.Context,
    listing: Listing[T],
    columns: str = "",
    sort_by: str = "",
    filter_: str = "",
    *,
    selector: str = "",
) -> View[T]:
    """Checks what was requested, before anything is sent. `filter_` and `selector` are applied here."""
    output = settings_of(ctx).output
    if columns and output in (Output.JSON, Output.YAML, Output.NAME):
        raise Misused(f"--columns goes with table, wide and csv, not with {output.value}")
    wide = output in (Output.WIDE, Output.CSV)
    fields = [each for each in listing.fields if wide or not each.wide]
    if columns:
        fields = [_checked("--columns", listing.find, name.strip()) for name in columns.split(",")]
    orders = _checked("--sort-by", lambda text: parse_order(text, listing), sort_by) if sort_by else []
    holds = _checked("--filter", lambda text: parse_filter(text, listing), filter_) if filter_ else None
    if selector:
        labels_hold = _checked("--selector", parse_selector, selector)
        return View(listing, fields, orders, lambda item: labels_hold(cast("Any", item).labels))
    return View(listing, fields, orders, holds)


R = TypeVar("R")


def _checked(option: str, parse: Callable[[str], R], text: str) -> R:
    try:
        return parse(text)
    except ValueError as error:
        raise Misused(f"{option}: {error}") from None


def show_page(ctx: typer.Context, of: View[T], found: Message, items: str, empty: str) -> None:
    """A response with a list in the field `items`, in the form that was requested."""
    kept = of.arranged(list(getattr(found, items)))
    if settings_of(ctx).is_data:
        document = type(found)()
        document.CopyFrom(found)
        document.ClearField(items)
        getattr(document, items).extend(kept)
        show_message(ctx, document)
    else:
        show_rows(ctx, of, kept, empty)


def show_items(
    ctx: typer.Context,
    of: View[T],
    items: Sequence[T],
    name: str,
    document: Callable[[T], Mapping[str, Any]],
    empty: str,
) -> None:
    """What is no message of the API, in the form that was requested. `name` is what the list is called."""
    kept = of.arranged(items)
    if settings_of(ctx).is_data:
        show_document(ctx, {name: [dict(document(each)) for each in kept]})
    else:
        show_rows(ctx, of, kept, empty)


def show_one(ctx: typer.Context, listing: Listing[T], item: T, show: Callable[[], None]) -> None:
    """One resource; `show` is how people see it."""
    settings = settings_of(ctx)
    if settings.is_data and isinstance(item, Message):
        show_message(ctx, item)
    elif settings.output in (Output.CSV, Output.NAME):
        show_rows(ctx, view(ctx, listing), [item], "")
    else:
        show()


def show_rows(ctx: typer.Context, of: View[T], items: Sequence[T], empty: str) -> None:
    """As a table, as CSV or as names."""
    match settings_of(ctx).output:
        case Output.NAME:
            for item in items:
                print(escaped(of.listing.name(item)))
        case Output.CSV:
            write_csv([each.name for each in of.fields], [[each.value(item) for each in of.fields] for item in items])
        case _:
            columns = [Column(each.heading, each.foldable, each.right, each.styles) for each in of.fields]
            show_table(columns, [[each.shown(item) for each in of.fields] for item in items], empty)


def write_csv(header: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
    """RFC 4180, with a first line of names. Text that a spreadsheet would run is made harmless."""
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([[_csv(each) for each in row] for row in rows])


def _csv(value: Value) -> str:
    return csv_cell(value) if isinstance(value, str) else value_text(value)
