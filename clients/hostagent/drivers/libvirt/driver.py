"""The libvirt driver: steps as calls on libvirt's threads, with the waiting on asyncio. Keeps no state of its own."""

import asyncio
import contextlib
import functools
import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, assert_never

import libvirt

from hostagent.console_logs import ConsoleLogs
from hostagent.disks import Base, Disks
from hostagent.drivers.base import (
    FETCHES_IMAGES,
    ConsoleKind,
    ConsoleLog,
    DiskMove,
    Endpoint,
    Firmware,
    Guest,
    GuestChanged,
    GuestRef,
    GuestRefused,
    GuestSpec,
    HostFacts,
    HypervisorUnavailable,
    ImageBoot,
    ImageContent,
    Kept,
    KernelBoot,
    Limits,
    MigrationProgress,
    OnChange,
    Outgoing,
    Power,
    Program,
    ProgramEnd,
    Samples,
    StepFailed,
    VmUid,
)
from hostagent.drivers.isolation import Isolation
from hostagent.drivers.libvirt import domains
from hostagent.drivers.libvirt.connection import Connection, ensure_event_loop
from hostagent.drivers.libvirt.domain_xml import Files, Platform, domain_xml
from hostagent.drivers.libvirt.facts import Hypervisor, capability_traits, disk_gib, read_hypervisor, read_platform
from hostagent.drivers.libvirt.guest_agent import GuestAgents
from hostagent.drivers.libvirt.isolation import measure_isolation
from hostagent.drivers.libvirt.limits import require_possible
from hostagent.drivers.libvirt.migration import Migrations
from hostagent.drivers.libvirt.moved_xml import Place
from hostagent.drivers.libvirt.ports import port_of_host
from hostagent.drivers.libvirt.samples import read_samples
from hostagent.drivers.libvirt.screens import screen_socket, screenshot
from hostagent.drivers.libvirt.serial import PtyPort, pty_of
from hostagent.drivers.libvirt.user_network import LOOPBACK
from hostagent.drivers.libvirt.virt_type import VirtType, choose_virt_type
from hostagent.drivers.socket_port import SocketPort, connected_port
from hostagent.host_files import kept_files
from hostagent.image_cache import ImageCache
from hostagent.images import ImageDirectory
from hostagent.seeds import Seeds

log = logging.getLogger(__name__)
_SLOW_JOBS = 4
_READ_TIMEOUT_S = 10.0
_LOOK_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class LibvirtSettings:
    """Where the hypervisor and a host's files are."""

    uri: str
    image_dir: Path
    state_dir: Path
    virt_type: VirtType = VirtType.AUTO
    # Of storage for disks that other hosts have, too. Empty: the state directory's is this host's own.
    disk_pool: str = ""
    # How other hosts reach this libvirt, to send it guests. Empty: not at all.
    migration_uri: str = ""
    # The power button is pressed again and again: a guest early in its boot does not hear it.
    press_every_s: float = 2.0
    # A guest that has not rebooted by itself by then is reset.
    reboot_patience_s: float = 20.0


