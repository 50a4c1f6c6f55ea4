"""Durable create-and-start, 64 in flight, on PostgreSQL, against the same on SQLite."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.benchmarks.load import load_on
from tests.benchmarks.measure import Row, at_least, interleave
from tests.benchmarks.servers import control_plane
from tests.support.postgresql import Cluster, postgresql_cluster


@contextmanager
def _cluster() -> Generator[Cluster]:
    """In a directory of its own, which PostgreSQL's user can reach."""
    with tempfile.TemporaryDirectory(prefix="chronovisor-benchmark-") as directory:
        Path(directory).chmod(0o711)
        with postgresql_cluster(Path(directory) / "cluster") as cluster:
            yield cluster


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, rounds = (200, 1) if quick else (6_000, 5)
    with _cluster() as cluster:
        async with (
            control_plane(f"sqlite:///{directory / 'beside.db'}") as beside,
            control_plane(cluster.new_database()) as ours,
            load_on(beside.address) as baseline,
            load_on(ours.address) as load,
        ):
            await baseline.unary(count // 10)
            await load.unary(count // 10)
            sqlite, postgresql = await interleave(rounds, partial(baseline.unary, count), partial(load.unary, count))
    return [at_least("PostgreSQL, 64 in flight, against SQLite", "calls/s", sqlite, postgresql, 0.7)]
