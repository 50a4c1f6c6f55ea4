"""A rule of spare capacity, as requests have it in fields of one name."""

from typing import Protocol

from controlplane.domain.placement.spare_capacity import HOST, MOST_SURVIVED, SpareRule
from controlplane.rpc.shared.validate import FieldRules


class SpareFields(Protocol):
    """The fields of a rule."""

    @property
    def survive(self) -> int: ...

    @property
    def within(self) -> str: ...

    @property
    def zone(self) -> str: ...


def spare_rule(fields: SpareFields, path: str, rules: FieldRules) -> SpareRule:
    """The rule of these fields, whose paths in the request begin with `path`."""
    survive, within = fields.survive or 1, fields.within or HOST
    least = f"must be 1 to {MOST_SURVIVED}, or 0 for 1, not {fields.survive}"
    rules.check(1 <= survive <= MOST_SURVIVED, f"{path}survive", least)
    rules.label_key(within, f"{path}within")
    if fields.zone:
        rules.id(fields.zone, f"{path}zone")
    return SpareRule(survive, within, fields.zone)
