"""The fleet's hosts as columns: one numpy array for each property that rules and scores need. Chooses nothing.

Row `i` of every column is the same host. Rows are taken in the order in which hosts became known, and never given back.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from controlplane.domain.host.aggregate import Host, HostState
from controlplane.domain.host.numa import free_cells
from controlplane.domain.resources import BASE_CLASSES, ClassInventory

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int32]
Bools: TypeAlias = npt.NDArray[np.bool_]
Broken: TypeAlias = npt.NDArray[np.int16]
Rows: TypeAlias = "npt.NDArray[np.int64] | slice[int, int, None]"

D = TypeVar("D", bound=np.generic)

FIRST_SIZE = 16
LONGEST_LOG = 4096
BONUSES_KEPT = 64
# Keys of columns that no label can have.
IMAGES, DEDICATED = "(images)", "(dedicated)"


class ChangeLog:
    """The rows that changed, oldest first, for caches that catch up when they are used. Forgets when nobody reads it.

    `end` is a place to read on from.
    """

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._start = 0

    @property
    def end(self) -> int:
        return self._start + len(self._rows)

    def add(self, row: int) -> None:
        if len(self._rows) >= LONGEST_LOG:
            self._start += len(self._rows)
            self._rows.clear()
        self._rows.append(row)

    def since(self, place: int) -> Sequence[int] | None:
        """The rows after `place`; None when they are forgotten: then any may have changed."""
        if place < self._start:
            return None
        return self._rows[place - self._start :]


class DictionaryEncoded:
    """A column of words as small numbers: 0 is none. Equal words have one number."""

    def __init__(self, size: int) -> None:
        self.codes: Codes = np.zeros(size, np.int32)
        self.of: dict[object, int] = {}

    def number(self, word: object) -> int:
        return self.of.setdefault(word, len(self.of) + 1)


class NumaColumns:
    """What is free on each node of each host; a host without a node has none free there."""

    def __init__(self, size: int) -> None:
        # Whether any host has reported its nodes.
        self.any = False
        self.nodes: Ints = np.zeros(size, np.int64)
        self.vcpus: Ints = np.zeros((size, 1), np.int64)
        self.memory_mib: Ints = np.zeros((size, 1), np.int64)


class ImageCopies:
    """The rows that have a copy of an image, by its SHA-256."""

    def __init__(self) -> None:
        self._rows: dict[bytes, set[int]] = {}
        # By image and number of rows, of those that were used last.
        self._bonuses: dict[tuple[bytes, int], Floats] = {}

    def put(self, row: int, before: Host | None, host: Host | None) -> None:
        had = before.platform.copies if before else frozenset[bytes]()
        has = host.platform.copies if host else frozenset[bytes]()
        if had is has or had == has:
            return
        self._bonuses.clear()
        for digest in had - has:
            self._rows[digest].discard(row)
            if not self._rows[digest]:
                del self._rows[digest]
        for digest in has - had:
            self._rows.setdefault(digest, set()).add(row)

    def bonus(self, digest: bytes, count: int, better: float) -> Floats | None:
        """Of each of `count` rows, how much `better` it is for its copy; None where there is none."""
        rows = self._rows.get(digest)
        if not rows:
            return None
        bonus = self._bonuses.get((digest, count))
        if bonus is None:
            if len(self._bonuses) >= BONUSES_KEPT:
                self._bonuses.clear()
            bonus = self._bonuses[digest, count] = np.zeros(count)
            bonus[list(rows)] = better
        return bonus


class HostTable:
    """All hosts. `put` and `take_away` keep them up to date; what changed is in the two logs."""

    def __init__(self) -> None:
        self.count = 0
        self.hosts: list[Host | None] = []
        self.row_of: dict[str, int] = {}
        self._size = FIRST_SIZE
        self.active: Bools = np.zeros(FIRST_SIZE, np.bool_)
        self.known: Bools = np.zeros(FIRST_SIZE, np.bool_)
        # How many VMs hold something there.
        self.vms: Ints = np.zeros(FIRST_SIZE, np.int64)
        self.free: dict[str, Ints] = {name: np.zeros(FIRST_SIZE, np.int64) for name in BASE_CLASSES}
        # 1 / capacity, and 0 where there is none: a share is a multiplication.
        self.inverse: dict[str, Floats] = {name: np.zeros(FIRST_SIZE) for name in BASE_CLASSES}
        self.units: dict[tuple[str, str], Ints] = {}
        self._no_units: Ints = np.zeros(FIRST_SIZE, np.int64)
        # By key of a label, `zone`, `host`, `arch`, `virt`, `trait:NAME`, and two of our own.
        self.words: dict[str, DictionaryEncoded] = {}
        self.numa = NumaColumns(FIRST_SIZE)
        self.copies = ImageCopies()
        # Rows whose free room changed, and rows of which anything else did.
        self.moved = ChangeLog()
        self.changed = ChangeLog()

    def put(self, host: Host) -> None:
        row = self.row_of.get(host.uid)
        if row is None:
            row = self._new_row(host.uid)
        before = self.hosts[row]
        self.hosts[row] = host
        if before is not None and _same_but_for_room(before, host):
            self._put_room(row, host)
            self.moved.add(row)
            return
        self._put_words(row, before, host)
        self._put_inventory(row, host.inventory)
        self._put_room(row, host)
        self.known[row] = host.state is not HostState.DECOMMISSIONED
        self.active[row] = host.state is HostState.ACTIVE
        self.changed.add(row)

    def take_away(self, uid: str) -> None:
        """A host whose registration was undone."""
        row = self.row_of.get(uid)
        if row is None:
            return
        self._put_words(row, self.hosts[row], None)
        self.hosts[row] = None
        self.known[row] = self.active[row] = False
        self.changed.add(row)

    def free_of(self, resource_class: str) -> Ints:
        return self.free[resource_class] if resource_class in self.free else self._add_class(resource_class)

    def unit_of(self, resource_class: str, unit: str) -> Ints:
        """`min_unit`, `max_unit`, `step_size` or `overcommits` of each host; 0 is none."""
        found = self.units.get((resource_class, unit))
        return self._no_units if found is None else found

    def coded(self, key: str) -> DictionaryEncoded | None:
        """The column of a key, or None when no host has ever had it."""
        return self.words.get(key)

    def _new_row(self, uid: str) -> int:
        row = self.count
        if row == self._size:
            self._grow(2 * self._size)
        self.row_of[uid] = row
        self.hosts.append(None)
        self.count += 1
        return row

    def _grow(self, size: int) -> None:
        more = size - self._size
        self._size = size
        self.active, self.known = _longer(self.active, more), _longer(self.known, more)
        self.vms = _longer(self.vms, more)
        self.free = {key: _longer(column, more) for key, column in self.free.items()}
        self.units = {key: _longer(column, more) for key, column in self.units.items()}
        self.inverse = {key: _longer(column, more) for key, column in self.inverse.items()}
        self._no_units = _longer(self._no_units, more)
        for each in self.words.values():
            each.codes = _longer(each.codes, more)
        numa = self.numa
        numa.nodes, numa.vcpus = _longer(numa.nodes, more), _longer(numa.vcpus, more)
        numa.memory_mib = _longer(numa.memory_mib, more)

    def _add_class(self, resource_class: str) -> Ints:
        self.free[resource_class] = np.zeros(self._size, np.int64)
        self.inverse[resource_class] = np.zeros(self._size)
        return self.free[resource_class]

    def _put_room(self, row: int, host: Host) -> None:
        capacity, allocated = host.capacity, host.allocated
        self.vms[row] = len(host.holdings)
        # A host may hold more than it has; nothing is free there then.
        self.free["vcpus"][row] = max(capacity.vcpus - allocated.vcpus, 0)
        self.free["memory_mib"][row] = max(capacity.memory_mib - allocated.memory_mib, 0)
        self.free["disk_gib"][row] = max(capacity.disk_gib - allocated.disk_gib, 0)
        if capacity.extended or allocated.extended:
            held = dict(allocated.extended)
            for name, amount in capacity.extended:
                self.free_of(name)[row] = max(amount - held.get(name, 0), 0)
        if host.numa:
            self._put_numa(row, host)

    def _put_numa(self, row: int, host: Host) -> None:
        numa, wide = self.numa, len(host.numa)
        if wide > numa.vcpus.shape[1]:
            missing = ((0, 0), (0, wide - numa.vcpus.shape[1]))
            numa.vcpus, numa.memory_mib = np.pad(numa.vcpus, missing), np.pad(numa.memory_mib, missing)
        numa.any = True
        numa.nodes[row] = wide
        for node, free in enumerate(free_cells(host.numa, host.numa_allocated)):
            numa.vcpus[row, node], numa.memory_mib[row, node] = free

    def _put_inventory(self, row: int, inventory: Mapping[str, ClassInventory]) -> None:
        for name in self.free.keys() | inventory.keys():
            self.free_of(name)[row] = 0
            each = inventory.get(name)
            self.inverse[name][row] = 1.0 / each.capacity if each and each.capacity else 0.0
            for unit in ("min_unit", "max_unit", "step_size", "overcommits"):
                units = int(getattr(each, unit)) if each else 0
                if units or (name, unit) in self.units:
                    self.units.setdefault((name, unit), np.zeros(self._size, np.int64))[row] = units
        self.numa.nodes[row] = 0
        self.numa.vcpus[row] = self.numa.memory_mib[row] = 0

    def _put_words(self, row: int, before: Host | None, host: Host | None) -> None:
        self.copies.put(row, before, host)
        for key in _words_of(before) if before else ():
            self.words[key].codes[row] = 0
        for key, word in _words_of(host).items() if host else ():
            column = self.words.get(key)
            if column is None:
                column = self.words[key] = DictionaryEncoded(self._size)
            column.codes[row] = column.number(word)


def _words_of(host: Host) -> dict[str, object]:
    """All that a selector, a domain or a fixed rule can ask of a host, by key."""
    words: dict[str, object] = dict(host.words)
    words[IMAGES] = host.platform.images
    if host.dedicated:
        words[DEDICATED] = host.dedicated
    return words


def _same_but_for_room(before: Host, after: Host) -> bool:
    return (
        before.inventory is after.inventory
        and before.state is after.state
        and before.labels is after.labels
        and before.platform is after.platform
        and before.zone == after.zone
        and before.traits is after.traits
        and before.dedicated == after.dedicated
        and before.numa is after.numa
    )


def _longer(column: "npt.NDArray[D]", more: int) -> "npt.NDArray[D]":
    return np.concatenate([column, np.zeros((more, *column.shape[1:]), column.dtype)])
