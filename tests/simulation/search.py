"""Runs the histories of many seeds, spread over processes, and gives those that fail."""

import gc
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import nullcontext
from typing import NamedTuple

from tests.simulation.history import Result, run
from tests.simulation.mutations import MUTATIONS, planted
from tests.simulation.plan import plan_of

# Seeds that a process takes at once.
CHUNK = 50


class Failure(NamedTuple):
    """A seed whose history broke a promise, and the first one that it broke."""

    seed: int
    violation: str


def run_seed(seed: int, mutation: str = "") -> Result:
    """The history of a seed, with a fault planted or without."""
    with planted(MUTATIONS[mutation]) if mutation else nullcontext():
        return run(plan_of(seed))


def _run_some(seeds: Sequence[int], mutation: str) -> list[Failure]:
    gc.disable()
    failures: list[Failure] = []
    for seed in seeds:
        if violations := run_seed(seed, mutation).violations:
            failures.append(Failure(seed, violations[0]))
            if mutation:
                break  # It is found.
    gc.collect()
    return failures


def failures(seeds: range, *, mutation: str = "", processes: int = 0, stop: bool = False) -> Iterator[Failure]:
    """Those that fail, as they are found; with `stop`, none of seeds that come after one that was found."""
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    if processes == 1:
        for chunk in chunks:
            found = _run_some(chunk, mutation)
            yield from found
            if found and stop:
                return
        return
    count = processes or os.cpu_count() or 1
    with ProcessPoolExecutor(count, multiprocessing.get_context("fork")) as pool:
        waiting = iter(chunks)
        running: dict[Future[list[Failure]], None] = {}
        while True:
            while len(running) < 2 * count and (chunk := next(waiting, None)) is not None:
                running[pool.submit(_run_some, chunk, mutation)] = None
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for each in sorted(done, key=list(running).index):
                del running[each]
                yield from each.result()
                if stop and each.result():
                    waiting = iter(())
