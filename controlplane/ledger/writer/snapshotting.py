"""The snapshots that the ledger vouches for, as far as the writer has to do with them."""

import logging

from eventsourcing.persistence import PersistenceError
from uuid_utils import uuid7

from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import snapshot_stream
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.limits import Limits
from controlplane.ledger.snapshots.codec import Snapshot
from controlplane.ledger.store import Ledger
from controlplane.ledger.writer.replica import Overtaken, Replica

log = logging.getLogger(__name__)

# In events. Fewer are folded at the next start as soon as a snapshot is read.
AT_CLOSE = 5_000


def snapshot_context() -> CommandContext:
    """Of what is recorded about snapshots."""
    return CommandContext("system:snapshots", str(uuid7()))


class Snapshotting:
    """`position` is that of the last snapshot that the ledger vouches for; 0 before the first."""

    def __init__(self, ledger: Ledger, replica: Replica, at_close: int) -> None:
        """`at_close`: how many events since the last snapshot are enough for one more at the end."""
        self._ledger = ledger
        self._replica = replica
        self._at_close = at_close
        self.position = 0

    async def newest(self) -> Snapshot | None:
        """What a start begins from. Raises PersistenceError."""
        snapshot = await self._replica.run(self._ledger.snapshot)
        if snapshot:
            self.position = snapshot.state.position
        return snapshot

    def vouched(self, position: int) -> None:
        """The ledger vouches for a snapshot as of this position from now on."""
        self.position = max(self.position, position)

    async def close(self) -> None:
        """The last thing that is done: captures the fleet and vouches for it. Without, the next start takes longer."""
        replica = self._replica
        if replica.position - self.position < self._at_close or replica.is_stale or replica.untrusted:
            return
        state = replica.fleet.captured(replica.position, replica.time)
        try:
            taken = await replica.run(self._ledger.save_snapshot, state, replica.link, keep=self.position)
            if taken:
                unit = UnitOfWork(replica.fleet, snapshot_context(), replica.time, Limits())
                unit.record(snapshot_stream(taken.position), [taken])
                await replica.append(unit.recorded)
        except (PersistenceError, DomainError, Overtaken) as error:
            log.warning("no snapshot was written: %s", error)
