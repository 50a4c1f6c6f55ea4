"""The VM as a value, and its spec as events record it. How events change it is in `evolve`.

Names that many VMs share (of hosts, of projects) are interned: a fleet of a million VMs has each once.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.placement.rules import NO_RULES, PlacementRules, recorded_rules, rules_of
from controlplane.domain.resources import NOTHING, Resources, amount_of, resources_of
from controlplane.domain.time import Micros
from controlplane.domain.vm.states import Desired, VmState


@dataclass(frozen=True, slots=True)
class Spec:
    """What a VM is made of: its resources, and an image or a kernel with its initramfs, by file name."""

    resources: Resources
    image: str = ""
    kernel: str = ""
    initramfs: str = ""
    cmdline: str = ""
    rules: PlacementRules = NO_RULES

    @property
    def files(self) -> tuple[str, ...]:
        """The files that its host must have."""
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

    @property
    def project(self) -> str:
        return self.name.partition("/vms/")[0]

    @property
    def holds_compute(self) -> bool:
        return self.held.has_compute

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
    return Spec(resources_of(spec.resources), spec.image.image, kernel.kernel, kernel.initramfs, kernel.cmdline, rules)


def spec_of(spec: ev.Spec) -> Spec:
    """An event's spec as a value. Equal specs share one object: fleets are made of few kinds of VMs."""
    return _shared_spec(spec.SerializeToString())


@lru_cache(maxsize=4096)
def recorded_spec(spec: Spec) -> ev.Spec:
    """A spec as an event records it. Not to be changed: it is shared."""
    recorded = ev.Spec(resources=amount_of(spec.resources))
    if spec.image:
        recorded.image.image = spec.image
    else:
        recorded.kernel.MergeFrom(ev.KernelBoot(kernel=spec.kernel, initramfs=spec.initramfs, cmdline=spec.cmdline))
    if spec.rules:
        recorded.placement.CopyFrom(recorded_rules(spec.rules))
    return recorded
