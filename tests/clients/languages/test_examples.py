"""What a user of each language does first: the README's example, then the runnable one, against a new control plane."""

import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from clients.conformance.control_plane import ControlPlane
from clients.languages import Language, names
from tests.support.waiting import patient

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

# With which each example ends by itself, on a server where the README's example was run before.
ARGUMENTS = {"java": ["--today"], "typescript": ["fleet", "--for", "2"]}


@pytest.fixture
def plane(tmp_path: Path) -> Generator[ControlPlane]:
    plane = ControlPlane(tmp_path)
    try:
        plane.start()
        plane.start_agent(options=())
        yield plane
    finally:
        plane.close()


def output_of(language: Language, plane: ControlPlane, *words: str) -> str:
    ended = subprocess.run(
        [language.folder / "dev.sh", *words],
        env=os.environ | {"CHRONOVISOR_SERVER": plane.server},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=patient(60.0),
    )
    assert ended.returncode == 0, f"{words}: {ended.stderr[-3000:]}\n{ended.stdout[-3000:]}"
    return ended.stdout


@pytest.mark.parametrize("here", names(), indirect=True)
def test_the_readme_and_the_example_work(here: Language, plane: ControlPlane) -> None:
    assert output_of(here, plane, "readme").strip()
    assert output_of(here, plane, "example", *ARGUMENTS.get(here.name, ())).strip()
