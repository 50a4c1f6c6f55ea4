"""The manual: man pages and the reference have every command and option; and completion in real shells."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from chronovisor.cli.app import NOUNS
from chronovisor.cli.exit_codes import MEANINGS
from chronovisor.cli.manual import man, markdown, tree
from chronovisor.cli.manual.man import escaped

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE
from tests.support.waiting import patient
from tests.unit.project.checkout import ROOT

ROOT_PAGE = tree.root()
PAGES = man.pages(ROOT_PAGE)
LEAVES = [page for page in ROOT_PAGE.all() if not page.commands]


def plain(roff: str) -> str:
    return re.sub(r"\\f[BR]", "", roff).replace("\\-", "-").replace("\\&", "").replace("\\e", "\\")


@pytest.mark.parametrize("page", LEAVES, ids=[page.title for page in LEAVES])
def test_each_command_is_in_its_man_page_and_in_the_reference(page: tree.Page) -> None:
    of_man = plain(PAGES[f"chronovisor-{page.words[0]}.1"])
    reference = markdown.page(ROOT_PAGE)
    assert page.usage in of_man
    assert page.usage in reference
    assert page.text
    for option in page.options:
        assert f".B {option.typed}\n" in of_man
        assert option.typed.replace("|", "\\|") in reference
        assert option.text, f"{page.title} {option.typed} has no help"


def test_the_page_of_the_program_has_all_that_is_common() -> None:
    page = plain(PAGES["chronovisor.1"])
    assert set(PAGES) == {"chronovisor.1", *(f"chronovisor-{noun}.1" for noun in NOUNS)}
    assert all(f".BR chronovisor-{noun} (1)" in page for noun in NOUNS)
    for name in ("--server", "--output, -o table|wide|json|yaml|csv|name", "--context", "--token-file"):
        assert f".B {name}" in page
    assert all(f".B {code.value}\n{meaning}" in page for code, meaning in MEANINGS.items())


def test_nothing_begins_a_request_by_accident() -> None:
    assert escaped(".TH evil\n'so\n-x \\fB") == "\\&.TH evil\n\\&'so\n\\-x \\efB"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("groff"), reason="needs groff")
def test_groff_takes_every_page_without_a_warning(tmp_path: Path) -> None:
    for name, text in PAGES.items():
        (tmp_path / name).write_text(text)
        ran = subprocess.run(
            ["groff", "-man", "-ww", "-Tutf8", name], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert ran.stderr == ""
        # Bold letters are struck twice.
        assert "DESCRIPTION" in re.sub(".\x08", "", ran.stdout)


@pytest.mark.slow
def test_the_pages_are_written_into_a_folder(tmp_path: Path) -> None:
    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "chronovisor.cli.manual", *args]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    ran = run(str(tmp_path / "man1"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {each.name for each in (tmp_path / "man1").iterdir()} == set(PAGES)
    assert run().returncode == 2


def test_committed_pages_are_these() -> None:
    assert {path.name for path in (ROOT / "docs" / "man").iterdir()} == set(PAGES)


# -- shells

COMPLETED: list[tuple[str, list[str]]] = [
    ("chronovisor vm start w", ["web-1"]),
    ("chronovisor vm list --columns name,memory_mi", ["name,memory_mib"]),
    ("chronovisor host list --sort-by name,-disk_gib_", ["name,-disk_gib_allocated"]),
    ("chronovisor vm list --context pr", ["prod"]),
    ("chronovisor context use pr", ["prod"]),
    ("chronovisor vm list --project de", ["default"]),
    ("chronovisor completion z", ["zsh"]),
    ("chronovisor --server 127.0.0.1:1 vm start w", []),
]
SCRIPTS = {
    "bash": """eval "$(chronovisor completion bash)"
read -ra COMP_WORDS <<<"$1"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_chronovisor_completion chronovisor; printf '%s\\n' "${COMPREPLY[@]}" """,
    "fish": 'chronovisor completion fish | source; complete -C "$argv[1]"',
}


def complete(shell: str, words: str, environment: dict[str, str]) -> tuple[list[str], str]:
    """What a real shell completes, and what it printed beside that."""
    arguments = {"bash": ["bash", "-c", SCRIPTS[shell], "bash", words], "fish": ["fish", "-c", SCRIPTS[shell], words]}
    ran = subprocess.run(
        arguments[shell], env=environment, capture_output=True, text=True, timeout=patient(60), check=False
    )
    return [line.split("\t")[0] for line in ran.stdout.splitlines() if line], ran.stderr


@pytest.fixture
def environment(cli: Cli, plane: Plane, tmp_path: Path) -> dict[str, str]:
    cli(*CREATE)
    cli("context", "set", "prod")
    folder = Path(sys.executable).parent
    return os.environ | {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "CHRONOVISOR_SERVER": plane.address,
        "HOME": str(tmp_path),
    }


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_real_shell_completes_names_and_shows_no_error(shell: str, environment: dict[str, str]) -> None:
    if not shutil.which(shell):
        pytest.skip(f"needs {shell}")
    for words, completed in COMPLETED:
        assert complete(shell, words, environment) == (completed, ""), words
    # A file of contexts that makes no sense is no reason for a message.
    Path(environment["CHRONOVISOR_CONFIG"]).write_text("no = [")
    assert complete(shell, "chronovisor vm start w", environment | {"CHRONOVISOR_SERVER": ""}) == ([], "")


@pytest.mark.slow
def test_zsh_gets_what_it_evaluates(cli: Cli, environment: dict[str, str]) -> None:
    script = cli("completion", "zsh").out
    if shutil.which("zsh"):
        subprocess.run(["zsh", "-f", "-n"], input=script, text=True, check=True, timeout=patient(60))
    variables = {"_CHRONOVISOR_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "chronovisor vm start w"}
    assert set(variables) <= set(re.findall(r"(\w+)=", script))
    ran = subprocess.run(["chronovisor"], env=environment | variables, capture_output=True, text=True, check=False)
    assert ran.stdout.strip().startswith("_arguments")
    assert '"web-1"' in ran.stdout
    assert ran.stderr == ""
