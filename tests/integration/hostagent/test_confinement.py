"""What guests are really confined by: read from their processes and cgroups, on a libvirt set up as on a host."""

import dataclasses
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import libvirt
import pytest
from hostagent.drivers.base import (
    NO_LIMITS,
    CpuPolicy,
    DiskMove,
    GuestRefused,
    GuestSpec,
    ImageBoot,
    KernelBoot,
    Limits,
    Outgoing,
    Power,
    VmUid,
)
from hostagent.drivers.isolation import Isolation
from hostagent.drivers.libvirt import LibvirtDriver, LibvirtSettings, VirtType
from hostagent.drivers.libvirt.isolation import GuestProcess, find_process

from deploy.dev.private_hosts import private_hosts
from deploy.dev.private_libvirtd import private_libvirtd
from tests.support.shared import RealHypervisor, tiny_images

KERNEL = KernelBoot("tiny-vmlinuz", "tiny-initramfs.gz")
CGROUPS = Path("/sys/fs/cgroup")
HAS_LSM = Path("/sys/kernel/security/lsm").exists()
HAS_CGROUPS = (CGROUPS / "cpu").exists() or (CGROUPS / "cgroup.controllers").exists()


@pytest.fixture(scope="module")
def confined_hypervisor() -> Iterator[RealHypervisor]:
    if os.geteuid() != 0:
        pytest.skip("a libvirtd of one's own needs root")
    with private_libvirtd(confined=True) as uri:
        yield RealHypervisor(uri, tiny_images())


class ConfinedHost:
    """A driver on a hypervisor that confines its guests, whose files are where these can reach them."""

    def __init__(self, hypervisor: RealHypervisor, state_dir: Path) -> None:
        self.uri, self.state_dir = hypervisor.uri, state_dir
        self.driver = LibvirtDriver(LibvirtSettings(hypervisor.uri, hypervisor.images, state_dir, VirtType.QEMU))
        self._specs: list[GuestSpec] = []

    async def started(
        self,
        boot: KernelBoot | ImageBoot = KERNEL,
        *,
        disk_gib: int = 0,
        limits: Limits = NO_LIMITS,
        user_data: bytes = b"",
    ) -> GuestSpec:
        uid = VmUid(str(uuid.uuid4()))
        spec = GuestSpec(uid, "projects/p/vms/a", 1, 2, 112, disk_gib, boot, limits=limits, user_data=user_data)
        self._specs.append(spec)
        await self.driver.define(spec)
        await self.driver.start(spec.ref, paused=False)
        return spec

    def io_tune(self, spec: GuestSpec) -> dict[str, int]:
        return io_tune(self.uri, spec)

    async def close(self) -> None:
        for spec in self._specs:
            await self.driver.delete(spec.ref)
        await self.driver.close()


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """Not below pytest's own directory: that is root's alone."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o711)
        yield Path(directory) / "state"


@pytest.fixture
async def host(confined_hypervisor: RealHypervisor, state_dir: Path) -> AsyncIterator[ConfinedHost]:
    made = ConfinedHost(confined_hypervisor, state_dir)
    await made.driver.open(lambda _uid: None)
    yield made
    await made.close()


def io_tune(uri: str, spec: GuestSpec) -> dict[str, int]:
    """What QEMU says that it limits, by libvirt's names."""
    other = libvirt.open(uri)
    try:
        found = other.lookupByUUIDString(spec.vm_uid).blockIoTune("vda", libvirt.VIR_DOMAIN_AFFECT_LIVE)
    finally:
        other.close()
    return {name: most for name, most in found.items() if isinstance(most, int) and most and "_sec" in name}


def process_of(spec: GuestSpec) -> GuestProcess:
    found = find_process(spec.vm_uid)
    assert found is not None
    return found


async def test_a_guest_runs_without_privileges_and_with_filtered_system_calls(host: ConfinedHost) -> None:
    spec = await host.started(ImageBoot("tiny.qcow2"), disk_gib=1)
    process = process_of(spec)
    assert "0" not in process.status["Uid"].split()
    assert "0" not in process.status["Gid"].split()
    assert int(process.status["CapEff"], 16) == 0
    assert (process.status["NoNewPrivs"], process.status["Seccomp"]) == ("1", "2")
    refused = {"obsolete=deny", "elevateprivileges=deny", "spawn=deny", "resourcecontrol=deny"}
    assert set(process.sandbox.split(",")) == {"on", *refused}


def cgroup_value(process: GuestProcess, controller: str, *names: str) -> int:
    """The value of the first file that there is, of whichever version: in the group of the whole guest."""
    paths = dict(line.split(":", 2)[1:] for line in process.cgroups)
    path = next((paths[each] for each in paths if controller in each.split(",")), paths.get("", ""))
    roots = [CGROUPS / controller, CGROUPS]
    group = path.removesuffix("/emulator").lstrip("/")
    files = [root / group / name for root in roots for name in names]
    return int(next(file for file in files if file.exists()).read_text().split()[0])


@pytest.mark.skipif(not HAS_CGROUPS, reason="no control groups here")
async def test_cpu_time_and_memory_are_limited_by_the_kernel_from_the_start_on(host: ConfinedHost) -> None:
    shared, guaranteed = await host.started(), await host.started(limits=Limits(CpuPolicy.GUARANTEE))
    one, other = process_of(shared), process_of(guaranteed)
    assert cgroup_value(one, "cpu", "cpu.shares", "cpu.weight") == 20
    assert cgroup_value(other, "cpu", "cpu.cfs_quota_us", "cpu.max") == 200_000
    mib = 1 << 20
    limit = cgroup_value(one, "memory", "memory.limit_in_bytes", "memory.max")
    # The guest's, and what is documented beside; the kernel rounds to pages.
    assert limit // mib == 112 + 512 + 112 * 2 // 100
    await host.driver.limit(guaranteed.ref, NO_LIMITS)
    assert cgroup_value(process_of(guaranteed), "cpu", "cpu.cfs_quota_us") == -1


