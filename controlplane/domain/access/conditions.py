"""Conditions of bindings: a closed subset of CEL, parsed when a policy is set. Performs no I/O.

`request.time < timestamp("2026-12-01T00:00:00Z")` and `resource.labels["env"] == "test"`, joined by `&&`. The labels
are those of the project that the resource is in.
"""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

LONGEST = 512
# The end of what has none. Not 0: that is a time, too.
ALWAYS_S = math.inf
_TIME = re.compile(r'request\.time\s*<\s*timestamp\("([^"]{1,40})"\)')
_LABEL = re.compile(r'resource\.labels\["([a-z0-9._/-]{1,127})"\]\s*==\s*"([^"\\]{0,255})"')
RULE = (
    'must be `request.time < timestamp("2026-12-01T00:00:00Z")` and `resource.labels["KEY"] == "VALUE"`, joined by `&&`'
)


class BadCondition(ValueError):
    """A condition that is not of the subset."""


class Condition(NamedTuple):
    """When a binding holds: before a time, in seconds since 1970, and where a project has these labels."""

    expression: str = ""
    title: str = ""
    description: str = ""
    until: float = ALWAYS_S
    labels: tuple[tuple[str, str], ...] = ()

    def holds(self, now: float, labels: Mapping[str, str]) -> bool:
        return now < self.until and all(labels.get(key) == value for key, value in self.labels)


ALWAYS = Condition()


def parse(expression: str, title: str = "", description: str = "") -> Condition:
    """Raises BadCondition."""
    if not expression.strip():
        return Condition(title=title, description=description) if title or description else ALWAYS
    if len(expression) > LONGEST:
        raise BadCondition(f"must have at most {LONGEST} characters")
    until, labels = ALWAYS_S, dict[str, str]()
    for part in expression.split("&&"):
        if found := _TIME.fullmatch(part.strip()):
            until = min(until, _seconds(found[1]))
        elif found := _LABEL.fullmatch(part.strip()):
            if labels.setdefault(found[1], found[2]) != found[2]:
                raise BadCondition(f"{found[1]} cannot have two values")
        else:
            raise BadCondition(RULE)
    return Condition(expression, title, description, until, tuple(sorted(labels.items())))


def _seconds(text: str) -> float:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise BadCondition(f"{text} is not a time, such as 2026-12-01T00:00:00Z") from None
    if time.tzinfo is None:
        raise BadCondition(f"{text} has no time zone: end it with Z")
    return time.timestamp()
