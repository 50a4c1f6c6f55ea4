"""Simulated hosts that can reach one another: the links between them, and the disks that they share. All in memory."""

from collections.abc import Iterator
from typing import Protocol

from hostagent.drivers.base import Guest, GuestSpec, Power, VmUid


class SimulatedHost(Protocol):
    """A hypervisor, as others and migrations see it."""

    # Why nothing can be read or done now; empty: it can.
    outage: str

    @property
    def guests(self) -> dict[VmUid, Guest]: ...

    @property
    def disk_pool(self) -> str: ...

    def spec_of(self, vm_uid: VmUid) -> GuestSpec | None: ...

    def delay_of(self, step: str) -> float: ...

    def fault_of(self, step: str) -> str:
        """Why the step fails this time; empty: it does not."""
        ...

    def put(self, guest: Guest, spec: GuestSpec | None = None) -> None: ...

    def vanish(self, vm_uid: VmUid) -> None: ...


class SimulatedNetwork:
    """The hosts of one process, by name."""

    def __init__(self) -> None:
        self._hosts: dict[str, SimulatedHost] = {}
        self._cut: set[str] = set()
        # By pool.
        self._disks: dict[str, set[VmUid]] = {}

    def join(self, name: str, host: SimulatedHost) -> None:
        """Puts a host where there is none of this name, or in its place."""
        self._hosts[name] = host

    def cut(self, name: str) -> None:
        """Parts a host from all others. What is between them fails."""
        self._cut.add(name)

    def heal(self, name: str) -> None:
        self._cut.discard(name)

    def host(self, name: str) -> SimulatedHost | None:
        return self._hosts.get(name)

    def connects(self, one: str, other: str) -> bool:
        return one == other or not self._cut & {one, other}

    def disks(self, pool: str) -> set[VmUid]:
        """Those that all hosts of a pool have. It is no part of the network that can be cut."""
        return self._disks.setdefault(pool, set())

    def running_incarnations(self) -> dict[VmUid, list[tuple[str, int]]]:
        """By VM: on which hosts it executes instructions now, and as which incarnation. More than one is a disaster."""
        found: dict[VmUid, list[tuple[str, int]]] = {}
        for name, guest in self._all_guests():
            if guest.power is Power.RUNNING:
                found.setdefault(guest.vm_uid, []).append((name, guest.incarnation))
        return found

    def writer(self, vm_uid: VmUid, pool: str) -> str | None:
        """The host of a pool that has the VM's disk locked, as whoever executes it does."""
        for name, guest in self._all_guests():
            if guest.vm_uid == vm_uid and guest.power is Power.RUNNING and self._hosts[name].disk_pool == pool:
                return name
        return None

    def _all_guests(self) -> Iterator[tuple[str, Guest]]:
        for name, host in self._hosts.items():
            for guest in host.guests.values():
                yield name, guest
