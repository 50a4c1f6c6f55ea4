"""The VM as its events tell it: state, and evolve.

Names that many VMs share (of hosts, of projects) are interned: a fleet of a million VMs has each once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fast_replace import fast_replace
from controlplane.domain.placement.rules import NO_RULES, PlacementRules, recorded_rules, rules_of
from controlplane.domain.resources import NOTHING, Resources, amount_of, resources_of
from controlplane.domain.time import Micros, micros_in, micros_of, seconds_of
from controlplane.domain.vm.states import TRANSITIONS, Desired, Verb, VmState


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
    """A request under way: what was asked, by which version of the VM's stream, until when."""

    step: str
    version: int
    deadline: Micros


class Observed(NamedTuple):
    """What the agent last told that changed anything. `guest_state` is a chronovisor.v1.GuestState."""

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
    # The version that last changed what the agent is told.
    asked: int = 0
    deleted: Micros | None = None
    # How long it is expected to run from a start on; 0 when nobody told.
    expected_lifetime_us: int = 0
    # When its last start was asked for; 0 before the first.
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
        """Of a VM that holds compute, if its lifetime was told."""
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


def _observed(observation: ev.Observation) -> Observed:
    return Observed(observation.guest_state, micros_of(observation.observe_time), intern(observation.detail))


def _created(event: ev.Event, version: int) -> Vm:
    told = event.vm_created
    at = micros_of(event.commit_time)
    labels = tuple(sorted(told.labels.items())) if told.labels else ()
    return Vm(
        told.uid,
        told.name,
        intern(told.project_uid),
        spec_of(told.spec),
        labels,
        at,
        at,
        version,
        expected_lifetime_us=_lifetime(told),
    )


def _lifetime(told: ev.VmCreated | ev.VmUpdated) -> int:
    return micros_in(told.expected_lifetime) if told.HasField("expected_lifetime") else 0


Changes = dict[str, Any]


def _start_requested(vm: Vm, event: ev.Event, version: int) -> Changes:
    told = event.vm_start_requested
    return {
        "desired": Desired.RUNNING,
        "incarnation": told.incarnation,
        "host_uid": intern(told.host_uid),
        "host": intern(told.host),
        "held": vm.held + resources_of(told.held),
        "started": micros_of(event.commit_time),
        "pending": Pending("start", version, micros_of(told.deadline)),
        "failure": "",
        "reboots": 0,
        "force_reboot": False,
        "paused": False,
        "flaps": 0,
    }


def _start_failed(vm: Vm, event: ev.Event, _version: int) -> Changes:
    told = event.vm_start_failed
    return {
        "desired": Desired.STOPPED,
        "held": vm.held - resources_of(told.released),
        "pending": None,
        "failure": told.error,
        "observed": _observed(told.observed),
    }


def _stop_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    told = event.vm_stop_requested
    return {
        "desired": Desired.STOPPED,
        "grace_period_s": seconds_of(told.grace_period),
        "pending": Pending("stop", version, micros_of(told.deadline)),
    }


_UNREQUESTED = {
    ev.STOP_CAUSE_UNREQUESTED: "the guest ended by itself",
    ev.STOP_CAUSE_CRASHED: "the guest crashed",
    ev.STOP_CAUSE_VANISHED: "the guest vanished from its host",
    ev.STOP_CAUSE_MACHINE_REPLACED: "the machine that it was on was replaced",
}


def _stopped(vm: Vm, event: ev.Event, _version: int) -> Changes:
    told = event.vm_stopped
    words = _UNREQUESTED.get(told.cause, "")
    if words and told.observed.detail:
        words += f": {told.observed.detail}"
    return {
        # An end that nobody asked for is not undone behind the user's back: what is wanted follows what is.
        "desired": Desired.STOPPED,
        "held": vm.held - resources_of(told.released),
        "pending": None,
        "paused": False,
        "failure": words,
        "observed": _observed(told.observed),
    }


def _pause_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    deadline = micros_of(event.vm_pause_requested.deadline)
    return {"paused": True, "flaps": 0, "pending": Pending("pause", version, deadline)}


def _resume_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    deadline = micros_of(event.vm_resume_requested.deadline)
    return {"paused": False, "flaps": 0, "pending": Pending("resume", version, deadline)}


