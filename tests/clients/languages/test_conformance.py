"""Every conformance scenario with every client, against a real control plane. Builds are made before: see check.sh."""

import pytest

from clients.conformance.conductor import Conductor
from clients.conformance.scenarios import Scenario, load
from clients.languages import Language, names

# A runner that was not built before may have to be.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("scenario", load(), ids=lambda each: each.name)
@pytest.mark.parametrize("here", names(), indirect=True)
def test_a_scenario_is_carried_out(here: Language, scenario: Scenario, conductor: Conductor) -> None:
    result = conductor.run(here.name, scenario)
    assert result.is_ok, f"{scenario.file}: {scenario.name}: {result.why}"
