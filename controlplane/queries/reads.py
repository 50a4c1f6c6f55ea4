"""Reads: one view of the fleet for each request, of the present or of any position of the past.

A view of the present is answered from memory, on the event loop. A view of the past is one transaction of the read
database, on a thread. Both have the same reads, so that no caller needs a branch.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from controlplane.domain.errors import PositionAhead, invalid
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.history import Lineage
from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.selectors import Selector
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import R, ResourceKind
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.ledger.events.dispatcher import EventDispatcher
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.metrics.current_usage import UsedAmounts
from controlplane.projections.metrics.metrics_store import MetricsStore
from controlplane.projections.projector.projector import Projector
from controlplane.queries.as_of import AsOf
from controlplane.queries.current import Current, NotInMemory
from controlplane.queries.scans import SCANS
from controlplane.queries.scopes import ScopeUtilization
from controlplane.queries.violations.violation import Violation
from controlplane.runtime.clock import Clock

T = TypeVar("T")

# How long a read waits, in seconds, until the rows of its position are written.
LONGEST_WAIT_S = 5.0


class ReadPosition(NamedTuple):
    """The position that a read is of. `is_current`: the request named no other, so memory may answer it."""

    position: int
    is_current: bool

    def pinned(self, position: int) -> "ReadPosition":
        """The position that a page token keeps, if it keeps one."""
        return ReadPosition(position, is_current=False) if position else self


class View(Protocol):
    """The fleet at one position: `Current`, or `AsOf`."""

    @property
    def is_current(self) -> bool: ...

    @property
    def position(self) -> int: ...

    def time(self) -> Micros | None: ...

    def vm(self, name: str) -> Vm: ...

    def host(self, name: str) -> Host: ...

    def project(self, name: str) -> Project: ...

    def project_with(self, uid: str) -> Project: ...

    def resource(self, kind: ResourceKind[R], name: str) -> R: ...

    def resource_with(self, kind: ResourceKind[R], uid: str) -> R: ...

    def violations(self, hosts: Sequence[Host]) -> list[list[Violation]]: ...

    def utilization(self, name: str, selector: Selector) -> ScopeUtilization: ...


class Models(NamedTuple):
    """What views are made of: the read models in memory, the ledger, and the reader of the read database."""

    inventory: Inventory
    utilization: Utilization
    metrics: MetricsStore
    ledger: Ledger
    history_reader: HistoryReader


class Reads:
    """Views of the fleet, and the positions that they can be of. On the event loop, but for `ledger` and the reader."""

    def __init__(
        self,
        models: Models,
        dispatcher: EventDispatcher,
        projector: Projector,
        lineage: Callable[[], Lineage] = Lineage,
        clock: Clock | None = None,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        self.longest_wait_s = longest_wait_s
        self.inventory, self.utilization, self.metrics, self.ledger, self.history_reader = models
        self.clock = clock or Clock()
        self.current = Current(models.inventory, models.utilization, models.metrics, dispatcher)
        self._dispatcher = dispatcher
        self._projector = projector
        self._lineage = lineage

    # Positions and times.

    @property
    def position(self) -> int:
        """The last position that was committed."""
        return self._dispatcher.position

    @property
    def time(self) -> Micros:
        """When that was."""
        return self._dispatcher.time

    @property
    def here(self) -> ReadPosition:
        """The present."""
        return ReadPosition(self._dispatcher.position, is_current=True)

    @property
    def written_position(self) -> int:
        """The position that the rows are at."""
        return self._projector.position

    @property
    def lineage(self) -> Lineage:
        """The ledger's histories."""
        return self._lineage()

    def now(self) -> Micros:
        """The ledger's time: what is committed from now on is not earlier."""
        return max(self.clock(), self._dispatcher.time)

    def known(self, position: int, field: str) -> int:
        """The position itself. Raises InvalidField when it is negative, PositionAhead when it is not there yet.

        Raises HistoryForked when another history of the ledger issued it, which was restored since.
        """
        if position < 0:
            raise invalid(field, "must be 0 or more")
        self._lineage().check(position)
        if position > self._dispatcher.position:
            raise PositionAhead(position, self._dispatcher.position)
        return position

    async def reach(self, position: int, timeout_s: float) -> None:
        """Waits until a position is committed and known here. Raises PositionAhead, HistoryForked."""
        self._lineage().check(position)
        await self._dispatcher.reach(position, timeout_s)

    async def written(self, position: int) -> None:
        """Waits until the rows of a position are written. Raises Unavailable."""
        await self._projector.reach(position, self.longest_wait_s)

    async def position_at(self, time: Micros) -> int:
        """The last position that was committed by a time. Raises Unavailable."""
        if time >= self._dispatcher.time:
            return self._dispatcher.position
        # What was committed before is written, or will be soon.
        await self.written(self._dispatcher.position)
        return await asyncio.to_thread(self.history_reader.position_at, time)

    def next_event(self, stream: str) -> asyncio.Future[RecordedEvent]:
        """The stream's next event, once it is committed. Cancel it when it is not waited for."""
        return self._dispatcher.changed(stream)

    # Views. Each raises what the read raises, and Unavailable while rows are not written or cannot be read.

    async def view(self, at: ReadPosition, read: Callable[[View], T]) -> T:
        """A read of single resources: of the present from memory, else from the rows."""
        if at.is_current:
            try:
                return read(self.current)
            except NotInMemory:
                pass
        return await self.rows(at.position, read)

    async def rows(self, position: int, read: Callable[[AsOf], T]) -> T:
        """A read of a few rows."""
        await self.written(position)
        return await asyncio.to_thread(self._read, position, self._dispatcher.position, self._dispatcher.time, read)

    async def scan(self, position: int, read: Callable[[AsOf], T]) -> T:
        """A read of many rows: after those that came before, with few at once. Raises Unavailable, too, if overloaded.

        What is made of the rows is best made in the read: of a large page, messages take long.
        """
        await self.written(position)
        return await SCANS.run(self._read, position, self._dispatcher.position, self._dispatcher.time, read)

    def _read(self, position: int, head: int, head_time: Micros, read: Callable[[AsOf], T]) -> T:
        with self.history_reader.view(position) as rows:
            return read(AsOf(rows, head, head_time))

    def used_by(self, at: ReadPosition, kind: str) -> Mapping[str, UsedAmounts]:
        """What agents measured in each of the `hosts`, `zones` or `projects`: of the present alone."""
        return self.metrics.used_by(kind) if at.is_current else {}
