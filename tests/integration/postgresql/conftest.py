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
