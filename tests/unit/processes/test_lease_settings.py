"""The settings of leases: what is out of bounds is refused with the bounds."""

import pytest

from controlplane.config import parse_grace, parse_lease


@pytest.mark.parametrize(("text", "seconds"), [("3", 3.0), ("30", 30.0), ("3600", 3600.0), ("4.5", 4.5)])
def test_a_lease_is_a_number_of_seconds(text: str, seconds: float) -> None:
    assert parse_lease(text) == seconds


@pytest.mark.parametrize("text", ["0", "2.9", "3601", "-30", "nan", "inf", "30s", ""])
def test_a_lease_that_is_too_short_or_too_long_is_refused_with_its_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number of seconds from 3 to 3600"):
        parse_lease(text)


@pytest.mark.parametrize("text", ["-1", "86401", "nan", "a day"])
def test_a_grace_that_cannot_be_is_refused_with_its_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number of seconds from 0 to 86400"):
        parse_grace(text)
    assert parse_grace("0") == 0.0
