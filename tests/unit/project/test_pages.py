"""The how-to pages and the tutorial work as they stand there: their files are written, their commands run in order.

A block of a file begins with its name as a comment; `# exits with 2` after a command is its exit code. What is shown
below a command is in its output, in that order; `...` stands for anything.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.project.checkout import ROOT
from tests.unit.project.test_readme import COMMAND_S, environment, wait_for_a_host

__all__ = ["environment"]

pytestmark = pytest.mark.slow

# Pages that have a test of their own, and where.
ELSEWHERE = {
    "http": "tests/integration/gateway",
    "join-hosts": "tests/integration/identity",
    "other-tools": "tests/clients/tools",
    "sign-in": "tests/clients/python",
    "tracing": "tests/integration/controlplane",
}
TUTORIAL = ROOT / "docs" / "tutorial.md"
FOUND = [*sorted((ROOT / "docs" / "how-to").glob("*.md")), *([TUTORIAL] if TUTORIAL.exists() else [])]
PAGES = [page for page in FOUND if page.stem not in ELSEWHERE]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXITS = re.compile(r"\s+# exits with (\d+)$")
# What a page shows and a test does not run.
NOT_RUN = (".venv/bin/chronovisord --dev", "make ", "pip install", "chronovisor top")


@dataclass
class Command:
    """One of a page's commands, with what it shows."""

    typed: str
    code: int = 0
    shown: list[str] = field(default_factory=list[str])


def steps(page: Path) -> Iterator[Command | tuple[str, str]]:
    """Commands, and files with their text, in the page's order."""
    for language, text in BLOCK.findall(page.read_text()):
        if language == "console":
            yield from commands(text)
        elif match := re.match(r"# (\S+\.\w+)\n", text):
            yield match[1], text


def commands(text: str) -> Iterator[Command]:
    current: Command | None = None
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            if current:
                yield current
            typed = line[2:]
            exits = EXITS.search(typed)
            current = Command(EXITS.sub("", typed), int(exits[1]) if exits else 0)
        elif current:
            current.shown.append(line)
    if current:
        yield current


def missing(shown: list[str], output: str) -> list[str]:
    """Lines that are shown and not there, in their order."""
    left = [line.rstrip() for line in output.splitlines()]
    for line in shown:
        if line.strip() == "...":
            continue
        pattern = re.compile(re.escape(line.rstrip()).replace(r"\.\.\.", ".*"))
        places = [place for place, each in enumerate(left) if pattern.fullmatch(each)]
        if not places:
            return [line]
        left = left[places[0] + 1 :]
    return []


def check(step: Command, typed: str, directory: Path, environment: Mapping[str, str]) -> None:
    """Runs a command of a page, as it is `typed` here: it ends and shows what the page says."""
    done = subprocess.run(
        ["bash", "-c", typed],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == step.code, f"$ {typed}\n{output}"
    assert not missing(step.shown, output), f"$ {typed}\n{output}"


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_its_commands_work_one_after_the_other(page: Path, environment: dict[str, str], tmp_path: Path) -> None:
    wait_for_a_host(environment)
    count = 0
    for step in steps(page):
        if not isinstance(step, Command):
            (tmp_path / step[0]).write_text(step[1])
        elif not step.typed.startswith(NOT_RUN):
            count += 1
            check(step, step.typed, tmp_path, os.environ | environment)
    assert count


def test_each_page_is_run_here_or_elsewhere() -> None:
    for name, folder in ELSEWHERE.items():
        assert any(f"{name}.md" in test.read_text() for test in (ROOT / folder).rglob("test_*.py")), name


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_its_commands_can_be_read(page: Path) -> None:
    for step in steps(page):
        if isinstance(step, Command):
            shlex.split(step.typed, comments=True)
