"""Positions of the ledger by time. Blocks; call it off the event loop."""

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.time import Micros, micros_of
from controlplane.queries.audit import Rows


def position_at(rows: Rows, head: int, time: Micros) -> int:
    """The last position up to `head` that was committed at `time` or before; 0 when there is none.

    Commit times never go back, so halving finds it: about twenty rows are read for a million.
    """
    low, high = 1, head + 1
    # The least position from which on all is later.
    while low < high:
        middle = (low + high) // 2
        found = rows.rows_after(middle - 1, 1)
        if found and found[0].id <= head and _time_of(found[0].state) <= time:
            low = found[0].id + 1
        else:
            high = middle
    return _last_before(rows, low)


def _last_before(rows: Rows, position: int) -> int:
    """Positions may have gaps: look back until there is a row."""
    back = 1
    while position > 1:
        start = max(position - 1 - back, 0)
        found = [each.id for each in rows.rows_after(start, position - 1 - start) if each.id < position]
        if found or start == 0:
            return found[-1] if found else 0
        back *= 2
    return 0


def _time_of(stored: bytes) -> Micros:
    return micros_of(ev.Event.FromString(stored).commit_time)
