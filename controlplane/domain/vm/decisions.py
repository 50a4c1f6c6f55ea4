"""What each command and each report does to a VM: decide. Returns event payloads; changes nothing.

The host's side of an append (CapacityHeld, CapacityReleased) is decided in `host`; the commands join the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from controlplane.domain.errors import FieldViolation, InvalidField, WrongState
from controlplane.domain.host.aggregate import Host, NumaPart
from controlplane.domain.host.unexpected_guests import UnexpectedGuest
from controlplane.domain.resources import Resources, amount_of
from controlplane.domain.time import SECOND, Micros, duration_in, duration_of, timestamp_if_known, timestamp_of
from controlplane.domain.vm.aggregate import Observed, Spec, Vm, adopted_verb, recorded_spec, stop_verb
from controlplane.domain.vm.states import Desired, Verb, VmState, require


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each step may take, in seconds. A stop may take its grace period longer."""

    start: float = 120.0
    stop: float = 30.0
    pause: float = 30.0
    resume: float = 30.0
    reboot: float = 120.0
    delete: float = 120.0


class Placed(NamedTuple):
    """The host that was chosen for a VM, and how."""

    host_uid: str
    host: str
    policy: str
    hosts_considered: int
    turned_down: Mapping[str, int]
    score: float = 0.0
    # The next best, by name, and their scores.
    alternatives: tuple[tuple[str, float], ...] = ()
    parts: tuple[NumaPart, ...] = ()
    # When the VM, and the last of those that were there before it, is expected to end; None where that is not known.
    expected_end: Micros | None = None
    host_expected_end: Micros | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What an agent saw of a guest. `guest_state` is a chronovisor.v1.GuestState; `failed_step` did not work."""

    incarnation: int
    observed: Observed
    reboots: int = 0
    started: bool = False
    desired_version: int = 0
    failed_step: str = ""
    error: str = ""
    permanent: bool = False


RUNNING, PAUSED, SHUTOFF, CRASHED, ABSENT = 1, 2, 3, 4, 5  # chronovisor.v1.GuestState

# A guest whose hypervisor pauses it again after each resume is resumed no more after so many pauses in a row: each
# costs two events. One that stayed as it was to be for so long begins anew.
MOST_FLAPS = 10
STABLE_US = 600 * SECOND


def _deadline(now: Micros, seconds: float) -> Micros:
    return Micros(now + round(seconds * SECOND))


def decide_create(
    uid: str, name: str, project_uid: str, spec: Spec, labels: Mapping[str, str], expected_lifetime_us: int = 0
) -> list[Message]:
    return [
        ev.VmCreated(
            uid=uid,
            name=name,
            project_uid=project_uid,
            spec=recorded_spec(spec),
            labels=labels or None,
            expected_lifetime=_recorded_lifetime(expected_lifetime_us),
        )
    ]


def _recorded_lifetime(expected_us: int) -> Duration | None:
    return duration_in(expected_us) if expected_us else None


def wanted_to_start(vm: Vm) -> Resources:
    """What a start would hold in addition to what is held already."""
    return vm.spec.resources - vm.held if vm.held else vm.spec.resources


def _require_wanted(vm: Vm, verb: Verb) -> None:
    """What is being destroyed may have lost its disk already: nothing but another destroy brings it on."""
    if vm.desired is Desired.DELETED:
        raise WrongState("vm", vm.name, vm.state.name, verb.name, [Verb.DELETE.name])
    require(vm.name, vm.state, verb)


def require_startable(vm: Vm) -> None:
    """Raises WrongState. Asked before a host is looked for, so that a refusal names the right reason."""
    _require_wanted(vm, Verb.START)


def decide_start(vm: Vm, placed: Placed, now: Micros, limits: Limits, above: int = 0) -> list[Message]:
    """Raises WrongState. A VM that has started, or is about to, takes no second start: see `is_done`.

    `above`: the newest incarnation that may be on any host without the ledger's knowledge.
    """
    require_startable(vm)
    return [
        ev.VmStartRequested(
            incarnation=max(vm.incarnation, above) + 1,
            host_uid=placed.host_uid,
            host=placed.host,
            deadline=timestamp_of(_deadline(now, limits.start)),
            held=amount_of(wanted_to_start(vm)),
            placement=_placement_of(placed),
        )
    ]


def _placement_of(placed: Placed) -> ev.Placement:
    return ev.Placement(
        policy=placed.policy,
        hosts_considered=placed.hosts_considered,
        turned_down=placed.turned_down or None,
        score=placed.score,
        alternatives=[ev.ScoredHost(host=host, score=score) for host, score in placed.alternatives],
        numa_nodes=[part.node for part in placed.parts] if placed.parts else None,
        expected_end=timestamp_if_known(placed.expected_end),
        host_expected_end=timestamp_if_known(placed.host_expected_end),
    )


def decide_stop(vm: Vm, grace_period_s: float, now: Micros, limits: Limits) -> list[Message]:
    """A FAILED VM that holds no compute is stopped at once: there is no guest to wait for. Raises WrongState."""
    _require_wanted(vm, Verb.STOP)
    if vm.state is VmState.STOPPING and grace_period_s >= vm.grace_period_s:
        return []
    deadline = _deadline(now, grace_period_s + limits.stop)
    events: list[Message] = [
        ev.VmStopRequested(grace_period=duration_of(grace_period_s), deadline=timestamp_of(deadline))
    ]
    if not vm.holds_compute:
        observed = ev.Observation(guest_state=SHUTOFF, observe_time=timestamp_of(now))
        events.append(
            ev.VmStopped(
                incarnation=vm.incarnation, cause=ev.STOP_CAUSE_REQUESTED, observed=observed, released=ev.Amount()
            )
        )
    return events


def decide_pause(vm: Vm, now: Micros, limits: Limits) -> list[Message]:
    """Also where a pause was requested before and is not under way any more: this is an attempt of its own."""
    _require_wanted(vm, Verb.PAUSE)
    return [ev.VmPauseRequested(deadline=timestamp_of(_deadline(now, limits.pause)))]


def decide_resume(vm: Vm, now: Micros, limits: Limits) -> list[Message]:
    _require_wanted(vm, Verb.RESUME)
    if vm.pending and vm.pending.step == "resume":
        return []
    # Also where it is to run already: its hypervisor paused it, and this is an attempt of its own, with a deadline.
    return [ev.VmResumeRequested(deadline=timestamp_of(_deadline(now, limits.resume)))]


def decide_reboot(vm: Vm, force: bool, now: Micros, limits: Limits, floor: int = 0) -> list[Message]:
    """`floor`: of the ledger's history. A guest from before a fork may have been restarted without its knowledge."""
    _require_wanted(vm, Verb.REBOOT)
    deadline = timestamp_of(_deadline(now, limits.reboot))
    done = vm.reboots if vm.incarnation > floor else max(vm.reboots, floor)
    return [ev.VmRebootRequested(reboots=done + 1, force=force, deadline=deadline)]


