"""One rig a driver: a hypervisor, drivers on it, and a hand that acts behind their backs."""

import asyncio
import uuid
from abc import ABC, abstractmethod
from pathlib import Path

import libvirt
from hostagent.drivers.base import Driver, GuestSpec, KernelBoot, VmUid
from hostagent.drivers.libvirt import LibvirtDriver, LibvirtSettings, VirtType
from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.drivers.simulated.network import SimulatedNetwork

from deploy.dev.private_hosts import PrivateHosts


class Rig(ABC):
    """A hypervisor under test."""

    kernel = KernelBoot("tiny-vmlinuz", "tiny-initramfs.gz")
    # Whether the hypervisor reports what is used of CPUs and memory.
    measures = True
    # Where guests of `driver` can go; None where they can go nowhere.
    elsewhere: Driver | None = None

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.hints: asyncio.Queue[VmUid | None] = asyncio.Queue()
        self.driver: Driver
        self._made: list[GuestSpec] = []

    @abstractmethod
    def new_driver(self) -> Driver:
        """Another driver on the same hypervisor, as after a restart of the agent. To be opened and closed."""

    @abstractmethod
    def end_behind_our_back(self, vm_uid: VmUid) -> None:
        """Ends a running guest without the driver."""

    @abstractmethod
    def undefine_behind_our_back(self, vm_uid: VmUid) -> None:
        """Makes a stopped guest unknown to the hypervisor."""

    def has_files(self, vm_uid: VmUid) -> bool:
        return any(self.state_dir.rglob(f"*{vm_uid}*"))

    async def open(self) -> None:
        self.driver = self.new_driver()
        await self.driver.open(self.hints.put_nowait)

    async def close(self) -> None:
        for driver in (self.driver, *([self.elsewhere] if self.elsewhere else [])):
            for spec in self._made:
                await driver.delete(self.spec(incarnation=1_000, vm_uid=spec.vm_uid).ref)
            await driver.close()

    def spec(self, *, incarnation: int = 1, disk_gib: int = 0, vm_uid: VmUid | None = None) -> GuestSpec:
        uid = vm_uid or VmUid(str(uuid.uuid4()))
        return GuestSpec(uid, "projects/p/vms/a", incarnation, 1, 112, disk_gib, self.kernel)

    async def defined(self, *, disk_gib: int = 0) -> GuestSpec:
        spec = self.spec(disk_gib=disk_gib)
        self._made.append(spec)
        await self.driver.define(spec)
        return spec

    async def running(self) -> GuestSpec:
        spec = await self.defined()
        await self.driver.start(spec.ref, paused=False)
        return spec


class SimulatedRig(Rig):
    def new_driver(self) -> SimulatedDriver:
        # The hypervisor is the driver itself: it lives as long as its object.
        self._simulated = getattr(self, "_simulated", None) or SimulatedDriver()
        self._simulated.behaviour.images = (self.kernel.kernel, self.kernel.initramfs)
        return self._simulated

    def end_behind_our_back(self, vm_uid: VmUid) -> None:
        self._simulated.end(vm_uid)

    def undefine_behind_our_back(self, vm_uid: VmUid) -> None:
        self._simulated.vanish(vm_uid)

    def has_files(self, vm_uid: VmUid) -> bool:
        return self._simulated.has_disk(vm_uid)


class SimulatedPairRig(SimulatedRig):
    """Two simulated hosts that reach each other."""

    def new_driver(self) -> SimulatedDriver:
        if not hasattr(self, "_network"):
            self._network = SimulatedNetwork()
            self._simulated = SimulatedDriver(network=self._network, name="node-1")
        return super().new_driver()

    async def open(self) -> None:
        await super().open()
        self.elsewhere = SimulatedDriver(network=self._network, name="node-2")
        await self.elsewhere.open(lambda _uid: None)


class LibvirtRig(Rig):
    def __init__(self, state_dir: Path, uri: str, image_dir: Path) -> None:
        super().__init__(state_dir)
        self.uri = uri
        self._image_dir = image_dir
        self.measures = not uri.startswith("test:")
        self.other = libvirt.open(uri)

    def new_driver(self) -> LibvirtDriver:
        return LibvirtDriver(LibvirtSettings(self.uri, self._image_dir, self.state_dir, VirtType.QEMU))

    def end_behind_our_back(self, vm_uid: VmUid) -> None:
        self.other.lookupByUUIDString(vm_uid).destroy()

    def undefine_behind_our_back(self, vm_uid: VmUid) -> None:
        self.other.lookupByUUIDString(vm_uid).undefine()

    async def close(self) -> None:
        await super().close()
        self.other.close()


class LibvirtPairRig(LibvirtRig):
    """Two hosts with a libvirt each."""

    def __init__(self, state_dir: Path, hosts: PrivateHosts, image_dir: Path) -> None:
        one, self._other = hosts.values()
        super().__init__(state_dir, one.uri, image_dir)

    async def open(self) -> None:
        await super().open()
        settings = LibvirtSettings(
            self._other.uri,
            self._image_dir,
            self.state_dir.with_name("elsewhere"),
            VirtType.QEMU,
            migration_uri=self._other.peer_uri,
        )
        self.elsewhere = LibvirtDriver(settings)
        await self.elsewhere.open(lambda _uid: None)


def fake_images(folder: Path) -> Path:
    """Files that no guest of libvirt's test driver will ever read."""
    folder.mkdir()
    for name in (Rig.kernel.kernel, Rig.kernel.initramfs):
        (folder / name).write_bytes(b"")
    return folder
