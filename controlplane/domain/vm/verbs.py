"""Every verb of callers, and every observation, as one row each: what is decided, recorded, awaited and undone.

All that the control plane does for each verb derives from these rows: methods and streams of the API, operations,
deadlines, what an agent has to be sent. See docs/adding-a-verb.md. Performs no I/O.
"""

from sys import intern
from typing import assert_never

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.resources import Resources, amount_of, resources_of
from controlplane.domain.time import duration_of, micros_of, seconds_of, timestamp_if_known, timestamp_of
from controlplane.domain.vm import definition, observations
from controlplane.domain.vm.aggregate import DiskMove, Migration, Pending, Vm
from controlplane.domain.vm.errors import DeletionProtected
from controlplane.domain.vm.interfaces import recorded_cards, with_given
from controlplane.domain.vm.states import Desired, GuestState, Observation, Verb, VmState, require
from controlplane.domain.vm.terms import Placed, Terms
from controlplane.domain.vm.verb_rows import (
    Changes,
    GuestVerbRow,
    ObservationRow,
    VerbRow,
    always,
    require_not_deleted,
)

STARTED = ObservationRow(
    Observation.STARTED, ev.VmStarted, observations.reached(lambda event: event.vm_started.observed)
)
START_FAILED = ObservationRow(Observation.START_FAILED, ev.VmStartFailed, observations.start_failed, always)
# Which of the two it is, its cause and the VM's state say: see `observations.end`.
HAS_STOPPED = ObservationRow(Observation.HAS_STOPPED, ev.VmStopped, observations.stopped, always)
HAS_FAILED = ObservationRow(Observation.HAS_FAILED, ev.VmStopped, observations.stopped, always)
HAS_PAUSED = ObservationRow(Observation.HAS_PAUSED, ev.VmPaused, observations.paused, observations.is_kept)
RESUMED = ObservationRow(Observation.RESUMED, ev.VmResumed, observations.resumed, observations.is_kept)
REBOOTED = ObservationRow(
    Observation.REBOOTED, ev.VmRebooted, observations.reached(lambda event: event.vm_rebooted.observed)
)
IS_GONE = ObservationRow(Observation.IS_GONE, ev.VmDeleted, observations.deleted)
# Which of the three it is, the guest's state says: see `observations.adoption`.
ADOPTED_RUNNING = ObservationRow(Observation.ADOPTED_RUNNING, ev.VmGuestAdopted, observations.adopted, always)
ADOPTED_PAUSED = ObservationRow(Observation.ADOPTED_PAUSED, ev.VmGuestAdopted, observations.adopted, always)
ADOPTED_OFF = ObservationRow(Observation.ADOPTED_OFF, ev.VmGuestAdopted, observations.adopted, always)


MIGRATION_ADVANCED = ObservationRow(
    Observation.MIGRATION_ADVANCED,
    ev.VmMigrationAdvanced,
    observations.migration_advanced,
    observations.agents_act_on,
)
# The same event: which of the two it is, its step says.
MIGRATION_SWITCHED = ObservationRow(
    Observation.MIGRATION_SWITCHED, ev.VmMigrationAdvanced, observations.migration_advanced, always
)
MIGRATED = ObservationRow(Observation.MIGRATED, ev.VmMigrated, observations.migrated, always)
HOST_LOST = ObservationRow(Observation.HOST_LOST, ev.VmHostLost, observations.host_lost)
HOST_REGAINED = ObservationRow(Observation.HOST_REGAINED, ev.VmHostRegained, observations.host_regained)
REHOMED = ObservationRow(Observation.REHOMED, ev.VmRehomed, observations.rehomed, always)


