"""Rules of spare capacity as values: how many domains may fail together, and all VMs there have a place again. Pure."""

import re
from dataclasses import dataclass
from typing import NamedTuple

HOST = "host"
# More than that at once is no failure that capacity is kept for.
MOST_SURVIVED = 3
_WORD = re.compile(r"[a-z0-9](?:[A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?")
_FIELDS = ("survive", "within", "zone")


@dataclass
class BadSpareRule(Exception):
    """A text that is no rule."""

    text: str
    rule: str

    def __str__(self) -> str:
        return f"{self.text!r}: {self.rule}"


class SpareRule(NamedTuple):
    """Whichever `survive` domains fail together, every VM that runs there could be placed again on the rest.

    `within` is what makes a domain: `host`, `zone`, or the key of a label of hosts. An empty `zone` is all; else only
    domains of hosts in that zone are thought to fail, and VMs may go wherever their own rules let them.
    """

    survive: int = 1
    within: str = HOST
    zone: str = ""

    def __str__(self) -> str:
        return f"survive={self.survive},within={self.within}" + (f",zone={self.zone}" if self.zone else "")


# In the order in which they were given.
SpareRules = tuple[SpareRule, ...]


def parse_rule(text: str) -> SpareRule:
    """Such as `survive=1,within=rack,zone=eu-1a`; what is left out is as SpareRule has it. Raises BadSpareRule."""
    given: dict[str, str] = {}
    for part in text.split(","):
        field, equals, value = (each.strip() for each in part.partition("="))
        if field not in _FIELDS or not equals:
            raise BadSpareRule(text, "must be such as survive=1,within=rack,zone=eu-1a")
        if field in given:
            raise BadSpareRule(text, f"names {field} twice")
        if field != "survive" and not _WORD.fullmatch(value):
            raise BadSpareRule(
                text, f"{field} must be host, zone or a label's key, or a zone's name, not {value[:20]!r}"
            )
        given[field] = value
    survive = given.get("survive", "1")
    if survive not in {str(count) for count in range(1, MOST_SURVIVED + 1)}:
        raise BadSpareRule(text, f"survive must be 1 to {MOST_SURVIVED}, not {survive[:20]!r}")
    return SpareRule(int(survive), given.get("within", HOST), given.get("zone", ""))
