"""The fencers that are configured: which host has which, and whether this machine has what they need."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from controlplane.domain.host.aggregate import Host
from controlplane.fencers import ipmi
from controlplane.fencers.command import CommandPower
from controlplane.fencers.fencer import Fencer, FenceTarget, PowerSwitch, ReadBack
from controlplane.fencers.ipmi import IpmiPower
from controlplane.fencers.parameters import FencerSettings
from controlplane.fencers.redfish import RedfishPower

# Of `manual` there is none: a person goes there, and gives their word.
SWITCHES: Mapping[str, Callable[..., PowerSwitch]] = {
    "redfish": RedfishPower,
    "ipmi": IpmiPower,
    "command": CommandPower,
}
_FILES = ("password_file", "ca_file")
_PROGRAMS = ("program", "status")


class Fencers:
    """The configured ones, in their order: of those that select a host, the first is its own."""

    def __init__(self, configured: Sequence[FencerSettings] = ()) -> None:
        self._configured = tuple(configured)

    def for_host(self, host: Host) -> Fencer | None:
        """None where nothing selects the host, or `manual` does."""
        words = host.words
        found = next((each for each in self._configured if each.hosts.matches(words)), None)
        return _fencer(found) if found else None


def _fencer(settings: FencerSettings) -> Fencer | None:
    kind = SWITCHES.get(settings.kind)
    if kind is None:
        return None

    def switch(target: FenceTarget) -> PowerSwitch:
        return kind(target, **settings.parameters)

    return ReadBack(switch, settings.timeout_s, settings.attempts)


def require_installed(configured: Sequence[FencerSettings]) -> None:
    """Raises ValueError, with the fencer's number, for a file, a program or a library that is not there."""
    for number, each in enumerate(configured, start=1):
        for check in (_files, _programs, _tools):
            if problem := check(each):
                raise ValueError(f"fencers, number {number}, {problem}")


def _files(settings: FencerSettings) -> str:
    for name in _FILES:
        if path := settings.parameters.get(name):
            try:
                if not Path(path).read_text().strip():
                    return f"{name}: {path} is empty"
            except (OSError, ValueError) as error:
                return f"{name}: {path}: {getattr(error, 'strerror', None) or 'is no text'}"
    return ""


def _programs(settings: FencerSettings) -> str:
    for name in _PROGRAMS:
        argv: Sequence[str] = settings.parameters.get(name, ())
        if argv and "{" not in argv[0] and not (Path(argv[0]).is_file() and os.access(argv[0], os.X_OK)):
            return f"{name}: {argv[0]} is no program"
    return ""


def _tools(settings: FencerSettings) -> str:
    if settings.kind == "ipmi" and not shutil.which(ipmi.PROGRAM):
        return f"kind: needs the program {ipmi.PROGRAM}; install it with: apt-get install ipmitool"
    if settings.kind == "redfish" and not importlib.util.find_spec("sushy"):
        return "kind: needs sushy; install it with: pip install 'chronovisor-server[fencing]'"
    return ""
