"""The driver interface and its values: what the agent can read from and do to a hypervisor. Holds no policy."""

import enum
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, ClassVar, NewType, Protocol

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
    # A copy that a migration is still filling. It has run nothing, cannot run, and is gone when the migration fails.
    ARRIVING = "arriving"

    @property
    def is_active(self) -> bool:
        return self in (Power.RUNNING, Power.PAUSED)


@dataclass(frozen=True, slots=True)
class GuestRef:
    """One incarnation of one VM. Steps that end a guest take it, so that they never end a newer one."""

    vm_uid: VmUid
    incarnation: int


class CpuPolicy(enum.Enum):
    """How a guest shares its host's CPUs, by the names of chronovisor.v1.CpuPolicy."""

    # By its number of vCPUs when the host is busy, and as much as there is when it is not.
    SHARE = "share"
    # The time of so many CPUs as it has vCPUs, and never more.
    GUARANTEE = "guarantee"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a guest may use of its host. Operations and bytes are each second's; 0: no limit."""

    cpu: CpuPolicy = CpuPolicy.SHARE
    disk_read_iops: int = 0
    disk_write_iops: int = 0
    disk_read_bytes: int = 0
    disk_write_bytes: int = 0
    network_receive_bytes: int = 0
    network_send_bytes: int = 0


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class GuestCard:
    """What a network card of a guest was made with. An empty address is none."""

    index: int
    network_uid: str
    mac: str
    ipv4: str = ""
    ipv6: str = ""


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
    # A migration may be under way that takes it to another host, whoever began it.
    leaving: bool = False
    # Those that it was given last, on this host. None: not known, or none yet.
    limits: Limits | None = NO_LIMITS
    cards: tuple[GuestCard, ...] = ()

    @property
    def ref(self) -> GuestRef:
        return GuestRef(self.vm_uid, self.incarnation)


class KeptKind(enum.Enum):
    """What a host keeps for guests, by the names of chronovisor.v1.HostLeftover.Kind."""

    DISK = "disk"
    SEED = "seed"
    FIRMWARE = "firmware"
    CONSOLE_LOG = "console log"
    IMAGE = "image"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Kept:
    """Something of a host's that is there for guests. `vm_uid` is empty where it is no VM's; `size` is in bytes."""

    kind: KeptKind
    name: str
    vm_uid: VmUid = VmUid("")
    size: int = 0


# The trait of a host that images are brought to, when a guest is first made from one.
FETCHES_IMAGES = "image.fetch"


@dataclass(frozen=True, slots=True)
class ImageContent:
    """An image that the control plane has. `format` is QEMU's word; `size` is in bytes."""

    sha256: str
    format: str
    size: int


@dataclass(frozen=True, slots=True)
class ImageBoot:
    """Boot from a copy-on-write clone of this image: a file of the host's image directory, or `content`."""

    image: str
    content: ImageContent | None = None


@dataclass(frozen=True, slots=True)
class KernelBoot:
    """Boot this kernel of the host's image directory directly."""

    kernel: str
    initramfs: str
    cmdline: str = ""


class Firmware(enum.Enum):
    """What runs before a guest's operating system, by the names of chronovisor.v1.Firmware."""

    UNSPECIFIED = "as the hypervisor does by default"
    BIOS = "BIOS"
    UEFI = "UEFI"
    UEFI_SECURE_BOOT = "UEFI with secure boot"

    @property
    def is_uefi(self) -> bool:
        return self in (Firmware.UEFI, Firmware.UEFI_SECURE_BOOT)


@dataclass(frozen=True, slots=True)
class Machine:
    """What a guest's machine has beside its resources. Each needs a trait of the host."""

    firmware: Firmware = Firmware.UNSPECIFIED
    tpm: bool = False
    # Empty: the newest that the host has.
    machine_type: str = ""
    rng: bool = False
    guest_agent: bool = False
    screen: bool = False


PLAIN_MACHINE = Machine()