def decide_delete(vm: Vm, now: Micros, limits: Limits) -> list[Message]:
    """A VM that holds nothing is gone at once; any other when its agent says that nothing of it is left."""
    require(vm.name, vm.state, Verb.DELETE)
    if not vm.held:
        return [ev.VmDeleteRequested(), ev.VmDeleted(released=ev.Amount())]
    return [ev.VmDeleteRequested(deadline=timestamp_of(_deadline(now, limits.delete)))]


def decide_update(
    vm: Vm, spec: Spec, labels: tuple[tuple[str, str], ...], expected_lifetime_us: int = 0
) -> list[Message]:
    """Raises WrongState, and InvalidField for another disk where there is one already. Nothing changed: no event."""
    if (spec, labels, expected_lifetime_us) == (vm.spec, vm.labels, vm.expected_lifetime_us):
        return []
    if spec == vm.spec:
        require(vm.name, vm.state, Verb.UPDATE_LABELS)
    else:
        _require_wanted(vm, Verb.UPDATE_SPEC)
        _require_same_disk(vm, spec)
    lifetime = _recorded_lifetime(expected_lifetime_us)
    return [ev.VmUpdated(spec=recorded_spec(spec), labels=dict(labels) or None, expected_lifetime=lifetime)]


def _require_same_disk(vm: Vm, spec: Spec) -> None:
    if not vm.held.disk_gib:
        return
    bad: list[FieldViolation] = []
    placed = f"its disk of {vm.held.disk_gib} GiB is on {vm.host} already"
    if spec.resources.disk_gib != vm.held.disk_gib:
        bad.append(FieldViolation("vm.spec.resources.disk_gib", f"{placed}, and keeps its size"))
    if spec.image != vm.spec.image:
        bad.append(FieldViolation("vm.spec.boot", f"{placed}, made from {vm.spec.image or 'no image'}"))
    if bad:
        raise InvalidField(bad)