def _step_failed(vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_step_failed
    changes = _given_up(vm, payload.step, f"{payload.step} failed: {payload.error}")
    # Whichever agent reports it, nothing is moved any more.
    return {**changes, "migration": None} if payload.step == MIGRATE.step else changes


def _deadline_passed(vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_deadline_passed
    words = f"{payload.step} did not end in time" + (f": {payload.error}" if payload.error else "")
    return _given_up(vm, payload.step, words)


def _given_up(vm: Vm, step: str, words: str) -> Changes:
    row = BY_STEP.get(step)
    return {"pending": None, "failure": words, **(row.given_up(vm) if row else {})}


STEP_FAILED = ObservationRow(Observation.STEP_FAILED, ev.VmStepFailed, _step_failed, always)
DEADLINE_PASSED = ObservationRow(Observation.DEADLINE_PASSED, ev.VmDeadlinePassed, _deadline_passed, always)


def added_by_start(vm: Vm) -> Resources:
    """What a start would hold in addition to what is held already."""
    return vm.spec.resources - vm.held if vm.held else vm.spec.resources


def _decide_start(vm: Vm, terms: Terms) -> list[Message]:
    require_not_deleted(vm, Verb.START)
    placed = terms.placed
    assert placed is not None
    return [
        ev.VmStartRequested(
            incarnation=max(vm.incarnation, terms.newest_incarnation) + 1,
            host_uid=placed.host_uid,
            host=placed.host,
            deadline=terms.deadline(),
            held=amount_of(added_by_start(vm) if placed.host_uid == vm.host_uid else vm.spec.resources),
            placement=_placement_of(placed),
            restart_attempt=terms.restart_attempt,
            network_addresses=recorded_cards(terms.cards),
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
        image_hosts=placed.image_hosts or None,
    )


def _start_requested(vm: Vm, event: ev.Event, version: int) -> Changes:
    payload = event.vm_start_requested
    added = resources_of(payload.held)
    return {
        "desired": Desired.RUNNING,
        "incarnation": payload.incarnation,
        "host_uid": intern(payload.host_uid),
        "host": intern(payload.host),
        # What it held elsewhere was released in the same append.
        "held": vm.held + added if payload.host_uid == vm.host_uid else added,
        "started": micros_of(event.commit_time),
        "pending": Pending("start", version, micros_of(payload.deadline)),
        "failure": "",
        "reboots": 0,
        "force_reboot": False,
        "paused": False,
        "flaps": 0,
        "restart": None,
        "restarts": False,
        "attempts": payload.restart_attempt,
        **({"cards": with_given(vm.cards, payload.network_addresses)} if payload.network_addresses else {}),
    }


def _start_given_up(vm: Vm) -> Changes:
    """One that was owed is owed again, once its agent has reported that nothing of it runs."""
    return {"desired": Desired.STOPPED, "restarts": 0 < vm.attempts < vm.availability.max_attempts}


START = GuestVerbRow(
    Verb.START,
    "StartVm",
    ev.VmStartRequested,
    _start_requested,
    unchanged="start",
    decide=_decide_start,
    step="start",
    limit_s=120.0,
    done=STARTED,
    goal=VmState.RUNNING,
    places=True,
    blocked_anywhere=True,
    reached_by=GuestState.RUNNING,
    given_up=_start_given_up,
)


def _decide_stop(vm: Vm, terms: Terms) -> list[Message]:
    """A FAILED VM that holds no compute is stopped at once: there is no guest to wait for."""
    require_not_deleted(vm, Verb.STOP)
    grace_period_s = terms.grace_period_s
    is_stopping = vm.known_state is VmState.STOPPING
    if is_stopping and grace_period_s >= vm.grace_period_s and (terms.restarts or not vm.restarts):
        return []
    requested = ev.VmStopRequested(
        grace_period=duration_of(grace_period_s), deadline=terms.deadline(grace_period_s), restarts=terms.restarts
    )
    if vm.holds_compute:
        return [requested]
    observed = ev.Observation(guest_state=GuestState.SHUTOFF, observe_time=timestamp_of(terms.now))
    cause = ev.STOP_CAUSE_REQUESTED
    return [requested, ev.VmStopped(incarnation=vm.incarnation, cause=cause, observed=observed, released=ev.Amount())]


def _stop_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    payload = event.vm_stop_requested
    return {
        "desired": Desired.STOPPED,
        "grace_period_s": seconds_of(payload.grace_period),
        "pending": Pending("stop", version, micros_of(payload.deadline)),
        "restart": None,
        "restarts": payload.restarts,
    }


STOP = GuestVerbRow(
    Verb.STOP,
    "StopVm",
    ev.VmStopRequested,
    _stop_requested,
    unchanged="stop",
    decide=_decide_stop,
    step="stop",
    limit_s=30.0,  # Beside the grace period.
    done=HAS_STOPPED,
    goal=VmState.STOPPED,
    is_kept=lambda vm: vm.restart is None,
    # A shorter grace period is a request of its own.
    joins=False,
)


def _decide_pause(vm: Vm, terms: Terms) -> list[Message]:
    """Also where a pause was requested before and is not under way any more: this is an attempt of its own."""
    require_not_deleted(vm, Verb.PAUSE)
    return [ev.VmPauseRequested(deadline=terms.deadline())]


def _pause_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    deadline = micros_of(event.vm_pause_requested.deadline)
    return {"paused": True, "flaps": 0, "pending": Pending("pause", version, deadline)}


PAUSE = GuestVerbRow(
    Verb.PAUSE,
    "PauseVm",
    ev.VmPauseRequested,
    _pause_requested,
    unchanged="pause",
    decide=_decide_pause,
    step="pause",
    limit_s=30.0,
    done=HAS_PAUSED,
    goal=VmState.PAUSED,
    is_kept=lambda vm: vm.paused,
    given_up=lambda _vm: {"paused": False},
)


def _decide_resume(vm: Vm, terms: Terms) -> list[Message]:
    """Also where it is to run already: its hypervisor paused it, and this is an attempt of its own, with a deadline."""
    require_not_deleted(vm, Verb.RESUME)
    return [ev.VmResumeRequested(deadline=terms.deadline())]


def _resume_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    deadline = micros_of(event.vm_resume_requested.deadline)
    return {"paused": False, "flaps": 0, "pending": Pending("resume", version, deadline)}


RESUME = GuestVerbRow(
    Verb.RESUME,
    "ResumeVm",
    ev.VmResumeRequested,
    _resume_requested,
    unchanged="resume",
    decide=_decide_resume,
    step="resume",
    limit_s=30.0,
    done=RESUMED,
    goal=VmState.RUNNING,
    is_kept=lambda vm: not vm.paused,
    given_up=lambda _vm: {"paused": True},
)


def _decide_reboot(vm: Vm, terms: Terms) -> list[Message]:
    """A guest from before a fork may have been restarted without the ledger's knowledge."""
    require_not_deleted(vm, Verb.REBOOT)
    done = vm.reboots if vm.incarnation > terms.floor else max(vm.reboots, terms.floor)
    return [ev.VmRebootRequested(reboots=done + 1, force=terms.force, deadline=terms.deadline())]


def _reboot_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    payload = event.vm_reboot_requested
    pending = Pending("reboot", version, micros_of(payload.deadline))
    # A pause that was still under way gives way: what is desired now is a guest that runs again.
    return {"reboots": payload.reboots, "force_reboot": payload.force, "paused": False, "pending": pending}


REBOOT = GuestVerbRow(
    Verb.REBOOT,
    "RebootVm",
    ev.VmRebootRequested,
    _reboot_requested,
    decide=_decide_reboot,
    step="reboot",
    limit_s=120.0,
    done=REBOOTED,
    goal=VmState.RUNNING,
    joins=False,
)


def _decide_delete(vm: Vm, terms: Terms) -> list[Message]:
    """A VM that holds nothing is gone at once; any other when its agent reports that nothing of it is left.

    Raises WrongState and DeletionProtected.
    """
    require(vm.name, vm.state, Verb.DELETE)
    if vm.deletion_protection:
        raise DeletionProtected(vm.name)
    if not vm.held:
        return [ev.VmDeleteRequested(), ev.VmDeleted(released=ev.Amount())]
    return [ev.VmDeleteRequested(deadline=terms.deadline())]


def _delete_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    deadline = micros_of(event.vm_delete_requested.deadline)
    pending = Pending("delete", version, deadline)
    return {"desired": Desired.DELETED, "pending": pending, "restart": None, "restarts": False}


DELETE = GuestVerbRow(
    Verb.DELETE,
    "DeleteVm",
    ev.VmDeleteRequested,
    _delete_requested,
    unchanged="delete",
    decide=_decide_delete,
    step="delete",
    limit_s=120.0,
    done=IS_GONE,
    goal=VmState.DELETED,
    blocked_anywhere=True,
)


def _decide_migrate(vm: Vm, terms: Terms) -> list[Message]:
    require_not_deleted(vm, Verb.MIGRATE)
    placed, how = terms.placed, terms.migration
    assert placed is not None
    return [
        ev.VmMigrateRequested(
            incarnation=max(vm.incarnation, terms.newest_incarnation) + 1,
            host_uid=placed.host_uid,
            host=placed.host,
            deadline=terms.deadline(),
            held=amount_of(vm.held),
            placement=_placement_of(placed),
            disk=how.disk,
            bandwidth_mib_s=how.bandwidth_mib_s,
            auto_converge=how.auto_converge,
        )
    ]


def _migrate_requested(_vm: Vm, event: ev.Event, version: int) -> Changes:
    payload = event.vm_migrate_requested
    migration = Migration(
        intern(payload.host_uid),
        intern(payload.host),
        payload.incarnation,
        resources_of(payload.held),
        DiskMove(payload.disk or DiskMove.NONE),
        bandwidth_mib_s=payload.bandwidth_mib_s,
        auto_converge=payload.auto_converge,
    )
    return {"migration": migration, "pending": Pending("migrate", version, micros_of(payload.deadline))}


def _migration_given_up(vm: Vm) -> Changes:
    """When it has taken too long: how the copying ended is not known yet."""
    return {"migration": vm.migration._replace(cancelled=True) if vm.migration else None}


MIGRATE = GuestVerbRow(
    Verb.MIGRATE,
    "MigrateVm",
    ev.VmMigrateRequested,
    _migrate_requested,
    decide=_decide_migrate,
    step="migrate",
    limit_s=600.0,
    done=MIGRATED,
    goal=VmState.RUNNING,
    joins=False,
    places=True,
    blocked_anywhere=True,
    given_up=_migration_given_up,
)


def _not_evolved(_vm: Vm, _event: ev.Event, _version: int) -> Changes:
    raise AssertionError("a VM is created once")


CREATE = VerbRow(Verb.CREATE, "CreateVm", ev.VmCreated, _not_evolved)
UPDATE_LABELS = VerbRow(Verb.UPDATE_LABELS, "UpdateVm", ev.VmUpdated, definition.updated, unchanged="update")
# In every state that takes another spec, it leads to where another label does.
UPDATE_SPEC = VerbRow(Verb.UPDATE_SPEC, "UpdateVm", ev.VmUpdated, definition.updated, unchanged="update")
GROW_DISK = VerbRow(Verb.GROW_DISK, "UpdateVm", ev.VmUpdated, definition.updated, unchanged="update")


def row_of(verb: Verb) -> VerbRow:
    match verb:
        case Verb.CREATE:
            return CREATE
        case Verb.START:
            return START
        case Verb.STOP:
            return STOP
        case Verb.REBOOT:
            return REBOOT
        case Verb.PAUSE:
            return PAUSE
        case Verb.RESUME:
            return RESUME
        case Verb.MIGRATE:
            return MIGRATE
        case Verb.DELETE:
            return DELETE
        case Verb.UPDATE_LABELS:
            return UPDATE_LABELS
        case Verb.UPDATE_SPEC:
            return UPDATE_SPEC
        case Verb.GROW_DISK:
            return GROW_DISK
        case _:
            assert_never(verb)


def observation_row_of(observation: Observation) -> ObservationRow:  # noqa: PLR0912 - a branch a row
    match observation:
        case Observation.STARTED:
            return STARTED
        case Observation.START_FAILED:
            return START_FAILED
        case Observation.HAS_STOPPED:
            return HAS_STOPPED
        case Observation.HAS_FAILED:
            return HAS_FAILED
        case Observation.HAS_PAUSED:
            return HAS_PAUSED
        case Observation.RESUMED:
            return RESUMED
        case Observation.REBOOTED:
            return REBOOTED
        case Observation.STEP_FAILED:
            return STEP_FAILED
        case Observation.DEADLINE_PASSED:
            return DEADLINE_PASSED
        case Observation.IS_GONE:
            return IS_GONE
        case Observation.MIGRATION_ADVANCED:
            return MIGRATION_ADVANCED
        case Observation.MIGRATION_SWITCHED:
            return MIGRATION_SWITCHED
        case Observation.MIGRATED:
            return MIGRATED
        case Observation.HOST_LOST:
            return HOST_LOST
        case Observation.HOST_REGAINED:
            return HOST_REGAINED
        case Observation.REHOMED:
            return REHOMED
        case Observation.ADOPTED_RUNNING:
            return ADOPTED_RUNNING
        case Observation.ADOPTED_PAUSED:
            return ADOPTED_PAUSED
        case Observation.ADOPTED_OFF:
            return ADOPTED_OFF
        case _:
            assert_never(observation)


VERBS = {verb: row_of(verb) for verb in Verb}
OBSERVATIONS = {observation: observation_row_of(observation) for observation in Observation}
GUEST_VERBS = {verb: row for verb, row in VERBS.items() if isinstance(row, GuestVerbRow)}
BY_STEP = {row.step: row for row in GUEST_VERBS.values()}
