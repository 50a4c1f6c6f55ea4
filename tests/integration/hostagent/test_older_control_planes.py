"""An agent and control planes that know one name of the stream, or the other: see decision 0038."""

import pytest
from hostagent.agent import Agent
from hostagent.drivers.simulated.driver import SimulatedDriver

from tests.integration.hostagent.played_control_plane import PlayedControlPlane, at_work

NAMES = [["OpenSession"], ["Connect"], ["OpenSession", "Connect"]]


@pytest.mark.parametrize("methods", NAMES, ids=str)
async def test_an_agent_reaches_a_control_plane_of_any_age(methods: list[str]) -> None:
    control_plane = PlayedControlPlane()
    control_plane.methods = methods
    await control_plane.start()
    try:
        agent = Agent(f"127.0.0.1:{control_plane.port}", "node-1", SimulatedDriver(), retry_first_s=0.01)
        async with at_work(agent):
            await control_plane.hears(lambda: bool(control_plane.inventories))
        assert control_plane.actors == ["agent:node-1"]
    finally:
        await control_plane.stop()


async def test_an_agent_stays_connected_while_its_control_plane_changes_its_age() -> None:
    control_plane = PlayedControlPlane()
    await control_plane.start()
    agent = Agent(f"127.0.0.1:{control_plane.port}", "node-1", SimulatedDriver(), retry_first_s=0.01)
    async with at_work(agent):
        for count, methods in enumerate((["OpenSession"], ["Connect"], ["OpenSession"]), 1):
            await control_plane.stop()
            control_plane.methods = methods
            await control_plane.start()
            await control_plane.hears(lambda expected=count: len(control_plane.inventories) >= expected)
    await control_plane.stop()
