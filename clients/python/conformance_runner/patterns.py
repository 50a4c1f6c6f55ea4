"""Patterns of JSON: whether a value is as a scenario expects. Pure."""

import math
import re
from collections.abc import Mapping
from typing import Any, cast

_VARIABLE = re.compile(r"\$\{(\w+)\}")


def substituted(value: Any, variables: Mapping[str, Any]) -> Any:
    """`value` with the variables that its strings name. Raises ValueError for one that was not saved."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _text_of(found[1], variables), value)
    if isinstance(value, list):
        return [substituted(each, variables) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {substituted(key, variables): substituted(each, variables) for key, each in fields.items()}
    return value


def _text_of(name: str, variables: Mapping[str, Any]) -> str:
    if name not in variables:
        raise ValueError(f"there is no variable {name}")
    value = variables[name]
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def mismatch(pattern: Any, value: Any, variables: Mapping[str, Any], path: str = "response") -> str:
    """Where the value is not as the pattern, in words; empty where it is."""
    if isinstance(pattern, str):
        return _special(pattern, value, variables, path)
    if isinstance(pattern, list):
        return _list(cast("list[Any]", pattern), value, variables, path)
    if isinstance(pattern, dict):
        return _mapping(cast("dict[str, Any]", pattern), value, variables, path)
    return "" if _equal(pattern, value) else f"{path} is {_shown(value)}, not {pattern!r}"


def at(value: Any, path: str) -> Any:
    """What is at a path such as `vms[0].name`. Raises ValueError where nothing is."""
    found: Any = value
    for part in re.findall(r"[^.\[\]]+", path):
        try:
            found = found[int(part) if isinstance(found, list) else part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise ValueError(f"there is no {path} in {_shown(value)}") from None
    return found


def is_default(value: Any) -> bool:
    """Whether it is what is there when nothing was set."""
    if isinstance(value, str):
        return value in ("", "0") or value.endswith("_UNSPECIFIED")
    return value is None or value in (0, False, [], {})


def _special(pattern: str, value: Any, variables: Mapping[str, Any], path: str) -> str:
    holds = _equal(pattern, value)
    if pattern == "$any":
        holds = not is_default(value)
    elif pattern == "$absent":
        holds = is_default(value)
    elif pattern.startswith("$re:"):
        holds = isinstance(value, str) and re.fullmatch(pattern[4:], value, re.DOTALL) is not None
    elif pattern.startswith(("$gt:", "$ge:")):
        least, number = float(pattern[4:]), _number(value)
        holds = number is not None and (number > least if pattern.startswith("$gt:") else number >= least)
    elif pattern.startswith("$same:"):
        holds = _equal(variables.get(pattern[6:]), value)
    return "" if holds else f"{path} is {_shown(value)}, not {pattern}"


def _list(pattern: list[Any], value: Any, variables: Mapping[str, Any], path: str) -> str:
    if not isinstance(value, list):
        return f"{path} is {_shown(value)}, not a list"
    items = cast("list[Any]", value)
    if len(items) != len(pattern):
        return f"{path} has {len(items)} items, not {len(pattern)}: {_shown(items)}"
    found = (mismatch(each, items[n], variables, f"{path}[{n}]") for n, each in enumerate(pattern))
    return next((why for why in found if why), "")


def _mapping(pattern: dict[str, Any], value: Any, variables: Mapping[str, Any], path: str) -> str:
    if "$not" in pattern:
        inner = mismatch(pattern["$not"], value, variables, path)
        return "" if inner else f"{path} is {_shown(value)}, which is what it must not be"
    if "$len" in pattern:
        length = len(cast("list[Any]", value)) if isinstance(value, list | dict | str) else None
        return "" if length == int(pattern["$len"]) else f"{path} has {length} items, not {pattern['$len']}"
    if "$contains" in pattern:
        items = cast("list[Any]", value) if isinstance(value, list) else []
        for each in pattern["$contains"]:
            if all(mismatch(each, item, variables, path) for item in items):
                return f"{path} has no item as {_shown(each)}: {_shown(items)}"
        return ""
    fields = cast("dict[str, Any]", value) if isinstance(value, dict) else None
    if fields is None:
        return f"{path} is {_shown(value)}, not an object"
    found = (mismatch(each, fields.get(key), variables, f"{path}.{key}") for key, each in pattern.items())
    return next((why for why in found if why), "")


def _equal(expected: Any, value: Any) -> bool:
    if isinstance(expected, bool) or isinstance(value, bool) or expected is None:
        return expected is value
    if isinstance(expected, int | float):
        number = _number(value)
        return number is not None and (number == expected or math.isclose(number, expected, rel_tol=1e-9, abs_tol=1e-9))
    return expected == value


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}..."
