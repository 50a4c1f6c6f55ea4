"""A verb that is added to its enum alone is found: by the type checker, and when the control plane starts."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import controlplane

PACKAGE = Path(controlplane.__path__[0])
# By the enum's line in the module: the module of the rows, and what has none then.
ENUMS = {
    "vm: class Verb(IntEnum):": "Verb.FLY",
    "vm: class Observation(IntEnum):": "Observation.FLY",
    "host: class HostVerb(IntEnum):": "HostVerb.FLY",
}


@pytest.fixture
def copy(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the package with one more member of an enum. Returns the module of the enum's rows."""
    kind, _, line = request.param.partition(": ")
    shutil.copytree(PACKAGE, tmp_path / "controlplane", ignore=shutil.ignore_patterns("__pycache__"))
    states = tmp_path / "controlplane" / "domain" / kind / "states.py"
    head, found, rest = states.read_text().partition(line)
    assert found
    docstring, quotes, members = rest.partition('"""\n\n')
    states.write_text(head + line + docstring + quotes + "    FLY = 99\n" + members)
    return states.with_name("verbs.py")


@pytest.mark.parametrize(("copy", "member"), ENUMS.items(), indirect=["copy"])
def test_a_control_plane_whose_verb_has_no_row_does_not_start(copy: Path, member: str) -> None:
    module = f"controlplane.domain.{copy.parent.name}.verbs"
    command = [sys.executable, "-c", f"import {module}"]
    done = subprocess.run(command, cwd=copy.parents[3], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"<{member}: 99>" in done.stderr
    assert "Expected code to be unreachable" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("copy", "member"), ENUMS.items(), indirect=["copy"])
def test_the_type_checker_refuses_a_verb_without_a_row(copy: Path, member: str) -> None:
    root = copy.parents[3]
    (root / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, str(copy)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    (error,) = [line for line in done.stdout.splitlines() if " error: " in line]
    assert f'"Literal[{member}]"' in error
