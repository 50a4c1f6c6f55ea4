"""Thousands of histories keep every promise, a seed is always the same history, and planted faults are found."""

import os
import re
import subprocess
import sys

import pytest

from tests.simulation.__main__ import HASH_SEED
from tests.simulation.mutations import MUTATIONS
from tests.support.waiting import patient
from tests.unit.project.checkout import ROOT

pytestmark = pytest.mark.slow

PARTS, HISTORIES = 4, 700
# In seconds, on a quiet machine.
PART_S = 60
# Of the planted faults, those that are found in few histories, and in how many.
FOUND_SOON = {name: mutation.within for name, mutation in MUTATIONS.items() if mutation.within}


def simulate(*arguments: object, hash_seed: str = HASH_SEED) -> subprocess.CompletedProcess[str]:
    """With the hash seed that `make simulate` gives it: with any other it begins again, with that one."""
    command = [sys.executable, "-m", "tests.simulation", *map(str, arguments)]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=patient(PART_S)
    )


def digest(output: str) -> str:
    found = re.search(r"^digest ([0-9a-f]{64})$", output, re.MULTILINE)
    assert found, output
    return found[1]


@pytest.mark.parametrize("part", range(PARTS))
def test_histories_keep_every_promise(part: int) -> None:
    ran = simulate("--seeds", HISTORIES, "--first", part * HISTORIES, "--processes", 1)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("seed", [3, 20])
def test_a_seed_is_the_same_history_every_time(seed: int) -> None:
    first, second = simulate("--seed", seed), simulate("--seed", seed, hash_seed="17")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout
    assert digest(first.stdout) != digest(simulate("--seed", seed + 1).stdout)


def test_a_failing_history_is_made_smaller_and_fails_again() -> None:
    name = next(iter(FOUND_SOON))
    searched = simulate("--seeds", FOUND_SOON[name], "--mutation", name, "--processes", 1)
    assert searched.returncode == 1, searched.stderr
    summary, _, smaller = searched.stdout.partition("The first, made smaller:\n")
    assert re.search(r" [1-9]\d* failed\n  seed \d+: ", summary)
    assert "VIOLATION" in smaller
    again = re.search(r"^again: make simulate SEED=(\d+) KEEP=(\S*) MUTATION=(\S+)$", smaller, re.MULTILINE)
    assert again, smaller
    failing = ("--seed", again[1], "--mutation", again[3])
    repeated, whole = simulate(*failing, "--keep", again[2]), simulate(*failing, "--whole")
    assert (repeated.returncode, whole.returncode) == (1, 1)
    assert repeated.stdout == smaller
    assert len(smaller.splitlines()) < len(whole.stdout.splitlines())
    assert simulate("--seed", again[1], "--whole").returncode == 0


@pytest.mark.parametrize("name", FOUND_SOON)
def test_a_planted_fault_is_found(name: str) -> None:
    ran = simulate("--mutations", name, "--most", FOUND_SOON[name], "--processes", 1)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_planted_fault_that_is_not_found_is_reported() -> None:
    ran = simulate("--mutations", next(iter(FOUND_SOON)), "--most", 0)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "NOT FOUND in 0 seeds" in ran.stdout


def test_a_fault_that_there_is_not_is_refused() -> None:
    assert simulate("--seed", 1, "--mutation", "nonsense").returncode not in (0, 1)
