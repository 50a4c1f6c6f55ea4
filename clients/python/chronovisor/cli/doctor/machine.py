"""This machine, as checks look at it: paths, its clock, its environment. Reads, and changes nothing."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from chronovisor.addresses import HOME_VARIABLE

# Of the units for systemd.
_SYSTEM_HOMES = (Path("/var/lib/chronovisor"), Path("/var/lib/chronovisor-agent"))
_LIBVIRT = (Path("/run/libvirt/libvirt-sock"), Path("/run/libvirt/virtqemud-sock"))


class Room(NamedTuple):
    """Of a file system, in bytes."""

    total: int
    free: int


def _room(path: Path) -> Room:
    found = shutil.disk_usage(path)
    return Room(found.total, found.free)


def _homes() -> tuple[Path, ...]:
    given = os.environ.get(HOME_VARIABLE) or "~/.local/state/chronovisor"
    return (Path(given).expanduser(), *_SYSTEM_HOMES)


@dataclass(frozen=True, slots=True)
class Machine:
    """`homes`: where control planes and agents keep their files. `now`: seconds since 1970."""

    homes: tuple[Path, ...] = field(default_factory=_homes)
    user_home: Path = field(default_factory=Path.home)
    kvm: Path = Path("/dev/kvm")
    cpus: Path = Path("/proc/cpuinfo")
    libvirt: tuple[Path, ...] = _LIBVIRT
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    room: Callable[[Path], Room] = _room
    may: Callable[[Path, int], bool] = os.access
    now: Callable[[], float] = time.time
