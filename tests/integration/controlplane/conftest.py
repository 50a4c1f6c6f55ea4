"""A control plane for each test, in memory or on a file."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.integration.controlplane.plane import Plane, running


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "covers(*methods): the RPCs that this test is the test of, as Service.Method")


@pytest.fixture
async def plane() -> AsyncGenerator[Plane]:
    async with running() as plane:
        yield plane


@pytest.fixture(params=["memory", "sqlite"])
async def any_plane(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Plane]:
    store = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        yield plane
