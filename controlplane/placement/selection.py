"""Which hosts a selector selects, asked of all at once. See `domain.selectors` for what a term means."""

import numpy as np

from controlplane.domain.placement.selectors import Op, Selector, Term
from controlplane.placement.host_table import Bools, HostTable, Rows


def selected(columns: HostTable, selector: Selector, rows: Rows) -> Bools:
    """For each of `rows`, whether all terms hold."""
    chosen = np.ones(columns.known[rows].shape, np.bool_)
    for term in selector.terms:
        chosen &= holds(columns, term, rows)
    return chosen


def holds(columns: HostTable, term: Term, rows: Rows) -> Bools:
    """For each of `rows`, whether the term holds."""
    column = columns.coded(term.key)
    if column is None:
        # No host has the key: what asks for it holds nowhere, what asks for its absence everywhere.
        return np.full(columns.known[rows].shape, term.op in (Op.NOT_IN, Op.ABSENT))
    codes = column.codes[rows]
    if term.op is Op.EXISTS:
        return codes != 0
    if term.op is Op.ABSENT:
        return codes == 0
    wanted = [column.of[value] for value in term.values if value in column.of]
    among = codes == wanted[0] if len(wanted) == 1 else np.isin(codes, wanted)
    return ~among if term.op is Op.NOT_IN else among


def dedicated_to(columns: HostTable, project: str, rows: Rows) -> Bools:
    """For each of `rows`, whether it is this project's or anybody's."""
    column = columns.coded("(dedicated)")
    if column is None:
        return np.ones(columns.known[rows].shape, np.bool_)
    codes = column.codes[rows]
    return (codes == 0) | (codes == column.of.get(project, -1))


def has_files(columns: HostTable, files: tuple[str, ...], rows: Rows) -> Bools:
    """For each of `rows`, whether it has all of these files in its image directory."""
    column = columns.coded("(images)")
    if column is None:
        return np.ones(columns.known[rows].shape, np.bool_)
    has = np.zeros(len(column.of) + 1, np.bool_)
    for images, code in column.of.items():
        assert isinstance(images, frozenset)
        has[code] = "*" in images or images.issuperset(files)
    return has[column.codes[rows]]
