"""Sizes, durations and amounts, as people write and read them. Base units: MiB of memory, GiB of disk, seconds."""

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from google.protobuf.duration_pb2 import Duration

_KIB = 1024
_SIZES: Mapping[str, int] = {
    "": 0,
    "b": 1,
    "k": _KIB,
    "kib": _KIB,
    "m": _KIB**2,
    "mib": _KIB**2,
    "g": _KIB**3,
    "gib": _KIB**3,
    "t": _KIB**4,
    "tib": _KIB**4,
}
_DECIMAL: Mapping[str, str] = {"kb": "KiB", "mb": "MiB", "gb": "GiB", "tb": "TiB"}
_SECONDS: Mapping[str, float] = {"ms": 0.001, "": 1, "s": 1, "m": 60, "h": 3600}
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)")
MIB, GIB = _KIB**2, _KIB**3
# More than this of anything is a slip of the finger, and too large for a field.
LARGEST = 1 << 40
LONGEST_S = 365 * 24 * 3600.0
_LONG: Mapping[str, float] = {**_SECONDS, "d": 86400, "w": 7 * 86400}
LONGEST_LIFETIME_S = 3650 * 86400.0


class Pair(NamedTuple):
    """A label, as `key=value` on the command line."""

    key: str
    value: str


class ExtendedAmount(NamedTuple):
    """An amount of an extended class, as `gpu.a100=1` on the command line."""

    resource_class: str
    amount: int


def parse_size(text: str, unit: int, unit_name: str) -> int:
    """A size in whole `unit`s, from such as `512MiB`, `2g`, or a bare number of units. Raises ValueError."""
    match = _NUMBER.fullmatch(text.strip())
    suffix = match[2].lower() if match else ""
    if suffix in _DECIMAL:
        raise ValueError(f"{text!r}: sizes are in powers of 1024; write {_DECIMAL[suffix]}")
    if match is None or suffix not in _SIZES:
        raise ValueError(f"{text!r} is not a size such as 512MiB or 10GiB")
    size = float(match[1]) * (_SIZES[suffix] or unit) / unit
    if size != int(size):
        raise ValueError(f"{text!r} is not a whole number of {unit_name}")
    return _bounded(int(size), text)


def parse_memory(text: str) -> int:
    """MiB."""
    return parse_size(text, MIB, "MiB")


def parse_disk(text: str) -> int:
    """GiB."""
    return parse_size(text, GIB, "GiB")


def parse_count(text: str) -> int:
    """A whole number. Raises ValueError."""
    if not text.removeprefix("-").isdecimal():
        raise ValueError(f"{text!r} is not a whole number")
    return _bounded(int(text), text)


def parse_positive(text: str) -> int:
    """A whole number, 1 or more. Raises ValueError."""
    if (count := parse_count(text)) < 1:
        raise ValueError(f"{text!r} is not 1 or more")
    return count


def _bounded(amount: int, text: str) -> int:
    if abs(amount) > LARGEST:
        raise ValueError(f"{text!r} is too much")
    return amount


def parse_seconds(text: str) -> float:
    """Seconds, from such as `30s`, `2m`, `500ms`, or a bare number. Raises ValueError."""
    seconds = _in_seconds(text, _SECONDS, "30s or 2m")
    if seconds > LONGEST_S:
        raise ValueError(f"{text!r} is longer than a year")
    return seconds


def parse_lifetime(text: str) -> Duration:
    """From such as `6h` or `30d`. Raises ValueError."""
    seconds = _in_seconds(text, _LONG, "6h or 30d")
    if seconds > LONGEST_LIFETIME_S:
        raise ValueError(f"{text!r} is longer than 3650 days")
    lifetime = Duration()
    lifetime.FromMilliseconds(round(seconds * 1000))
    return lifetime


def _in_seconds(text: str, units: Mapping[str, float], such_as: str) -> float:
    match = _NUMBER.fullmatch(text.strip())
    if match is None or match[2].lower() not in units:
        raise ValueError(f"{text!r} is not a time such as {such_as}")
    return float(match[1]) * units[match[2].lower()]