class LibvirtDriver:
    """One libvirt URI. A connection for events and reads, others for jobs that take long and for samples."""

    poll_s: float | None = 2.0

    def __init__(self, settings: LibvirtSettings) -> None:
        self._settings = settings
        self._images = ImageDirectory(settings.image_dir)
        self._disks = Disks(settings.state_dir / "disks", self._images)
        self.image_copies = ImageCache(settings.state_dir / "images", settings.state_dir / "disks")
        self._seeds = Seeds(settings.state_dir / "disks")
        self._consoles = ConsoleLogs(settings.state_dir / "consoles")
        self._reads = Connection(
            settings.uri, "reads", workers=1, on_open=self._watch_events, on_close=lambda: self._hint(None)
        )
        self._jobs = Connection(settings.uri, "jobs", workers=_SLOW_JOBS)
        # A quarter of a second for ten guests, and any time where one hangs: no reading waits behind it.
        self._samples = Connection(settings.uri, "samples", workers=1)
        # Whoever looks, however often, keeps no job waiting.
        self._screens = Connection(settings.uri, "screens", workers=1)
        self._migrations = Migrations(settings.uri)
        self._guest_agents = GuestAgents(settings.uri)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bounding: asyncio.Task[None] | None = None
        self._on_change: OnChange | None = None
        self._hypervisor: Hypervisor | None = None
        self._platform = Platform("", "")
        self._isolation: frozenset[Isolation] = frozenset()
        # Restarts that libvirt reported, by guest; and who waits for something to happen to one.
        self._restarts: Counter[VmUid] = Counter()
        self._moved: defaultdict[VmUid, asyncio.Event] = defaultdict(asyncio.Event)

    async def open(self, on_change: OnChange) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_change = on_change
        self._make_folders()
        ensure_event_loop()
        self._hypervisor = await self._reads.call(read_hypervisor)
        virt_type = await choose_virt_type(self._settings.virt_type, self._hypervisor)
        self._platform = await self._jobs.call(
            functools.partial(read_platform, hypervisor=self._hypervisor, virt_type=virt_type)
        )
        self._isolation = await self._measured(self._hypervisor)
        self._bounding = asyncio.create_task(self._consoles.keep_bounded(), name="console logs")

    async def close(self) -> None:
        self._on_change = None
        if self._bounding:
            self._bounding.cancel()
        for connection in (self._reads, self._jobs, self._samples, self._screens):
            await asyncio.to_thread(connection.close)
        await asyncio.to_thread(self._migrations.close)
        await asyncio.to_thread(self._guest_agents.close)

    async def facts(self) -> HostFacts:
        hypervisor = self._opened()
        return HostFacts(
            totals={
                "vcpus": hypervisor.vcpus,
                "memory_mib": hypervisor.memory_mib,
                "disk_gib": disk_gib(self._settings.state_dir),
            },
            architecture=hypervisor.architecture,
            cpu_model=hypervisor.cpu_model,
            hypervisor=hypervisor.version,
            virt_type=self._platform.virt_type,
            images=self._images.names(),
            traits=self._traits(hypervisor),
            numa_nodes=hypervisor.numa_nodes,
            consoles=tuple(ConsoleKind) if hypervisor.kind == "QEMU" else (),
        )

    async def images(self) -> tuple[str, ...]:
        return self._images.names()

    async def list_guests(self) -> list[Guest]:
        return await self._reads.call(domains.list_guests, timeout_s=_READ_TIMEOUT_S)

    async def get_guest(self, vm_uid: VmUid) -> Guest | None:
        _check_uid(vm_uid)
        return await self._reads.call(functools.partial(domains.get_guest, vm_uid=vm_uid), timeout_s=_READ_TIMEOUT_S)

    async def sample(self) -> Samples:
        read = functools.partial(read_samples, folder=self._settings.state_dir, disk_of=self._disks.path)
        self._guest_agents.read_addresses()
        samples = await self._samples.call(read, timeout_s=_READ_TIMEOUT_S)
        guests = (replace(each, addresses=self._guest_agents.addresses(each.ref)) for each in samples.guests)
        return replace(samples, guests=tuple(guests))

    async def define(self, spec: GuestSpec) -> None:
        _check_uid(spec.vm_uid)
        require_possible(spec.limits, self._isolation)
        files, base = await self._prepare(spec)
        self._opened()
        xml = domain_xml(spec, files, self._platform)
        # The domain first: where there is a disk, there is a domain that names it.
        await self._jobs.call(functools.partial(domains.define, spec=spec, xml=xml))
        await self._seeds.ensure(spec)
        if files.disk is not None:
            await self._disks.ensure(spec.vm_uid, spec.disk_gib, base)

    async def start(self, ref: GuestRef, *, paused: bool, reboots: int = 0) -> None:
        start = functools.partial(domains.start, ref=ref, paused=paused, reboots=reboots, possible=self._isolation)
        await self._jobs.call(start)

    async def change_power(self, ref: GuestRef, power: Power) -> None:
        await self._jobs.call(functools.partial(domains.change_power, ref=ref, power=power))

    async def stop(self, ref: GuestRef, *, grace_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._power_off_by_itself(ref)
        await self._jobs.call(functools.partial(domains.destroy, ref=ref))

    async def reboot(self, ref: GuestRef, *, reboots: int, force: bool) -> None:
        if force or not await self._reboot_by_itself(ref):
            await self._jobs.call(functools.partial(domains.reset, ref=ref))
        await self._jobs.call(functools.partial(domains.count_reboots, ref=ref, reboots=reboots))

    async def delete(self, ref: GuestRef, *, keep_disk: bool = False) -> None:
        _check_uid(ref.vm_uid)
        await self._jobs.call(functools.partial(domains.end_for_deletion, ref=ref))
        # The domain last: as long as a file is left, there is a domain that names it.
        if not keep_disk:
            await self._disks.remove(ref.vm_uid)
            for firmware in Firmware:
                self._nvram(ref.vm_uid, firmware).unlink(missing_ok=True)
        self._seeds.remove(ref.vm_uid)
        await asyncio.to_thread(self._consoles.remove, ref.vm_uid)
        await self._jobs.call(functools.partial(domains.undefine, ref=ref))
        self._restarts.pop(ref.vm_uid, None)
        self._moved.pop(ref.vm_uid, None)

    async def kept(self) -> list[Kept]:
        found = await asyncio.to_thread(lambda: [*kept_files(self._settings.state_dir)])
        copying = self.image_copies.copying()
        return [each for each in found if each.name not in copying]

    async def resize_disk(self, ref: GuestRef, disk_gib: int) -> None:
        if not await self._jobs.call(functools.partial(domains.grow_disk, ref=ref, size=disk_gib << 30)):
            await self._disks.grow(ref.vm_uid, disk_gib)

    async def limit(self, ref: GuestRef, limits: Limits) -> None:
        require_possible(limits, self._isolation)
        await self._jobs.call(functools.partial(domains.limit, ref=ref, given=limits, possible=self._isolation))

    async def prepare_incoming(self, spec: GuestSpec, disk: DiskMove) -> Endpoint:
        _check_uid(spec.vm_uid)
        self._check_migratable()
        require_possible(spec.limits, self._isolation)
        if not self._settings.migration_uri:
            raise GuestRefused("no other host can reach this one's libvirt: start its agent with --migration-uri")
        files = self._files(spec, disk)
        # Refused here rather than half-way.
        domain_xml(spec, files, self._platform)
        if await self._jobs.call(functools.partial(domains.make_room, ref=spec.ref)):
            await self._ensure_disk(spec, disk)
            await self._seeds.ensure(spec)
        paths = {name: getattr(files, name) for name in ("disk", "kernel", "initramfs", "seed", "nvram")}
        return Place(
            self._settings.migration_uri,
            str(files.console),
            **{name: str(path) for name, path in paths.items() if path},
        ).endpoint()

    async def migrate(self, ref: GuestRef, outgoing: Outgoing, progress: Callable[[MigrationProgress], None]) -> None:
        self._check_migratable()
        await self._migrations.migrate(ref, outgoing, progress)

    async def abort_migration(self, ref: GuestRef) -> None:
        await self._migrations.abort(ref)

    async def open_serial(self, ref: GuestRef) -> PtyPort:
        return PtyPort(await self._jobs.call(functools.partial(pty_of, ref=ref)))

    async def open_port(self, ref: GuestRef, port: int) -> SocketPort:
        of_host = await self._screens.call(functools.partial(port_of_host, ref=ref, port=port))
        return await connected_port(LOOPBACK, of_host)

    async def open_screen(self, ref: GuestRef) -> SocketPort:
        return await SocketPort.on(await self._screens.call(functools.partial(screen_socket, ref=ref)))

    async def screenshot(self, ref: GuestRef, most: int) -> bytes:
        return await self._screens.call(functools.partial(screenshot, ref=ref, most=most))

    async def run_program(self, ref: GuestRef, program: Program) -> ProgramEnd:
        return await self._guest_agents.run_program(ref, program)

    async def flatten_disk(self, ref: GuestRef, most: int, progress: Callable[[int, int], None]) -> BinaryIO:
        _check_uid(ref.vm_uid)
        guest = await self.get_guest(ref.vm_uid)
        if guest is None or guest.ref != ref or guest.power.is_active:
            raise GuestChanged("the guest is not here, or runs")
        return await self._disks.flatten(ref.vm_uid, most, progress)

    def console_log(self, vm_uid: VmUid) -> ConsoleLog:
        _check_uid(vm_uid)
        return self._consoles.log(vm_uid)

    async def _ensure_disk(self, spec: GuestSpec, disk: DiskMove) -> None:
        """Before the domain, which comes with the guest; deleting one that never came takes its disk along."""
        match disk:
            case DiskMove.NONE:
                return
            case DiskMove.SHARED:
                await self._disks.check_readable(spec.vm_uid)
            case DiskMove.COPY:
                await self._disks.ensure_room(spec.vm_uid, spec.disk_gib)
            case _:
                assert_never(disk)

    def _files(self, spec: GuestSpec, disk: DiskMove) -> Files:
        """Those of a guest that arrives. Its disk holds all that it was once cloned from, or is the very same file."""
        path = self._disks.path(spec.vm_uid) if disk is not DiskMove.NONE else None
        files = Files(self._consoles.path(spec.vm_uid), path, seed=self._seed(spec), nvram=self._nvram_of(spec))
        if isinstance(spec.boot, KernelBoot):
            kernel, initramfs = self._images.resolve(spec.boot.kernel), self._images.resolve(spec.boot.initramfs)
            return replace(files, kernel=kernel, initramfs=initramfs)
        return files

    async def _measured(self, hypervisor: Hypervisor) -> frozenset[Isolation]:
        if hypervisor.kind != "QEMU":
            return frozenset()
        measure = functools.partial(
            measure_isolation, platform=self._platform, security_models=hypervisor.security_models
        )
        return await self._jobs.call(measure)

    def _traits(self, hypervisor: Hypervisor) -> tuple[str, ...]:
        guests = capability_traits(self._platform)
        isolation = sorted(each.value for each in self._isolation)
        return (*hypervisor.traits, *guests, *isolation, *self._own_traits())

    def _own_traits(self) -> tuple[str, ...]:
        pool, uri = self._settings.disk_pool, self._settings.migration_uri
        takes_guests = bool(uri) and self._opened().kind == "QEMU"
        return (
            FETCHES_IMAGES,
            *([f"disk.pool.{pool}"] if pool else []),
            *(["migration.libvirt"] if takes_guests else []),
        )

    def _check_migratable(self) -> None:
        if self._opened().kind != "QEMU":
            raise GuestRefused(f"{self._opened().version} migrates no guests")

    async def _power_off_by_itself(self, ref: GuestRef) -> None:
        """By its guest agent, and by ACPI where that has not taken the request, or nothing has come of it yet."""
        loop = asyncio.get_running_loop()
        by_agent = await self._guest_agents.power_off(ref)
        pressed_at = loop.time() if by_agent else -self._settings.press_every_s
        while True:
            self._moved[ref.vm_uid].clear()
            if loop.time() - pressed_at >= self._settings.press_every_s:
                if not await self._jobs.call(functools.partial(domains.press_power_button, ref=ref)):
                    return
                pressed_at = loop.time()
            await self._something_happens(ref.vm_uid)
            guest = await self.get_guest(ref.vm_uid)
            if guest is None or not guest.power.is_active:
                return

    async def _reboot_by_itself(self, ref: GuestRef) -> bool:
        """Returns False when the guest does not react. libvirt's reboot is ACPI's power button, and on again."""
        before = self._restarts[ref.vm_uid]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.reboot_patience_s):
                while True:
                    await self._jobs.call(functools.partial(domains.ask_to_reboot, ref=ref))
                    if self._opened().kind == "TEST":
                        return True  # It reports no restarts.
                    if await self._restarted(ref, before):
                        return True
        return False

    async def _restarted(self, ref: GuestRef, before: int) -> bool:
        """Waits until the guest restarted, or is to get the signal again."""
        loop = asyncio.get_running_loop()
        again_at = loop.time() + self._settings.press_every_s
        while loop.time() < again_at:
            if self._restarts[ref.vm_uid] != before:
                return True
            self._moved[ref.vm_uid].clear()
            await self._something_happens(ref.vm_uid)
            guest = await self.get_guest(ref.vm_uid)
            if guest is None or not guest.power.is_active:
                raise StepFailed("the guest ended while it was to reboot")
        return self._restarts[ref.vm_uid] != before

    async def _something_happens(self, vm_uid: VmUid) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_AGAIN_S):
                await self._moved[vm_uid].wait()

    async def _prepare(self, spec: GuestSpec) -> tuple[Files, Base | None]:
        """Finds what the guest boots from. Raises ImageNotFound, ImageUnusable, GuestRefused."""
        disk = self._disks.path(spec.vm_uid) if spec.disk_gib > 0 else None
        files = Files(self._consoles.path(spec.vm_uid), disk, seed=self._seed(spec), nvram=self._nvram_of(spec))
        match spec.boot:
            case ImageBoot(content=ImageContent() as content):
                # The control plane has seen to it that the disk has room for it.
                return files, Base(self.image_copies.whole(content), content.format)
            case ImageBoot(image):
                base = await self._disks.usable_base(self._images.resolve(image), spec.disk_gib)
                return files, base
            case KernelBoot(kernel, initramfs):
                resolve = self._images.resolve
                return replace(files, kernel=resolve(kernel), initramfs=resolve(initramfs)), None
            case None:
                raise GuestRefused("the VM has no boot source")

    def _seed(self, spec: GuestSpec) -> Path | None:
        return self._seeds.path(spec.vm_uid) if spec.has_seed else None

    def _nvram_of(self, spec: GuestSpec) -> Path | None:
        firmware = spec.machine.firmware
        return self._nvram(spec.vm_uid, firmware) if firmware.is_uefi else None

    def _nvram(self, vm_uid: VmUid, firmware: Firmware) -> Path:
        """Beside the disk: where that is shared by hosts, so is what the firmware remembers.

        A file for each kind: what plain UEFI has written has no keys for secure boot.
        """
        return self._settings.state_dir / "disks" / f"{vm_uid}.{firmware.name.lower()}.fd"

    def _make_folders(self) -> None:
        try:
            for folder in (self._settings.state_dir / "disks", self._consoles.folder):
                # QEMU, under another user, must get through, and need not look around.
                folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        except OSError as error:
            raise StepFailed(
                f"the state directory {self._settings.state_dir} can't be made: {error.strerror}"
            ) from error

    def _opened(self) -> Hypervisor:
        if self._hypervisor is None:
            raise HypervisorUnavailable("the driver is not open")
        return self._hypervisor

    def _watch_events(self, connection: libvirt.virConnect) -> None:
        connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._on_lifecycle, None)
        connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, self._on_restart, None)
        self._hint(None)

    def _on_lifecycle(
        self, _connection: libvirt.virConnect, domain: libvirt.virDomain, _event: int, _detail: int, _opaque: None
    ) -> None:
        self._hint(VmUid(domain.UUIDString()))

    def _on_restart(self, _connection: libvirt.virConnect, domain: libvirt.virDomain, _opaque: None) -> None:
        self._hint(VmUid(domain.UUIDString()), restarted=True)

    def _hint(self, vm_uid: VmUid | None, *, restarted: bool = False) -> None:
        """Called on libvirt's threads."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # The loop has just been closed: nobody is left to be notified.
                self._loop.call_soon_threadsafe(self._take_hint, vm_uid, restarted)

    def _take_hint(self, vm_uid: VmUid | None, restarted: bool) -> None:
        if restarted and vm_uid is not None:
            self._restarts[vm_uid] += 1
        if vm_uid is not None and vm_uid in self._moved:
            self._moved[vm_uid].set()
        if self._on_change is not None:
            self._on_change(vm_uid)


def _check_uid(vm_uid: VmUid) -> None:
    """The uid names files and a domain. Raises GuestRefused."""
    try:
        canonical = str(uuid.UUID(vm_uid))
    except ValueError:
        canonical = ""
    if canonical != vm_uid:
        raise GuestRefused(f"{vm_uid!r} is not a UUID in its usual form")
