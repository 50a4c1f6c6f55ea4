"""Parameters of a table in a settings file: names, rules and defaults. Performs no I/O."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple


class Parameter(NamedTuple):
    """One key. `parse` raises ValueError with the rule; a default of None is one that is required."""

    name: str
    parse: Callable[[object], Any]
    default: Any
    help: str


def parsed(number: int, table: Mapping[str, object], parameters: Iterable[Parameter]) -> dict[str, Any]:
    """The values of the file's table of this number, by name. Raises ValueError that has number, key and rule."""
    return {each.name: _value(number, table, each) for each in parameters}


def require_known(number: int, table: Mapping[str, object], parameters: Iterable[Parameter], of: str = "") -> None:
    """Raises ValueError for a key that is none of these; `of` says what they are the keys of."""
    allowed = [each.name for each in parameters]
    for key in table:
        if key not in allowed:
            raise ValueError(f"number {number}, {key}: must be one of {', '.join(allowed)}{of}")


def parse_text(value: object) -> str:
    """Raises ValueError."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("must be a string of printable characters")
    return value


def parse_path(value: object) -> str:
    """An absolute path. Raises ValueError."""
    text = parse_text(value)
    if not text.startswith("/"):
        raise ValueError("must be a path that begins with /")
    return text


def _value(number: int, table: Mapping[str, object], parameter: Parameter) -> Any:
    value = table.get(parameter.name)
    if value is None:
        if parameter.default is None:
            raise ValueError(f"number {number}, {parameter.name}: is required")
        return parameter.default
    try:
        return parameter.parse(value)
    except ValueError as error:
        raise ValueError(f"number {number}, {parameter.name}: {error}") from None