async def test_a_disk_is_limited_by_qemu_from_the_start_on_and_live(host: ConfinedHost) -> None:
    first = Limits(disk_read_iops=500, disk_write_bytes=10 << 20)
    spec = await host.started(ImageBoot("tiny.qcow2"), disk_gib=1, limits=first)
    assert host.io_tune(spec) == {"read_iops_sec": 500, "write_bytes_sec": 10 << 20}
    await host.driver.limit(spec.ref, Limits(disk_read_bytes=1 << 20))
    assert host.io_tune(spec) == {"read_bytes_sec": 1 << 20}
    await host.driver.limit(spec.ref, NO_LIMITS)
    assert host.io_tune(spec) == {}


async def test_what_a_confined_guest_is_given_is_no_other_users_and_goes_with_it(host: ConfinedHost) -> None:
    spec = await host.started(ImageBoot("tiny.qcow2"), disk_gib=1, user_data=b"#cloud-config\n")
    user = int(process_of(spec).status["Uid"].split()[0])
    for name in (f"{spec.vm_uid}.seed.iso", f"{spec.vm_uid}.qcow2"):
        file = (host.state_dir / "disks" / name).stat()
        assert file.st_uid == user
        assert file.st_mode & 0o002 == 0
    assert (host.state_dir / "disks" / f"{spec.vm_uid}.seed.iso").stat().st_mode & 0o077 == 0
    await host.driver.delete(spec.ref)
    assert list((host.state_dir / "disks").iterdir()) == []


async def test_a_host_without_limits_of_cpu_time_guarantees_none(
    real_hypervisor: RealHypervisor, tmp_path: Path
) -> None:
    driver = LibvirtDriver(LibvirtSettings(real_hypervisor.uri, real_hypervisor.images, tmp_path, VirtType.QEMU))
    await driver.open(lambda _uid: None)
    try:
        uid = VmUid(str(uuid.uuid4()))
        with pytest.raises(GuestRefused, match="cannot guarantee CPU time"):
            await driver.define(
                GuestSpec(uid, "projects/p/vms/a", 1, 1, 112, 0, KERNEL, limits=Limits(CpuPolicy.GUARANTEE))
            )
        assert await driver.list_guests() == []
    finally:
        await driver.close()


async def test_a_host_has_the_traits_of_what_was_measured_on_it(host: ConfinedHost) -> None:
    traits = {trait for trait in (await host.driver.facts()).traits if trait.startswith("isolation.")}
    expected = {Isolation.DAC.value, Isolation.SECCOMP.value}
    if HAS_CGROUPS:
        expected |= {Isolation.CGROUP_CPU.value, Isolation.CGROUP_MEMORY.value}
    assert expected <= traits
    assert HAS_LSM or traits == expected


async def test_a_host_whose_guests_run_as_root_does_not_claim_otherwise(
    real_hypervisor: RealHypervisor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    driver = LibvirtDriver(LibvirtSettings(real_hypervisor.uri, real_hypervisor.images, tmp_path, VirtType.QEMU))
    await driver.open(lambda _uid: None)
    try:
        traits = (await driver.facts()).traits
        assert await driver.list_guests() == []
    finally:
        await driver.close()
    assert Isolation.DAC.value not in traits
    assert Isolation.CGROUP_CPU.value not in traits
    assert "no isolation.dac" in caplog.text


@pytest.mark.parametrize("there", [True, False], ids=["confined", "unconfined"])
async def test_a_guest_takes_its_limits_along_as_far_as_the_other_host_can(state_dir: Path, there: bool) -> None:
    if os.geteuid() != 0:
        pytest.skip("hosts of one's own need root, for namespaces")
    names = ("node-1", "node-2")
    with private_hosts(*names, confined=names if there else names[:1]) as hosts:
        source, destination = (
            LibvirtDriver(
                LibvirtSettings(
                    host.uri, tiny_images(), state_dir / host.name, VirtType.QEMU, migration_uri=host.peer_uri
                )
            )
            for host in hosts.values()
        )
        for driver in (source, destination):
            await driver.open(lambda _uid: None)
        limits = Limits(disk_read_iops=500)
        uid = VmUid(str(uuid.uuid4()))
        spec = GuestSpec(uid, "projects/p/vms/a", 1, 1, 112, 1, ImageBoot("tiny.qcow2"), limits=limits)
        await source.define(spec)
        await source.start(spec.ref, paused=False)
        moved = dataclasses.replace(spec, incarnation=2)
        endpoint = await destination.prepare_incoming(moved, DiskMove.COPY)
        await source.migrate(spec.ref, Outgoing(endpoint, 2, DiskMove.COPY), lambda _progress: None)
        await destination.change_power(moved.ref, Power.RUNNING)
        arrived = await destination.get_guest(uid)
        assert arrived is not None
        assert arrived.limits is None
        await destination.limit(moved.ref, limits)
        process = process_of(spec)
        assert ("0" in process.status["Uid"].split()) is not there
        if there and HAS_CGROUPS:
            assert cgroup_value(process, "cpu", "cpu.shares", "cpu.weight") == 10
        assert io_tune(hosts["node-2"].uri, spec) == {"read_iops_sec": 500}
        await destination.delete(moved.ref)
        await source.delete(spec.ref)
        for driver in (source, destination):
            await driver.close()