def parse_pair(text: str) -> Pair:
    """From `key=value`. Raises ValueError."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise ValueError(f"{text!r} is not KEY=VALUE")
    return Pair(key, value)


def parse_amount(text: str) -> ExtendedAmount:
    """From such as `gpu.a100=1`. Raises ValueError."""
    name, value = parse_pair(text)
    if not value.isdecimal():
        raise ValueError(f"{text!r} is not CLASS=COUNT, such as gpu.a100=1")
    return ExtendedAmount(name, _bounded(int(value), text))


def amount_text(resource_class: str, amount: int) -> str:
    """An amount with its unit: `512 MiB`, `64 GiB`, `3`."""
    if resource_class == "disk_gib":
        return f"{amount} GiB" if amount < 10 * _KIB else f"{amount / _KIB:.1f} TiB"
    if resource_class not in ("memory_mib", "image_mib"):
        return str(amount)
    if amount >= _KIB and amount % _KIB == 0:
        return f"{amount // _KIB} GiB"
    return f"{amount} MiB" if amount < 10 * _KIB else f"{amount / _KIB:.1f} GiB"


def bytes_text(amount: float) -> str:
    """Bytes, to three digits or so: `512 B`, `1.5 MiB`, `161 MiB`, `23.4 GiB`."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    power = 0
    # What would be rounded to 1024 is 1.0 of the next.
    while amount >= _KIB - 0.5 and power < len(units) - 1:
        amount, power = amount / _KIB, power + 1
    digits = 1 if power and amount < 99.95 and amount != int(amount) else 0
    return f"{amount:.{digits}f} {units[power]}"


def used_text(resource_class: str, amount: float) -> str:
    """What was measured, with its unit: it is no whole number of the class's own."""
    match resource_class:
        case "memory_mib":
            return bytes_text(amount * MIB)
        case "disk_gib":
            return bytes_text(amount * GIB)
        case _:
            return f"{amount:.2f}"


def amounts_text(vcpus: int, memory_mib: int, disk_gib: int, extended: Mapping[str, int]) -> str:
    """All that is not 0, in words: `2 vCPUs, 512 MiB memory, 10 GiB disk, 1 gpu.a100`. `nothing` for nothing."""
    parts = [
        f"{vcpus} vCPU{'' if vcpus == 1 else 's'}" if vcpus else "",
        f"{amount_text('memory_mib', memory_mib)} memory" if memory_mib else "",
        f"{amount_text('disk_gib', disk_gib)} disk" if disk_gib else "",
        *(_extended_text(name, amount) for name, amount in sorted(extended.items())),
    ]
    return ", ".join(each for each in parts if each) or "nothing"


def _extended_text(resource_class: str, amount: int) -> str:
    match resource_class:
        case "addresses":
            return counted(amount, "address")
        case "image_mib":
            return f"{amount_text(resource_class, amount)} images"
        case _:
            return f"{amount} {resource_class}"


class Amounts(Protocol):
    """An amount of each class, of the API or of an event."""

    @property
    def vcpus(self) -> int: ...

    @property
    def memory_mib(self) -> int: ...

    @property
    def disk_gib(self) -> int: ...

    @property
    def extended(self) -> Mapping[str, int]: ...


def resources_text(of: Amounts) -> str:
    """`2 vCPUs, 512 MiB memory, 10 GiB disk`."""
    return amounts_text(of.vcpus, of.memory_mib, of.disk_gib, of.extended)


def counted(count: int, noun: str) -> str:
    """`1 host`, `2 hosts`, `2 hashes`, `2 addresses`."""
    return f"{count} {noun}{'' if count == 1 else 'es' if noun.endswith(('sh', 'ss')) else 's'}"


def age_text(seconds: float) -> str:
    """How long ago, for a narrow column: `12s`, `3m`, `5h`, `40d`."""
    whole = max(int(seconds), 0)
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if whole >= 2 * length:
            return f"{whole // length}{unit}"
    return f"{whole}s"


def seconds_text(seconds: float) -> str:
    """How long: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`."""
    if seconds < 10:
        return f"{max(seconds, 0.0):.1f} s"
    whole = int(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 2 * 24 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"
