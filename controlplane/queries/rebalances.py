"""A rebalance as its events have it: what was planned, and what became of it. Blocks: use a thread."""

from typing import NamedTuple

from controlplane.domain.errors import NotFound
from controlplane.domain.rebalance import aggregate as rebalances
from controlplane.domain.rebalance.aggregate import STREAM, Rebalance
from controlplane.ledger.store import Ledger


class FoundRebalance(NamedTuple):
    """A rebalance, and the positions of the event that began it and of the one that ended it; 0 while it runs."""

    rebalance: Rebalance
    position: int
    end_position: int


def rebalance_of(ledger: Ledger, uid: str) -> FoundRebalance:
    """Raises NotFound."""
    events = ledger.whole_stream(f"{STREAM}/{uid}")
    rebalance: Rebalance | None = None
    for each in events:
        rebalance = rebalances.evolve(rebalance, each.event, each.version)
    if rebalance is None:
        raise NotFound("operation", f"operations/{STREAM}.{uid}")
    return FoundRebalance(rebalance, events[0].position, events[-1].position if rebalance.ended else 0)
