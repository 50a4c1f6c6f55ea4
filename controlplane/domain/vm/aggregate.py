"""The VM as a value, and its spec as events record it. How events change it is in `evolve`.

Names that many VMs share (of hosts, of projects) are interned: a fleet of a million VMs has each once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.image.content import ImageContent, content_of, recorded_content
from controlplane.domain.placement.rules import NO_RULES, PlacementRules, recorded_rules, rules_of
from controlplane.domain.placement.selectors import Selector, Term, has_trait
from controlplane.domain.resources import ADDRESSES, NOTHING, Resources, amount_of, resources_of, some_of
from controlplane.domain.time import Micros
from controlplane.domain.vm.availability import DEFAULT_AVAILABILITY, Availability, Restart
from controlplane.domain.vm.guest_limits import (
    NO_IO_LIMITS,
    CpuPolicy,
    IoLimits,
    io_limits_of,
    policy_of,
    recorded_io_limits,
    recorded_policy,
)
from controlplane.domain.vm.interfaces import Cards, Interfaces, address_count, interfaces_of, recorded_interfaces
from controlplane.domain.vm.machine import (
    NO_FIRST_BOOT,
    PLAIN_MACHINE,
    FirstBoot,
    Machine,
    first_boot_of,
    machine_of,
    recorded_first_boot,
)
from controlplane.domain.vm.states import Desired, VmState

# A trait of hosts, followed by the name of a CPU that their guests can have.
CPU_MODEL = "cpu.model."
# The trait of hosts whose guests' CPU time has a limit.
CPU_LIMITS = "isolation.cgroup.cpu"
# The trait of hosts that images are brought to.
FETCHES_IMAGES = "image.fetch"


@dataclass(frozen=True, slots=True)
class Spec:
    """What a VM is made of: its resources, and an image or a kernel with its initramfs, by file name.

    Or an image that is a resource: `projects/{project}/images/{image}`, with its content.
    """

    resources: Resources
    image: str = ""
    kernel: str = ""
    initramfs: str = ""
    cmdline: str = ""
    rules: PlacementRules = NO_RULES
    cpu_model: str = ""
    cpu_policy: CpuPolicy = CpuPolicy.SHARE
    io_limits: IoLimits = NO_IO_LIMITS
    machine: Machine = PLAIN_MACHINE
    first_boot: FirstBoot = NO_FIRST_BOOT
    interfaces: Interfaces = ()
    # Of an image that is a resource, whose name `image` was.
    content: ImageContent | None = None

    @property
    def host_rules(self) -> PlacementRules:
        """The rules, with what a host must have for a guest that is made so."""
        implied = self.implied
        if not implied:
            return self.rules
        required = Selector((*self.rules.require.terms, *implied.values()))
        return self.rules._replace(require=required, whole_vcpus=self.cpu_policy is CpuPolicy.GUARANTEE)

    @property
    def implied(self) -> dict[str, Term]:
        """What a host must have for a guest that is made so, by the field of the spec that needs it."""
        traits = {
            "cpu_model": f"{CPU_MODEL}{self.cpu_model}" if self.cpu_model else "",
            "cpu_policy": CPU_LIMITS if self.cpu_policy is CpuPolicy.GUARANTEE else "",
            "boot.image": FETCHES_IMAGES if self.content else "",
            **self.machine.traits,
            **{f"network_interfaces[{index}].network": each.trait for index, each in enumerate(self.interfaces)},
        }
        return {field: has_trait(trait) for field, trait in traits.items() if trait}

    @property
    def files(self) -> tuple[str, ...]:
        """The files that its host must have. An image that is a resource is brought there."""
        if self.content:
            return ()
        return (self.image,) if self.image else (self.kernel, self.initramfs)


class Pending(NamedTuple):
    """A request under way: its step, the version of the event that began it, and its deadline."""

    step: str
    version: int
    deadline: Micros


class Observed(NamedTuple):
    """The agent's last report that changed anything. `guest_state` is a chronovisor.v1.GuestState."""

    guest_state: int
    at: Micros
    detail: str


class DiskMove(IntEnum):
    """What becomes of a disk when its VM moves. The numbers are those of chronovisor.v1.DiskMove."""

    NONE = 1
    SHARED = 2
    COPY = 3


class MigrationPhase(IntEnum):
    """How far a migration is. The numbers are those of chronovisor.v1.VmMigration.Phase."""

    REQUESTED = 1
    COPYING = 2
    SWITCHED = 3


class Migration(NamedTuple):
    """A migration under way: its side that is not the VM's own host. Until it has switched, that is the destination.

    `incarnation` is that of the guest on this side. `departure`: how the source's guest was seen to have ended.
    """

    host_uid: str
    host: str
    incarnation: int
    held: Resources
    disk: DiskMove
    phase: MigrationPhase = MigrationPhase.REQUESTED
    departure: Observed | None = None
    arrived: bool = False
    cancelled: bool = False
    # How the source reaches the destination, in the agents' own words.
    address: tuple[tuple[str, str], ...] = ()
    bandwidth_mib_s: int = 0
    auto_converge: bool = False

    @property
    def switched(self) -> bool:
        return self.phase is MigrationPhase.SWITCHED

    @property
    def addresses(self) -> Mapping[str, str]:
        return dict(self.address)


class UserData(NamedTuple):
    """What is known of a VM's user data without its key. `version` is that of the VM's event that has it, encrypted."""

    version: int
    size_bytes: int
    keyed_hash: bytes


