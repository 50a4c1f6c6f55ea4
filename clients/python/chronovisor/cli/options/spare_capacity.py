"""Rules of spare capacity as options and files have them: `survive=1,within=rack,zone=eu-1a`."""

from chronovisor.v1.project_pb2 import SpareCapacityRule

METAVAR = "survive=N,within=KEY"


def parse_rule(text: str) -> SpareCapacityRule:
    """What is left out is 1, `host` and all zones. Raises ValueError."""
    rule = SpareCapacityRule(survive=1, within="host")
    for part in text.split(","):
        field, equals, value = (each.strip() for each in part.partition("="))
        if not equals or not value or field not in ("survive", "within", "zone"):
            raise ValueError(f"{text!r} is not such as survive=1,within=rack,zone=eu-1a")
        if field != "survive":
            setattr(rule, field, value.removeprefix("zones/"))
        elif value.isdecimal() and len(value) < 4:
            rule.survive = int(value)
        else:
            raise ValueError(f"{text!r}: survive is a number, such as 1")
    return rule


def rule_text(rule: SpareCapacityRule) -> str:
    """The text of a rule, every part of it."""
    return f"survive={rule.survive},within={rule.within}" + (f",zone={rule.zone}" if rule.zone else "")
