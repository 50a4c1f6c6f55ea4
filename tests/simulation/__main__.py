"""`make simulate`: runs histories by their seeds; a failing one is made smaller and printed.

All processes have the same PYTHONHASHSEED, which decides the order of sets of strings: so a seed is the same history in
each of them.
"""

import argparse
import os
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import nullcontext

from tests.simulation.history import run
from tests.simulation.mutations import MUTATIONS, planted
from tests.simulation.plan import plan_of
from tests.simulation.search import failures
from tests.simulation.shrink import shrunk

HASH_SEED = "0"
MOST_SHOWN = 20


def main() -> int:
    """Exits with 1 where a history failed, or a planted fault was not found."""
    options = _options()
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        os.environ["PYTHONHASHSEED"] = HASH_SEED
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])
    if options.mutations:
        names = MUTATIONS if options.mutations == "all" else options.mutations.split(",")
        return _find(list(names), options.most, options.processes)
    if options.seed is not None:
        return _replay(options.seed, options.mutation, _numbers(options.keep), whole=options.whole)
    return _search(range(options.first, options.first + options.seeds), options.mutation, options.processes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the first one's seed")
    parser.add_argument("--seed", type=int, help="one history, printed, and made smaller if it fails")
    parser.add_argument("--keep", default="", help="of that history, only these steps: 3,7-9")
    parser.add_argument("--whole", action="store_true", help="do not make it smaller")
    parser.add_argument("--mutation", default="", choices=("", *MUTATIONS), help="with this fault planted")
    parser.add_argument("--mutations", default="", help="find planted faults: their names, or `all`")
    parser.add_argument("--most", type=int, default=10_000, help="how many seeds a planted fault is searched in")
    parser.add_argument("--processes", type=int, default=0, help="by default as many as there are processors")
    return parser.parse_args()


def _numbers(text: str) -> Collection[int] | None:
    """`3,7-9`; None for all."""
    spans = [part.partition("-") for part in text.split(",")] if text else []
    return {number for low, _, high in spans for number in range(int(low), int(high or low) + 1)} or None


def _search(seeds: range, mutation: str, processes: int) -> int:
    began = time.perf_counter()
    found = sorted(failures(seeds, mutation=mutation, processes=processes))
    print(f"{len(seeds)} histories in {time.perf_counter() - began:.1f} s, {len(found)} failed")
    for failure in found[:MOST_SHOWN]:
        print(f"  seed {failure.seed}: {failure.violation}")
    if not found:
        return 0
    print("The first, made smaller:")
    return _replay(found[0].seed, mutation, None)


def _replay(seed: int, mutation: str, keep: Collection[int] | None, *, whole: bool = False) -> int:
    """Prints the history as lines, and the command that repeats it."""
    plan = plan_of(seed) if keep is None else plan_of(seed).only(keep)
    with planted(MUTATIONS[mutation]) if mutation else nullcontext():
        result = run(plan)
        if result.violations and not whole and keep is None:
            plan = shrunk(plan, lambda smaller: bool(run(smaller).violations))
            result = run(plan)
    print(*result.trace.lines(), sep="\n")
    print(f"digest {result.digest}")
    kept = ",".join(str(step.number) for step in plan.steps)
    print(f"again: make simulate SEED={seed} KEEP={kept}{f' MUTATION={mutation}' if mutation else ''}")
    return 1 if result.violations else 0


def _find(names: Sequence[str], most: int, processes: int) -> int:
    missed = 0
    for name in names:
        began = time.perf_counter()
        found = min(failures(range(most), mutation=name, processes=processes, stop=True), default=None)
        took_s = time.perf_counter() - began
        missed += found is None
        result = f"seed {found.seed}: {found.violation}" if found else f"NOT FOUND in {most} seeds"
        print(f"{name}: {MUTATIONS[name].rule}\n  {took_s:.0f} s, {result}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
