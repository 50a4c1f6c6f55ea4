"""JSON in the read database's rows, and amounts of resources as that. Reads no rows.

Rows that are folded once more are compared as text, so what is written does not change from one release to the next:
printable ASCII alone, other characters as escapes of UTF-16, as Python's own `json` writes them.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row

from controlplane.domain.host.numa import NumaCell
from controlplane.domain.identity_cache import IdentityCache
from controlplane.domain.resources import BASE_CLASSES, Resources
from controlplane.domain.totals import Totals

Extended = tuple[tuple[str, int], ...]

_encode = msgspec.json.Encoder().encode
_decode_amounts = msgspec.json.Decoder(dict[str, int]).decode
_decode_cells = msgspec.json.Decoder(list[tuple[int, int]]).decode
_UNPRINTABLE = re.compile("[^\\x00-\\x7e]")


def compact_json(value: object) -> str:
    """JSON without spaces. Numbers other than whole ones are written by their caller, as `msgspec.Raw`."""
    return _printable(_encode(value).decode())


def spaced_json(value: object) -> str:
    """JSON with a space after each comma and colon. Of whole numbers and texts alone."""
    return _printable(msgspec.json.format(_encode(value), indent=0).decode())


def _printable(text: str) -> str:
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNPRINTABLE.sub(lambda found: encode_basestring_ascii(found.group())[1:-1], text)


def cells_text(cells: tuple[NumaCell, ...]) -> str:
    """What each NUMA node of a host holds: [[vcpus, memory_mib], ...]."""
    return spaced_json(cells) if cells else "[]"


def cells_of(stored: str) -> tuple[NumaCell, ...]:
    """The other way. Raises ValueError."""
    return tuple([NumaCell(*cell) for cell in _decode_cells(stored)])


def text_of(vcpus: int, memory_mib: int, disk_gib: int, extended: Extended) -> str:
    """Each class of which there is something, as JSON."""
    if extended:
        base = zip(BASE_CLASSES, (vcpus, memory_mib, disk_gib), strict=True)
        return spaced_json({name: amount for name, amount in (*base, *extended) if amount})
    if vcpus and memory_mib and disk_gib:
        return f'{{"vcpus": {vcpus}, "memory_mib": {memory_mib}, "disk_gib": {disk_gib}}}'
    some = [f'"vcpus": {vcpus}'] if vcpus else []
    if memory_mib:
        some.append(f'"memory_mib": {memory_mib}')
    if disk_gib:
        some.append(f'"disk_gib": {disk_gib}')
    return f"{{{', '.join(some)}}}"


def amounts(resources: Resources) -> str:
    """Each class of which there is something, as JSON."""
    return text_of(resources.vcpus, resources.memory_mib, resources.disk_gib, resources.extended)


@lru_cache(maxsize=8192)
def resources_of(stored: str) -> Resources:
    """The other way. Raises ValueError."""
    found = _decode_amounts(stored)
    extended = tuple(sorted((name, n) for name, n in found.items() if name not in BASE_CLASSES))
    return Resources(found.get("vcpus", 0), found.get("memory_mib", 0), found.get("disk_gib", 0), extended)


def totals_of(row: Row[Any]) -> Totals:
    """The totals of a row of that table. Raises ValueError."""
    totals = (resources_of(row.total), resources_of(row.allocated), row.hosts, row.running_vms)
    return Totals(*totals, resources_of(row.overcommitted))


def counts_text(counts: Sequence[int]) -> str:
    """How many of each, in order; what is not there is 0."""
    return " ".join(map(str, counts))


@lru_cache(maxsize=8192)
def counts_of(stored: str) -> tuple[int, ...]:
    """The other way. Raises ValueError."""
    return tuple(map(int, stored.split(" ")))


class Held(NamedTuple):
    """What a VM holds, taken apart once for all VMs that share the value."""

    of: Resources
    vcpus: int
    memory_mib: int
    disk_gib: int
    extended: Extended
    # All, as JSON.
    text: str
    compute: bool
    anything: bool


class HeldAmounts:
    """Finds what is held by the identity of its value: equal amounts mostly share one."""

    def __init__(self) -> None:
        self._found: IdentityCache[Resources, Held] = IdentityCache()

    def of(self, held: Resources) -> Held:
        found = self._found.get(held)
        if found is None:
            parts = (held.vcpus, held.memory_mib, held.disk_gib, held.extended)
            found = self._found.put(held, Held(held, *parts, amounts(held), held.has_compute, bool(held)))
        return found
