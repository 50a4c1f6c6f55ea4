"""The read database's reader: opens views of it, each of one position and in one transaction. Blocks: use a thread.

A position that the rows do not reflect yet is the caller's to wait for.
"""

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

from sqlalchemy import select

from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Spec
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.unreadable_rows import UnreadableRows, reading_rows


class HistoryReader:
    """Views of any position that is written. Views do not nest: a database in memory has one connection for all."""

    def __init__(self, database: ReadDatabase, unreadable: Callable[[UnreadableRows], Exception] | None = None) -> None:
        """`unreadable` is called with rows that cannot be read, and gives what is raised then; UnreadableRows if none.

        It is called on the thread that reads.
        """
        self._database = database
        self._unreadable = unreadable
        # By generation of the tables, and number.
        self._specs: dict[tuple[int, int], Spec] = {}

    @contextmanager
    def view(self, position: int) -> Generator[HistoryView]:
        """What was at a position. Raises UnreadableRows, and SQLAlchemyError when the database cannot be used."""
        began = time.monotonic()
        try:
            with ExitStack() as transaction:
                with reading_rows():
                    connection = transaction.enter_context(self._database.reading())
                    tables, written = self._database.active(connection)
                yield HistoryView(connection, tables, position, written, self._specs)
        except UnreadableRows as error:
            error.since = began
            if self._unreadable is None:
                raise
            raise self._unreadable(error) from error

    def position_at(self, time: Micros) -> int:
        """The last position that was committed by then; 0 before the first."""
        with self.view(0) as view, reading_rows():
            moments = view.tables.moments
            statement = select(moments.c.position).where(moments.c.time_us <= time)
            newest = statement.order_by(moments.c.time_us.desc(), moments.c.position.desc()).limit(1)
            return view.connection.scalar(newest) or 0
