"""A plan as people read it, and as a document."""

from collections.abc import Sequence
from typing import Any

from chronovisor.cli.apply.kinds import value_text
from chronovisor.cli.apply.model import Action, Change, Plan, Value
from chronovisor.cli.output import say_styled

_SIGNS = {Action.CREATE: ("+", "green"), Action.DESTROY: ("-", "red")}
_CHANGED = ("~", "yellow")
DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.CORDON: "cordoned",
    Action.UNCORDON: "uncordoned",
    Action.STOP: "stopped",
    Action.RESUME: "resumed",
    Action.START: "started",
    Action.DESTROY: "destroyed",
}
_NO_FIELDS = (Action.CORDON, Action.UNCORDON, Action.STOP, Action.RESUME, Action.START)


def subject(change: Change) -> str:
    """`vm shop/web-1`."""
    return f"{change.kind.value.replace('_', ' ')} {change.name}"


def show_plan(plan: Plan) -> None:
    """Each change with its fields, and how many there are."""
    for change in plan.changes:
        sign, style = _SIGNS.get(change.action, _CHANGED)
        started = ", and start it" if change.starts else ""
        verb = {Action.CREATE: f": create{started}", Action.DESTROY: ": destroy"}.get(change.action)
        verb = verb or ("" if change.action is Action.UPDATE else f": {change.action.value}")
        say_styled(f"{sign} {subject(change)}{verb}", style)
        for line in _field_lines(change):
            say_styled(f"    {line}", "")
    for note in plan.notes:
        say_styled(f"Note: {note}.", "")
    say_styled(summary(plan.changes), "bold")


def _field_lines(change: Change) -> Sequence[str]:
    if change.action in _NO_FIELDS:
        return ()
    if change.action is Action.CREATE:
        return [f"{'.'.join(each.path)}: {value_text(each.path, each.after)}" for each in change.fields]
    return [
        f"{'.'.join(each.path)}: {value_text(each.path, each.before)} -> {value_text(each.path, each.after)}"
        for each in change.fields
    ]


def summary(changes: Sequence[Change]) -> str:
    """`Plan: 1 to create, 2 to change, 1 to destroy.`"""
    created = {(each.kind, each.name) for each in changes if each.action is Action.CREATE}
    destroyed = {(each.kind, each.name) for each in changes if each.action is Action.DESTROY}
    changed = {(each.kind, each.name) for each in changes} - created - destroyed
    counts = ((created, "create"), (changed, "change"), (destroyed, "destroy"))
    words = [f"{len(found)} to {verb}" for found, verb in counts if found]
    return f"Plan: {', '.join(words)}." if words else "Nothing to change: all is as declared."


def document_of(plan: Plan, done: Sequence[Change] = ()) -> dict[str, Any]:
    """For programs. `done`: the changes that were carried out."""
    return {
        "changes": [_change(each, done) for each in plan.changes],
        "conflicts": [
            {"file": each.place.file, "line": each.place.line, "path": each.path, "rule": each.rule}
            for each in plan.conflicts
        ],
        "notes": list(plan.notes),
    }


def _change(change: Change, done: Sequence[Change]) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "kind": change.kind.value,
        "name": change.name,
        "starts": change.starts,
        "fields": [
            {"path": list(each.path), "before": _value(each.before), "after": _value(each.after)}
            for each in change.fields
        ],
        "done": any(each is change for each in done),
    }


def _value(value: Value | None) -> object:
    return list(value) if isinstance(value, tuple) else value
