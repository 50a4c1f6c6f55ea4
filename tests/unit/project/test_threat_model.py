"""The threat model of SECURITY.md: each row names what stops the attack, and tests that there are."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.unit.project.checkout import ROOT

_DEFINED = re.compile(r"^\s*(?:async )?def (test_\w+)\(", re.MULTILINE)
_NAME = re.compile(r"`(test_\w+)`")
HEAD = ["tries", "what stops it", "shown by"]


class Row(NamedTuple):
    """An attack, by the paragraph of who attacks."""

    who: str
    tries: str
    stopped_by: str
    tests: list[str]


def rows() -> Iterator[Row]:
    model = (ROOT / "SECURITY.md").read_text().partition("## Threat model")[2].partition("\n## ")[0]
    who = ""
    for line in model.splitlines():
        if line.startswith("**"):
            who = line.split("**")[1]
        elif line.startswith("| ") and not line.startswith("| ---"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if cells != HEAD:
                tries, stopped_by, shown_by = cells
                yield Row(who, tries, stopped_by, _NAME.findall(shown_by))


ROWS = list(rows())


@pytest.fixture(scope="module")
def defined() -> set[str]:
    return {name for file in (ROOT / "tests").rglob("test_*.py") for name in _DEFINED.findall(file.read_text())}


def test_every_attacker_has_rows() -> None:
    assert len({row.who for row in ROWS}) >= 8
    assert all(row.who for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tries[:50])
def test_what_stops_an_attack_is_shown_by_tests_that_there_are(row: Row, defined: set[str]) -> None:
    assert row.stopped_by
    assert row.tests
    assert [name for name in row.tests if name not in defined] == []
