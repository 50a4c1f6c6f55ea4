"""The clock's command: a wall clock that has stayed ahead is followed."""

from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.command import Command
from controlplane.domain.time import Micros, duration_in
from controlplane.domain.unit_of_work import UnitOfWork

STREAM = "clock"


@dataclass(frozen=True, slots=True)
class RecordClockStep(Command[None]):
    """Commit times go ahead by so much. `last` is the step before it, by version and time."""

    by_us: int
    last: tuple[int, Micros] | None = None


def record_step(unit: UnitOfWork, command: RecordClockStep) -> None:
    """Two servers can't record the same step twice: the second's has the version of the first's."""
    version = unit.fleet.lineage.next_version(*command.last) if command.last else 1
    unit.record(STREAM, [ev.ClockStepped(skipped=duration_in(command.by_us))], version)
