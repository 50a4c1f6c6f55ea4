"""What becomes of a VM in trouble: how a drain moves it, and which restarts are owed. Performs no I/O."""

from enum import IntEnum
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.time import SECOND, Micros, duration_in, micros_in, micros_of, timestamp_of


class OnMaintenance(IntEnum):
    """How a drain moves a VM away. The numbers are those of chronovisor.v1.Availability.OnMaintenance."""

    LIVE = 1
    RESTART = 2
    STOP = 3


class RestartWhen(IntEnum):
    """After which ends a VM is started again. The numbers are those of chronovisor.v1.RestartPolicy.When."""

    NEVER = 1
    HOST_FAILED = 2
    ALWAYS = 3


MAX_ATTEMPTS = 3
BACKOFF_US = 10 * SECOND
COOLDOWN_US = 600 * SECOND
LONGEST_BACKOFF_US = 3600 * SECOND


class Availability(NamedTuple):
    """`max_attempts`: starts in a row; `backoff_us` before the second; `after` selects VMs that are started before."""

    on_maintenance: OnMaintenance = OnMaintenance.LIVE
    when: RestartWhen = RestartWhen.NEVER
    max_attempts: int = MAX_ATTEMPTS
    backoff_us: int = BACKOFF_US
    cooldown_us: int = COOLDOWN_US
    priority: int = 0
    after: str = ""


DEFAULT_AVAILABILITY = Availability()


class Restart(NamedTuple):
    """A start that is owed: which in a row, and when it is due. Attempt 0 is one that a drain brought about."""

    attempt: int
    due: Micros


def recorded_availability(availability: Availability) -> ev.Availability | None:
    """As an event records it; None for the default."""
    if availability == DEFAULT_AVAILABILITY:
        return None
    return ev.Availability(
        on_maintenance=availability.on_maintenance,
        restart_when=availability.when,
        max_attempts=availability.max_attempts,
        backoff=duration_in(availability.backoff_us),
        cooldown=duration_in(availability.cooldown_us),
        priority=availability.priority,
        after=availability.after,
    )


def availability_of(recorded: ev.Availability) -> Availability:
    """The value that an event recorded."""
    return Availability(
        OnMaintenance(recorded.on_maintenance or OnMaintenance.LIVE),
        RestartWhen(recorded.restart_when or RestartWhen.NEVER),
        recorded.max_attempts or MAX_ATTEMPTS,
        micros_in(recorded.backoff) if recorded.HasField("backoff") else BACKOFF_US,
        micros_in(recorded.cooldown) if recorded.HasField("cooldown") else COOLDOWN_US,
        recorded.priority,
        recorded.after,
    )


def recorded_restart(restart: Restart | None) -> ev.Restart | None:
    return ev.Restart(attempt=restart.attempt, due_time=timestamp_of(restart.due)) if restart else None


def restart_of(payload: ev.VmStopped | ev.VmStartFailed) -> Restart | None:
    """The start that is owed after an end, as it was recorded."""
    if not payload.HasField("restart"):
        return None
    return Restart(payload.restart.attempt, micros_of(payload.restart.due_time))


def next_attempt(availability: Availability, attempts: int, now: Micros) -> Restart | None:
    """The start that follows so many in a row; None once they are too many."""
    if attempts >= availability.max_attempts:
        return None
    wait_us = min(availability.backoff_us << (attempts - 1), LONGEST_BACKOFF_US) if attempts else 0
    return Restart(attempts + 1, Micros(now + wait_us))
