"""What reports, passed deadlines and adoptions are to a VM: decide. Returns event payloads; changes nothing."""

from collections.abc import Callable, Mapping

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import WrongState
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.unexpected_guests import UnexpectedGuest
from controlplane.domain.resources import amount_of
from controlplane.domain.time import SECOND, Micros, timestamp_of
from controlplane.domain.vm import migrations, restarts
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.availability import recorded_restart
from controlplane.domain.vm.ends import cause_of_end, ended
from controlplane.domain.vm.interfaces import Cards, recorded_cards
from controlplane.domain.vm.observations import adoption, recorded_observation
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import (
    COMMANDS,
    TRANSITIONS,
    Desired,
    GuestState,
    Observation,
    Verb,
    VmState,
    allowed_commands,
)
from controlplane.domain.vm.verbs import BY_STEP

# A guest whose hypervisor pauses it again after each resume is resumed no more after so many pauses in a row: each
# costs two events. One that stayed as it was to be for so long begins anew.
MOST_FLAPS = 10
STABLE_US = 600 * SECOND


def decide_deadline(vm: Vm, version: int, error: str) -> list[Message]:
    """The request of `version` has lasted too long, if it is pending. `error`: what the agent last reported of it."""
    if vm.pending is None or vm.pending.version != version:
        return []
    deadline = timestamp_of(vm.pending.deadline)
    return [ev.VmDeadlinePassed(step=vm.pending.step, deadline=deadline, error=error)]


def decide_report(vm: Vm, report: Report, host_uid: str, now: Micros) -> list[Message]:
    """What the report of a host's agent changes, if anything. One about an old incarnation changes nothing.

    Nor does one of a host that is lost: once the host is back, its agent reports everything.
    """
    if vm.migration and host_uid == vm.migration.host_uid:
        return migrations.decide_other_side(vm, vm.migration, report, now)
    if report.incarnation != vm.incarnation or vm.state in (VmState.DELETED, VmState.UNKNOWN):
        return []
    if vm.host_uid != host_uid:
        return []
    if vm.migration and vm.state is VmState.MIGRATING:
        return migrations.decide_own_side(vm, vm.migration, report, now)
    if report.failed_step:
        return _decide_failure(vm, report, now)
    row = BY_STEP.get(vm.pending.step) if vm.pending else None
    if row and row.reached_by == report.observed.guest_state and (vm.state, row.done.observation) in TRANSITIONS:
        return [row.done.payload(incarnation=report.incarnation, observed=recorded_observation(report.observed))]
    # A guest state that is not known here says nothing: the agent may be newer, or wrong.
    decide = _DECIDE_OBSERVED.get(report.observed.guest_state)
    return decide(vm, report, now) if decide else []


def _decide_failure(vm: Vm, report: Report, now: Micros) -> list[Message]:
    """Only what can't work at all counts, and of a request that the agent knew. 0: not reported."""
    if not report.permanent or 0 < report.desired_version < vm.desired_version:
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
            observed=recorded_observation(report.observed),
            restart=recorded_restart(restarts.after_failed_start(vm, now)),
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


def _decide_running(vm: Vm, report: Report, _now: Micros) -> list[Message]:
    incarnation, observed = vm.incarnation, recorded_observation(report.observed)
    if vm.state is VmState.REBOOTING and report.reboots >= vm.reboots:
        return [ev.VmRebooted(incarnation=incarnation, reboots=report.reboots, observed=observed)]
    if (vm.state, Observation.RESUMED) not in TRANSITIONS:
        return []
    # Without a request, where it is to be paused.
    flaps = _flaps(vm, report) if vm.paused and vm.pending is None else vm.flaps
    kept = flaps > vm.flaps and flaps >= MOST_FLAPS
    return [ev.VmResumed(incarnation=incarnation, observed=observed, flaps=flaps, kept=kept)]


def _decide_paused(vm: Vm, report: Report, _now: Micros) -> list[Message]:
    if vm.state is VmState.PAUSED:
        # Of an agent that knows of the request alone: one that does not may be resuming the guest.
        knows = vm.pending is not None and vm.pending.step == "pause" and report.desired_version >= vm.desired_version
        return (
            [ev.VmPaused(incarnation=vm.incarnation, observed=recorded_observation(report.observed))] if knows else []
        )
    if vm.state is not VmState.RUNNING:
        return []
    flaps = vm.flaps if vm.paused else _flaps(vm, report)
    kept = not vm.paused and flaps >= MOST_FLAPS
    return [
        ev.VmPaused(incarnation=vm.incarnation, observed=recorded_observation(report.observed), flaps=flaps, kept=kept)
    ]


def _could_still_start(vm: Vm, report: Report) -> bool:
    """A guest that was never started may be about to be, unless the agent already knew that it is not desired."""
    if report.started:
        return False
    return vm.desired is Desired.RUNNING or report.desired_version < vm.desired_version


def _decide_ended(vm: Vm, report: Report, now: Micros) -> list[Message]:
    # A guest that is being destroyed, in time or not, has ended only when nothing of it is left.
    if not vm.holds_compute or vm.desired is Desired.DELETED or _could_still_start(vm, report):
        return []
    return [ended(vm, cause_of_end(vm, report.observed), report.observed, now)]


def _may_leave_its_disk(vm: Vm, report: Report) -> bool:
    """A host without the guest can still have its disk, until its agent knows that nothing is to be left."""
    return bool(vm.held.disk_gib) and report.desired_version < vm.desired_version


def _decide_absent(vm: Vm, report: Report, now: Micros) -> list[Message]:
    if _could_still_start(vm, report) and (vm.state is VmState.STARTING or vm.desired is not Desired.RUNNING):
        return []
    if vm.desired is Desired.DELETED:
        return [] if _may_leave_its_disk(vm, report) else [ev.VmDeleted(released=amount_of(vm.held))]
    if not vm.holds_compute:
        return []
    return [ended(vm, cause_of_end(vm, report.observed), report.observed, now)]


_DECIDE_OBSERVED: Mapping[int, Callable[[Vm, Report, Micros], list[Message]]] = {
    GuestState.RUNNING: _decide_running,
    GuestState.PAUSED: _decide_paused,
    GuestState.SHUTOFF: _decide_ended,
    GuestState.CRASHED: _decide_ended,
    GuestState.ABSENT: _decide_absent,
}


# The method by which an operator adopts a guest.
_ADOPT = "ReconcileHost"


def decide_adopt(vm: Vm, host: Host, guest: UnexpectedGuest, now: Micros, cards: Cards) -> list[Message]:
    """The guest is the VM's own from now on. Raises WrongState in transit, and while another host may run the VM.

    `cards`: what those of the VM hold from now on that held nothing.
    """
    observation = adoption(guest.guest_state)
    if (vm.state, observation) not in TRANSITIONS:
        raise WrongState("vm", vm.name, vm.state.name, _ADOPT, allowed_commands(vm.state))
    if vm.holds_compute and vm.host_uid != host.uid:
        raise WrongState("vm", vm.name, f"{vm.state.name} on {vm.host}", _ADOPT, [COMMANDS[Verb.STOP]])
    held = vm.spec.resources.disk if observation is Observation.ADOPTED_OFF else vm.spec.resources
    observed = ev.Observation(guest_state=guest.guest_state, observe_time=timestamp_of(now))
    return [
        ev.VmGuestAdopted(
            incarnation=guest.incarnation,
            host_uid=host.uid,
            host=host.name,
            held=amount_of(held),
            observed=observed,
            reboots=guest.reboots,
            network_addresses=recorded_cards(cards),
        )
    ]
