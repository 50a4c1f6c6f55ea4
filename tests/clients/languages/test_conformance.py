"""Every conformance scenario with every client, against a real control plane. Builds are made before: see check.sh."""

import pytest

from clients.conformance.conductor import OLDER, Conductor
from clients.conformance.scenarios import Scenario, load
from clients.conformance.shapes import older
from clients.languages import Language, names

# A runner that was not built before may have to be.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("scenario", load(), ids=lambda each: each.name)
@pytest.mark.parametrize("here", names(), indirect=True)
def test_a_scenario_is_carried_out(here: Language, scenario: Scenario, conductor: Conductor) -> None:
    result = conductor.run(here.name, scenario)
    assert result.is_ok, f"{scenario.file}: {scenario.name}: {result.why}"


@pytest.mark.parametrize("scenario", [each for each in load() if each.fits(older())], ids=lambda each: each.name)
def test_an_older_client_carries_a_scenario_out(scenario: Scenario, conductor: Conductor) -> None:
    """One that was generated from the oldest release of the protos, with all that it knows."""
    result = conductor.run(OLDER, scenario)
    assert result.is_ok, f"{scenario.file}: {scenario.name}: {result.why}"


def test_an_older_client_can_do_what_it_could() -> None:
    """The API grows, and what an older client knows of it does not become less."""
    assert len([each for each in load() if each.fits(older())]) >= 85
