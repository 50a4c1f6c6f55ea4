"""Two real libvirt hosts with a driver each, and a guest that counts."""

import asyncio
import dataclasses
import os
import signal
import subprocess
import uuid
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import libvirt
import pytest
from hostagent.drivers.base import (
    DiskMove,
    Guest,
    GuestSpec,
    KernelBoot,
    MigrationProgress,
    Outgoing,
    Power,
    VmUid,
)
from hostagent.drivers.libvirt import LibvirtDriver, LibvirtSettings, VirtType

from deploy.dev.private_hosts import PrivateHost, PrivateHosts, private_hosts
from tests.support.shared import tiny_images
from tests.support.waiting import patient, until

BOOT_S = patient(60.0)
COUNT = "chronovisor guest count: "


class Host:
    """A private host with a driver on it."""

    def __init__(self, private: PrivateHost, images: Path, state_dir: Path) -> None:
        self.private, self.images, self.state_dir = private, images, state_dir
        self._settings = LibvirtSettings(
            private.uri, images, state_dir, VirtType.QEMU, migration_uri=private.peer_uri, disk_pool="common"
        )
        self.driver = self.new_driver()

    def new_driver(self) -> LibvirtDriver:
        """To be opened and closed: as after a restart of the agent."""
        return LibvirtDriver(self._settings)

    async def read(self, spec: GuestSpec) -> Guest | None:
        return await self.driver.get_guest(spec.vm_uid)

    async def power(self, spec: GuestSpec) -> Power | None:
        guest = await self.read(spec)
        return guest.power if guest else None

    def disk(self, spec: GuestSpec) -> Path:
        return self.state_dir / "disks" / f"{spec.vm_uid}.qcow2"

    def counts(self, spec: GuestSpec) -> list[int]:
        """What the guest wrote to its console on this host."""
        console = self.state_dir / "consoles" / f"{spec.vm_uid}.log"
        if not console.exists():
            return []
        lines = console.read_text(errors="replace").split("\n")[:-1]
        return [int(line.removeprefix(COUNT)) for line in lines if line.startswith(COUNT)]

    async def counted(self, spec: GuestSpec, times: int = 1) -> int:
        """The guest's newest number, once it has printed so many more."""
        before = len(self.counts(spec))

        async def more() -> bool:
            return len(self.counts(spec)) >= before + times

        await until(more, BOOT_S)
        return self.counts(spec)[-1]

    def kill_guest(self, spec: GuestSpec) -> None:
        self.signal_guest(spec, signal.SIGKILL)

    def signal_guest(self, spec: GuestSpec, number: signal.Signals) -> None:
        """Such as SIGSTOP and SIGCONT, which hold its QEMU from taking what is sent for a while."""
        self.private.kill(self.private.guest_pid(f"cv-{spec.vm_uid}"), number)

    def allow_downtime(self, spec: GuestSpec, milliseconds: int) -> None:
        """So long the guest may stand still at the end of the migration that is under way."""
        connection = libvirt.open(self.private.uri)
        try:
            connection.lookupByUUIDString(spec.vm_uid).migrateSetMaxDowntime(milliseconds)
        finally:
            connection.close()


