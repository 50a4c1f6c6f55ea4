"""The clock's command: a wall clock that has stayed ahead is followed."""

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.time import Micros, duration_in
from controlplane.domain.unit_of_work import UnitOfWork

STREAM = "clock"


def record_step(unit: UnitOfWork, by_us: int, last: tuple[int, Micros] | None) -> None:
    """Records the step after the stream's `last`, by version and time: two servers can't record the same one twice."""
    version = unit.fleet.lineage.next_version(*last) if last else 1
    unit.record(STREAM, [ev.ClockStepped(skipped=duration_in(by_us))], version)
