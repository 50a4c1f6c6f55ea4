"""Moments, as people write them: `2026-11-20T10:00`, `2026-11-20T09:00:00Z`, `2h ago`, `-30m`, or a ledger position."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from chronovisor.cli.text.units import parse_count, parse_lifetime

_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PART = r"\d{1,9}\s*(?:min|[smhdw])"
_AGO = re.compile(rf"-?\s*(?P<parts>{_PART}(?:\s*{_PART})*)(?:\s*-?\s*ago)?")
METAVAR = "TIME|POSITION"
HELP = "Such as 2026-11-20T10:00, 2026-11-20T09:00Z, 2h, '10m ago', or a position as `history` shows it"


@dataclass(frozen=True)
class Instant:
    """A moment: a time, or, where there is none, a position of the ledger."""

    position: int
    time: datetime | None = None

    def __str__(self) -> str:
        if self.time is None:
            return f"position {self.position}"
        return self.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")

    @property
    def timestamp(self) -> Timestamp | None:
        if self.time is None:
            return None
        timestamp = Timestamp()
        timestamp.FromDatetime(self.time.astimezone(UTC).replace(tzinfo=None))
        return timestamp

    def put(self, request: Any, position_field: str, time_field: str) -> None:
        """Sets the one of a request's two fields that means this moment."""
        if self.time is None:
            setattr(request, position_field, self.position)
        else:
            getattr(request, time_field).CopyFrom(self.timestamp)

    def is_reached_by(self, position: int, time: Timestamp) -> bool:
        """Whether an event had been committed by this moment."""
        return position <= self.position if self.time is None else time.ToDatetime(UTC) <= self.time


def parse_instant(text: str) -> Instant:
    """Times without an offset are local. Raises ValueError."""
    given = text.strip().lower()
    if given.isdecimal():
        return Instant(parse_count(given))
    now = datetime.now(UTC)
    if given == "now":
        return Instant(0, now)
    if match := _AGO.fullmatch(given):
        return Instant(0, _before(now, match["parts"], text))
    try:
        # A local time, where the text does not say otherwise.
        return Instant(0, datetime.fromisoformat(text.strip().upper()).astimezone())
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a time such as 2026-11-20T10:00 or 2h, nor a position") from None


def parse_until(text: str) -> datetime:
    """A moment to come: a time, local without an offset, or `8h` for so long from now. Raises ValueError."""
    now = datetime.now(UTC)
    given = text.strip()
    try:
        until = datetime.fromisoformat(given.upper()).astimezone()
    except (ValueError, OverflowError):
        try:
            until = now + parse_lifetime(given.lower()).ToTimedelta()
        except ValueError:
            raise ValueError(f"{text!r} is not a time such as 2026-12-01T00:00 or 8h") from None
    if until <= now:
        raise ValueError(f"{text!r} is in the past")
    return until


def parse_past(text: str) -> Instant:
    """A moment at which there was something: positions begin at 1. Raises ValueError."""
    instant = parse_instant(text)
    if instant.time is None and not instant.position:
        raise ValueError("positions begin at 1")
    return instant


def _before(now: datetime, parts: str, text: str) -> datetime:
    back = timedelta()
    for count, unit in re.findall(r"(\d+)\s*(min|[smhdw])", parts):
        back += timedelta(**{_UNITS[unit]: int(count)})
    try:
        return now - back
    except OverflowError:
        raise ValueError(f"{text!r} is too long ago") from None
