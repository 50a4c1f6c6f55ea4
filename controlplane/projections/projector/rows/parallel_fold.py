"""The ledger folded from its beginning, in two halves: VMs, whose events are most, and all else with the totals.

The half of the VMs runs in a worker process, where the ledger can be opened twice and is long. What it folds to is
plain, and comes in chunks. Blocks.
"""

import gc
import marshal
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm.aggregate import Vm
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import Ledger, ReadSome
from controlplane.projections.history.validity import Spans, Taken, WholeSpans
from controlplane.projections.projector.rows.aggregate_cache import AggregateCache
from controlplane.projections.projector.rows.totals_rows import Change
from controlplane.projections.projector.rows.vm_fold import VmRowBuilder, VmRows
from controlplane.runtime import worker_process

Row = Sequence[Any]
PAGE = 5_000
OF_VMS = tuple(topic for kind, topic in TOPICS.items() if kind.startswith("vm_"))
# That a request was accepted is in no row.
OF_OTHERS = tuple(topic for kind, topic in TOPICS.items() if not kind.startswith(("vm_", "request_")))
_STOP_S = 5.0


class FoldedVms(NamedTuple):
    """What the events of VMs up to a position have made."""

    position: int
    vms: Taken
    holdings: Taken
    other_sides: Taken
    owned: Taken
    operations: Taken
    specs: Sequence[Row]
    # Of totals.
    changes: Sequence[Change]


class VmFold(Protocol):
    def upto(self, position: int) -> Iterator[FoldedVms]:
        """Goes on, up to a position. Raises OSError when it cannot."""
        ...

    def open(self) -> FoldedVms:
        """The rows that are still so. From now on, they are written: later chunks have those that end."""
        ...

    def close(self) -> None: ...


class InlineVmFold:
    """In this process."""

    def __init__(self, read: ReadSome, page: int = PAGE) -> None:
        self._read = read
        self._page = page
        self._states, self._folder = AggregateCache(), VmRowBuilder()
        self._vms: Spans = WholeSpans()
        self._holdings: Spans = WholeSpans()
        self._other_sides: Spans = WholeSpans()
        self._owned: Spans = WholeSpans()
        self._operations: Spans = WholeSpans()
        self._position = 0

    def upto(self, position: int) -> Iterator[FoldedVms]:
        while self._position < position:
            page = self._read(self._position, self._page, position, OF_VMS)
            reached = page[-1].position if len(page) == self._page else position
            yield self._folded(page, reached)
            self._position = reached

    def _folded(self, page: Sequence[RecordedEvent], reached: int) -> FoldedVms:
        rows, changes = VmRows(*self._spans(), []), list[Change]()
        for recorded in self._states.replay(page):
            assert isinstance(recorded.after, Vm)
            if change := self._folder.fold(rows, recorded, recorded.after):
                changes.append(change)
        vms, holdings, other_sides, owned, operations = (each.take() for each in self._spans())
        return FoldedVms(reached, vms, holdings, other_sides, owned, operations, rows.specs, changes)

    def _spans(self) -> tuple[Spans, Spans, Spans, Spans, Spans]:
        return self._vms, self._holdings, self._other_sides, self._owned, self._operations

    def open(self) -> FoldedVms:
        vms, holdings, other_sides, owned, operations = (each.take_open() for each in self._spans())
        self._vms, self._holdings, self._other_sides = Spans(), Spans(), Spans()
        self._owned, self._operations = Spans(), Spans()
        return FoldedVms(self._position, vms, holdings, other_sides, owned, operations, [], [])

    def close(self) -> None:
        pass


class WorkerVmFold:
    """In a worker process, which opens the ledger at `url`."""

    def __init__(self, url: str) -> None:
        self._worker = worker_process.BlockingWorker("controlplane.projections.projector.rows.parallel_fold")
        self._worker.send((os.getpid(), url))

    def upto(self, position: int) -> Iterator[FoldedVms]:
        self._worker.send(position)
        while True:
            chunk = self._received()
            yield chunk
            if chunk.position >= position:
                return

    def open(self) -> FoldedVms:
        self._worker.send(None)
        return self._received()

    def _received(self) -> FoldedVms:
        try:
            position, *spans, specs, changes = marshal.loads(self._worker.receive())
        except (EOFError, ConnectionResetError):
            raise OSError("the process that folds VMs has ended") from None
        vms, holdings, other_sides, owned, operations = (Taken(*each) for each in spans)
        return FoldedVms(position, vms, holdings, other_sides, owned, operations, specs, changes)

    def close(self) -> None:
        self._worker.close(_STOP_S)


def main() -> int:
    """The worker process: answers until its stdin is closed."""
    parent, url = worker_process.receive_from(sys.stdin.buffer)
    worker_process.begin(parent, niceness=0)
    # Nothing here makes cycles, and looking for some among all that there is would take a quarter of the time.
    gc.disable()
    with suppress(EOFError, BrokenPipeError), Ledger(url, snapshots=False) as ledger:
        half = InlineVmFold(ledger.after)
        while True:
            position: int | None = worker_process.receive_from(sys.stdin.buffer)
            chunks = [half.open()] if position is None else half.upto(position)
            for chunk in chunks:
                # Plain tuples, which is all that this encoding knows.
                position, *taken, specs, changes = chunk
                plain: Any = (position, *map(tuple, taken), specs, changes)
                worker_process.send(marshal.dumps(plain))
    return 0


if __name__ == "__main__":
    sys.exit(main())
