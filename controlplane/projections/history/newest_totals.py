"""The newest totals of every scope, in time that does not grow with the history: from scope to scope by the key."""

from typing import Any

from sqlalchemy import Select, Table, and_, func, select

from controlplane.projections.history.tables import OPEN


def newest_totals(totals: Table, at: int = OPEN) -> "Select[Any]":
    """The row of each scope that was so at a position. To group all rows by scope would read each of them."""
    first, later, rows = totals.alias("first"), totals.alias("later"), totals.alias("newest")
    scopes = select(func.min(first.c.scope).label("scope")).cte("scopes", recursive=True)
    following = select(func.min(later.c.scope)).where(later.c.scope > scopes.c.scope).scalar_subquery()
    scopes = scopes.union_all(select(following).where(scopes.c.scope.is_not(None)))
    newest = (
        select(func.max(rows.c.from_position))
        .where(rows.c.scope == scopes.c.scope, rows.c.from_position <= at)
        .correlate(scopes)
        .scalar_subquery()
    )
    return select(totals).join(scopes, and_(totals.c.scope == scopes.c.scope, totals.c.from_position == newest))