def decide_adopt(vm: Vm, host: Host, guest: UnexpectedGuest, now: Micros) -> list[Message]:
    """The guest is the VM's own from now on. Raises WrongState in transit, and while another host may run the VM."""
    verb = adopted_verb(guest.guest_state)
    require(vm.name, vm.state, verb)
    if vm.holds_compute and vm.host_uid != host.uid:
        raise WrongState("vm", vm.name, f"{vm.state.name} on {vm.host}", "ADOPT", [Verb.STOP.name])
    held = vm.spec.resources.disk if verb is Verb.ADOPTED_OFF else vm.spec.resources
    observed = ev.Observation(guest_state=guest.guest_state, observe_time=timestamp_of(now))
    return [
        ev.VmGuestAdopted(
            incarnation=guest.incarnation,
            host_uid=host.uid,
            host=host.name,
            held=amount_of(held),
            observed=observed,
            reboots=guest.reboots,
        )
    ]


# The state that each verb is to bring about.
GOALS = {
    Verb.START: VmState.RUNNING,
    Verb.STOP: VmState.STOPPED,
    Verb.PAUSE: VmState.PAUSED,
    Verb.RESUME: VmState.RUNNING,
    Verb.REBOOT: VmState.RUNNING,
    Verb.DELETE: VmState.DELETED,
}
# The step that a request of each verb waits for.
STEPS = {verb: verb.name.lower() for verb in GOALS}


def is_under_way(vm: Vm, verb: Verb) -> bool:
    """Whether an earlier request of the same verb is pending: a second one joins it."""
    joins = verb in (Verb.START, Verb.PAUSE, Verb.RESUME, Verb.DELETE)
    return joins and vm.pending is not None and vm.pending.step == STEPS[verb]


def is_done(vm: Vm, verb: Verb) -> bool:
    """Whether the VM is what the verb is to bring about, and is to stay so: a success that appends nothing.

    Never of a REBOOT.
    """
    if verb is Verb.REBOOT or vm.state is not GOALS.get(verb):
        return False
    if verb is Verb.PAUSE:
        return vm.paused
    return not (verb is Verb.RESUME and vm.paused)


def decide_deadline(vm: Vm, version: int, error: str) -> list[Message]:
    """The request of `version` has lasted too long, if it is still under way. `error`: the agent's last word on it."""
    if vm.pending is None or vm.pending.version != version:
        return []
    deadline = timestamp_of(vm.pending.deadline)
    return [ev.VmDeadlinePassed(step=vm.pending.step, deadline=deadline, error=error)]


def decide_report(vm: Vm, report: Report) -> list[Message]:
    """What an agent's report changes, if anything. A report about an old incarnation changes nothing."""
    if report.incarnation != vm.incarnation or vm.state is VmState.DELETED:
        return []
    if report.failed_step:
        return _decide_failure(vm, report)
    # A guest state that is not known here says nothing: the agent may be newer, or wrong.
    decide = _DECIDE_SEEN.get(report.observed.guest_state)
    return decide(vm, report) if decide else []


def _observation(report: Report) -> ev.Observation:
    seen = report.observed
    return ev.Observation(guest_state=seen.guest_state, observe_time=timestamp_of(seen.at), detail=seen.detail)


def _decide_failure(vm: Vm, report: Report) -> list[Message]:
    """Only what can't work at all counts, and of a request that the agent knew. 0: it does not say which it knew."""
    if not report.permanent or 0 < report.desired_version < vm.asked:
        return []
    if report.failed_step != (vm.pending.step if vm.pending else _repeated_step(vm)):
        return []
    if report.failed_step != "start":
        return [ev.VmStepFailed(incarnation=vm.incarnation, step=report.failed_step, error=report.error)]
    return [
        ev.VmStartFailed(
            incarnation=vm.incarnation,
            error=report.error,
            released=amount_of(vm.held.compute),
            observed=_observation(report),
        )
    ]


def _repeated_step(vm: Vm) -> str:
    """What an agent does without a request, as often as its guest pauses or resumes by itself."""
    if vm.state is VmState.PAUSED and not vm.paused:
        return "resume"
    return "pause" if vm.state is VmState.RUNNING and vm.paused else ""


