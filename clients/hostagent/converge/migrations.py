"""What no hypervisor shows of a host's guests: their moves, and what was made of their disks. Lives with the agent."""

from collections.abc import Callable

from hostagent.drivers.base import Endpoint, GuestRef, MigrationProgress, VmUid


class GuestMoves:
    """By incarnation: where guests can arrive, and how large their disks were made."""

    def __init__(self, on_progress: Callable[[GuestRef, MigrationProgress], None]) -> None:
        self.progressed = on_progress
        self._endpoints: dict[GuestRef, Endpoint] = {}
        self._disk_gib: dict[GuestRef, int] = {}

    def endpoint(self, ref: GuestRef) -> Endpoint | None:
        return self._endpoints.get(ref)

    def is_prepared(self, ref: GuestRef) -> bool:
        return ref in self._endpoints

    def prepared(self, ref: GuestRef, endpoint: Endpoint) -> None:
        self._endpoints[ref] = endpoint

    def has_disk(self, ref: GuestRef, disk_gib: int) -> bool:
        return self._disk_gib.get(ref, 0) >= disk_gib

    def grown(self, ref: GuestRef, disk_gib: int) -> None:
        self._disk_gib[ref] = disk_gib

    def forget(self, vm_uid: VmUid) -> None:
        """Nothing of the VM is desired here any more."""
        self._endpoints = {ref: each for ref, each in self._endpoints.items() if ref.vm_uid != vm_uid}
        self._disk_gib = {ref: each for ref, each in self._disk_gib.items() if ref.vm_uid != vm_uid}