@dataclass(frozen=True, slots=True)
class FirstBoot:
    """What a guest is given at its first boot beside its user data: no secrets. Without a `hostname`, its VM's id."""

    ssh_authorized_keys: tuple[str, ...] = ()
    hostname: str = ""


NO_FIRST_BOOT = FirstBoot()


@dataclass(frozen=True, slots=True)
class Forward:
    """A port of the host's loopback address that leads to one of the guest's."""

    host_port: int
    guest_port: int
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class Interface:
    """A network card of a guest."""

    network_uid: str
    index: int
    mac: str
    # Its network's number: the bridge on a host is named by it.
    vni: int
    mtu: int = 0
    # Each with the length of the network's prefix. Empty: none.
    ipv4: str = ""
    ipv6: str = ""
    ipv4_gateway: str = ""
    ipv6_gateway: str = ""
    # Whether somebody else than the agent gives out addresses there, so that those above are written into the seed.
    is_static: bool = False
    # Of a card of user-mode networking.
    forwards: tuple[Forward, ...] = ()
    # Whether its hypervisor alone makes the network, and no bridge is needed.
    is_user: bool = False


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
    # A model that the host has a trait for, in any case of letters. Empty: what suits this host alone.
    cpu_model: str = ""
    limits: Limits = NO_LIMITS
    # What it is given at its first boot. A secret: in no text, log, command line or XML.
    user_data: bytes = field(default=b"", repr=False)
    # By `index`.
    interfaces: tuple[Interface, ...] = ()
    machine: Machine = PLAIN_MACHINE
    first_boot: FirstBoot = NO_FIRST_BOOT

    @property
    def ref(self) -> GuestRef:
        return GuestRef(self.vm_uid, self.incarnation)

    @property
    def cards(self) -> tuple[GuestCard, ...]:
        """What its network cards are made with."""
        return tuple(
            GuestCard(each.index, each.network_uid, each.mac, *(_without_prefix(a) for a in (each.ipv4, each.ipv6)))
            for each in self.interfaces
        )

    @property
    def has_seed(self) -> bool:
        """Whether it is given anything at its first boot."""
        by_hand = len(self.interfaces) > 1 or any(each.is_static for each in self.interfaces)
        return bool(self.user_data) or self.first_boot != NO_FIRST_BOOT or by_hand


def _without_prefix(address: str) -> str:
    return address.partition("/")[0]


class DiskMove(enum.Enum):
    """What becomes of a VM's disk when the VM moves to another host."""

    # It has none.
    NONE = "none"
    # Both hosts have the same file.
    SHARED = "shared"
    # It is copied to a file of the destination.
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a guest can arrive: what a source needs of a destination. Opaque to all others."""

    address: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How a guest is to leave for another host."""

    endpoint: Endpoint
    # Of the copy at the destination.
    incarnation: int
    disk: DiskMove = DiskMove.NONE
    # 0: as fast as it goes.
    bandwidth_mib_s: int = 0
    # A guest that writes memory faster than it can be sent is slowed down.
    auto_converge: bool = False
    # 0: no limit.
    timeout_s: float = 0.0


@dataclass(frozen=True, slots=True)
class MigrationProgress:
    """How far a migration is. The totals can grow: what is written again is sent again."""

    memory_total_bytes: int = 0
    memory_left_bytes: int = 0
    disk_total_bytes: int = 0
    disk_left_bytes: int = 0
    # How often the memory has been gone through.
    iteration: int = 0
    # How long the guest stood still at the hand-over. None: not known, or not yet.
    downtime_ms: int | None = None


@dataclass(frozen=True, slots=True)
class NumaNode:
    """All of one NUMA node."""

    vcpus: int
    memory_mib: int


