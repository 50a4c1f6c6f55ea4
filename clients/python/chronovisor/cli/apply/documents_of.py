"""Resources as documents for a file: the other way round from `schema`. Pure."""

from collections.abc import Iterable
from typing import Any, cast

from chronovisor.cli.apply import limits
from chronovisor.cli.apply.kinds import exact_size, exact_time, is_time
from chronovisor.cli.apply.model import Actual, Kind, Path, Value
from chronovisor.cli.apply.plan import CORDONED, STATE


def document_of(resources: Iterable[Actual]) -> dict[str, dict[str, Any]]:
    """By section and name. What is as by default is left out."""
    document: dict[str, dict[str, Any]] = {}
    found = list(resources)
    by_kind = {kind: [each for each in found if each.kind is kind] for kind in Kind}
    for kind, of_kind in by_kind.items():
        for each in sorted(of_kind, key=lambda one: one.name):
            document.setdefault(kind.section, {})[each.name] = _terms(each)
    return document


def _terms(of: Actual) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in of.terms.items():
        if path == CORDONED and of.state != "CORDONED":
            continue
        shown = _value(path, value)
        if path == STATE and shown not in ("running", "stopped"):
            # A file declares what a VM is to be, and not that it has failed.
            continue
        branch = tree
        for part in path[:-1]:
            branch = branch.setdefault(part, {})
        branch[path[-1]] = shown
    return tree


def _value(path: Path, value: Value) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if is_time(path):
        return exact_time(cast("float", value))
    if path[:2] == ("spec", limits.LIMITS):
        return limits.text(path[-1], cast("int", value))
    if path == ("min_disk",):
        return exact_size("disk", cast("int", value))
    if path[0] in ("quota", "reserved", "spec") and len(path) == 2 and isinstance(value, int):
        return exact_size(path[-1], value)
    return value
