"""Steps that a guest undoes by its own accord: how long to wait before the next time, and when to give up.

A guest that its hypervisor pauses again after each resume (storage that times out) would be resumed for ever, each time
at the cost of two events of the ledger. So each repeat waits twice as long as the one before, and after `most` the step
has failed for as long as the same is desired. A guest that stayed as it was made begins anew.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from hostagent.converge.reconcile import DesiredGuest, Step
from hostagent.drivers.base import VmUid

MOST = 10
LONGEST_S = 300.0
STABLE_S = 600.0


@dataclass(slots=True)
class _Row:
    """The same step, again and again, for the same desired state."""

    desired: DesiredGuest
    kind: type[Step]
    times: int
    last: float
    due: float


class Repeats:
    """The steps taken lately, by guest. `clock` gives seconds and never goes back."""

    def __init__(
        self,
        first_s: float,
        most: int = MOST,
        *,
        clock: Callable[[], float] = time.monotonic,
        stable_s: float = STABLE_S,
    ) -> None:
        self._first_s = first_s
        self._most = most
        self._clock = clock
        self._stable_s = stable_s
        self._rows: dict[VmUid, _Row] = {}

    def wait_s(self, desired: DesiredGuest, steps: list[Step]) -> float:
        """How long to wait before these steps are taken; 0 where they are none that was taken just before."""
        row = self._row(desired, steps)
        return max(0.0, row.due - self._clock()) if row else 0.0

    def failure(self, desired: DesiredGuest, steps: list[Step], detail: str) -> tuple[Step, str] | None:
        """The step that was taken too often already, and why it is not taken once more."""
        row = self._row(desired, steps)
        if row is None or row.times < self._most:
            return None
        step = next(step for step in steps if isinstance(step, row.kind))
        return step, f"{step.undone} {row.times} times{f': {detail}' if detail else ''}"

    def took(self, desired: DesiredGuest, steps: list[Step]) -> None:
        """These steps were taken without an error."""
        repeated = next((type(step) for step in steps if step.undone), None)
        if repeated is None:
            return
        row, now = self._row(desired, steps), self._clock()
        times = row.times + 1 if row else 1
        # Shortened by up to half, so that the guests of one storage do not come back at once.
        wait_s = min(self._first_s * 2 ** (times - 1), LONGEST_S) * random.uniform(0.5, 1.0)
        self._rows[desired.vm_uid] = _Row(desired, repeated, times, now, now + wait_s)

    def forget(self, vm_uid: VmUid) -> None:
        self._rows.pop(vm_uid, None)

    def _row(self, desired: DesiredGuest, steps: list[Step]) -> _Row | None:
        """None where another state is desired by now, where these are other steps, or where the last held for long."""
        row = self._rows.get(desired.vm_uid)
        if row is None or row.desired != desired or not any(isinstance(step, row.kind) for step in steps):
            return None
        return row if self._clock() - row.due < self._stable_s else None
