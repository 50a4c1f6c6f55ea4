"""What holds for the project's files as files."""

import ast
import re
from pathlib import Path

import pytest

from tests.unit.project.checkout import ROOT, project_files

ROOMS = ("domain", "placement", "commands", "ledger", "projections", "queries", "processes", "rpc")
# Where someone's checkout or home is. Not in a longer path, such as ${HOME}/work/.
MACHINE_PATH = re.compile(r"(?<![\w.}~*-])/(?:work|root|home|Users)/\w")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def is_text(path: Path) -> bool:
    return b"\0" not in path.read_bytes()[:8192]


def job(module: Path) -> str:
    return ast.get_docstring(ast.parse(module.read_text())) or ""


def test_no_file_mentions_a_path_of_the_machine_it_was_written_on() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in project_files()
        if path != Path(__file__) and is_text(path)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert not found


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_of_the_control_plane_opens_with_its_job(room: str) -> None:
    assert len(job(ROOT / "controlplane" / room / "__init__.py").split()) >= 5


def test_each_module_opens_with_its_job() -> None:
    modules = project_files("controlplane/*.py", "clients/*.py", "deploy/*.py", "protos/*.py")
    written = [path for path in modules if "_pb2" not in path.name and path.stat().st_size]
    assert written
    assert not [str(path.relative_to(ROOT)) for path in written if not job(path)]


def test_links_between_the_documents_lead_somewhere() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in project_files("*.md")
        for target in LINK.findall(document.read_text())
        if not (document.parent / target).exists()
    ]
    assert not broken


def test_scripts_can_be_executed() -> None:
    scripts = [path for path in project_files() if path.suffix != ".py" and path.read_bytes()[:2] == b"#!"]
    assert scripts
    assert not [str(path.relative_to(ROOT)) for path in scripts if not path.stat().st_mode & 0o111]


def test_hooks_of_commits_run_the_projects_own_tools() -> None:
    lines = (ROOT / ".pre-commit-config.yaml").read_text().splitlines()
    repositories = {line.split()[-1] for line in lines if line.strip().startswith("- repo:")}
    programs = [line.split()[1] for line in lines if line.strip().startswith("entry:")]
    assert repositories == {"local"}
    assert programs
    assert not [each for each in programs if not each.startswith(".venv/bin/")]
