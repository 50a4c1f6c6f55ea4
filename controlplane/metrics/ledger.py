"""The ledger: how far it is, how far its rows are, whether it is trusted, and how much room it takes."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from prometheus_client.core import Metric
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from controlplane.consistency.findings import FindingSource
from controlplane.consistency.ledger_checks import LedgerChecks
from controlplane.domain.time import SECOND
from controlplane.ledger.writer.writer import Writer
from controlplane.metrics.families import counter, gauge, gauges
from controlplane.projections.history.read_database import SUFFIX, ReadDatabase
from controlplane.queries.reads import Reads

SQLITE = "sqlite:///"
# To count the pages of a database on a server takes it a while.
SIZE_EVERY_S = 30.0


class Sizes(NamedTuple):
    """In bytes: what the ledger and its rows take; and of the disk that they are on, if it is here, all and free."""

    taken: int
    disk: int = 0
    free: int = 0


class LedgerMetrics:
    """`captured` is called on the event loop, what it returns on a thread: it may block."""

    def __init__(self, reads: Reads, writer: Writer, checks: LedgerChecks, rows: ReadDatabase) -> None:
        self._reads = reads
        self._writer = writer
        self._checks = checks
        self._rows = rows
        self._sizes: Sizes | None = None
        self._measured = 0.0

    def captured(self) -> Callable[[], Iterable[Metric]]:
        reads, writer, findings = self._reads, self._writer, self._checks.findings
        position, written, committed = reads.position, reads.written_position, reads.time
        found = Counter(each.source for each in findings.found)
        untrusted, batch, snapshotted = writer.untrusted is not None, writer.batch, writer.snapshotted
        checked, failed, checked_at = findings.position, bool(findings.failure), findings.checked

        def families() -> Iterator[Metric]:
            yield gauge("ledger_position", "The position of the last event that was committed.", position)
            yield gauge(
                "ledger_commit_timestamp_seconds", "The commit time of that event, since 1970.", committed / SECOND
            )
            yield counter("ledger_seals", "Batches that were sealed, in all of the ledger's life.", batch)
            yield gauge("ledger_snapshot_position", "The position of the last snapshot, 0 without one.", snapshotted)
            yield gauge("projector_position", "The position up to which rows of the past are written.", written)
            yield gauge(
                "projector_lag_positions",
                "Positions that were committed and whose rows are not written.",
                position - written,
            )
            yield gauge("ledger_untrusted", "1 while the ledger takes no commands, since it does not hold.", untrusted)
            yield gauges(
                "ledger_findings",
                "What checks of the ledger have found since the start, by what it is about.",
                ("source",),
                (((each.value,), found[each]) for each in FindingSource),
            )
            yield gauge("ledger_checked_position", "Up to where the last check of the whole ledger came.", checked)
            yield gauge(
                "ledger_checked_timestamp_seconds",
                "When that was, since 1970; 0 before the first.",
                (checked_at or 0) / SECOND,
            )
            yield gauge("ledger_check_failed", "1 where the last check of the whole came to no end.", failed)
            if sizes := self._size():
                yield gauge("ledger_size_bytes", "Bytes that the ledger and its rows take.", sizes.taken)
                if sizes.disk:
                    yield gauge("ledger_disk_bytes", "Bytes of the disk that the ledger is on.", sizes.disk)
                    yield gauge("ledger_disk_free_bytes", "Bytes that are free on the ledger's disk.", sizes.free)

        return families

    def _size(self) -> Sizes | None:
        """None where the ledger is in memory, or does not answer now."""
        url = self._reads.ledger.url
        if url.startswith(SQLITE):
            return _of_file(Path(url.removeprefix(SQLITE)))
        if url.startswith("postgresql:") and (self._sizes is None or monotonic() - self._measured > SIZE_EVERY_S):
            self._measured = monotonic()
            with suppress(SQLAlchemyError), self._rows.reading() as connection:
                taken = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
                self._sizes = Sizes(int(taken))
        return self._sizes


def _of_file(path: Path) -> Sizes | None:
    taken = 0
    for suffix in ("", "-wal", SUFFIX, f"{SUFFIX}-wal"):
        with suppress(OSError):
            taken += path.with_name(path.name + suffix).stat().st_size
    try:
        disk = shutil.disk_usage(path.parent)
    except OSError:
        return None
    return Sizes(taken, disk.total, disk.free)
