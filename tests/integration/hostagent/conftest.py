"""Fixtures of the agent's integration tests."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.hostagent.played_control_plane import PlayedControlPlane


@pytest.fixture
async def control_plane() -> AsyncIterator[PlayedControlPlane]:
    played = PlayedControlPlane()
    await played.start()
    yield played
    await played.stop()
