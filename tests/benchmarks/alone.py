"""The latency of one command when no other is waiting, against one row committed to SQLite by this process."""

import sqlite3
import time
from pathlib import Path
from statistics import median

from tests.benchmarks.load import load_on
from tests.benchmarks.measure import Row, at_most, interleave
from tests.benchmarks.servers import control_plane

ROW = bytes(200)


def committed(connection: sqlite3.Connection, count: int) -> list[float]:
    """Seconds of each commit of one row."""
    taken: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO rows VALUES (?)", (ROW,))
        connection.execute("COMMIT")
        taken.append(time.perf_counter() - began)
    return taken


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, rounds = (20, 1) if quick else (300, 5)
    connection = sqlite3.connect(directory / "rows.db", isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (state BLOB)")
        async with control_plane(f"sqlite:///{directory / 'alone.db'}") as ours, load_on(ours.address) as load:
            await load.alone(count // 10)

            async def baseline() -> float:
                return median(committed(connection, count)) * 1e6

            async def command() -> float:
                return median(await load.alone(count)) * 1e6

            row, created = await interleave(rounds, baseline, command)
    finally:
        connection.close()
    return [at_most("one command alone, p50", "us", row, created, 4)]
