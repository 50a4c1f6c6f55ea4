"""Instants as integers of microseconds since the Unix epoch, and their protobuf forms. Reads no clock."""

from typing import NewType

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

Micros = NewType("Micros", int)

SECOND = 1_000_000


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
    return Duration(seconds=micros // SECOND, nanos=micros % SECOND * 1000)


def micros_in(duration: Duration) -> int:
    """How long it is, in microseconds."""
    return duration.seconds * SECOND + duration.nanos // 1000


def seconds_of(duration: Duration) -> float:
    return duration.seconds + duration.nanos / 1e9
