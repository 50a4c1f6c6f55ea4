"""What agents' reports, passed deadlines and adoptions change of a VM: evolve. What is reported is in `reports`."""

from collections.abc import Callable, Mapping
from sys import intern

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.resources import resources_of
from controlplane.domain.time import micros_of, timestamp_of
from controlplane.domain.vm.aggregate import Migration, MigrationPhase, Observed, Vm
from controlplane.domain.vm.availability import restart_of
from controlplane.domain.vm.interfaces import with_given
from controlplane.domain.vm.states import TRANSITIONS, Desired, GuestState, Observation, VmState
from controlplane.domain.vm.verb_rows import Changes, Evolve


def observed_of(observation: ev.Observation) -> Observed:
    return Observed(observation.guest_state, micros_of(observation.observe_time), intern(observation.detail))


def recorded_observation(observed: Observed) -> ev.Observation:
    """What an agent saw, as an event records it."""
    return ev.Observation(
        guest_state=observed.guest_state, observe_time=timestamp_of(observed.at), detail=observed.detail
    )


def reached(payload: Callable[[ev.Event], ev.Observation]) -> Evolve:
    """Of an event that only records that a request has been carried out."""

    def changes(_vm: Vm, event: ev.Event, _version: int) -> Changes:
        return {"pending": None, "failure": "", "observed": observed_of(payload(event))}

    return changes