def _flaps(vm: Vm, report: Report) -> int:
    """The number of a change that nobody requested. One after a long time is the first of a new row."""
    lasted = report.observed.at - vm.observed.at if vm.observed else STABLE_US
    return 1 if lasted >= STABLE_US else vm.flaps + 1


def _decide_running(vm: Vm, report: Report) -> list[Message]:
    incarnation, observed = vm.incarnation, _observation(report)
    match vm.state:
        case VmState.STARTING:
            return [ev.VmStarted(incarnation=incarnation, observed=observed)]
        case VmState.PAUSED:
            # Nobody's request: it is to be paused.
            flaps = _flaps(vm, report) if vm.paused and vm.pending is None else vm.flaps
            kept = flaps > vm.flaps and flaps >= MOST_FLAPS
            return [ev.VmResumed(incarnation=incarnation, observed=observed, flaps=flaps, kept=kept)]
        case VmState.REBOOTING if report.reboots >= vm.reboots:
            return [ev.VmRebooted(incarnation=incarnation, reboots=report.reboots, observed=observed)]
        case _:
            return []


def _decide_paused(vm: Vm, report: Report) -> list[Message]:
    if vm.state is VmState.PAUSED:
        # Only an agent that knows of the request can say that the guest stays so: one that does not may be resuming it.
        knows = vm.pending is not None and vm.pending.step == "pause" and report.desired_version >= vm.asked
        return [ev.VmPaused(incarnation=vm.incarnation, observed=_observation(report))] if knows else []
    if vm.state is not VmState.RUNNING:
        return []
    flaps = vm.flaps if vm.paused else _flaps(vm, report)
    kept = not vm.paused and flaps >= MOST_FLAPS
    return [ev.VmPaused(incarnation=vm.incarnation, observed=_observation(report), flaps=flaps, kept=kept)]


def _could_still_start(vm: Vm, report: Report) -> bool:
    """A guest that was never started may be about to be, unless the agent already knew that it is not wanted."""
    if report.started:
        return False
    return vm.desired is Desired.RUNNING or report.desired_version < vm.asked


def _decide_ended(vm: Vm, report: Report) -> list[Message]:
    seen = report.observed.guest_state
    # A guest that is being destroyed, in time or not, has ended only when nothing of it is left.
    if not vm.holds_compute or vm.desired is Desired.DELETED or _could_still_start(vm, report):
        return []
    if vm.desired is not Desired.RUNNING:
        cause = ev.STOP_CAUSE_REQUESTED
    else:
        cause = ev.STOP_CAUSE_CRASHED if seen == CRASHED else ev.STOP_CAUSE_UNREQUESTED
    return _stopped(vm, cause, report)


def _decide_absent(vm: Vm, report: Report) -> list[Message]:
    if _could_still_start(vm, report) and (vm.state is VmState.STARTING or vm.desired is not Desired.RUNNING):
        return []
    if vm.desired is Desired.DELETED:
        return [ev.VmDeleted(released=amount_of(vm.held))]
    if not vm.holds_compute:
        return []
    vanished = vm.desired is Desired.RUNNING
    return _stopped(vm, ev.STOP_CAUSE_VANISHED if vanished else ev.STOP_CAUSE_REQUESTED, report)


def _stopped(vm: Vm, cause: ev.StopCause.ValueType, report: Report) -> list[Message]:
    require(vm.name, vm.state, stop_verb(cause, vm.state))
    released = amount_of(vm.held.compute)
    return [ev.VmStopped(incarnation=vm.incarnation, cause=cause, observed=_observation(report), released=released)]


def decide_machine_replaced(vm: Vm, now: Micros) -> list[Message]:
    """The machine that the VM is on is off for good. A disk stays held on the host, where the next start needs it."""
    if vm.desired is Desired.DELETED:
        return [ev.VmDeleted(released=amount_of(vm.held))]
    if not vm.holds_compute:
        return []
    seen = Observed(ABSENT, now, "")
    return _stopped(vm, ev.STOP_CAUSE_MACHINE_REPLACED, Report(vm.incarnation, seen))


_DECIDE_SEEN = {
    RUNNING: _decide_running,
    PAUSED: _decide_paused,
    SHUTOFF: _decide_ended,
    CRASHED: _decide_ended,
    ABSENT: _decide_absent,
}
