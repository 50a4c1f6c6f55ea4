"""The read database folded once more from the ledger: beside the rows in use and then in their place, or to compare.

Blocks, for as long as reading the whole ledger takes.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, Table, Text, collate, select

from controlplane.ledger.store import Ledger
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.history.tables import Tables
from controlplane.projections.projector.bulk_load import BulkLoad, bulk_load, vm_fold_of
from controlplane.runtime.worker_process import temporary_directory

Progress = Callable[[int], None]
# Where fewer events are left, the end is near: what comes after it is filled up to where the rows in use are.
FEW = 1_000


def rebuild(ledger: Ledger, progress: Progress, opened: ReadDatabase | None = None) -> int:
    """Fills the next generation while the one in use serves, then puts it in its place. The position that it has.

    `opened` is the read database of the ledger, where it is open already.
    """
    database = opened or ReadDatabase(ledger.url)
    try:
        database.open()
        with database.writing() as connection:
            tables = database.begin(connection, bare=True)
        with bulk_load(database, tables, vm_fold_of(ledger), ledger.after, ledger.outlines) as fills:
            while ledger.head() - fills.position >= FEW:
                fills.fill(ledger.head(), progress)
            fills.fill(ledger.head(), progress)
            fills.finish()
            while not _switched(database, tables, fills):
                fills.fill(ledger.head(), progress)
            return fills.position
    finally:
        if opened is None:
            database.close()


def _switched(database: ReadDatabase, tables: Tables, fills: BulkLoad) -> bool:
    """Readers that were shown a later position must not be shown an earlier one."""
    with database.writing() as connection:
        if database.active(connection).position > fills.position:
            return False
        database.switch(connection, tables)
    return True


def differences(ledger: Ledger, progress: Progress) -> Iterator[str]:
    """Every row in use that is not as the ledger folds to, in words. Changes nothing."""
    live = ReadDatabase(ledger.url)
    with temporary_directory("chronovisor-rows-") as directory:
        again = ReadDatabase(f"sqlite:///{directory / 'again'}")
        try:
            live.open()
            again.open()
            with again.writing() as connection:
                rebuilt = again.begin(connection, bare=True)
            with live.reading() as connection:
                # One transaction: what is compared does not move on meanwhile.
                in_use, position = live.active(connection)
                with bulk_load(again, rebuilt, vm_fold_of(ledger), ledger.after, ledger.outlines) as fills:
                    fills.fill(position, progress)
                    fills.finish()
                with again.reading() as other:
                    for table, expected in zip(in_use.all(), rebuilt.all(), strict=True):
                        have = _Rows(connection.execute(_ordered(table, connection.dialect.name)))
                        want = _Rows(other.execute(_ordered(expected, other.dialect.name)))
                        yield from _unequal(table, have, want)
        finally:
            live.close()
            again.close()


def _ordered(table: Table, dialect: str) -> "Select[Any]":
    """By key, texts in the order of their bytes whatever the database's language is."""
    bytewise = "C" if dialect == "postgresql" else "BINARY"
    keys = table.primary_key.columns
    return select(table).order_by(*(collate(key, bytewise) if isinstance(key.type, Text) else key for key in keys))


class _Rows:
    """Rows one at a time, with a look at the next."""

    def __init__(self, result: Any) -> None:
        self._result = result
        self.next: tuple[Any, ...] | None = None
        self.take()

    def take(self) -> None:
        row = self._result.fetchone()
        self.next = None if row is None else tuple(row)


def _unequal(table: Table, have: _Rows, want: _Rows) -> Iterator[str]:
    keys = len(table.primary_key.columns)
    name = table.name.split("_", 2)[2]
    while have.next is not None or want.next is not None:
        mine, theirs = have.next, want.next
        if mine == theirs:
            have.take()
            want.take()
        elif theirs is None or (mine is not None and mine[:keys] < theirs[:keys]):
            assert mine is not None
            yield f"{name}: {_shown(table, mine)} is there, and the ledger does not have it"
            have.take()
        elif mine is None or theirs[:keys] < mine[:keys]:
            yield f"{name}: {_shown(table, theirs)} is missing"
            want.take()
        else:
            columns = [column.name for column, a, b in zip(table.columns, mine, theirs, strict=True) if a != b]
            yield f"{name}: {_shown(table, mine)} has another {', '.join(columns)} than by the ledger"
            have.take()
            want.take()


def _shown(table: Table, row: tuple[Any, ...]) -> str:
    names = ("uid", "from_position") if "uid" in table.c else table.primary_key.columns.keys()
    values = dict(zip(table.columns.keys(), row, strict=True))
    return " from ".join(str(values[name]) for name in names)
