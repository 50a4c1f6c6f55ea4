"""The stores that the suite runs over: memory, SQLite, and a PostgreSQL of its own."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from controlplane.ledger.store import Ledger
from tests.conformance.stores.benches import FaultyLedger, Store
from tests.support.postgresql import Cluster


def _memory(_directory: Path, make: Callable[[str], FaultyLedger]) -> Callable[[], FaultyLedger]:
    """Memory ends with its ledger: opening it again is the same one."""
    only = make("memory:")
    return lambda: only


def _sqlite(directory: Path, make: Callable[[str], FaultyLedger]) -> Callable[[], FaultyLedger]:
    return lambda: make(f"sqlite:///{directory / 'ledger.db'}")


STORES = {"memory": _memory, "sqlite": _sqlite}


@pytest.fixture(params=[*STORES, "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Store]:
    opened: list[FaultyLedger] = []

    def make(url: str) -> FaultyLedger:
        opened.append(FaultyLedger(url))
        return opened[-1]

    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.new_database()
        yield Store(lambda: make(url))
    else:
        yield Store(STORES[request.param](tmp_path, make))
    for each in opened:
        each.close()


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return store.open()
