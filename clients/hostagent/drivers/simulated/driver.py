"""A hypervisor that exists only in memory, with chosen delays and faults. An object is a host; it costs no thread."""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hostagent.drivers.base import (
    DriverError,
    Guest,
    GuestChanged,
    GuestRef,
    GuestRefused,
    GuestSpec,
    HostFacts,
    HypervisorUnavailable,
    ImageBoot,
    ImageNotFound,
    NumaNode,
    OnChange,
    Power,
    Samples,
    StepFailed,
    VmUid,
)
from hostagent.drivers.simulated.load import SimulatedLoad

# By the power that each brings about: the step, and the powers that it takes a guest out of.
_CHANGES = {Power.PAUSED: ("pause", (Power.RUNNING,)), Power.RUNNING: ("resume", (Power.PAUSED,))}
STEPS = ("define", "start", *(step for step, _ in _CHANGES.values()), "stop", "reboot", "delete")
DEFAULT_TOTALS = {"vcpus": 64, "memory_mib": 262_144, "disk_gib": 10_000}


@dataclass(slots=True)
class Fault:
    """A step that fails: `times` times, or for ever when None."""

    times: int | None = None
    permanent: bool = False
    error: str = "simulated fault"


@dataclass(slots=True)
class Behaviour:
    """How a simulated host behaves. Times are seconds."""

    totals: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_TOTALS))
    # `*` stands for any name.
    images: tuple[str, ...] = ("*",)
    # How many NUMA nodes the totals are spread over; 0: none are reported.
    numa_nodes: int = 0
    # By step.
    delay_s: dict[str, float] = field(default_factory=dict[str, float])
    # By step.
    faults: dict[str, Fault] = field(default_factory=dict[str, Fault])
    # A guest that gets the power-off signal obeys it after this long; None: never.
    power_off_s: float | None = 0.0
    # A guest ends by itself this long after its start; None: it runs on.
    ends_after_s: float | None = None
    # Seconds of a clock that never goes back: what guests use grows with it.
    clock: Callable[[], float] = time.monotonic


