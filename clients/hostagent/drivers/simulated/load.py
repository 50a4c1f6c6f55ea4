"""What simulated guests use: as much as their names and the time that they ran say. Chooses nothing by chance."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from hostagent.drivers.base import Guest, GuestSample, GuestSpec, HostSample, Power, Samples, VmUid

_SECOND_US = 1_000_000
_MIB, _GIB = 1 << 20, 1 << 30
# Bytes in a second of each vCPU's time.
_READ_RATE, _WRITE_RATE = 400_000, 150_000
# Of a host: what it takes to run, whatever its guests do.
_HOST_LOAD, _HOST_MEMORY = 0.02, 0.03


def load_of(vm_uid: VmUid) -> float:
    """Which part of its vCPUs a guest uses while it runs, 0.05 to 0.95; of its memory and disk, too."""
    return (5 + zlib.crc32(vm_uid.encode()) % 91) / 100


@dataclass(slots=True)
class _Run:
    """One incarnation's time: what it ran before, and since when it runs. `since_us` is None while it does not."""

    guest: Guest
    spec: GuestSpec | None
    ran_us: int = 0
    since_us: int | None = None

    def lasted_us(self, now_us: int) -> int:
        return self.ran_us + (0 if self.since_us is None else max(0, now_us - self.since_us))

    def cpu_us(self, now_us: int) -> int:
        vcpus = self.spec.vcpus if self.spec else 1
        return round(self.lasted_us(now_us) * vcpus * load_of(self.guest.vm_uid))

    def sample(self, now_us: int) -> GuestSample:
        load, spec = load_of(self.guest.vm_uid), self.spec
        disk_bytes = round(spec.disk_gib * _GIB * load) if spec and spec.disk_gib else None
        if not self.guest.power.is_active:
            return GuestSample(self.guest.ref, disk_bytes=disk_bytes)
        cpu_us = self.cpu_us(now_us)
        return GuestSample(
            self.guest.ref,
            cpu_us=cpu_us,
            memory_bytes=round(spec.memory_mib * _MIB * load) if spec else None,
            disk_bytes=disk_bytes,
            disk_read_bytes=cpu_us * _READ_RATE // _SECOND_US if disk_bytes is not None else None,
            disk_written_bytes=cpu_us * _WRITE_RATE // _SECOND_US if disk_bytes is not None else None,
        )


class SimulatedLoad:
    """The CPU time of a host and of its guests, by the times at which they began and ended to run."""

    def __init__(self, vcpus: int, memory_mib: int, now_us: int) -> None:
        self._vcpus, self._memory_mib = vcpus, memory_mib
        self._booted_us = now_us
        self._runs: dict[VmUid, _Run] = {}
        # CPU time of incarnations that are no more.
        self._spent_us = 0

    def changed(self, guest: Guest, spec: GuestSpec | None, now_us: int) -> None:
        """The guest is so from now on."""
        run = self._runs.get(guest.vm_uid)
        if run is None or run.guest.incarnation != guest.incarnation:
            self.gone(guest.vm_uid, now_us)
            run = self._runs[guest.vm_uid] = _Run(guest, spec)
        run.guest = guest
        run.ran_us, run.since_us = run.lasted_us(now_us), now_us if guest.power is Power.RUNNING else None

    def gone(self, vm_uid: VmUid, now_us: int) -> None:
        if run := self._runs.pop(vm_uid, None):
            self._spent_us += run.cpu_us(now_us)

    def samples(self, now_us: int) -> Samples:
        guests = tuple(run.sample(now_us) for run in self._runs.values())
        total_us = self._vcpus * max(0, now_us - self._booted_us)
        guests_us = sum(run.cpu_us(now_us) for run in self._runs.values())
        host = HostSample(
            cpu_us=min(total_us, self._spent_us + guests_us + round(total_us * _HOST_LOAD)),
            cpu_total_us=total_us,
            memory_bytes=round(self._memory_mib * _MIB * _HOST_MEMORY) + _sum(each.memory_bytes for each in guests),
            disk_bytes=_sum(each.disk_bytes for each in guests),
        )
        return Samples(now_us * 1000, host, guests)


def _sum(amounts: Iterable[int | None]) -> int:
    return sum(amount or 0 for amount in amounts)
