"""The Terraform provider: its own checks, and its acceptance tests against a real control plane. Skipped without Go."""

import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from clients.conformance.control_plane import ControlPlane
from clients.languages import Language
from tests.support.waiting import patient

# A first run compiles the plugin framework, and its tests.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

PROVIDER = Language("terraform")
DEMANDED = "CHRONOVISOR_TEST_ALL_CLIENTS"


@pytest.fixture(autouse=True)
def toolchain() -> None:
    if why := PROVIDER.missing():
        if os.environ.get(DEMANDED):
            pytest.fail(why)
        pytest.skip(why)


@pytest.fixture
def plane(tmp_path: Path) -> Generator[ControlPlane]:
    plane = ControlPlane(tmp_path)
    try:
        plane.start()
        plane.start_agent(options=())
        yield plane
    finally:
        plane.close()


def run(command: str, server: str = "") -> str:
    """The output of a command of dev.sh, which must succeed."""
    ended = subprocess.run(
        [PROVIDER.folder / "dev.sh", command],
        env=os.environ | ({"CHRONOVISOR_SERVER": server} if server else {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=patient(200.0),
    )
    assert ended.returncode == 0, f"{command}: {ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    return ended.stdout


def test_it_is_formatted_documented_and_right_on_a_server_in_memory() -> None:
    assert "ok" in run("check")


def test_it_plans_applies_imports_and_finds_drift_on_a_real_server(plane: ControlPlane) -> None:
    assert "ok" in run("acceptance", plane.server)
