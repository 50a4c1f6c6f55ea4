"""Runs benchmarks and prints what they measured: `python tests/benchmarks/run.py [NAME...] [--quick] [--json]`."""

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Protocol

# Servers are processes of their own, and use nothing of this one's gRPC.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import uvloop

from tests.benchmarks import (
    addresses,
    agents,
    alone,
    batch,
    claims,
    client,
    command_stream,
    evacuation,
    fleet,
    heads,
    heavy_readers,
    http_gateway,
    huawei,
    identity,
    kept_secrets,
    metrics_overhead,
    networks,
    past,
    placement,
    postgresql,
    projections,
    spare,
    streams,
    timeline,
    unary,
    what_if,
)
from tests.benchmarks.measure import Row, table


class Benchmark(Protocol):
    """Measures into rows. `directory` is for databases. Quick is for seeing that it works: its numbers say nothing."""

    def __call__(self, directory: Path, *, quick: bool) -> Awaitable[list[Row]]: ...


BENCHMARKS: dict[str, Benchmark] = {
    "unary": unary.run,
    "batch": batch.run,
    "addresses": addresses.run,
    "stream": command_stream.run,
    "alone": alone.run,
    "identity": identity.run,
    "postgresql": postgresql.run,
    "placement": placement.run,
    "evacuation": evacuation.run,
    "spare": spare.run,
    "secrets": kept_secrets.run,
    "huawei": huawei.run,
    "claims": claims.run,
    "past": past.run,
    "timeline": timeline.run,
    "projections": projections.run,
    "streams": streams.run,
    "agents": agents.run,
    "heavy-readers": heavy_readers.run,
    "fleet": fleet.run,
    "what-if": what_if.run,
    "client": client.run,
    "http": http_gateway.run,
    "heads": heads.run,
    "metrics": metrics_overhead.run,
    "networks": networks.run,
}


async def measure(names: Sequence[str], *, quick: bool) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="chronovisor-benchmark-") as directory:
            rows += await BENCHMARKS[name](Path(directory), quick=quick)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures Chronovisor, each measure against its baseline.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all when none is named")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all of it works")
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    given = parser.parse_args()
    if unknown := set(given.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    rows = uvloop.run(measure(given.names or list(BENCHMARKS), quick=given.quick))
    if given.json:
        print(json.dumps([dataclasses.asdict(row) for row in rows], indent=2))
        return
    print(table(rows))
    print(f"\n{os.cpu_count()} CPUs, load average {os.getloadavg()[0]:.1f}.", end=" ")
    print(
        "Quick sizes: these numbers say nothing."
        if given.quick
        else "Medians of interleaved runs; the fleet is one run."
    )


if __name__ == "__main__":
    main()
