"""The tables of the screen: VMs, hosts, events, operations. Filters and sorts rows; the columns are those of lists."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from rich.text import Text

from chronovisor.cli.listing import tables
from chronovisor.cli.listing.events import events
from chronovisor.cli.listing.fields import Field, Listing
from chronovisor.cli.output import STATE_STYLES
from chronovisor.cli.text.safe_text import escaped
from chronovisor.cli.top.fleet import Fleet, status_at

# More rows than somebody reads make a terminal slow. The filter looks at all.
MOST_ROWS = 1000
# Of events there is no room for all.
_OF_EVENTS = ("position", "time", "actor", "subject", "what", "reason")
# The name of an operation is long, and says least of it.
_OF_OPERATIONS = ("verb", "vm", "status", "actor", "name")


@dataclass(frozen=True)
class Section:
    """One table. `key` is what is pressed to see it."""

    key: str
    title: str
    listing: Callable[[Fleet], Listing[Any]]
    items: Callable[[Fleet], Sequence[Any]]


@dataclass(frozen=True)
class View:
    """What somebody has chosen for one section. `sort_by` is a column's name; empty: as it was read."""

    filter: str = ""
    sort_by: str = ""
    reverse: bool = False


@dataclass(frozen=True)
class Rows:
    """What is shown: `keys` are names by which rows are known, `count` is how many the filter let through."""

    columns: Sequence[Field[Any]]
    keys: Sequence[str]
    cells: Sequence[Sequence[str]]
    items: Sequence[Any]
    count: int


def _at(fleet: Fleet) -> int:
    return fleet.moment.position if fleet.moment else 0


def _operations(fleet: Fleet) -> Listing[Any]:
    """With the status that each had then."""
    listing = tables.operations(lambda name: name.removeprefix("projects/").replace("/vms/", "/"))
    status: Field[Any] = Field("status", partial(status_at, at=_at(fleet)))
    return replace(listing, fields=[status if name == "status" else listing.find(name) for name in _OF_OPERATIONS])


def _events(fleet: Fleet) -> Listing[Any]:
    listing = events(fleet.names)
    return replace(listing, fields=[each for each in listing.fields if each.name in _OF_EVENTS])


SECTIONS: tuple[Section, ...] = (
    Section("1", "VMs", lambda it: tables.vms(past=it.moment is not None, with_project=True), lambda it: it.vms),
    Section("2", "Hosts", lambda it: tables.hosts(past=it.moment is not None), lambda it: it.hosts),
    Section("3", "Events", _events, lambda it: it.events),
    Section("4", "Operations", _operations, lambda it: it.operations),
)


def columns_of(section: Section, fleet: Fleet) -> list[Field[Any]]:
    return [each for each in section.listing(fleet).fields if not each.wide]


def rows_of(section: Section, fleet: Fleet, view: View) -> Rows:
    """At most MOST_ROWS of the rows that the filter lets through, in order."""
    listing = section.listing(fleet)
    columns = columns_of(section, fleet)

    def cells_of(item: Any) -> list[str]:
        return [each.shown(item) for each in columns]

    found = list(section.items(fleet))
    if view.filter:
        # Only then are the cells of all needed.
        matches = matcher(view.filter)
        found = [item for item in found if matches("  ".join(cells_of(item)))]
    if view.sort_by:
        field = listing.find(view.sort_by)
        found.sort(key=lambda item: _place(field.value(item)), reverse=view.reverse)
    elif view.reverse:
        found.reverse()
    shown = found[:MOST_ROWS]
    return Rows(columns, [listing.name(each) for each in shown], [*map(cells_of, shown)], shown, len(found))


def _place(value: Any) -> tuple[bool, bool, Any]:
    """Nothing comes first, then numbers, then text."""
    return value is not None, isinstance(value, str), value if value is not None else 0


def next_sort(section: Section, fleet: Fleet, view: View) -> View:
    """Sorted by the next column; after the last as it was read."""
    names = ["", *(each.name for each in columns_of(section, fleet))]
    return replace(view, sort_by=names[(names.index(view.sort_by) + 1) % len(names)], reverse=False)


def matcher(text: str) -> Callable[[str], bool]:
    """As k9s filters: a regular expression in any case, `!` for all but that; what is none as it stands."""
    inverse = text.startswith("!")
    try:
        pattern = re.compile(text.removeprefix("!"), re.IGNORECASE)
    except re.error:
        pattern = re.compile(re.escape(text.removeprefix("!")), re.IGNORECASE)
    return lambda row: (pattern.search(row) is None) is inverse


def heading(field: Field[Any], view: View) -> Text:
    arrow = (" ▼" if view.reverse else " ▲") if field.name == view.sort_by else ""
    return Text(f"{field.heading}{arrow}", justify="right" if field.right else "left")


def cell(field: Field[Any], text: str) -> Text:
    """What others have written is shown, and drives no terminal."""
    style = STATE_STYLES.get(text, "cyan") if field.styles else ""
    return Text(escaped(text), style=style, justify="right" if field.right else "left")