class Pair:
    """Two hosts, and what moves from the first to the second."""

    def __init__(self, hosts: PrivateHosts, folder: Path) -> None:
        images = tiny_images()
        self.source, self.destination = (Host(private, images, folder / private.name) for private in hosts.values())
        self.progress: list[MigrationProgress] = []
        self._folder = folder
        self._specs: list[GuestSpec] = []
        self._under_way: list[asyncio.Task[None]] = []

    @property
    def hosts(self) -> tuple[Host, Host]:
        return self.source, self.destination

    def share_disks(self) -> None:
        """Both hosts have the same directory for disks, as on storage that they share."""
        common = self._folder / "common"
        common.mkdir()
        for host in self.hosts:
            host.state_dir.mkdir()
            (host.state_dir / "disks").symlink_to(common)

    async def open(self) -> None:
        for host in self.hosts:
            await host.driver.open(lambda _uid: None)

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for host in self.hosts:
            host.private.heal()
            host.private.ensure_libvirtd()
            for spec in self._specs:
                # Shared disks are in use until the guest is gone from both.
                await host.driver.delete(dataclasses.replace(spec, incarnation=1_000).ref, keep_disk=True)
            await host.driver.close()

    async def running(self, *, disk_gib: int = 0, boot: KernelBoot | None = None) -> GuestSpec:
        """A guest that counts, on its disk, too, where it has one."""
        uid = VmUid(str(uuid.uuid4()))
        place = "/dev/vda" if disk_gib else "console"
        counts = KernelBoot("tiny-vmlinuz", "tiny-initramfs.gz", f"console=ttyS0 quiet chronovisor.count={place}")
        spec = GuestSpec(uid, "projects/p/vms/a", 1, 1, 112, disk_gib, boot or counts)
        self._specs.append(spec)
        await self.source.driver.define(spec)
        await self.source.driver.start(spec.ref, paused=False)
        return spec

    async def prepared(
        self, spec: GuestSpec, disk: DiskMove, *, bandwidth_mib_s: int = 0, timeout_s: float = 0.0
    ) -> Outgoing:
        """The destination is ready for the guest's next incarnation."""
        copy = moved(spec)
        endpoint = await self.destination.driver.prepare_incoming(copy, disk)
        return Outgoing(endpoint, copy.incarnation, disk, bandwidth_mib_s, timeout_s=timeout_s)

    async def migrate(
        self, spec: GuestSpec, disk: DiskMove, *, bandwidth_mib_s: int = 0, timeout_s: float = 0.0
    ) -> None:
        outgoing = await self.prepared(spec, disk, bandwidth_mib_s=bandwidth_mib_s, timeout_s=timeout_s)
        await self.source.driver.migrate(spec.ref, outgoing, self.progress.append)

    async def under_way(
        self, spec: GuestSpec, disk: DiskMove = DiskMove.NONE, *, bandwidth_mib_s: int = 1
    ) -> asyncio.Task[None]:
        """A migration that takes long, while it sends the guest's disk or memory."""
        outgoing = await self.prepared(spec, disk, bandwidth_mib_s=bandwidth_mib_s)
        task = asyncio.create_task(self.source.driver.migrate(spec.ref, outgoing, self.progress.append))

        async def sends() -> bool:
            if task.done():
                await task
            return await self.destination.power(spec) is Power.ARRIVING and any(
                progress.iteration or progress.disk_total_bytes for progress in self.progress
            )

        await until(sends, BOOT_S)
        self._under_way.append(task)
        return task

    async def powers(self, spec: GuestSpec) -> tuple[Power | None, Power | None]:
        return await self.source.power(spec), await self.destination.power(spec)


def moved(spec: GuestSpec) -> GuestSpec:
    return dataclasses.replace(spec, incarnation=spec.incarnation + 1)


def first_sector(disk: Path) -> str:
    """The text at the beginning of a disk that nobody uses."""
    command = ["qemu-img", "dd", "-f", "qcow2", "-O", "raw", "bs=512", "count=1", f"if={disk}", f"of={disk}.sector"]
    subprocess.run(command, check=True, capture_output=True)
    text = Path(f"{disk}.sector").read_bytes().decode(errors="replace")
    return text.split("\n")[0]


@pytest.fixture(scope="session")
def private_pair() -> Generator[PrivateHosts]:
    if os.geteuid() != 0:
        pytest.skip("hosts of one's own need root, for namespaces")
    with private_hosts("node-1", "node-2") as hosts:
        yield hosts


@pytest.fixture
async def pair(private_pair: PrivateHosts, tmp_path: Path) -> AsyncIterator[Pair]:
    made = Pair(private_pair, tmp_path)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def sharing_pair(private_pair: PrivateHosts, tmp_path: Path) -> AsyncIterator[Pair]:
    made = Pair(private_pair, tmp_path)
    made.share_disks()
    await made.open()
    yield made
    await made.close()
