"""The benchmarks still run: each at tiny sizes. What they measure then says nothing, and is not looked at."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.measure import at_least, at_most, interleave, table, under
from tests.benchmarks.run import BENCHMARKS

RUN = Path(__file__).with_name("run.py")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, RUN, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs(name: str) -> None:
    ran = run(name, "--quick", "--json")
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(ran.stdout)
    assert rows
    assert all(row["ours"] > 0 for row in rows)


def test_a_benchmark_that_is_not_there_is_a_usage_error() -> None:
    ran = run("nonsense")
    assert ran.returncode == 2
    assert "nonsense" in ran.stderr


async def test_runs_take_turns() -> None:
    order: list[str] = []

    async def one() -> float:
        order.append("one")
        return 1.0

    async def two() -> float:
        order.append("two")
        return 2.0

    assert await interleave(2, one, two) == [[1.0, 1.0], [2.0, 2.0]]
    assert order == ["one", "two", "one", "two"]


def test_medians_are_compared_and_one_wild_run_changes_nothing() -> None:
    met = at_least("rate", "1/s", [100.0, 100.0, 1.0], [70.0, 900.0, 70.0], 0.7)
    assert (met.baseline, met.ours, met.ratio, met.met) == (100.0, 70.0, 0.7, True)
    assert not at_least("rate", "1/s", [100.0], [69.0], 0.7).met
    assert at_most("latency", "us", [100.0], [400.0], 4).met
    assert not at_most("latency", "us", [100.0], [401.0], 4).met
    assert not under("memory", "bytes", 1500.0, 1500).met


def test_the_table_says_what_is_not_met() -> None:
    lines = table([at_least("rate", "1/s", [100.0], [50.0], 0.7), under("memory", "bytes", 900.0, 1500)]).splitlines()
    assert lines[2].split(" | ")[-1] == "NO  |"
    assert lines[3].split(" | ")[-1] == "yes |"
    assert len({len(line) for line in lines}) == 1
