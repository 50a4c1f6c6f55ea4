"""The figures of every scope as the read database has them at one position. Blocks: use a thread."""

from controlplane.projections.history.newest_totals import newest_figures
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.utilization import Totals
from controlplane.projections.projector.row_builder import totals_of


class Behind(Exception):
    """The rows do not reflect a position yet."""


def stored_figures(database: ReadDatabase, at: int) -> dict[str, Totals]:
    """Raises Behind, and SQLAlchemyError where the database cannot be used."""
    with database.reading() as connection:
        tables, position = database.active(connection)
        if position < at:
            raise Behind(f"the read database is at position {position}, before {at}")
        return {row.scope: totals_of(row) for row in connection.execute(newest_figures(tables.figures, at))}
