"""Filters and orders of lists, where the control plane has none: the subset of AIP-160 that its own filters are."""

import re
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from chronovisor.cli.listing.fields import Field, Listing, Value, value_text

T = TypeVar("T")
_TERM = re.compile(
    r"""\s*(?P<field>[A-Za-z_][\w.\-/]*)\s*(?P<op>!=|=)\s*(?:"(?P<quoted>(?:[^"\\]|\\["\\])*)"|(?P<bare>[^\s"]+))\s*"""
)
_AND = re.compile(r"AND(?=\s)")


class Order(NamedTuple, Generic[T]):
    """A column to sort by, and which way."""

    field: Field[T]
    descending: bool


def parse_filter(text: str, listing: Listing[T]) -> Callable[[T], bool]:
    """`state = "RUNNING" AND labels.tier != "test"` over the columns of a list. Raises ValueError."""
    tests: list[tuple[Field[T], bool, str]] = []
    place = 0
    while True:
        match = _TERM.match(text, place)
        if match is None:
            raise ValueError(f'{text[place:].strip() or text!r} is not FIELD = "VALUE" or FIELD != "VALUE"')
        if (match["bare"] or "").startswith("'"):
            raise ValueError(f"{match['bare']}: a value is in double quotes, or in none")
        value = match["bare"] if match["quoted"] is None else re.sub(r"\\(.)", r"\1", match["quoted"])
        tests.append((listing.find(match["field"]), match["op"] == "=", value))
        place = match.end()
        if place == len(text):
            break
        joined = _AND.match(text, place)
        if joined is None:
            raise ValueError(f"{text[place:].strip()!r}: terms are joined by AND")
        place = joined.end()

    def holds(item: T) -> bool:
        return all((value_text(field.value(item)) == value) is equal for field, equal, value in tests)

    return holds


def parse_order(text: str, listing: Listing[T]) -> list[Order[T]]:
    """Columns, the first the most important, `-` before one that falls: `host,-memory_mib`. Raises ValueError."""
    orders: list[Order[T]] = []
    for each in (part.strip() for part in text.split(",")):
        name = each.removeprefix("-")
        if not name:
            raise ValueError("give columns such as name or -memory_mib")
        orders.append(Order(listing.find(name), each.startswith("-")))
    return orders


def ordered(items: Sequence[T], orders: Sequence[Order[T]]) -> list[T]:
    """Sorted; what has no value comes last. Equal ones stay in their order."""
    result = list(items)
    for order in reversed(orders):
        filled = [each for each in result if order.field.value(each) is not None]
        empty = [each for each in result if order.field.value(each) is None]
        filled.sort(key=lambda item: _key(order.field.value(item)), reverse=order.descending)
        result = [*filled, *empty]
    return result


def _key(value: Value) -> tuple[bool, float, list[tuple[int, int, str]]]:
    if isinstance(value, bool | int | float):
        return (False, float(value), [])
    # web-2 before web-10.
    parts = re.findall(r"(\d+)|(\D+)", value or "")
    return (True, 0.0, [(0, int(number), "") if number else (1, 0, word.casefold()) for number, word in parts])
