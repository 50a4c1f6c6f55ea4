"""An amount of a resource that is refused names the bound that it breaks."""

import pytest

from controlplane.rpc.shared.validate import LARGEST_AMOUNT, FieldRules


@pytest.mark.parametrize(
    ("amount", "least", "rule"),
    [
        (0, 0, ""),
        (LARGEST_AMOUNT, 16, ""),
        (-1, 0, "must be 0 or more, not -1"),
        (15, 16, "must be 16 or more, not 15"),
        (LARGEST_AMOUNT + 1, 0, f"must be at most {LARGEST_AMOUNT}, not {LARGEST_AMOUNT + 1}"),
    ],
)
def test_the_rule_is_the_one_that_is_broken(amount: int, least: int, rule: str) -> None:
    rules = FieldRules()
    assert rules.amount(amount, "memory_mib", least) == (not rule)
    assert [each.rule for each in rules.violations] == [rule] * bool(rule)
