"""A control plane with its gateway for each test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.integration.gateway.rig import Gatewayed, gatewayed


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncGenerator[Gatewayed]:
    async with gatewayed(tmp_path) as made:
        yield made
