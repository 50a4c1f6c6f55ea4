"""Measures what guests are confined by on this host: starts one that runs nothing, and looks at its process.

A configuration says what was intended, and libvirt's capabilities what it knows of; neither is believed alone.
"""

import contextlib
import logging
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import libvirt

from hostagent.drivers.isolation import Isolation
from hostagent.drivers.libvirt.domain_xml import Platform, probe_xml

log = logging.getLogger(__name__)
# A user's, not root's, without a single capability; system calls filtered, by a program that it cannot take off.
_NO_CAPABILITIES = 0
_FILTERED = "2"
_SANDBOX = re.compile(r"on,.*elevateprivileges=deny.*")
_PROFILE = re.compile(r"libvirt-\S+ \(enforce\)")
_LABEL = re.compile(r"[^:]+:[^:]+:svirt[^:]*:.+")
_ENFORCING = Path("/sys/fs/selinux/enforce")
_PROBE_SHARES = 512
_PROBE_LIMIT_KIB = 1 << 20
# What is missing there is warned of: every host can have it.
_EXPECTED = (Isolation.DAC, Isolation.SECCOMP)


@dataclass(frozen=True, slots=True)
class GuestProcess:
    """What the kernel says of a guest's process."""

    # `Uid`, `CapEff`, ... by the names of /proc/PID/status.
    status: dict[str, str]
    arguments: tuple[str, ...]
    # Its label of AppArmor's or SELinux's. Empty: the kernel has neither.
    label: str = ""
    # Whether SELinux is not merely permissive.
    enforcing: bool = False
    # The lines of /proc/PID/cgroup.
    cgroups: tuple[str, ...] = ()

    @property
    def sandbox(self) -> str:
        """What QEMU was started with as -sandbox."""
        return next((value for option, value in pairwise(self.arguments) if option == "-sandbox"), "")


def isolation_of(process: GuestProcess, security_models: Iterable[str]) -> frozenset[Isolation]:
    """What a guest's process is confined by. `security_models` are those that libvirt has on this host."""
    models = frozenset(security_models)
    status = process.status
    is_user = "0" not in status.get("Uid", "0").split()
    is_plain = int(status.get("CapEff", "1"), 16) == _NO_CAPABILITIES
    is_filtered = status.get("Seccomp") == _FILTERED and status.get("NoNewPrivs") == "1"
    holds = {
        Isolation.DAC: is_user and is_plain,
        Isolation.SECCOMP: is_filtered and bool(_SANDBOX.fullmatch(process.sandbox)),
        Isolation.APPARMOR: "apparmor" in models and bool(_PROFILE.fullmatch(process.label)),
        Isolation.SVIRT: "selinux" in models and process.enforcing and bool(_LABEL.fullmatch(process.label)),
    }
    return frozenset(each for each, is_so in holds.items() if is_so)


def measure_isolation(
    connection: libvirt.virConnect, platform: Platform, security_models: Iterable[str]
) -> frozenset[Isolation]:
    """Nothing where no guest can be started: nothing is known then. Blocks for a second, the first time for ten."""
    uid = str(uuid.uuid4())
    flags = libvirt.VIR_DOMAIN_START_PAUSED | libvirt.VIR_DOMAIN_START_AUTODESTROY
    try:
        probe = connection.createXML(probe_xml(uid, platform), flags)
    except libvirt.libvirtError as error:
        log.warning("no guest could be started to see what confines it: %s", error)
        return frozenset()
    try:
        process = find_process(uid)
        found = isolation_of(process, security_models) if process else frozenset[Isolation]()
        measured = found | _limits(probe)
    finally:
        with contextlib.suppress(libvirt.libvirtError):
            probe.destroy()
    if missing := [each.value for each in _EXPECTED if each not in measured]:
        log.warning(
            "guests are not confined as they could be (no %s): see deploy/libvirt/qemu.conf", " and no ".join(missing)
        )
    return measured


def find_process(vm_uid: str, proc: Path = Path("/proc")) -> GuestProcess | None:
    """The process of a guest on this machine. None where there is none, or where it cannot be seen."""
    for directory in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            arguments = tuple((directory / "cmdline").read_bytes().decode(errors="replace").split("\0"))
            if ("-uuid", vm_uid) in pairwise(arguments):
                lines = (directory / "status").read_text().splitlines()
                status = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
                cgroups = tuple((directory / "cgroup").read_text().splitlines())
                return GuestProcess(status, arguments, _first(_labels(directory)), _is_enforcing(), cgroups)
    return None


def _labels(directory: Path) -> Iterator[str]:
    for name in ("attr/apparmor/current", "attr/current"):
        # A kernel without such a module refuses.
        with contextlib.suppress(OSError):
            yield (directory / name).read_text().strip("\0\n ")


def _first(words: Iterable[str]) -> str:
    return next((word for word in words if word), "")


def _is_enforcing() -> bool:
    try:
        return _ENFORCING.read_text().strip() == "1"
    except OSError:
        return False


def _limits(probe: libvirt.virDomain) -> frozenset[Isolation]:
    """The limits that can be put on a guest, tried out."""
    tries = {
        Isolation.CGROUP_CPU: lambda: _takes_cpu(probe),
        Isolation.CGROUP_MEMORY: lambda: _takes_memory(probe),
    }
    return frozenset(each for each, holds in tries.items() if _succeeds(holds))


def _takes_cpu(probe: libvirt.virDomain) -> bool:
    given = {"cpu_shares": _PROBE_SHARES, "global_quota": 100_000, "global_period": 100_000}
    probe.setSchedulerParametersFlags(given, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    read = probe.schedulerParametersFlags(libvirt.VIR_DOMAIN_AFFECT_LIVE)
    return given.items() <= read.items()


def _takes_memory(probe: libvirt.virDomain) -> bool:
    probe.setMemoryParameters({"hard_limit": _PROBE_LIMIT_KIB}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    return probe.memoryParameters(libvirt.VIR_DOMAIN_AFFECT_LIVE)["hard_limit"] == _PROBE_LIMIT_KIB


def _succeeds(holds: Callable[[], bool]) -> bool:
    try:
        return holds()
    except libvirt.libvirtError:
        return False
