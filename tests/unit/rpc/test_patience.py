"""How long a read waits for a position that is not there yet."""

from typing import Any, cast

import pytest

from controlplane.rpc.dependencies import patience_of


class Call:
    def __init__(self, remaining: float | None) -> None:
        self._remaining = remaining

    def time_remaining(self) -> float | None:
        return self._remaining


@pytest.mark.parametrize(
    ("remaining", "waits"), [(None, 5.0), (3600.0, 3599.8), (60.0, 59.8), (1.0, 0.9), (0.0, 0.0), (-1.0, 0.0)]
)
def test_a_read_waits_within_its_calls_deadline_and_answers_before_it(remaining: float | None, waits: float) -> None:
    assert patience_of(cast("Any", Call(remaining))) == pytest.approx(waits)
