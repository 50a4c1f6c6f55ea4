"""What the Python client adds to a call, beside the bare stub, and how soon a new client has its first answer."""

import asyncio
import json
import sys
from pathlib import Path

from tests.benchmarks.measure import Row, at_most, under
from tests.benchmarks.servers import control_plane

OVERHEAD = Path(__file__).resolve().parents[2] / "clients" / "python" / "bench" / "overhead.py"


async def run(directory: Path, *, quick: bool) -> list[Row]:
    async with control_plane(f"sqlite:///{directory / 'client.db'}") as server:
        # A process of its own: the blocking client and asyncio's have an interpreter to themselves.
        process = await asyncio.create_subprocess_exec(
            sys.executable, OVERHEAD, server.address, "100" if quick else "20000", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
    found: dict[str, float] = json.loads(out)

    def beside_the_stub(measure: str, world: str, kind: str) -> Row:
        stub, ours = found[f"{world}stub_us_per_call"], found[f"{world}{kind}_us_per_call"]
        return at_most(measure, "us", [stub], [ours], 1.1)

    return [
        beside_the_stub("a call of the Python client, over the bare stub", "", "layer"),
        beside_the_stub("the same, with plain values", "", "plain"),
        beside_the_stub("a call of the asyncio client, over the bare stub", "aio_", "layer"),
        beside_the_stub("the same, with plain values", "aio_", "plain"),
        under("a new Python client's first answer", "ms", found["first_call_ms"], 50),
    ]