def _paused(vm: Vm, event: ev.Event, version: int) -> Changes:
    told = event.vm_paused
    return {
        "paused": vm.paused or told.kept,
        "asked": version if told.kept else vm.asked,
        "flaps": 0 if told.kept else told.flaps,
        "pending": None,
        "failure": "" if vm.paused else _pause_words(told),
        "observed": _observed(told.observed),
    }


def _pause_words(told: ev.VmPaused) -> str:
    """Why a VM that is to run is paused."""
    words = "paused by its hypervisor"
    if told.flaps > 1:
        words += f" {told.flaps} times"
    if told.kept:
        words += " and not resumed any more"
    return f"{words}: {told.observed.detail}" if told.observed.detail else words


def _resumed(vm: Vm, event: ev.Event, version: int) -> Changes:
    told = event.vm_resumed
    # The agent may still have been at an older request: a pause that is under way goes on.
    pending = vm.pending if vm.pending and vm.pending.step == "pause" else None
    return {
        "paused": vm.paused and not told.kept,
        "asked": version if told.kept else vm.asked,
        "flaps": 0 if told.kept else told.flaps,
        "pending": pending,
        "failure": "",
        "observed": _observed(told.observed),
    }


def _reboot_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    told = event.vm_reboot_requested
    pending = Pending("reboot", version, micros_of(told.deadline))
    # A pause that was still under way gives way: what is wanted now is a guest that runs again.
    return {"reboots": told.reboots, "force_reboot": told.force, "paused": False, "pending": pending}


def _delete_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    deadline = micros_of(event.vm_delete_requested.deadline)
    return {"desired": Desired.DELETED, "pending": Pending("delete", version, deadline)}


def _deleted(vm: Vm, event: ev.Event, _version: int) -> Changes:
    return {
        "held": vm.held - resources_of(event.vm_deleted.released),
        "host_uid": "",
        "host": "",
        "pending": None,
        "deleted": micros_of(event.commit_time),
    }


def _gave_up(vm: Vm, step: str, words: str) -> Changes:
    return {
        "desired": Desired.STOPPED if step == "start" else vm.desired,
        # The agent stops trying: what it is told to do is again what the VM is.
        "paused": step == "resume" if step in ("pause", "resume") else vm.paused,
        "pending": None,
        "failure": words,
    }


def _deadline_passed(vm: Vm, event: ev.Event, _version: int) -> Changes:
    told = event.vm_deadline_passed
    words = f"{told.step} did not end in time" + (f": {told.error}" if told.error else "")
    return _gave_up(vm, told.step, words)


def _step_failed(vm: Vm, event: ev.Event, _version: int) -> Changes:
    told = event.vm_step_failed
    return _gave_up(vm, told.step, f"{told.step} failed: {told.error}")


def _updated(_vm: Vm, event: ev.Event, _version: int) -> Changes:
    told = event.vm_updated
    return {
        "spec": spec_of(told.spec),
        "labels": tuple(sorted(told.labels.items())) if told.labels else (),
        "expected_lifetime_us": _lifetime(told),
    }


def _guest_adopted(_vm: Vm, event: ev.Event, _version: int) -> Changes:
    told = event.vm_guest_adopted
    verb = adopted_verb(told.observed.guest_state)
    return {
        "desired": Desired.STOPPED if verb is Verb.ADOPTED_OFF else Desired.RUNNING,
        "paused": verb is Verb.ADOPTED_PAUSED,
        "incarnation": told.incarnation,
        "host_uid": intern(told.host_uid),
        "host": intern(told.host),
        "held": resources_of(told.held),
        "started": micros_of(event.commit_time),
        "pending": None,
        "failure": "",
        "reboots": told.reboots,
        "force_reboot": False,
        "observed": _observed(told.observed),
    }


def _simply(field: str) -> Callable[[Vm, ev.Event, int], Changes]:
    """An event that only says that what was asked for has been seen."""

    def evolved(_vm: Vm, event: ev.Event, _version: int) -> Changes:
        return {"pending": None, "failure": "", "observed": _observed(getattr(event, field).observed)}

    return evolved


