"""Traces of VM requests: read from CSV, checked line by line, as arrivals and departures in order."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

COLUMNS = ("vm_id", "arrival_s", "vcpus", "memory_gib", "lifetime_lo_s", "lifetime_hi_s", "censored")
# Of one VM, as the API has it.
MOST_VCPUS = 1024


class BadTrace(Exception):
    """A file that is no trace; the message names line, column and rule."""


class Request(NamedTuple):
    """One VM: when it comes and goes, in seconds of the trace; `departure_s` is None when it outlives the trace."""

    vm_id: str
    arrival_s: int
    departure_s: int | None
    vcpus: int
    memory_mib: int


@dataclass(frozen=True, slots=True)
class Moment:
    """All that happens at one time. Departures come first: what they free is there for the arrivals."""

    time_s: int
    departures: Sequence[int]
    arrivals: Sequence[int]


def read(path: Path, most: int | None = None) -> list[Request]:
    """The requests in the file's order, by arrival. Raises BadTrace, OSError."""
    with _opened(path) as file:
        requests = list(_requests(path, file, most))
    if not requests:
        raise BadTrace(f"{path}: has no requests")
    return sorted(requests, key=lambda each: each.arrival_s)


def _opened(path: Path) -> TextIO:
    # By what it is, whatever its name; and spreadsheets put a mark before the first column's name.
    if path.suffix == ".gz" or _begins_as_gzip(path):
        return gzip.open(path, "rt", newline="", encoding="utf-8-sig")
    return path.open(newline="", encoding="utf-8-sig")


def _begins_as_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _requests(path: Path, file: TextIO, most: int | None) -> Iterator[Request]:
    try:
        rows = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise BadTrace(f"{path}, line 1: has no column {', '.join(missing)}")
        for number, row in enumerate(rows):
            if most is not None and number >= most:
                return
            yield _request(f"{path}, line {rows.line_num}", row)
    except (UnicodeDecodeError, gzip.BadGzipFile, csv.Error, EOFError, zlib.error) as error:
        raise BadTrace(f"{path}: is not a CSV file, or a gzipped one: {error}") from None


def _request(where: str, row: dict[str, str | None]) -> Request:
    arrival = _number(where, row, "arrival_s", 0)
    shortest, longest = _number(where, row, "lifetime_lo_s", 0), _number(where, row, "lifetime_hi_s", 0)
    if longest < shortest:
        raise BadTrace(f"{where}, column lifetime_hi_s: must not be below lifetime_lo_s")
    vcpus = _number(where, row, "vcpus", 1, MOST_VCPUS)
    memory = _number(where, row, "memory_gib", 1 / 64)
    if vcpus != int(vcpus):
        raise BadTrace(f"{where}, column vcpus: must be a whole number, not {vcpus:g}")
    outlives = (row["censored"] or "").strip() not in ("", "0")
    departure = None if outlives else int(arrival + (shortest + longest) / 2)
    return Request(row["vm_id"] or "", int(arrival), departure, int(vcpus), round(memory * 1024))


def _number(where: str, row: dict[str, str | None], column: str, least: float, most: float = 1 << 40) -> float:
    text = row[column]
    try:
        value = float(text or "")
    except ValueError:
        raise BadTrace(f"{where}, column {column}: must be a number, not {text!r}") from None
    if not least <= value <= most:
        bounds = f"{least:g} to {most:g}" if most == MOST_VCPUS else f"{least:g} or more"
        raise BadTrace(f"{where}, column {column}: must be {bounds}, not {text}")
    return value


def moments(requests: Sequence[Request]) -> list[Moment]:
    """The trace in time order, up to its last arrival. Requests are identified by their place in `requests`."""
    end = requests[-1].arrival_s
    arrivals: dict[int, list[int]] = {}
    departures: dict[int, list[int]] = {}
    for place, each in enumerate(requests):
        arrivals.setdefault(each.arrival_s, []).append(place)
        if each.departure_s is not None and each.departure_s <= end:
            departures.setdefault(max(each.departure_s, each.arrival_s + 1), []).append(place)
    times = sorted(arrivals.keys() | departures.keys())
    return [Moment(time, departures.get(time, ()), arrivals.get(time, ())) for time in times]