def _nodes(behaviour: Behaviour) -> tuple[NumaNode, ...]:
    """Equal nodes; what does not divide is on the first ones."""
    count = behaviour.numa_nodes
    vcpus, memory_mib = behaviour.totals.get("vcpus", 0), behaviour.totals.get("memory_mib", 0)
    return tuple(
        NumaNode(vcpus // count + (node < vcpus % count), memory_mib // count + (node < memory_mib % count))
        for node in range(count)
    )


class SimulatedDriver:
    """A driver without a hypervisor. Behind the agent's back: `end`, `vanish`, `put`, `outage`."""

    poll_s: float | None = None

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        # Set: nothing can be read or done, for this reason.
        self.outage = ""
        # How often each step was really done.
        self.done: dict[str, int] = dict.fromkeys(STEPS, 0)
        self._guests: dict[VmUid, Guest] = {}
        self._disks: set[VmUid] = set()
        self._specs: dict[VmUid, GuestSpec] = {}
        totals = self.behaviour.totals
        self._load = SimulatedLoad(totals.get("vcpus", 0), totals.get("memory_mib", 0), self._now_us())
        self._on_change: OnChange | None = None
        self._endings: dict[VmUid, asyncio.TimerHandle] = {}

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
            numa_nodes=_nodes(self.behaviour),
        )

    async def images(self) -> tuple[str, ...]:
        return self.behaviour.images

    async def list_guests(self) -> list[Guest]:
        self._check_reachable()
        return list(self._guests.values())

    async def get_guest(self, vm_uid: VmUid) -> Guest | None:
        self._check_reachable()
        return self._guests.get(vm_uid)

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
        if before is not None and before.power.is_active:
            raise GuestChanged(f"incarnation {before.incarnation} still runs")
        self._check_bootable(spec)
        if spec.disk_gib:
            self._disks.add(spec.vm_uid)
        self._specs[spec.vm_uid] = spec
        self._put(Guest(spec.vm_uid, spec.vm_name, spec.incarnation, Power.SHUTOFF, started=False))
        self.done["define"] += 1

    async def start(self, ref: GuestRef, *, paused: bool, reboots: int = 0) -> None:
        await self._begin("start")
        guest = self._current(ref)
        if guest.started:
            return
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
        self._put(dataclasses.replace(guest, power=power))
        self.done[step] += 1

    async def stop(self, ref: GuestRef, *, grace_s: float) -> None:
        await self._begin("stop")
        guest = self._current(ref)
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

    async def delete(self, ref: GuestRef) -> None:
        await self._begin("delete")
        guest = self._guests.get(ref.vm_uid)
        if guest is not None and guest.incarnation > ref.incarnation:
            raise GuestChanged(f"incarnation {guest.incarnation} is there")
        self._disks.discard(ref.vm_uid)
        if guest is not None:
            self._drop(ref.vm_uid)
            self.done["delete"] += 1

    # What happens behind the agent's back.

    def end(self, vm_uid: VmUid, *, power: Power = Power.SHUTOFF, detail: str = "shutdown") -> None:
        """The guest ends by itself: powers off, or crashes."""
        guest = self._guests.get(vm_uid)
        if guest is not None and guest.power.is_active:
            self._put(dataclasses.replace(guest, power=power, detail=detail))

    def vanish(self, vm_uid: VmUid) -> None:
        """Someone undefines the guest."""
        self._drop(vm_uid)

    def put(self, guest: Guest) -> None:
        """A guest that is there already, such as one of an earlier agent."""
        self._put(guest)

    def has_disk(self, vm_uid: VmUid) -> bool:
        return vm_uid in self._disks

    async def _begin(self, step: str) -> None:
        self._check_reachable()
        delay_s = self.behaviour.delay_s.get(step, 0.0)
        if delay_s:
            await asyncio.sleep(delay_s)
            self._check_reachable()
        fault = self.behaviour.faults.get(step)
        if fault is None or fault.times == 0:
            return
        if fault.times is not None:
            fault.times -= 1
        raise _error(fault)

    def _check_reachable(self) -> None:
        if self.outage:
            raise HypervisorUnavailable(self.outage)

    def _check_bootable(self, spec: GuestSpec) -> None:
        if spec.boot is None:
            raise GuestRefused("the VM has no boot source")
        images = self.behaviour.images
        names = [spec.boot.image] if isinstance(spec.boot, ImageBoot) else [spec.boot.kernel, spec.boot.initramfs]
        missing = [name for name in names if not name or "/" in name or ("*" not in images and name not in images)]
        if missing:
            raise ImageNotFound(f"no image {missing[0]!r} on this host")

    def _current(self, ref: GuestRef) -> Guest:
        guest = self._guests.get(ref.vm_uid)
        if guest is None or guest.incarnation != ref.incarnation:
            raise GuestChanged(f"incarnation {ref.incarnation} is not there")
        return guest

    def _now_us(self) -> int:
        return round(self.behaviour.clock() * 1_000_000)

    def _drop(self, vm_uid: VmUid) -> None:
        self._guests.pop(vm_uid, None)
        self._specs.pop(vm_uid, None)
        self._load.gone(vm_uid, self._now_us())
        self._hint(vm_uid)

    def _put(self, guest: Guest) -> None:
        self._guests[guest.vm_uid] = guest
        self._load.changed(guest, self._specs.get(guest.vm_uid), self._now_us())
        if not guest.power.is_active and (timer := self._endings.pop(guest.vm_uid, None)):
            timer.cancel()
        self._hint(guest.vm_uid)

    def _hint(self, vm_uid: VmUid) -> None:
        if self._on_change is not None:
            self._on_change(vm_uid)


def _error(fault: Fault) -> DriverError:
    return GuestRefused(fault.error) if fault.permanent else StepFailed(fault.error)
