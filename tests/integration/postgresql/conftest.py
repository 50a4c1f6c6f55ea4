"""A PostgreSQL for each test: some kill it."""

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.postgresql import Cluster, postgresql_cluster


@pytest.fixture
def cluster() -> Generator[Cluster]:
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        with postgresql_cluster(Path(parent) / "cluster", fsync=True) as running:
            yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new ledger, on either."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()
