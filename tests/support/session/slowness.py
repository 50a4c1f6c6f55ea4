"""Which tests are slow: those that start real processes, or work for more than a quarter of a second.

In these directories all are, and say so by being there; elsewhere a test says `pytest.mark.slow`. `make check` leaves
them out.
"""

import pytest

SLOW = ("tests/benchmarks/", "tests/clients/bench/", "tests/conformance/", "tests/integration/")


def mark(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)
