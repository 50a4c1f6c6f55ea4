"""Patterns of the Python runner: what matches and what does not, row by row."""

from typing import Any

import pytest
from conformance_runner.patterns import at, mismatch, substituted

SAVED = {"uid": "u-1"}
DEFAULTS: list[Any] = [None, "", 0, "0", False, [], {}, "VM_STATE_UNSPECIFIED"]


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": "1"}),
        (0.5, 0.5000000000001),
        ("text", "text"),
        (True, True),
        ([1, "$any"], ["1", "x"]),
        ([], []),
        ("$any", ["x"]),
        ({"a": "$absent"}, {}),
        *(("$absent", value) for value in DEFAULTS),
        ("$re:op.*/[0-9]+", "operations/1"),
        ("$gt:1", "2"),
        ("$ge:2", 2),
        ("$same:uid", "u-1"),
        ({"$contains": [{"a": 1}, {"a": 2}]}, [{"a": 2}, {"a": 3}, {"a": 1}]),
        ({"$len": 2}, [1, 2]),
        ({"$not": "$any"}, ""),
    ],
)
def test_matches(pattern: Any, value: Any) -> None:
    assert mismatch(pattern, value, SAVED) == ""


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, None),
        (1, True),
        (True, 1),
        (1, "x"),
        ("text", None),
        ([1], [1, 2]),
        ([1, 2], [2, 1]),
        ([1], {"0": 1}),
        *(("$any", value) for value in DEFAULTS),
        ("$absent", "x"),
        ("$re:op", "operations/1"),
        ("$gt:2", "2"),
        ("$gt:2", None),
        ("$ge:2", 1),
        ("$same:uid", "u-2"),
        ({"$contains": [{"a": 1}]}, [{"a": 2}]),
        ({"$contains": [1]}, None),
        ({"$len": 2}, [1]),
        ({"$not": "x"}, "x"),
    ],
)
def test_does_not_match(pattern: Any, value: Any) -> None:
    assert mismatch(pattern, value, SAVED)


def test_a_mismatch_says_where_and_what() -> None:
    assert mismatch({"vm": {"held": {"vcpus": 2}}}, {"vm": {"held": {"vcpus": "3"}}}, {}) == (
        "response.vm.held.vcpus is '3', not 2"
    )


def test_a_path_leads_into_objects_and_lists() -> None:
    assert at({"vms": [{"name": "a"}, {"name": "b"}]}, "vms[1].name") == "b"
    assert at({"x": 1}, "") == {"x": 1}
    with pytest.raises(ValueError, match="there is no vms"):
        at({}, "vms[0]")


def test_variables_are_filled_in_in_keys_and_values() -> None:
    assert substituted({"${k}": ["${v}-${v}", 1]}, {"k": "key", "v": "x"}) == {"key": ["x-x", 1]}
    with pytest.raises(ValueError, match="no variable v"):
        substituted("${v}", {})
