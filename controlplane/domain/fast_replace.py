"""Copies of named tuples with some fields changed: what `_replace` does, in half its time. Checks nothing."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T", bound=tuple[Any, ...])
_tuple: Any = tuple


@lru_cache(maxsize=64)
def _places(kind: Any) -> dict[str, int]:
    return {name: place for place, name in enumerate(kind._fields)}


def fast_replace(record: T, fields: Mapping[str, object]) -> T:
    """The record with other values of these fields. Raises KeyError for one that it has not."""
    kind = type(record)
    places, values = _places(kind), list(record)
    for name, value in fields.items():
        values[places[name]] = value
    return _tuple.__new__(kind, values)