class ConsoleKind(enum.Enum):
    """What is had of guests through a tunnel, by the names of chronovisor.v1.TunnelKind."""

    SERIAL = "serial"
    CONSOLE_LOG = "console_log"
    SCREENSHOT = "screenshot"
    SCREEN = "screen"
    PORT = "port"
    DISK = "disk"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Program:
    """What a guest agent is to run: no shell is in between. `timeout_s`: how long its end is waited for."""

    path: str
    arguments: tuple[str, ...] = ()
    input: bytes = b""
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class ProgramEnd:
    """In the guest's words. `runs_on`: it had not ended in time. `truncated`: it wrote more than is here."""

    exit_code: int = 0
    signal: int = 0
    runs_on: bool = False
    output: bytes = b""
    errors: bytes = b""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class LogExtent:
    """Where a console's log is: the bytes from `oldest` on are kept, and `end` is that of the next."""

    oldest: int
    end: int


class ConsoleLog(Protocol):
    """What a guest has written to its serial port. Offsets count from the first byte that it wrote on this host.

    Raises StepFailed where it cannot be read.
    """

    async def extent(self) -> LogExtent: ...

    # At most so many bytes, from one that is kept; fewer at the end.
    async def read(self, offset: int, most: int) -> bytes: ...


class SerialPort(Protocol):
    """The serial port of a guest that runs, for whoever types. What the guest writes is in its log."""

    # Returns once the guest has taken it. Raises GuestChanged once it has ended.
    async def write(self, data: bytes) -> None: ...

    # Returns when the guest may have written more; at the latest after `wait_s`. Raises GuestChanged once it has ended.
    async def written(self, wait_s: float) -> None: ...

    def close(self) -> None: ...


class ScreenPort(Protocol):
    """A viewer's place at the screen of a guest that runs: bytes of the RFB protocol (RFC 6143)."""

    # At most so many bytes; none once the hypervisor has closed it.
    async def read(self, most: int) -> bytes: ...

    # Returns once the hypervisor has taken it, or closed it.
    async def write(self, data: bytes) -> object: ...

    def close(self) -> None: ...


class GuestPort(Protocol):
    """A connection to a TCP port of a guest that runs."""

    # At most so many bytes; none once the guest has sent all.
    async def read(self, most: int) -> bytes: ...

    # Returns once there is room for more: whether the guest still takes any.
    async def write(self, data: bytes) -> bool: ...

    # Nothing more is written.
    def end_input(self) -> None: ...

    def close(self) -> None: ...


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
    # What can be opened of its guests.
    consoles: tuple[ConsoleKind, ...] = ()
    # The SHA-256 of each image of a project that it has a copy of, sorted.
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoppedFrames:
    """By the rules of a card: to it, from it, and from it under an address of another."""

    refused: int
    unsent: int
    spoofed: int


@dataclass(frozen=True, slots=True)
class InterfaceSample:
    """What went through one network card of a guest. `frames` are those that rules have stopped; None: not counted."""

    index: int
    received_bytes: int | None = None
    sent_bytes: int | None = None
    frames: StoppedFrames | None = None


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
    # Those that its guest agent reports, if it has one: its own word.
    addresses: tuple[str, ...] = ()
    # Of the cards that the hypervisor counts.
    interfaces: tuple[InterfaceSample, ...] = ()


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


class MigrationFailed(DriverError):
    """The guest did not leave: it is at the source as it was. This attempt is over."""

    permanent = True


class ImageNotFound(DriverError):
    """The host's image directory has no such image."""

    permanent = True


class ImageUnusable(DriverError):
    """The image is there, but this guest can't be made from it."""

    permanent = True


class ImageSource(Protocol):
    """The bytes of images, from one on. Raises StepFailed."""

    def __call__(self, sha256: str, offset: int) -> AsyncIterator[bytes]: ...


class ImageCopies(Protocol):
    """The copies of images that a host has."""

    async def ensure(self, content: ImageContent, source: ImageSource, report: Callable[[str], None]) -> None: ...

    def digests(self) -> tuple[str, ...]:
        """The SHA-256 of each that is whole, sorted."""
        ...