def start_failed(vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_start_failed
    restart = restart_of(payload)
    return {
        "desired": Desired.RUNNING if restart else Desired.STOPPED,
        "restart": restart,
        "held": vm.held - resources_of(payload.released),
        "pending": None,
        "failure": payload.error,
        "observed": observed_of(payload.observed),
    }


_UNREQUESTED = {
    ev.STOP_CAUSE_UNREQUESTED: "the guest ended by itself",
    ev.STOP_CAUSE_CRASHED: "the guest crashed",
    ev.STOP_CAUSE_VANISHED: "the guest vanished from its host",
    ev.STOP_CAUSE_MACHINE_REPLACED: "the machine that it was on was replaced",
    ev.STOP_CAUSE_HOST_FENCED: "its host was fenced",
    ev.STOP_CAUSE_MIGRATION_LOST: "its copy was lost while it was migrated",
}


def stopped(vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_stopped
    words = _UNREQUESTED.get(payload.cause, "")
    if words and payload.observed.detail:
        words += f": {payload.observed.detail}"
    if payload.restart_given_up:
        words += f"; {payload.restart_given_up}"
    restart = restart_of(payload)
    return {
        # An end that nobody requested is not undone behind the user's back, but where the VM's availability says so:
        # what is desired follows what is.
        "desired": Desired.RUNNING if restart else Desired.STOPPED,
        "restart": restart,
        "restarts": False,
        "migration": None,
        "held": vm.held - resources_of(payload.released),
        "pending": None,
        "paused": False,
        "failure": words,
        "observed": observed_of(payload.observed),
    }


def paused(vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_paused
    return {
        "paused": vm.paused or payload.kept,
        "flaps": 0 if payload.kept else payload.flaps,
        "pending": None,
        "failure": "" if vm.paused else _pause_words(payload),
        "observed": observed_of(payload.observed),
    }


def _pause_words(payload: ev.VmPaused) -> str:
    """Why a VM that is to run is paused."""
    words = "paused by its hypervisor"
    if payload.flaps > 1:
        words += f" {payload.flaps} times"
    if payload.kept:
        words += " and not resumed any more"
    return f"{words}: {payload.observed.detail}" if payload.observed.detail else words


def resumed(vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_resumed
    # The agent may still have been at an older request: a pause that is under way goes on.
    pending = vm.pending if vm.pending and vm.pending.step == "pause" else None
    return {
        "paused": vm.paused and not payload.kept,
        "flaps": 0 if payload.kept else payload.flaps,
        "pending": pending,
        "failure": "",
        "observed": observed_of(payload.observed),
    }


def is_kept(event: ev.Event) -> bool:
    """Whether a pause or a resume that nobody requested is from now on what is desired."""
    return event.vm_paused.kept or event.vm_resumed.kept


def deleted(vm: Vm, event: ev.Event, _version: int) -> Changes:
    return {
        "held": vm.held - resources_of(event.vm_deleted.released),
        "migration": None,
        "host_uid": "",
        "host": "",
        "pending": None,
        "cards": (),
        "deleted": micros_of(event.commit_time),
    }


def adopted(vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_guest_adopted
    observation = adoption(payload.observed.guest_state)
    return {
        "desired": Desired.STOPPED if observation is Observation.ADOPTED_OFF else Desired.RUNNING,
        "paused": observation is Observation.ADOPTED_PAUSED,
        "incarnation": payload.incarnation,
        "host_uid": intern(payload.host_uid),
        "host": intern(payload.host),
        "held": resources_of(payload.held),
        "started": micros_of(event.commit_time),
        "pending": None,
        "failure": "",
        "reboots": payload.reboots,
        "force_reboot": False,
        "restart": None,
        "restarts": False,
        "attempts": 0,
        "observed": observed_of(payload.observed),
        **({"cards": with_given(vm.cards, payload.network_addresses)} if payload.network_addresses else {}),
    }


_FAILING = (
    ev.STOP_CAUSE_CRASHED,
    ev.STOP_CAUSE_VANISHED,
    ev.STOP_CAUSE_MACHINE_REPLACED,
    ev.STOP_CAUSE_HOST_FENCED,
    ev.STOP_CAUSE_MIGRATION_LOST,
)


def end(cause: ev.StopCause.ValueType, state: VmState) -> Observation:
    """A crash is a failure where the VM ran; where it was being stopped or started, it is an end like any other."""
    is_failure = cause in _FAILING and (state, Observation.HAS_FAILED) in TRANSITIONS
    return Observation.HAS_FAILED if is_failure else Observation.HAS_STOPPED


def migration_advanced(vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_migration_advanced
    migration = vm.migration
    assert migration is not None
    match payload.step:
        case ev.VmMigrationAdvanced.STEP_PREPARED:
            address = tuple(sorted(payload.address.items()))
            return {"migration": migration._replace(phase=MigrationPhase.COPYING, address=address)}
        case ev.VmMigrationAdvanced.STEP_DEPARTED:
            return {"migration": migration._replace(departure=observed_of(payload.observed))}
        case ev.VmMigrationAdvanced.STEP_ARRIVED:
            return {"migration": migration._replace(arrived=True)}
        case ev.VmMigrationAdvanced.STEP_CANCELLED:
            return {"migration": migration._replace(cancelled=True)}
        case _:
            return _switched(vm, migration)


def _switched(vm: Vm, migration: Migration) -> Changes:
    """The VM is where its copy is; the migration's other side is where it was."""
    before = migration._replace(
        host_uid=vm.host_uid,
        host=vm.host,
        incarnation=vm.incarnation,
        held=vm.held,
        phase=MigrationPhase.SWITCHED,
        address=(),
    )
    return {
        "host_uid": migration.host_uid,
        "host": migration.host,
        "incarnation": migration.incarnation,
        "held": migration.held,
        "migration": before,
    }


def is_switch(event: ev.Event) -> bool:
    return event.vm_migration_advanced.step == ev.VmMigrationAdvanced.STEP_SWITCHED


def agents_act_on(event: ev.Event) -> bool:
    """Whether a step of a migration changes what agents are to do: what they reported themselves does where it is a
    departure, after which the destination has to say once more what it has."""
    return event.vm_migration_advanced.step != ev.VmMigrationAdvanced.STEP_ARRIVED


def migrated(_vm: Vm, event: ev.Event, _version: int) -> Changes:
    return {
        "migration": None,
        "pending": None,
        "failure": "",
        "observed": observed_of(event.vm_migrated.observed),
    }


def host_lost(vm: Vm, _event: ev.Event, _version: int) -> Changes:
    return {"last_state": vm.state}


def host_regained(_vm: Vm, _event: ev.Event, _version: int) -> Changes:
    return {"last_state": VmState.STOPPED}


def rehomed(_vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_rehomed
    return {"host_uid": intern(payload.host_uid), "host": intern(payload.host)}


_ADOPTED: Mapping[int, Observation] = {
    GuestState.RUNNING: Observation.ADOPTED_RUNNING,
    GuestState.PAUSED: Observation.ADOPTED_PAUSED,
}


def adoption(guest_state: int) -> Observation:
    """What the adoption of a guest in this state is to its VM: `guest_state` is a chronovisor.v1.GuestState."""
    return _ADOPTED.get(guest_state, Observation.ADOPTED_OFF)
