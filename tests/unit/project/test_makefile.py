"""The Makefile: its targets are there, and listed by `make help`. Runs no recipe but that one."""

import shutil
import subprocess

import pytest

from tests.unit.project.checkout import ROOT

TARGETS = (
    "test",
    "check",
    "demo",
    "demo-cluster",
    "setup",
    "console",
    "simulate",
    "simulate-mutations",
    "lint",
    "format",
    "protos",
    "clients",
    "test-clients",
    "docs",
    "release-protos",
    "clean",
)

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_can_be_made(target: str) -> None:
    would = make("--dry-run", target)
    assert would.returncode == 0, would.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_help_lists_a_target(target: str) -> None:
    assert f"make {target} " in make("help").stdout


def test_make_alone_only_helps() -> None:
    assert make().stdout == make("help").stdout


def test_ci_runs_what_the_readme_says() -> None:
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("exec make test")