class Vm(NamedTuple):
    """One VM after some event of its stream. `version` is that event's. A tuple: the fastest copy."""

    uid: str
    name: str
    project_uid: str
    spec: Spec
    labels: tuple[tuple[str, str], ...]
    created: Micros
    updated: Micros
    version: int = 1
    state: VmState = VmState.STOPPED
    desired: Desired = Desired.STOPPED
    incarnation: int = 0
    host_uid: str = ""
    host: str = ""
    held: Resources = NOTHING
    pending: Pending | None = None
    observed: Observed | None = None
    failure: str = ""
    reboots: int = 0
    force_reboot: bool = False
    paused: bool = False
    grace_period_s: float = 0.0
    # The version that last changed what the agent is to bring about.
    desired_version: int = 0
    deleted: Micros | None = None
    # How long it is expected to run from a start on; 0 where that is not known.
    expected_lifetime_us: int = 0
    # When its last start was requested; 0 before the first.
    started: Micros = Micros(0)
    # Pauses and resumes in a row that nobody requested.
    flaps: int = 0
    availability: Availability = DEFAULT_AVAILABILITY
    migration: Migration | None = None
    # The start that is owed, and how many in a row its last one was.
    restart: Restart | None = None
    attempts: int = 0
    # Whether it is stopped to be started elsewhere.
    restarts: bool = False
    # Of an UNKNOWN VM: the state that it has again when its host is back. STOPPED of any other.
    last_state: VmState = VmState.STOPPED
    user_data: UserData | None = None
    deletion_protection: bool = False
    # What its network cards hold, by index, from its first start on.
    cards: Cards = ()

    @property
    def project(self) -> str:
        return self.name.partition("/vms/")[0]

    @property
    def counted(self) -> Resources:
        """What its project's quota counts: what it holds on its own host, and its addresses."""
        return self.held + some_of(ADDRESSES, address_count(self.cards)) if self.cards else self.held

    @property
    def holds_compute(self) -> bool:
        return self.held.has_compute

    @property
    def known_state(self) -> VmState:
        """The state, or of an UNKNOWN VM, the one that it was in."""
        return self.last_state if self.state is VmState.UNKNOWN else self.state

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts, by uid, that it is on, or was last: of a migration both."""
        if self.migration:
            return self.host_uid, self.migration.host_uid
        return (self.host_uid,) if self.host_uid else ()

    def holdings(self) -> "Iterator[tuple[str, str, Resources]]":
        """What is held for it: on each host, by uid and name."""
        if self.held:
            yield self.host_uid, self.host, self.held
        if self.migration and self.migration.held:
            yield self.migration.host_uid, self.migration.host, self.migration.held

    def pools_beside(self, pools: frozenset[str]) -> frozenset[str]:
        """Of the disk pools of its host, those by which it can be started on another: a TPM's state is in none."""
        return frozenset() if self.spec.machine.tpm else pools

    @property
    def expected_end(self) -> Micros | None:
        """Of a VM that holds compute, if its lifetime is known."""
        if not self.expected_lifetime_us or not self.holds_compute:
            return None
        return Micros(self.started + self.expected_lifetime_us)


@lru_cache(maxsize=4096)
def _shared_spec(recorded: bytes) -> Spec:
    spec = ev.Spec.FromString(recorded)
    kernel = spec.kernel
    rules = rules_of(spec.placement) if spec.HasField("placement") else NO_RULES
    boot = (spec.image.image, kernel.kernel, kernel.initramfs, kernel.cmdline)
    limits = io_limits_of(spec.io_limits) if spec.HasField("io_limits") else NO_IO_LIMITS
    first_boot = first_boot_of(spec.first_boot) if spec.HasField("first_boot") else NO_FIRST_BOOT
    cpu = (spec.cpu_model, policy_of(spec.cpu_policy))
    interfaces = interfaces_of(spec.network_interfaces)
    content = content_of(spec.image.content) if spec.image.HasField("content") else None
    made = (machine_of(spec), first_boot, interfaces, content)
    return Spec(resources_of(spec.resources), *boot, rules, *cpu, limits, *made)


def spec_of(spec: ev.Spec) -> Spec:
    """An event's spec as a value. Equal specs share one object: fleets are made of few kinds of VMs."""
    return _shared_spec(spec.SerializeToString())


@lru_cache(maxsize=4096)
def recorded_spec(spec: Spec) -> ev.Spec:
    """A spec as an event records it. Not to be changed: it is shared."""
    recorded = ev.Spec(
        resources=amount_of(spec.resources),
        cpu_model=spec.cpu_model,
        cpu_policy=recorded_policy(spec.cpu_policy),
        io_limits=recorded_io_limits(spec.io_limits),
        first_boot=recorded_first_boot(spec.first_boot),
        network_interfaces=recorded_interfaces(spec.interfaces),
        **spec.machine._asdict(),
    )
    if spec.image:
        recorded.image.image = spec.image
        if spec.content:
            recorded.image.content.CopyFrom(recorded_content(spec.content))
    else:
        recorded.kernel.MergeFrom(ev.KernelBoot(kernel=spec.kernel, initramfs=spec.initramfs, cmdline=spec.cmdline))
    if spec.rules:
        recorded.placement.CopyFrom(recorded_rules(spec.rules))
    return recorded
