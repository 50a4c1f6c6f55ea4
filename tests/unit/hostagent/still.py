"""Guests that do not move: what `reconcile` is given by tests that are about none that does."""

from hostagent.converge import reconcile as real
from hostagent.converge.migrations import GuestMoves
from hostagent.converge.reconcile import DesiredGuest, Step
from hostagent.drivers.base import Guest


def reconcile(desired: DesiredGuest, observed: Guest | None) -> list[Step]:
    moves = GuestMoves(lambda _ref, _progress: None)
    if observed is not None:
        moves.grown(observed.ref, desired.spec.disk_gib)
    return real.reconcile(desired, observed, moves)
