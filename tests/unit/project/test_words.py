"""The check of words: what it finds, what it leaves alone, and that nothing hides from it."""

import subprocess
from pathlib import Path

import pytest

from deploy.lint import words
from tests.unit.project.checkout import project_files


def found(text: str) -> list[str]:
    return [word for _, word, _ in words.findings(text)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("# The caller is told of it.", "told"),
        ("Told once a minute.", "Told"),
        ("is_told = True", "told"),
        ("def asked_for(vm: Vm) -> bool:", "asked"),
        ("class WhatIfAsked:", "Asked"),
        ("NUMA_WANTED = 3", "WANTED"),
        ("from controlplane.ledger.reach import Reach", "Reach"),
        ("runs in a process apart", "process apart"),
        ("follow_apart(rows)", "follow_apart"),
        ("the figures of a fleet", "figures"),
    ],
)
def test_a_banned_word_is_found_in_prose_and_in_identifiers(text: str, word: str) -> None:
    assert word in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "requested = request.paused",
        "a toldness of stories",
        "test_states_are_reached(reach)",
        "VMs are kept apart by --apart app=web@rack",
        "from uuid_utils import uuid7",
        "int64 told = 5;",
    ],
)
def test_longer_words_and_names_of_others_are_left_alone(text: str) -> None:
    assert not found(text)


def test_each_finding_has_its_line_from_1_and_a_replacement() -> None:
    assert list(words.findings("fine\nthe agent was told\n")) == [(2, "told", words.WORDS["told"])]


def test_a_checkout_with_a_banned_word_ends_with_code_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "module.py").write_text("reported = 1\n")
    assert words.main([], tmp_path) == 0
    (tmp_path / "module.py").write_text("is_told = 1\n")
    assert words.main([], tmp_path) == 1
    assert words.main([str(tmp_path / "module.py")], tmp_path) == 1
    assert capsys.readouterr().out == 2 * "module.py:1: told -> reported, sent, recorded\n"


def test_no_replacement_is_itself_banned() -> None:
    for replacement in (*words.WORDS.values(), *words.PHRASES.values()):
        assert not found(replacement)


def test_the_checkout_has_none() -> None:
    assert project_files()
    assert words.main([]) == 0
