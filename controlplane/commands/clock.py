"""The clock's command: a wall clock that has stayed ahead is followed."""

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.draft import Draft
from controlplane.domain.time import duration_in

STREAM = "clock"


def record_step(draft: Draft, by_us: int, version: int) -> None:
    """Records the step as the stream's `version`: two servers can't record the same one twice."""
    draft.record(STREAM, [ev.ClockStepped(skipped=duration_in(by_us))], version)
