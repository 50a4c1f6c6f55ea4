"""The documentation leads where it says: paths exist, generated pages are fresh, pictures are of what there is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from controlplane.domain.reasons import Reason
from docs import generate
from tests.unit.project.checkout import ROOT, project_files

# In backquotes, or in a box of a picture: from the root, or of a room, such as `ledger/upcasts.py` or `rpc/vm/`.
PATH = re.compile(r"""[`"]((?:[\w.-]+/)+[\w.-]*)(?=[`":])""")
ROOTS = (
    ROOT,
    ROOT / "controlplane",
    ROOT / "clients",
    ROOT / "clients/hostagent",
    ROOT / "clients/python/chronovisor",
    ROOT / "tests",
)
FIRST = {path.name for root in ROOTS for path in root.iterdir() if path.is_dir()}


def documents() -> list[Path]:
    return [path for path in project_files("*.md") if path.name != "CHANGELOG.md"]


def missing(text: str) -> list[str]:
    """Paths in a text whose first part is a directory of the project, and that do not exist."""
    named = [name for name in PATH.findall(text) if name.split("/")[0] in FIRST]
    return [name for name in named if not any((root / name).exists() for root in ROOTS)]


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_path_that_a_page_names_exists(document: Path) -> None:
    assert not missing(document.read_text())


def test_a_path_that_does_not_exist_is_found() -> None:
    assert missing("in `ledger/upcasts.py`, not in `ledger/nowhere.py` or `controlplane/rpc/nothing/`") == [
        "ledger/nowhere.py",
        "controlplane/rpc/nothing/",
    ]


def test_a_stale_page_is_found() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for path, text in generate.pages().items():
        assert path.read_text() == text


def test_every_transition_is_in_the_pictures() -> None:
    page = generate.state_machines()
    assert "    STOPPED --> STARTING: start" in page
    assert "    ACTIVE --> CORDONED: cordon" in page
    assert "| PAUSED | " in page


def test_every_decision_is_in_the_index_with_status_and_date() -> None:
    index = generate.decisions()
    for page in generate.DECISIONS.glob("[0-9]*.md"):
        assert re.search(
            rf"^\| {page.name[:4]} \| \[.+\]\({page.name}\) \| .+ \| \d{{4}}-\d\d-\d\d \|$", index, re.MULTILINE
        )


def test_the_model_names_only_reasons_that_there_are() -> None:
    page = (ROOT / "docs" / "model.md").read_text()
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+|INTERNAL|OVERLOADED)`", page))
    assert len(named) > 20
    assert named <= set(Reason)
