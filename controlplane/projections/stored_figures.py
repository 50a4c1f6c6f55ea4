"""The figures of every scope as the read database has them at one position. Blocks: use a thread."""

from sqlalchemy import and_, func, select

from controlplane.projections.read_database import ReadDatabase
from controlplane.projections.rows import totals_of
from controlplane.projections.utilization import Totals


class Behind(Exception):
    """The rows do not reflect a position yet."""


def stored_figures(database: ReadDatabase, at: int) -> dict[str, Totals]:
    """Raises Behind, and SQLAlchemyError where the database cannot be used."""
    with database.reading() as connection:
        tables, position = database.active(connection)
        if position < at:
            raise Behind(f"the read database is at position {position}, before {at}")
        figures = tables.figures
        last = select(figures.c.scope, func.max(figures.c.from_position).label("at"))
        newest = last.where(figures.c.from_position <= at).group_by(figures.c.scope).subquery()
        mine = and_(figures.c.scope == newest.c.scope, figures.c.from_position == newest.c.at)
        return {row.scope: totals_of(row) for row in connection.execute(select(figures).join(newest, mine))}
