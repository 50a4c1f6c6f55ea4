"""The driver interface and its values: what the agent can read from and do to a hypervisor. Holds no policy."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NewType, Protocol

VmUid = NewType("VmUid", str)
OnChange = Callable[[VmUid | None], None]
"""Called with the guest that may have changed, or None for "anything may have". A hint: read again."""


class Power(enum.Enum):
    """What a hypervisor says of a guest."""

    RUNNING = "running"
    PAUSED = "paused"
    SHUTOFF = "shutoff"
    CRASHED = "crashed"
    # It was there, and the hypervisor no longer knows it. No driver says so: the agent does, who saw it before.
    GONE = "gone"
    # It is there, and what the agent wrote into it cannot be read: not even which incarnation it is.
    UNREADABLE = "unreadable"

    @property
    def is_active(self) -> bool:
        return self in (Power.RUNNING, Power.PAUSED)


@dataclass(frozen=True, slots=True)
class GuestRef:
    """One incarnation of one VM. Steps that end a guest take it, so that they never end a newer one."""

    vm_uid: VmUid
    incarnation: int


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest as read from the hypervisor, by the metadata that the agent wrote into it."""

    vm_uid: VmUid
    vm_name: str
    incarnation: int
    power: Power
    # Whether this incarnation ever ran. Never-started guests may be started; others that ended may not.
    started: bool
    # Restarts done in this incarnation.
    reboots: int = 0
    # The hypervisor's reason for the power state, in its own words.
    detail: str = ""

    @property
    def ref(self) -> GuestRef:
        return GuestRef(self.vm_uid, self.incarnation)


@dataclass(frozen=True, slots=True)
class ImageBoot:
    """Boot from a copy-on-write clone of this image of the host's image directory."""

    image: str


@dataclass(frozen=True, slots=True)
class KernelBoot:
    """Boot this kernel of the host's image directory directly."""

    kernel: str
    initramfs: str
    cmdline: str = ""


@dataclass(frozen=True, slots=True)
class GuestSpec:
    """All that is needed to define one incarnation of a VM."""

    vm_uid: VmUid
    vm_name: str
    incarnation: int
    vcpus: int
    memory_mib: int
    disk_gib: int
    # None only where nothing is to be booted: of a guest to be stopped or deleted.
    boot: ImageBoot | KernelBoot | None

    @property
    def ref(self) -> GuestRef:
        return GuestRef(self.vm_uid, self.incarnation)


@dataclass(frozen=True, slots=True)
class NumaNode:
    """All of one NUMA node."""

    vcpus: int
    memory_mib: int


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a host has and what its hypervisor is."""

    # By resource class: `vcpus`, `memory_mib`, `disk_gib`, extended classes.
    totals: Mapping[str, int]
    architecture: str
    cpu_model: str
    hypervisor: str
    virt_type: str
    images: tuple[str, ...]
    # What the machine can do, such as `cpu.avx2`.
    traits: tuple[str, ...] = ()
    # Empty: not known.
    numa_nodes: tuple[NumaNode, ...] = ()


@dataclass(frozen=True, slots=True)
class GuestSample:
    """What one guest has used. None: not measured, or there is no such thing; that is not 0.

    Memory and disk are what of the host's is in use now; all else grew since the guest was started.
    """

    ref: GuestRef
    cpu_us: int | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    disk_read_bytes: int | None = None
    disk_written_bytes: int | None = None
    network_received_bytes: int | None = None
    network_sent_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class HostSample:
    """What is used of the host by all that runs on it. None: not measured."""

    # CPU time since it booted, over all CPUs: spent, and all there was.
    cpu_us: int | None = None
    cpu_total_us: int | None = None
    # Without caches.
    memory_bytes: int | None = None
    # Of the file system that guests' disks are on.
    disk_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """What was measured at one time, in nanoseconds since 1970."""

    taken_ns: int
    host: HostSample
    guests: tuple[GuestSample, ...]


class DriverError(Exception):
    """A step could not be done. The message is the hypervisor's own words."""

    permanent: ClassVar[bool] = False


class HypervisorUnavailable(DriverError):
    """Nothing can be read or done: the hypervisor does not answer. Not the same as a host without guests."""


class StepFailed(DriverError):
    """The hypervisor refused or failed; trying again may help."""


class GuestChanged(DriverError):
    """The guest is not the incarnation that the step was meant for, or is gone: read again."""


class GuestRefused(DriverError):
    """The hypervisor can't run such a guest at all."""

    permanent = True


class ImageNotFound(DriverError):
    """The host's image directory has no such image."""

    permanent = True


class ImageUnusable(DriverError):
    """The image is there, but this guest can't be made from it."""

    permanent = True


class Driver(Protocol):
    """One hypervisor. Every step ensures an outcome, so it can run twice; every method may raise DriverError.

    `list_guests` and `get_guest` return only guests that carry the agent's metadata, and those of its own that lost
    it, as UNREADABLE. An unreadable hypervisor is HypervisorUnavailable, never an empty list or a part of one.
    """

    # How often to read everything as a net under lost events. None: events can't be lost.
    poll_s: float | None

    async def open(self, on_change: OnChange) -> None: ...

    # Leaves all guests as they are.
    async def close(self) -> None: ...

    async def facts(self) -> HostFacts: ...

    async def images(self) -> tuple[str, ...]: ...

    async def list_guests(self) -> list[Guest]: ...

    async def get_guest(self, vm_uid: VmUid) -> Guest | None: ...

    # Measures the host and each of its guests. May take long with many of them, and keeps no step or reading waiting.
    async def sample(self) -> Samples: ...

    # Ensures that this incarnation is defined with its disk. An inactive older one is replaced, its disk kept.
    async def define(self, spec: GuestSpec) -> None: ...

    # Ensures that a defined guest was started: running, or paused before its first instruction. Writes `reboots`.
    async def start(self, ref: GuestRef, *, paused: bool, reboots: int = 0) -> None: ...

    # Ensures that a guest that was started is RUNNING or PAUSED, and does not start one that has ended.
    async def change_power(self, ref: GuestRef, power: Power) -> None: ...

    # Ensures that the guest is off: it has `grace_s` seconds to power off, then it is forced. May be cancelled.
    async def stop(self, ref: GuestRef, *, grace_s: float) -> None: ...

    # Restarts the guest and then writes `reboots` into its metadata. May be cancelled.
    async def reboot(self, ref: GuestRef, *, reboots: int, force: bool) -> None: ...

    # Ensures that nothing of the VM is left, up to and including this incarnation.
    async def delete(self, ref: GuestRef) -> None: ...
