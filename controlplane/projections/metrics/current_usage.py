"""What VMs use now: the newest amounts of each, in columns, and their sums by host, zone, project and of all."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from controlplane.domain.time import Micros
from controlplane.domain.totals import FLEET

# Which column of places has scopes that begin so.
_COLUMNS = {"hosts": 0, "zones": 1, "projects": 2}
_FIRST_ROOM = 64
_NOWHERE = -1
_NEVER = np.iinfo(np.int64).max


class VmUsage(NamedTuple):
    """What one VM uses, and until when that counts. `amounts`: vCPUs, bytes of memory and of disk; None: not known."""

    taken: Micros
    good_until: Micros
    amounts: tuple[float | None, float | None, float | None]


class Places(NamedTuple):
    """The scopes that a VM counts in, but for the fleet; `zone` is empty for none."""

    host: str
    zone: str
    project: str


class UsedAmounts(NamedTuple):
    """Sums over VMs that were measured lately; an amount that none of them had is None. Memory and disk are bytes."""

    vms: int
    oldest: Micros
    vcpus: float | None
    memory: float | None
    disk: float | None

    def of(self, resource_class: str) -> float | None:
        """In the class's own unit."""
        match resource_class:
            case "vcpus":
                return self.vcpus
            case "memory_mib":
                return None if self.memory is None else self.memory / (1 << 20)
            case "disk_gib":
                return None if self.disk is None else self.disk / (1 << 30)
            case _:
                return None


class CurrentUsage:
    """One row a VM: where it counts, and what it uses. A VM that is forgotten leaves its row to the next."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        # Scopes by number; numbers stay.
        self._scopes: dict[str, int] = {}
        # Of each row: when it was taken, and until when it counts.
        self._times: NDArray[np.int64] = np.zeros((2, _FIRST_ROOM), np.int64)
        # Of each row: vCPUs, memory, disk; then, for each of them, 1 where it is known and not just 0.
        self._amounts: NDArray[np.float64] = np.zeros((6, _FIRST_ROOM), np.float64)
        self._places: NDArray[np.int64] = np.zeros((3, _FIRST_ROOM), np.int64)

    def put(self, uid: str, places: Places, usage: VmUsage) -> None:
        row = self._row(uid)
        self._times[:, row] = usage.taken, usage.good_until
        known = [each is not None for each in usage.amounts]
        self._amounts[:, row] = [*(each or 0.0 for each in usage.amounts), *known]
        self._places[:, row] = [self._number(scope) if scope else _NOWHERE for scope in places]

    def forget(self, uid: str) -> None:
        row = self._rows.pop(uid, None)
        if row is not None:
            self._times[1, row] = 0
            self._free.append(row)

    def of(self, scope: str, now: Micros) -> UsedAmounts | None:
        """The sum over a scope; None where no sample counts."""
        good = self._times[1] > now
        if scope != FLEET:
            column = self._places[_COLUMNS[scope.partition("/")[0]]]
            good &= column == self._scopes.get(scope, _NOWHERE - 1)
        vms = int(np.count_nonzero(good))
        if not vms:
            return None
        # Over all rows, without picking out the good ones: picking takes ten times as long. And not as a product of
        # matrices, whose library would wake a thread for each CPU.
        sums = np.einsum("ij,j->i", self._amounts, good.astype(np.float64))
        oldest = np.where(good, self._times[0], _NEVER).min()
        return _used(vms, int(oldest), sums.tolist())

    def by(self, kind: str, now: Micros) -> dict[str, UsedAmounts]:
        """The sums over each of the `hosts`, `zones` or `projects` that have any."""
        column = self._places[_COLUMNS[kind]]
        rows = np.flatnonzero((self._times[1] > now) & (column != _NOWHERE))
        groups = column[rows]
        vms = np.bincount(groups, minlength=len(self._scopes)).tolist()
        oldest = np.full(len(vms), _NEVER)
        np.minimum.at(oldest, groups, self._times[0, rows])
        sums = [np.bincount(groups, each[rows], minlength=len(vms)) for each in self._amounts]
        summed = zip(vms, oldest.tolist(), np.array(sums).T.tolist(), strict=True)
        found = dict(zip(self._scopes, summed, strict=True))
        return {scope: _used(*each) for scope, each in found.items() if each[0]}

    def _number(self, scope: str) -> int:
        return self._scopes.setdefault(scope, len(self._scopes))

    def _row(self, uid: str) -> int:
        row = self._rows.get(uid)
        if row is None:
            row = self._free.pop() if self._free else len(self._rows)
            self._rows[uid] = row
            if row >= self._times.shape[1]:
                self._times, self._amounts, self._places = map(_doubled, (self._times, self._amounts, self._places))
        return row


def _used(vms: int, oldest: int, sums: Sequence[float]) -> UsedAmounts:
    """`sums` are those of the rows of amounts."""
    amounts = [each if known else None for each, known in zip(sums[:3], sums[3:], strict=True)]
    return UsedAmounts(vms, Micros(oldest), *amounts)


def _doubled(columns: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate((columns, np.zeros_like(columns)), axis=1)
