"""The snapshots' command: the ledger vouches for one that was written."""

from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.command import Command
from controlplane.domain.fleet import snapshot_stream
from controlplane.domain.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class VouchForSnapshot(Command[None]):
    """`taken` has the position of a snapshot and the hash of its rows."""

    taken: ev.SnapshotTaken


def vouch(unit: UnitOfWork, command: VouchForSnapshot) -> None:
    unit.record(snapshot_stream(command.taken.position), [command.taken])
