"""A random order of the tests, repeatable by its seed: a test that needs another before it does not stay unnoticed.

Files are shuffled, and the tests within a file. Slow ones come first: the quick ones even out the end among workers.
"""

import os
import random

import pytest

# In the environment, which the workers inherit: all of them must have the same order.
SEED = "CHRONOVISOR_TEST_SEED"


def add_option(parser: pytest.Parser) -> None:
    group = parser.getgroup("chronovisor")
    group.addoption("--seed", type=int, metavar="N", help="repeat the order of an earlier run")


def choose_seed(config: pytest.Config) -> None:
    """In the process that starts the workers."""
    given: int | None = config.getoption("seed")
    os.environ[SEED] = str(random.SystemRandom().randrange(1_000_000) if given is None else given)


def header() -> str:
    return f"order: --seed {os.environ[SEED]}"


def shuffle(items: list[pytest.Item]) -> None:
    chance = random.Random(int(os.environ[SEED]))
    by_file: dict[str, list[pytest.Item]] = {}
    for item in items:
        by_file.setdefault(str(item.path), []).append(item)
    files = list(by_file.values())
    chance.shuffle(files)
    for file in files:
        chance.shuffle(file)
    files.sort(key=lambda file: not any(item.get_closest_marker("slow") for item in file))
    items[:] = [item for file in files for item in file]
