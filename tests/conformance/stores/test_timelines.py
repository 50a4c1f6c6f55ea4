"""Timelines over every store there is: their counts are those of lists of events."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.postgresql import Cluster
from tests.support.random_lives import lived, steps, tenant_steps
from tests.support.timelines import check_timeline

pytestmark = pytest.mark.slow
EXAMPLES = {"memory": 60, "sqlite": 20, "postgresql": 8}
_numbers = count()


def _urls(request: pytest.FixtureRequest, directory: Path, store: str) -> Callable[[], str]:
    if store == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        return cluster.new_database
    if store == "sqlite":
        return lambda: f"sqlite:///{directory / str(next(_numbers))}"
    return lambda: "memory:"


@pytest.mark.parametrize("store", EXAMPLES)
def test_counts_and_marks_are_those_of_lists_of_events(
    request: pytest.FixtureRequest, tmp_path: Path, store: str
) -> None:
    new_url = _urls(request, tmp_path, store)

    @settings(max_examples=EXAMPLES[store], deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps | tenant_steps, st.data())
    def check(taken: list[tuple[str, str]], data: st.DataObject) -> None:
        with lived(taken, new_url()) as lives:
            for _ in range(3):
                check_timeline(lives, data)

    check()