_EVOLVE: dict[str, tuple[Verb, Callable[[Vm, ev.Event, int], Changes]]] = {
    "vm_start_requested": (Verb.START, _start_requested),
    "vm_started": (Verb.STARTED, _simply("vm_started")),
    "vm_start_failed": (Verb.START_FAILED, _start_failed),
    "vm_stop_requested": (Verb.STOP, _stop_requested),
    "vm_stopped": (Verb.HAS_STOPPED, _stopped),
    "vm_pause_requested": (Verb.PAUSE, _pause_requested),
    "vm_paused": (Verb.HAS_PAUSED, _paused),
    "vm_resume_requested": (Verb.RESUME, _resume_requested),
    "vm_resumed": (Verb.RESUMED, _resumed),
    "vm_reboot_requested": (Verb.REBOOT, _reboot_requested),
    "vm_rebooted": (Verb.REBOOTED, _simply("vm_rebooted")),
    "vm_delete_requested": (Verb.DELETE, _delete_requested),
    "vm_deleted": (Verb.IS_GONE, _deleted),
    "vm_deadline_passed": (Verb.DEADLINE_PASSED, _deadline_passed),
    "vm_step_failed": (Verb.STEP_FAILED, _step_failed),
    # In every state that takes another spec, it leads to where another label does.
    "vm_updated": (Verb.UPDATE_LABELS, _updated),
    # Which of the three it is, its observation says: see `adopted_verb`.
    "vm_guest_adopted": (Verb.ADOPTED_RUNNING, _guest_adopted),
}

_TELLS_THE_AGENT = {Verb.START, Verb.STOP, Verb.PAUSE, Verb.RESUME, Verb.REBOOT, Verb.DELETE} | {
    Verb.START_FAILED,
    Verb.HAS_STOPPED,
    Verb.HAS_FAILED,
    Verb.STEP_FAILED,
    Verb.DEADLINE_PASSED,
    Verb.ADOPTED_RUNNING,
    Verb.ADOPTED_PAUSED,
    Verb.ADOPTED_OFF,
}


def tells_the_agent(event: ev.Event) -> bool:
    """Whether an event of a VM changes what the agent is told: `Vm.asked` is its version then."""
    kind = event.WhichOneof("payload") or ""
    if kind in ("vm_paused", "vm_resumed"):
        return bool(getattr(event, kind).kept)
    return kind == "vm_stopped" or (kind in _EVOLVE and _EVOLVE[kind][0] in _TELLS_THE_AGENT)


_FAILING = (ev.STOP_CAUSE_CRASHED, ev.STOP_CAUSE_VANISHED, ev.STOP_CAUSE_MACHINE_REPLACED)


def stop_verb(cause: ev.StopCause.ValueType, state: VmState) -> Verb:
    """A crash is a failure where the VM ran; where it was being stopped or started, it is an end like any other."""
    return Verb.HAS_FAILED if cause in _FAILING and (state, Verb.HAS_FAILED) in TRANSITIONS else Verb.HAS_STOPPED


# By chronovisor.v1.GuestState: RUNNING, PAUSED.
_ADOPTED = {1: Verb.ADOPTED_RUNNING, 2: Verb.ADOPTED_PAUSED}


def adopted_verb(guest_state: int) -> Verb:
    """What adopting a guest in this state is to its VM."""
    return _ADOPTED.get(guest_state, Verb.ADOPTED_OFF)


def evolve(vm: Vm | None, event: ev.Event, version: int) -> Vm:
    """The VM after `event`, which is the stream's `version`. Only assigns; deciding has checked."""
    if vm is None:
        return _created(event, version)
    kind = event.WhichOneof("payload")
    assert kind is not None
    verb, changes = _EVOLVE[kind]
    if verb is Verb.HAS_STOPPED:
        verb = stop_verb(event.vm_stopped.cause, vm.state)
    elif verb is Verb.ADOPTED_RUNNING:
        verb = adopted_verb(event.vm_guest_adopted.observed.guest_state)
    fields = changes(vm, event, version)
    fields["state"] = TRANSITIONS[vm.state, verb]
    fields["version"] = version
    if verb in _TELLS_THE_AGENT:
        fields["asked"] = version
    fields["updated"] = micros_of(event.commit_time)
    return fast_replace(vm, fields)
