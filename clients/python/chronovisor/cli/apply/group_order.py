"""Security groups in an order in which their rules can name each other, also in a circle. Pure."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import cast

from chronovisor.cli.apply.model import Action, Actual, Change, Declared, FieldChange, Path, Value
from chronovisor.cli.apply.reach import RULES, groups_in

_PATH: Path = (RULES,)


def in_order(changes: Sequence[Change]) -> list[Change]:
    """What is created or changed: each group before those whose rules name it.

    Of a circle, one is created without the rules that name what is not there yet, and gets them at the end.
    """
    coming = {each.name for each in changes if each.action is Action.CREATE}
    first: list[Change] = []
    last: list[Change] = []
    for each in _named_first(changes, _declared_names):
        missing = (_declared_names(each) & coming) - {each.name}
        coming.discard(each.name)
        if not missing:
            first.append(each)
        elif each.action is Action.CREATE:
            first.append(_without(each, missing))
            last.append(_with_all(each, missing))
        else:
            last.append(each)
    return [*first, *last]


def pruned_in_order(changes: Sequence[Change]) -> list[Change]:
    """What is destroyed: each group after those whose rules name it. Of a circle, one loses those rules first."""
    ordered = _named_first(changes, _actual_names)[::-1]
    left = [each.name for each in ordered]
    opened: list[Change] = []
    for place, each in enumerate(ordered):
        # It goes after groups that its rules name, which therefore could not go.
        if blocked := _actual_names(each) & set(left[:place]):
            opened.append(_opened(each, blocked))
    return [*opened, *ordered]


def _named_first(changes: Sequence[Change], names_of: Callable[[Change], set[str]]) -> list[Change]:
    left = {each.name: each for each in changes}
    ordered: list[Change] = []

    def put(change: Change) -> None:
        for name in sorted(names_of(change)):
            if named := left.pop(name, None):
                put(named)
        ordered.append(change)

    while left:
        put(left.pop(next(iter(left))))
    return ordered


def _declared_names(change: Change) -> set[str]:
    assert change.declared is not None
    return _named(change.declared, change.declared.terms.get(_PATH))


def _actual_names(change: Change) -> set[str]:
    assert change.actual is not None
    return _named(change.actual, change.actual.terms.get(_PATH))


def _named(group: Declared | Actual, rules: Value | None) -> set[str]:
    """The names of the groups that its rules name, as they are planned."""
    project = group.name.partition("/")[0]
    return {f"{project}/{each}" for each in groups_in(rules)}


def _kept(group: Declared | Actual, rules: Value | None, without: Collection[str]) -> tuple[str, ...]:
    return tuple(each for each in cast("Sequence[str]", rules or ()) if not _named(group, (each,)) & set(without))


def _without(change: Change, missing: Collection[str]) -> Change:
    assert change.declared is not None
    kept = _kept(change.declared, change.declared.terms.get(_PATH), missing)
    return replace(change, fields=[*_others(change), *([FieldChange(_PATH, None, kept)] if kept else [])])


def _others(change: Change) -> Iterator[FieldChange]:
    return (each for each in change.fields if each.path != _PATH)


def _with_all(change: Change, missing: Collection[str]) -> Change:
    assert change.declared is not None
    rules = change.declared.terms.get(_PATH)
    before = _kept(change.declared, rules, missing) or None
    return replace(change, action=Action.UPDATE, fields=[FieldChange(_PATH, before, rules)])


def _opened(change: Change, blocked: Collection[str]) -> Change:
    assert change.actual is not None
    rules = change.actual.terms.get(_PATH)
    after = _kept(change.actual, rules, blocked) or None
    return replace(change, action=Action.UPDATE, fields=[FieldChange(_PATH, rules, after)])
