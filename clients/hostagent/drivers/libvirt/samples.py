"""Samples of use from libvirt and the file system, blocking, on a connection's thread. What they lack is absent."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import libvirt

from hostagent.drivers.base import GuestRef, GuestSample, HostSample, InterfaceSample, Samples, VmUid
from hostagent.drivers.libvirt import metadata
from hostagent.drivers.libvirt.states import power_of
from hostagent.network import names

T = TypeVar("T")
_KIB = 1024
# What `st_blocks` counts, whatever the file system's own blocks are.
_BLOCK = 512
_STATISTICS = (
    libvirt.VIR_DOMAIN_STATS_STATE
    | libvirt.VIR_DOMAIN_STATS_CPU_TOTAL
    | libvirt.VIR_DOMAIN_STATS_BALLOON
    | libvirt.VIR_DOMAIN_STATS_BLOCK
    | libvirt.VIR_DOMAIN_STATS_INTERFACE
)


def read_samples(connection: libvirt.virConnect, folder: Path, disk_of: Callable[[VmUid], Path]) -> Samples:
    """The host, whose disks are in `folder`, and the agent's guests. Raises libvirtError."""
    # A guest that a job is at work on reports what is known without a query: nobody waits for anybody.
    stats = connection.getAllDomainStats(_STATISTICS, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT)
    taken_ns = time.time_ns()
    found = [_guest(domain, fields, disk_of) for domain, fields in stats]
    guests = tuple(guest for guest in found if guest is not None)
    return Samples(taken_ns, _host(connection, folder), guests)


def _guest(
    domain: libvirt.virDomain, fields: Mapping[str, int | str], disk_of: Callable[[VmUid], Path]
) -> GuestSample | None:
    """None for a domain that is not the agent's, or is gone by now."""
    try:
        ours = metadata.read(domain)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise
    if ours is None:
        return None
    ref, disk_bytes = GuestRef(ours.vm_uid, ours.incarnation), _taken_by(disk_of(ours.vm_uid))
    power, _ = power_of(_number(fields, "state.state") or 0, _number(fields, "state.reason") or 0)
    if not power.is_active:
        # libvirt gives its own CPU time for that of a domain without a process.
        return GuestSample(ref, disk_bytes=disk_bytes)
    cpu_ns, rss_kib = _number(fields, "cpu.time"), _number(fields, "balloon.rss")
    return GuestSample(
        ref,
        cpu_us=None if cpu_ns is None else cpu_ns // 1000,
        memory_bytes=None if rss_kib is None else rss_kib * _KIB,
        disk_bytes=disk_bytes,
        disk_read_bytes=_sum(fields, "block", "rd.bytes"),
        disk_written_bytes=_sum(fields, "block", "wr.bytes"),
        network_received_bytes=_sum(fields, "net", "rx.bytes"),
        network_sent_bytes=_sum(fields, "net", "tx.bytes"),
        interfaces=tuple(_interfaces(fields, ours.vm_uid)),
    )


def _interfaces(fields: Mapping[str, int | str], vm_uid: VmUid) -> Iterator[InterfaceSample]:
    """Those that have a name of ours: of others, the index is not known."""
    for place in range(_number(fields, "net.count") or 0):
        if (index := names.tap_index(str(fields.get(f"net.{place}.name")), vm_uid)) is not None:
            received, sent = (_number(fields, f"net.{place}.{way}.bytes") for way in ("rx", "tx"))
            yield InterfaceSample(index, received, sent)


def _number(fields: Mapping[str, int | str], key: str) -> int | None:
    value = fields.get(key)
    return value if isinstance(value, int) else None


def _sum(fields: Mapping[str, int | str], kind: str, key: str) -> int | None:
    """Over all devices of a kind; None where none reports it."""
    amounts = [_number(fields, f"{kind}.{number}.{key}") for number in range(_number(fields, f"{kind}.count") or 0)]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _taken_by(disk: Path) -> int | None:
    """What a disk takes of its file system: less than its size, as long as it has holes. None where there is none."""
    try:
        return disk.stat().st_blocks * _BLOCK
    except OSError:
        return None


def _host(connection: libvirt.virConnect, folder: Path) -> HostSample:
    cpu = _if_supported(lambda: connection.getCPUStats(-1))
    memory = _if_supported(lambda: connection.getMemoryStats(-1))
    idle_ns = sum(cpu.get(name, 0) for name in ("idle", "iowait")) if cpu else 0
    total_ns = sum(cpu.get(name, 0) for name in ("kernel", "user", "idle", "iowait")) if cpu else 0
    free = sum(memory.get(name, 0) for name in ("free", "buffers", "cached")) if memory else 0
    return HostSample(
        cpu_us=(total_ns - idle_ns) // 1000 if cpu else None,
        cpu_total_us=total_ns // 1000 if cpu else None,
        memory_bytes=max(0, memory["total"] - free) * _KIB if memory else None,
        disk_bytes=_used_of(folder),
    )


def _if_supported(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return None


def _used_of(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).used
    except OSError:
        return None
