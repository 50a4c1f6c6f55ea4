"""A hypervisor that exists only in memory, with chosen delays and faults. An object is a host; it costs no thread."""

import asyncio
import dataclasses
import io
import time
from collections.abc import Callable
from typing import BinaryIO

from hostagent.drivers.base import (
    FETCHES_IMAGES,
    ConsoleKind,
    DiskMove,
    DriverError,
    Endpoint,
    Guest,
    GuestChanged,
    GuestRef,
    GuestRefused,
    GuestSpec,
    HostFacts,
    HypervisorUnavailable,
    ImageBoot,
    ImageCopies,
    ImageNotFound,
    Kept,
    KeptKind,
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
from hostagent.drivers.simulated.behaviour import STEPS, Behaviour, Fault, nodes_of
from hostagent.drivers.simulated.disk import empty_qcow2
from hostagent.drivers.simulated.load import SimulatedLoad
from hostagent.drivers.simulated.migration import LEFT, SimulatedMigration, Stage, endpoint_of
from hostagent.drivers.simulated.network import SimulatedNetwork
from hostagent.drivers.simulated.ports import USER_NETWORK, SimulatedPort
from hostagent.drivers.simulated.programs import GUEST_AGENT, run
from hostagent.drivers.simulated.screen import SCREEN, png_of
from hostagent.drivers.simulated.serial import SimulatedConsole
from hostagent.drivers.simulated.vnc import SimulatedScreen, SimulatedViewer

# By the power that each brings about: the step, and the powers that it takes a guest out of.
_CHANGES = {Power.PAUSED: ("pause", (Power.RUNNING,)), Power.RUNNING: ("resume", (Power.PAUSED,))}


class SimulatedDriver:
    """A driver without a hypervisor. Behind the agent's back: `end`, `vanish`, `put`, `outage`, `agent_killed`.

    Its guests can move to the other hosts of `network`, where it has the name `name`.
    """

    poll_s: float | None = None

    def __init__(
        self, behaviour: Behaviour | None = None, network: SimulatedNetwork | None = None, name: str = ""
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self._network, self._name = network or SimulatedNetwork(), name
        self._takes_guests = network is not None
        self._network.join(name, self)
        # Set: nothing can be read or done, for this reason.
        self.outage = ""
        # How often each step was really done.
        self.done: dict[str, int] = dict.fromkeys(STEPS, 0)
        self._guests: dict[VmUid, Guest] = {}
        self._own_disks: set[VmUid] = set()
        self._specs: dict[VmUid, GuestSpec] = {}
        totals = self.behaviour.totals
        self._load = SimulatedLoad(totals.get("vcpus", 0), totals.get("memory_mib", 0), self._now_us())
        self._on_change: OnChange | None = None
        self._endings: dict[VmUid, asyncio.TimerHandle] = {}
        self._migrations: dict[VmUid, SimulatedMigration] = {}
        # Those that somebody has looked at.
        self._consoles: dict[VmUid, SimulatedConsole] = {}
        self._screens: dict[VmUid, SimulatedScreen] = {}

    image_copies: ImageCopies | None = None

    async def open(self, on_change: OnChange) -> None:
        self._check_reachable()
        self._on_change = on_change

    async def close(self) -> None:
        self._on_change = None
        for timer in self._endings.values():
            timer.cancel()
        self._endings.clear()

    async def facts(self) -> HostFacts:
        self._check_reachable()
        return HostFacts(
            totals=dict(self.behaviour.totals),
            architecture="x86_64",
            cpu_model="simulated",
            hypervisor="simulated",
            virt_type="simulated",
            images=self.behaviour.images,
            traits=self._traits(),
            numa_nodes=nodes_of(self.behaviour),
            consoles=tuple(ConsoleKind),
        )

    def _traits(self) -> tuple[str, ...]:
        traits = [GUEST_AGENT, SCREEN, FETCHES_IMAGES, USER_NETWORK, *self.behaviour.traits]
        if self.disk_pool:
            traits.append(f"disk.pool.{self.disk_pool}")
        if self._takes_guests:
            traits.append("migration.simulated")
        return tuple(traits)

    async def images(self) -> tuple[str, ...]:
        return self.behaviour.images

    async def list_guests(self) -> list[Guest]:
        self._check_reachable()
        return [self._seen(guest) for guest in self._guests.values()]

    async def get_guest(self, vm_uid: VmUid) -> Guest | None:
        self._check_reachable()
        guest = self._guests.get(vm_uid)
        return self._seen(guest) if guest is not None else None

    async def sample(self) -> Samples:
        self._check_reachable()
        return dataclasses.replace(self._load.samples(self._now_us()), taken_ns=time.time_ns())

    async def define(self, spec: GuestSpec) -> None:
        await self._begin("define")
        before = self._guests.get(spec.vm_uid)
        if before is not None and before.incarnation > spec.incarnation:
            raise GuestChanged(f"incarnation {before.incarnation} is there")
        if before is not None and before.incarnation == spec.incarnation:
            return
        if before is not None and _is_there(before):
            raise GuestChanged(f"incarnation {before.incarnation} still runs")
        self._check_bootable(spec)
        if spec.disk_gib:
            self._disks.add(spec.vm_uid)
        self._specs[spec.vm_uid] = spec
        guest = Guest(
            spec.vm_uid,
            spec.vm_name,
            spec.incarnation,
            Power.SHUTOFF,
            started=False,
            limits=spec.limits,
            cards=spec.cards,
        )
        self._put(guest)
        self.done["define"] += 1

    async def start(self, ref: GuestRef, *, paused: bool, reboots: int = 0) -> None:
        await self._begin("start")
        guest = self._current(ref)
        if guest.started:
            return
        self._check_settled(guest)
        self._check_lock(ref.vm_uid)
        power = Power.PAUSED if paused else Power.RUNNING
        self._put(dataclasses.replace(guest, power=power, started=True, reboots=reboots))
        self.done["start"] += 1
        if self.behaviour.ends_after_s is not None:
            loop = asyncio.get_running_loop()
            self._endings[ref.vm_uid] = loop.call_later(self.behaviour.ends_after_s, self.end, ref.vm_uid)

    async def change_power(self, ref: GuestRef, power: Power) -> None:
        step, before = _CHANGES[power]
        await self._begin(step)
        guest = self._current(ref)
        if guest.power is power:
            return
        if guest.power not in before:
            raise StepFailed(f"the guest is {guest.power.value}")
        if power is Power.RUNNING:
            self._check_lock(ref.vm_uid)
        self._put(dataclasses.replace(guest, power=power))
        self.done[step] += 1

    async def stop(self, ref: GuestRef, *, grace_s: float) -> None:
        await self._begin("stop")
        guest = self._current(ref)
        if guest.power is Power.ARRIVING:
            self._drop(ref.vm_uid)
        if not guest.power.is_active:
            return
        detail = "destroyed"
        if grace_s > 0:
            listens_s = self.behaviour.power_off_s
            await asyncio.sleep(grace_s if listens_s is None else min(listens_s, grace_s))
            detail = "shutdown" if listens_s is not None and listens_s <= grace_s else "destroyed"
        self._put(dataclasses.replace(self._current(ref), power=Power.SHUTOFF, detail=detail))
        self.done["stop"] += 1

    async def reboot(self, ref: GuestRef, *, reboots: int, force: bool) -> None:
        await self._begin("reboot")
        guest = self._current(ref)
        if not guest.power.is_active:
            raise StepFailed("the guest is not running")
        self._put(dataclasses.replace(guest, reboots=reboots))
        self.done["reboot"] += 1

    async def delete(self, ref: GuestRef, *, keep_disk: bool = False) -> None:
        await self._begin("delete")
        guest = self._guests.get(ref.vm_uid)
        if guest is not None and guest.incarnation > ref.incarnation:
            raise GuestChanged(f"incarnation {guest.incarnation} is there")
        if not keep_disk:
            self._check_lock(ref.vm_uid)
            self._disks.discard(ref.vm_uid)
        if guest is not None:
            self._drop(ref.vm_uid)
            self.done["delete"] += 1

    async def kept(self) -> list[Kept]:
        return [Kept(KeptKind.DISK, f"{uid}.qcow2", uid) for uid in sorted(self._disks)]

    async def resize_disk(self, ref: GuestRef, disk_gib: int) -> None:
        await self._begin("resize_disk")
        self._current(ref)
        spec = self._specs.get(ref.vm_uid)
        if spec is None or ref.vm_uid not in self._disks:
            raise GuestRefused("the guest has no disk")
        if spec.disk_gib < disk_gib:
            self._specs[ref.vm_uid] = dataclasses.replace(spec, disk_gib=disk_gib)
            self.done["resize_disk"] += 1

    async def limit(self, ref: GuestRef, limits: Limits) -> None:
        await self._begin("limit")
        guest = self._current(ref)
        if not guest.power.is_active:
            raise StepFailed("the guest is not running")
        if guest.limits != limits:
            self._put(dataclasses.replace(guest, limits=limits))
            self.done["limit"] += 1

    async def prepare_incoming(self, spec: GuestSpec, disk: DiskMove) -> Endpoint:
        await self._begin("prepare_incoming")
        self._check_migratable()
        there = self._guests.get(spec.vm_uid)
        if there is not None and there.incarnation == spec.incarnation:
            return endpoint_of(self._name)
        if there is not None and (there.incarnation > spec.incarnation or _is_there(there)):
            raise GuestChanged(f"incarnation {there.incarnation} is there")
        self._check_bootable(spec)
        if disk is DiskMove.SHARED and spec.vm_uid not in self._disks:
            raise GuestRefused("the guest's disk is not on this host")
        if disk is DiskMove.COPY:
            self._disks.add(spec.vm_uid)
        if there is not None:
            self._drop(spec.vm_uid)
        self.done["prepare_incoming"] += 1
        return endpoint_of(self._name)

    async def migrate(self, ref: GuestRef, outgoing: Outgoing, progress: Callable[[MigrationProgress], None]) -> None:
        self._check_reachable()
        self._check_migratable()
        guest = self._current(ref)
        if (guest.power, guest.detail) == (Power.SHUTOFF, LEFT):
            return
        migration = await self._migration(ref, outgoing)
        try:
            await migration.outcome(progress)
        except asyncio.CancelledError:
            if not migration.orphaned:
                await migration.abort()
            raise
        self.done[Stage.TRANSFER.value] += 1

    async def abort_migration(self, ref: GuestRef) -> None:
        self._check_reachable()
        guest = self._current(ref)
        if self._seen(guest).leaving:
            await self._migrations[ref.vm_uid].abort()

    async def open_serial(self, ref: GuestRef) -> SimulatedConsole:
        self._check_reachable()
        if not self._current(ref).power.is_active:
            raise GuestChanged("the guest does not run")
        return self.console_log(ref.vm_uid)

    async def open_port(self, ref: GuestRef, port: int) -> SimulatedPort:
        self._check_reachable()
        if not self._current(ref).power.is_active:
            raise GuestChanged("the guest does not run")
        return SimulatedPort(port)

    async def open_screen(self, ref: GuestRef) -> SimulatedViewer:
        self._check_screen(ref)
        return self.screen(ref.vm_uid).view()

    async def screenshot(self, ref: GuestRef, most: int) -> bytes:
        self._check_screen(ref)
        image = png_of(self.screen(ref.vm_uid).picture)
        if len(image) > most:
            raise GuestRefused(f"what its screen shows is more than {most} bytes as PNG")
        return image

    async def run_program(self, ref: GuestRef, program: Program) -> ProgramEnd:
        self._check_reachable()
        if not self._current(ref).power.is_active:
            raise GuestChanged("the guest does not run")
        return run(program)

    async def flatten_disk(self, ref: GuestRef, most: int, progress: Callable[[int, int], None]) -> BinaryIO:
        await self._begin("flatten_disk")
        if self._current(ref).power.is_active:
            raise GuestChanged("the guest runs")
        spec = self._specs.get(ref.vm_uid)
        if spec is None or ref.vm_uid not in self._disks:
            raise GuestRefused("the guest has no disk")
        size = spec.disk_gib << 30
        if size > most:
            raise GuestRefused(f"its disk has {spec.disk_gib} GiB; at most {most / (1 << 30):.4g} are taken")
        progress(size, size)
        return io.BytesIO(empty_qcow2(size))

    def console_log(self, vm_uid: VmUid) -> SimulatedConsole:
        console = self._consoles.get(vm_uid)
        if console is None:
            guest = self._guests.get(vm_uid)
            console = SimulatedConsole(guest.vm_name if guest else "")
            if guest is None:
                return console
            self._consoles[vm_uid] = console
            console.power(is_active=guest.power.is_active)
        return console

    async def _migration(self, ref: GuestRef, outgoing: Outgoing) -> SimulatedMigration:
        """The one that is under way, or a new one."""
        before = self._migrations.get(ref.vm_uid)
        if before is not None and not before.done:
            before.orphaned = False
            if before.is_for(outgoing):
                return before
            await before.abort()
        if not self._current(ref).power.is_active:
            raise GuestChanged("the guest is not running")
        made = self._migrations[ref.vm_uid] = self._begin_migration(ref, outgoing)
        return made

    def _begin_migration(self, ref: GuestRef, outgoing: Outgoing) -> SimulatedMigration:
        return SimulatedMigration(self._network, self, self._name, ref, outgoing)

    # What happens behind the agent's back.

    def end(self, vm_uid: VmUid, *, power: Power = Power.SHUTOFF, detail: str = "shutdown") -> None:
        """The guest ends by itself: powers off, or crashes."""
        guest = self._guests.get(vm_uid)
        if guest is not None and guest.power is Power.ARRIVING:
            self._drop(vm_uid)
        elif guest is not None and guest.power.is_active:
            self._put(dataclasses.replace(guest, power=power, detail=detail))

    def vanish(self, vm_uid: VmUid) -> None:
        """Someone undefines the guest."""
        self._drop(vm_uid)

    def put(self, guest: Guest, spec: GuestSpec | None = None) -> None:
        """A guest that is there already, such as one of an earlier agent, or one that another host sends."""
        if spec is not None:
            self._specs[guest.vm_uid] = spec
        self._put(guest)

    def agent_killed(self) -> None:
        """Migrations go on by themselves: cancelling a step of that agent, which no longer is, breaks none off."""
        for migration in self._migrations.values():
            migration.orphaned = True

    def has_disk(self, vm_uid: VmUid) -> bool:
        return vm_uid in self._disks

    # How the network and its migrations see this host.

    def screen(self, vm_uid: VmUid) -> SimulatedScreen:
        return self._screens.setdefault(vm_uid, SimulatedScreen(vm_uid))

    @property
    def guests(self) -> dict[VmUid, Guest]:
        return self._guests

    @property
    def disk_pool(self) -> str:
        return self.behaviour.disk_pool

    def spec_of(self, vm_uid: VmUid) -> GuestSpec | None:
        return self._specs.get(vm_uid)

    def delay_of(self, step: str) -> float:
        return self.behaviour.delay_s.get(step, 0.0)

    def fault_of(self, step: str) -> str:
        """Why the step fails this time; empty: it does not."""
        fault = self._fault(step)
        return fault.error if fault else ""

    @property
    def _disks(self) -> set[VmUid]:
        return self._network.disks(self.disk_pool) if self.disk_pool else self._own_disks

    async def _begin(self, step: str) -> None:
        self._check_reachable()
        if delay_s := self.delay_of(step):
            await asyncio.sleep(delay_s)
            self._check_reachable()
        if fault := self._fault(step):
            raise _error(fault)

    def _fault(self, step: str) -> Fault | None:
        """The one that the step meets this time."""
        fault = self.behaviour.faults.get(step)
        if fault is None or fault.times == 0:
            return None
        if fault.times is not None:
            fault.times -= 1
        return fault

    def _check_reachable(self) -> None:
        if self.outage:
            raise HypervisorUnavailable(self.outage)

    def _check_migratable(self) -> None:
        if not self._takes_guests:
            raise GuestRefused("this host is in no network: its guests can't move")

    def _check_screen(self, ref: GuestRef) -> None:
        self._check_reachable()
        if not self._current(ref).power.is_active:
            raise GuestChanged("the guest does not run")
        spec = self._specs.get(ref.vm_uid)
        if spec is None or not spec.machine.screen:
            raise GuestRefused("the guest was started without a screen")

    def _check_settled(self, guest: Guest) -> None:
        if guest.power is Power.ARRIVING:
            raise StepFailed("the guest is still arriving")

    def _check_lock(self, vm_uid: VmUid) -> None:
        """A disk is executed from, and deleted, by one host at a time."""
        writer = self._network.writer(vm_uid, self.disk_pool) if self.disk_pool else None
        if writer not in (None, self._name):
            raise StepFailed(f'Failed to get "write" lock: host {writer} uses the disk')

    def _check_bootable(self, spec: GuestSpec) -> None:
        if spec.boot is None:
            raise GuestRefused("the VM has no boot source")
        images = self.behaviour.images
        if isinstance(spec.boot, ImageBoot) and spec.boot.content:
            return  # It has every image, and copies none.
        names = [spec.boot.image] if isinstance(spec.boot, ImageBoot) else [spec.boot.kernel, spec.boot.initramfs]
        missing = [name for name in names if not name or "/" in name or ("*" not in images and name not in images)]
        if missing:
            raise ImageNotFound(f"no image {missing[0]!r} on this host")

    def _current(self, ref: GuestRef) -> Guest:
        guest = self._guests.get(ref.vm_uid)
        if guest is None or guest.incarnation != ref.incarnation:
            raise GuestChanged(f"incarnation {ref.incarnation} is not there")
        return guest

    def _seen(self, guest: Guest) -> Guest:
        """The guest as it is read."""
        migration = self._migrations.get(guest.vm_uid)
        leaving = migration is not None and not migration.done and guest.power.is_active
        return dataclasses.replace(guest, leaving=leaving)

    def _now_us(self) -> int:
        return round(self.behaviour.clock() * 1_000_000)

    def _drop(self, vm_uid: VmUid) -> None:
        self._guests.pop(vm_uid, None)
        self._specs.pop(vm_uid, None)
        self._load.gone(vm_uid, self._now_us())
        if console := self._consoles.pop(vm_uid, None):
            console.power(is_active=False)
        self._close_screen(vm_uid)
        self._hint(vm_uid)

    def _put(self, guest: Guest) -> None:
        self._guests[guest.vm_uid] = guest
        self._load.changed(guest, self._specs.get(guest.vm_uid), self._now_us())
        if not guest.power.is_active and (timer := self._endings.pop(guest.vm_uid, None)):
            timer.cancel()
        if console := self._consoles.get(guest.vm_uid):
            console.power(is_active=guest.power.is_active)
        if not guest.power.is_active:
            self._close_screen(guest.vm_uid)
        self._hint(guest.vm_uid)

    def _close_screen(self, vm_uid: VmUid) -> None:
        if screen := self._screens.pop(vm_uid, None):
            screen.close()

    def _hint(self, vm_uid: VmUid) -> None:
        if self._on_change is not None:
            self._on_change(vm_uid)


def _is_there(guest: Guest) -> bool:
    """It is not to be replaced by another incarnation."""
    return guest.power.is_active or guest.power is Power.ARRIVING


def _error(fault: Fault) -> DriverError:
    return GuestRefused(fault.error) if fault.permanent else StepFailed(fault.error)
