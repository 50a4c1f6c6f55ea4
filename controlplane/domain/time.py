"""Instants as integers of microseconds since the Unix epoch, and their protobuf forms. Reads no clock."""

from typing import NamedTuple, NewType

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

Micros = NewType("Micros", int)

SECOND = 1_000_000
# The year 10000: google.protobuf.Timestamp ends before it.
END_OF_TIME_S = 253_402_300_800


class Ticks(NamedTuple):
    """A reading of the clock that only elapses: which boot of which machine, and microseconds since then."""

    boot: bytes = b""
    micros: int = 0


# Where the machine does not provide it.
NO_TICKS = Ticks()


def timestamp_of(micros: int) -> Timestamp:
    seconds, rest = divmod(micros, SECOND)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def micros_of(timestamp: Timestamp) -> Micros:
    return Micros(timestamp.seconds * SECOND + timestamp.nanos // 1000)


def timestamp_if_known(micros: int | None) -> Timestamp | None:
    """None for None."""
    return None if micros is None else timestamp_of(micros)


def duration_of(seconds: float) -> Duration:
    return duration_in(round(seconds * SECOND))


def duration_in(micros: int) -> Duration:
    # Of a negative one, both are negative.
    seconds, rest = divmod(abs(micros), SECOND)
    sign = -1 if micros < 0 else 1
    return Duration(seconds=sign * seconds, nanos=sign * rest * 1000)


def micros_in(duration: Duration) -> int:
    """How long it is, in microseconds."""
    return duration.seconds * SECOND + duration.nanos // 1000


def seconds_of(duration: Duration) -> float:
    return duration.seconds + duration.nanos / 1e9
