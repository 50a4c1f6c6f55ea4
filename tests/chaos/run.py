"""`make chaos`: kills the control plane under load again and again, and checks that nothing promised is broken."""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

# Control planes are processes of their own, and use nothing of this one's gRPC; it is silent about those that it lost.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import uvloop

from tests.chaos.rounds import Chaos, Report
from tests.chaos.stores import STORES, installed

# What is printed of each store, in this order.
COUNTS = (
    "rounds",
    "kills",
    "killed at start",
    "orderly ends",
    "database kills",
    "acknowledged",
    "refused",
    "unknown",
    "retried",
    "images",
    "events",
    "seals",
)


async def rampage(names: Sequence[str], seconds: float, seed: int) -> dict[str, Report]:
    """The report of each store. They share the time."""
    reports: dict[str, Report] = {}
    for name in names:
        with tempfile.TemporaryDirectory(prefix="chronovisor-chaos-") as directory:
            async with STORES[name](Path(directory)) as store:
                reports[name] = await Chaos(store, Path(directory), seed).run(seconds / len(names))
    return reports


def summary(reports: dict[str, Report]) -> str:
    """A line for each count, a column for each store."""
    lines = [("", *reports)]
    lines += [(count, *(f"{each.done[count]:,}" for each in reports.values())) for count in COUNTS]
    lines.append(("problems", *(f"{len(each.problems):,}" for each in reports.values())))
    return "\n".join(f"{line[0]:<16}" + "".join(f"{cell:>14}" for cell in line[1:]) for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Kills the control plane under load, and checks what it promised.")
    parser.add_argument("--seconds", type=float, default=60.0, help="of load, for all stores together; default 60")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32), help="default: a new one")
    parser.add_argument("--store", action="append", choices=sorted(STORES), help="default: all that are installed")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    reports = uvloop.run(rampage(given.store or installed(), given.seconds, given.seed))
    print(summary(reports))
    problems = [f"{name}: {problem}" for name, report in reports.items() for problem in report.problems]
    print(*problems, sep="\n", end="", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
