"""Durable create-and-start over one ExecuteCommands call, against a bare bidirectional echo stream."""

from functools import partial
from pathlib import Path

from tests.benchmarks.load import load_on
from tests.benchmarks.measure import Row, at_least, interleave
from tests.benchmarks.servers import control_plane, echo


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, rounds = (200, 1) if quick else (15_000, 5)
    async with (
        echo() as bare,
        control_plane(f"sqlite:///{directory / 'stream.db'}") as ours,
        load_on(bare.address, hosts=False) as baseline,
        load_on(ours.address) as load,
    ):
        # What is built once, such as connections and caches, is not what is measured.
        await baseline.streamed(count // 10)
        await load.streamed(count // 10)
        echoed, created = await interleave(rounds, partial(baseline.streamed, count), partial(load.streamed, count))
    return [at_least("create-and-start, ExecuteCommands", "commands/s", echoed, created, 0.6)]
