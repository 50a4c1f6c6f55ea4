"""docs/how-to/http.md works as it stands there: curl alone, against `chronovisord` with its simulated host."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.dev_server import LISTENS, LISTENS_FOR_HTTP, SIMULATED, chronovisord, environment_of
from tests.unit.project.checkout import ROOT
from tests.unit.project.test_pages import Command, check, steps
from tests.unit.project.test_readme import wait_for_a_host

pytestmark = pytest.mark.slow
PAGE = ROOT / "docs" / "how-to" / "http.md"
SHOWN = "127.0.0.1:7462"


@pytest.fixture
def served(tmp_path: Path) -> Generator[tuple[dict[str, str], str]]:
    """What commands are run with, and the address that is there for the one that the page has."""
    environment = environment_of(tmp_path / "home")
    options = (*SIMULATED, "--http", "127.0.0.1:0")
    with chronovisord(environment, *options, lines=(LISTENS, LISTENS_FOR_HTTP)) as (address, http):
        yield environment | {"CHRONOVISOR_SERVER": address}, http


def test_its_commands_work_one_after_the_other(served: tuple[dict[str, str], str], tmp_path: Path) -> None:
    environment, address = served
    wait_for_a_host(environment)
    for step in steps(PAGE):
        assert isinstance(step, Command)
        check(step, step.typed.replace(SHOWN, address), tmp_path, environment)
