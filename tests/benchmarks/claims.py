"""A place claimed and held durably among 1,000 hosts, end to end over gRPC, against OpenStack Placement.

OpenStack Placement comes from PyPI, into a virtual environment of its own under the user's cache directory, made by the
first run that needs it. Without it ours is measured alone.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from tests.benchmarks.load import BATCH, load_on
from tests.benchmarks.measure import Row, at_least, interleave
from tests.benchmarks.servers import control_plane

VERSION = "16.0.0"
SCRIPT = Path(__file__).with_name("openstack_placement.py")
HOST = {"vcpus": 64, "memory_mib": 262_144, "disk_gib": 10_000}
UNARY, BATCHED = "claimed and held, CreateVm, 64 in flight", "claimed and held, BatchCreateVms of 1,000"
Claim = Callable[[int], Awaitable[float]]


def cached() -> Path:
    """Where the environment is, or is to be."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "chronovisor-benchmarks" / f"openstack-placement-{VERSION}"


async def installed(where: Path, *, install: bool) -> Path | None:
    """The Python of an environment with OpenStack Placement; None, after saying why, when there is none."""
    python = where / "bin" / "python"
    ready = where / "ready"
    if ready.exists():
        return python
    if not install:
        print("claims: OpenStack Placement is not installed: ours is measured alone", file=sys.stderr)
        return None
    print(f"claims: installing OpenStack Placement {VERSION} into {where} ...", file=sys.stderr)
    # What an earlier run left unfinished.
    shutil.rmtree(where, ignore_errors=True)
    for command in (
        (sys.executable, "-m", "venv", str(where)),
        (str(python), "-m", "pip", "install", "--quiet", f"openstack-placement=={VERSION}"),
    ):
        process = await asyncio.create_subprocess_exec(*command, stdout=sys.stderr)
        if await process.wait():
            shutil.rmtree(where, ignore_errors=True)
            print(f"claims: `{' '.join(command)}` failed: ours is measured alone", file=sys.stderr)
            return None
    ready.touch()
    return python


@asynccontextmanager
async def openstack(python: Path, directory: Path, hosts: int) -> AsyncGenerator[Claim]:
    """Claims in a process of OpenStack Placement with so many hosts: how many a second. Raises RuntimeError."""
    with (directory / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(python, "-P", SCRIPT, directory, str(hosts)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    results, requests = process.stdout, process.stdin
    assert results
    assert requests

    async def answer() -> str:
        line = (await results.readline()).decode().strip()
        if not line:
            raise RuntimeError(f"OpenStack Placement ended: {(directory / 'log').read_text()[-2000:]}")
        return line

    async def claim(count: int) -> float:
        requests.write(f"{count}\n".encode())
        return float(await answer())

    try:
        assert await answer() == "ready"
        yield claim
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def run(directory: Path, *, quick: bool) -> list[Row]:
    hosts, claims, count, rounds = (10, 3, 60, 1) if quick else (1_000, 20, 3_000, 5)
    python = await installed(cached(), install=not quick)
    async with (
        control_plane(f"sqlite:///{directory / 'claims.db'}") as ours,
        load_on(ours.address, hosts=False) as load,
    ):
        await load.register_hosts(hosts, HOST)
        await load.unary(count // 10)

        async def unary() -> float:
            return await load.unary(count)

        async def batched() -> float:
            return await load.batched(load.batches(min(count, 3 * BATCH)))

        if python is None:
            alone, together = await interleave(rounds, unary, batched)
            return [_without(UNARY, alone), _without(BATCHED, together)]
        async with openstack(python, directory, hosts) as claim:
            await claim(2)
            theirs, alone, together = await interleave(rounds, partial(claim, claims), unary, batched)
    return [
        at_least(UNARY, "claims/s", theirs, alone, 100),
        at_least(BATCHED, "claims/s", theirs, together, 700),
    ]


def _without(measure: str, ours: list[float]) -> Row:
    return Row(measure, "claims/s", None, sorted(ours)[len(ours) // 2], None, "no baseline", False)
