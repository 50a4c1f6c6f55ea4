"""Limits of guests, put on domains: CPU time and memory by control groups, disk by QEMU, network cards by the kernel.

CPU and memory are limited once the guest is there, and before it runs an instruction: libvirt refuses a definition with
limits where a host has no control groups, and one with a limit of memory where it may not raise that of locked memory.
"""

from collections.abc import Iterator
from dataclasses import asdict
from xml.etree import ElementTree

import libvirt

from hostagent.drivers.base import CpuPolicy, GuestRefused, Limits
from hostagent.drivers.isolation import Isolation
from hostagent.drivers.libvirt.domain_xml import DISK, IO_TUNE

# Of one vCPU, of the most that control groups of either version take: guests have weights among each other.
SHARES_A_VCPU = 10
MOST_SHARES = 10_000
PERIOD_US = 100_000
NO_QUOTA = -1
# What QEMU takes beside the guest's memory: caches, buffers, translated code, what a migration keeps. Ever so generous:
# it protects the host from a process that grows without end, and kills none that does its work.
OVERHEAD_KIB = 512 << 10
OVERHEAD_PER_CENT = 2
_LIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE


def require_possible(limits: Limits, possible: frozenset[Isolation]) -> None:
    """Raises GuestRefused for a promise that this host cannot keep."""
    if limits.cpu is CpuPolicy.GUARANTEE and Isolation.CGROUP_CPU not in possible:
        raise GuestRefused("this host cannot guarantee CPU time: its guests' has no limit")


def cpu_parameters(vcpus: int, policy: CpuPolicy) -> dict[str, int]:
    """A weight by the number of vCPUs; and of a guarantee, as much time as so many CPUs have."""
    quota = vcpus * PERIOD_US if policy is CpuPolicy.GUARANTEE else NO_QUOTA
    shares = min(vcpus * SHARES_A_VCPU, MOST_SHARES)
    return {"cpu_shares": shares, "global_period": PERIOD_US, "global_quota": quota}


def memory_limit_kib(memory_kib: int) -> int:
    """Of the guest's process, by the guest's memory."""
    return memory_kib + memory_kib * OVERHEAD_PER_CENT // 100 + OVERHEAD_KIB


def confine(domain: libvirt.virDomain, limits: Limits, possible: frozenset[Isolation]) -> None:
    """Limits CPU time and memory of an active guest, as far as the host can. Raises libvirtError."""
    if Isolation.CGROUP_CPU in possible:
        domain.setSchedulerParametersFlags(cpu_parameters(domain.maxVcpus(), limits.cpu), _LIVE)
    if Isolation.CGROUP_MEMORY in possible:
        domain.setMemoryParameters({"hard_limit": memory_limit_kib(domain.maxMemory())}, _LIVE)


def change(domain: libvirt.virDomain, limits: Limits, possible: frozenset[Isolation]) -> None:
    """Gives an active guest these limits instead of those it has, also after a restart of it. Raises libvirtError."""
    confine(domain, limits, possible)
    devices = ElementTree.fromstring(domain.XMLDesc())
    # libvirt's test driver takes no limit of a disk without another one for bursts.
    if devices.find(f"devices/disk/target[@dev='{DISK}']") is not None and domain.connect().getType() != "TEST":
        flags = _LIVE | (libvirt.VIR_DOMAIN_AFFECT_CONFIG if domain.isPersistent() else 0)
        domain.setBlockIoTune(DISK, {f"{name}_sec": most for name, most in io_tune(limits).items()}, flags)
    for card in _cards(devices):
        domain.setInterfaceParameters(card, card_parameters(limits), _LIVE)


def io_tune(limits: Limits) -> dict[str, int]:
    """What a disk may do each second, by libvirt's names without `_sec`; 0: no limit."""
    values = asdict(limits)
    return {name: values[field] for name, field in IO_TUNE.items()}


def card_parameters(limits: Limits) -> dict[str, int]:
    """What a network card may do, in KiB a second; 0: no limit. What comes in is what the guest receives."""
    return {
        "inbound.average": _kib(limits.network_receive_bytes),
        "outbound.average": _kib(limits.network_send_bytes),
    }


def _kib(most: int) -> int:
    return -(-most // 1024)


def _cards(domain: ElementTree.Element) -> Iterator[str]:
    """The network cards that somebody gave a guest, by their names on the host: the agent gives it none."""
    for target in domain.iterfind("devices/interface/target"):
        if name := target.get("dev"):
            yield name
