"""What a VM may use of its host: how it shares CPUs, and what it may do with disk and network. Performs no I/O."""

from enum import IntEnum
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev


class CpuPolicy(IntEnum):
    """How a VM shares its host's CPUs. The numbers are those of chronovisor.v1.CpuPolicy."""

    SHARE = 1
    GUARANTEE = 2


class IoLimits(NamedTuple):
    """Operations and bytes a second; 0 is no limit. By the names of chronovisor.v1.IoLimits."""

    disk_read_iops: int = 0
    disk_write_iops: int = 0
    disk_read_bytes: int = 0
    disk_write_bytes: int = 0
    network_receive_bytes: int = 0
    network_send_bytes: int = 0


NO_IO_LIMITS = IoLimits()


def recorded_policy(policy: CpuPolicy) -> int:
    """As an event records it: 0 for what was the only one before there were two."""
    return 0 if policy is CpuPolicy.SHARE else policy


def policy_of(recorded: int) -> CpuPolicy:
    return CpuPolicy(recorded or CpuPolicy.SHARE)


def recorded_io_limits(limits: IoLimits) -> ev.IoLimits | None:
    """As an event records them; None where there are none."""
    return ev.IoLimits(**limits._asdict()) if limits != NO_IO_LIMITS else None


def io_limits_of(recorded: ev.IoLimits) -> IoLimits:
    return IoLimits(**{name: getattr(recorded, name) for name in IoLimits._fields})
