"""Durable create-and-start, one call each, 64 in flight, on SQLite, against a bare unary echo."""

from functools import partial
from pathlib import Path

from tests.benchmarks.load import load_on
from tests.benchmarks.measure import Row, at_least, interleave
from tests.benchmarks.servers import control_plane, echo


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, rounds = (200, 1) if quick else (6_000, 5)
    async with (
        echo() as bare,
        control_plane(f"sqlite:///{directory / 'unary.db'}") as ours,
        load_on(bare.address, hosts=False) as baseline,
        load_on(ours.address) as load,
    ):
        # What is built once, such as connections and caches, is not what is measured.
        await baseline.unary(count // 10)
        await load.unary(count // 10)
        echoed, created = await interleave(rounds, partial(baseline.unary, count), partial(load.unary, count))
    return [at_least("create-and-start, unary, 64 in flight", "calls/s", echoed, created, 0.7)]
