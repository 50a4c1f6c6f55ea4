"""The stores of a control plane that keeps what it acknowledged."""

from pathlib import Path

import pytest

from tests.support.postgresql import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new ledger, on either."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()
