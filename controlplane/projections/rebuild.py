"""The read database folded once more from the ledger: beside the rows in use and then in their place, or to compare.

Blocks, for as long as reading the whole ledger takes.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Table, Text, collate, select

from controlplane.domain.fleet import Fleet, Recorded
from controlplane.projections.projector import PAGE
from controlplane.projections.provenance import ReadAfter
from controlplane.projections.read_database import ReadDatabase
from controlplane.projections.rows import Folder
from controlplane.projections.tables import OPEN, Tables

Progress = Callable[[int], None]
# Where a page has fewer, the end is near: what comes after it is filled up to where the rows in use are.
FEW = 1_000


class _Filling:
    """One generation of tables, filled from the ledger page by page."""

    def __init__(self, database: ReadDatabase, tables: Tables, after: ReadAfter) -> None:
        self._database = database
        self._after = after
        self._fleet = Fleet()
        self._folder = Folder(tables)
        self.tables = tables
        self.position = 0

    def fill(self, to: int | None, progress: Progress) -> None:
        """Up to a position, or to the end that there is."""
        while page := self._page(to):
            with self._database.writing() as connection:
                self._folder.fold(page).write(connection)
                self._database.advance(connection, self.tables, self.position, page[-1].position)
            self.position = page[-1].position
            progress(self.position)
            if to is None and len(page) < FEW:
                return

    def _page(self, to: int | None) -> list[Recorded]:
        page = self._after(self.position, PAGE)
        return self._fleet.replay([each for each in page if to is None or each.position <= to])


def rebuild(url: str, after: ReadAfter, progress: Progress) -> int:
    """Fills the next generation while the one in use serves, then puts it in its place. The position that it has."""
    database = ReadDatabase(url)
    try:
        database.open()
        with database.writing() as connection:
            tables = database.begin(connection)
        filling = _Filling(database, tables, after)
        filling.fill(None, progress)
        with database.reading() as connection:
            in_use = database.active(connection).position
        # Readers that were shown a later position must not be shown an earlier one.
        filling.fill(max(in_use, filling.position), progress)
        with database.writing() as connection:
            database.switch(connection, tables)
        return filling.position
    finally:
        database.close()


def differences(url: str, after: ReadAfter, progress: Progress) -> Iterator[str]:
    """Every row in use that is not as the ledger folds to, in words. Changes nothing."""
    live = ReadDatabase(url)
    with tempfile.TemporaryDirectory() as directory:
        again = ReadDatabase(f"sqlite:///{Path(directory) / 'again'}")
        try:
            live.open()
            again.open()
            with again.reading() as connection:
                rebuilt = again.active(connection).tables
            with live.reading() as connection:
                # One transaction: what is compared does not move on meanwhile.
                in_use, position = live.active(connection)
                _Filling(again, rebuilt, after).fill(position, progress)
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
            yield f"{name}: {_shown(mine[:keys])} is there, and the ledger does not tell of it"
            have.take()
        elif mine is None or theirs[:keys] < mine[:keys]:
            yield f"{name}: {_shown(theirs[:keys])} is missing"
            want.take()
        else:
            columns = [column.name for column, a, b in zip(table.columns, mine, theirs, strict=True) if a != b]
            yield f"{name}: {_shown(mine[:keys])} has another {', '.join(columns)} than the ledger tells"
            have.take()
            want.take()


def _shown(key: tuple[Any, ...]) -> str:
    return " from ".join(str(part) for part in key if part != OPEN)