class Driver(Protocol):
    """One hypervisor. Every step ensures an outcome, so it can run twice; every method may raise DriverError.

    `list_guests` and `get_guest` return only guests that carry the agent's metadata, and those of its own that lost
    it, as UNREADABLE. An unreadable hypervisor is HypervisorUnavailable, never an empty list or a part of one.
    """

    # How often to read everything as a net under lost events. None: events can't be lost.
    poll_s: float | None

    @property
    def image_copies(self) -> ImageCopies | None:
        """Where images are to be before a guest is defined that is made from one. None: it needs no copies."""
        ...

    async def open(self, on_change: OnChange) -> None: ...

    # Leaves all guests as they are.
    async def close(self) -> None: ...

    async def facts(self) -> HostFacts: ...

    async def images(self) -> tuple[str, ...]: ...

    async def list_guests(self) -> list[Guest]: ...

    async def get_guest(self, vm_uid: VmUid) -> Guest | None: ...

    # What is kept for VMs, whether there is a guest or not: also what a step has left that was broken off.
    async def kept(self) -> list[Kept]: ...

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

    # Ensures that nothing of the VM is left, up to and including this incarnation; with `keep_disk`, but for its disk.
    # Deletes no disk that another host uses.
    async def delete(self, ref: GuestRef, *, keep_disk: bool = False) -> None: ...

    # Ensures that the disk has at least this size. Shrinks none.
    async def resize_disk(self, ref: GuestRef, disk_gib: int) -> None: ...

    # Ensures that an active guest has these limits, as far as the host can put them on. One that is started has those
    # of its spec.
    async def limit(self, ref: GuestRef, limits: Limits) -> None: ...

    # Ensures that this incarnation can arrive here from another host: with its files, and an empty disk to COPY to.
    # An inactive older one is replaced. Raises GuestRefused where the hypervisor takes no guests of others.
    async def prepare_incoming(self, spec: GuestSpec, disk: DiskMove) -> Endpoint: ...

    # Ensures that the guest, running or paused, has left: afterwards it is SHUTOFF here, and PAUSED at the destination
    # as the incarnation `outgoing.incarnation`, where it runs nothing before a `change_power`. A migration that an
    # earlier agent began is waited for. Cancelling breaks it off, and waits for its end. Raises MigrationFailed.
    async def migrate(
        self, ref: GuestRef, outgoing: Outgoing, progress: Callable[[MigrationProgress], None]
    ) -> None: ...

    # Ensures that no migration takes the guest away, such as one that an earlier agent began: breaks it off, and waits
    # for its end. One that was over before has left.
    async def abort_migration(self, ref: GuestRef) -> None: ...

    # The serial port of a guest that is active. Raises GuestChanged, and GuestRefused where it has none to type into.
    async def open_serial(self, ref: GuestRef) -> SerialPort: ...

    # What the screen of an active guest shows, as PNG of at most so many bytes. Raises GuestChanged, and GuestRefused
    # where it has none, or that is more.
    async def screenshot(self, ref: GuestRef, most: int) -> bytes: ...

    # The screen of an active guest, for one more viewer. Raises GuestChanged, and GuestRefused where it has none.
    async def open_screen(self, ref: GuestRef) -> ScreenPort: ...

    # A TCP port of an active guest, as far as its hypervisor alone reaches it. Raises GuestChanged, GuestRefused where
    # none of its cards leads there, and StepFailed where the guest does not take the connection.
    async def open_port(self, ref: GuestRef, port: int) -> GuestPort: ...

    # Has the guest agent of an active guest run a program. Raises GuestChanged, and StepFailed where none answers, or
    # it refuses.
    async def run_program(self, ref: GuestRef, program: Program) -> ProgramEnd: ...

    # The disk of a guest that is not active, with all that it was cloned from, as one qcow2 file: read from its
    # beginning, and gone once it is closed. `progress` hears how many bytes of the disk are done, of how many. Raises
    # GuestChanged, GuestRefused where it has no disk, or that or the file has more than `most` bytes, and StepFailed.
    async def flatten_disk(self, ref: GuestRef, most: int, progress: Callable[[int, int], None]) -> BinaryIO: ...

    # What a guest has written to its serial port, in whatever incarnation; an empty one of a guest that never did.
    def console_log(self, vm_uid: VmUid) -> ConsoleLog: ...
