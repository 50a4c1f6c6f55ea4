"""The end of a guest, whoever noticed it: its cause, what is released, which start is owed. Decide; performs no I/O."""

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.resources import amount_of
from controlplane.domain.time import Micros
from controlplane.domain.vm import restarts
from controlplane.domain.vm.aggregate import Observed, Vm
from controlplane.domain.vm.availability import recorded_restart
from controlplane.domain.vm.observations import end, recorded_observation
from controlplane.domain.vm.states import Desired, GuestState, VmState, require

# The detail of a source's guest that ended since its copy was complete.
MIGRATED_DETAIL = "migrated"


def cause_of_end(vm: Vm, observed: Observed) -> ev.StopCause.ValueType:
    """Why a guest ended, by how its agent saw it."""
    if vm.desired is not Desired.RUNNING:
        return ev.STOP_CAUSE_REQUESTED
    match observed.guest_state:
        case GuestState.CRASHED:
            return ev.STOP_CAUSE_CRASHED
        case GuestState.ABSENT:
            return ev.STOP_CAUSE_VANISHED
        case _:
            is_moved = observed.detail == MIGRATED_DETAIL
            return ev.STOP_CAUSE_MIGRATION_LOST if is_moved else ev.STOP_CAUSE_UNREQUESTED


def ended(
    vm: Vm, cause: ev.StopCause.ValueType, observed: Observed, now: Micros, *, disk_left: bool = False
) -> ev.VmStopped:
    """The VM's end. `disk_left`: see `restarts.after_end`."""
    require(vm.name, vm.state, end(cause, vm.state))
    restart, given_up = restarts.after_end(vm, cause, now, disk_left=disk_left)
    return ev.VmStopped(
        incarnation=vm.incarnation,
        cause=cause,
        observed=recorded_observation(observed),
        released=amount_of(vm.held.compute),
        restart=recorded_restart(restart),
        restart_given_up=given_up,
    )


def decide_machine_replaced(vm: Vm, host_uid: str, now: Micros) -> list[Message]:
    """The machine that the VM is on is off for good. A disk stays held on the host, where the next start needs it."""
    return _off_for_good(vm, host_uid, ev.STOP_CAUSE_MACHINE_REPLACED, now, disk_left=False)


def decide_fenced(vm: Vm, host_uid: str, now: Micros, *, disk_left: bool) -> list[Message]:
    """A host of the VM's was fenced: no guest of it runs there any more, and none will before its agent is back.

    `disk_left`: its disk is on that host alone. A copy that is complete elsewhere does not go on: whether the guest
    did at its source after that, nobody knows any more.
    """
    return _off_for_good(vm, host_uid, ev.STOP_CAUSE_HOST_FENCED, now, disk_left=disk_left)


def _off_for_good(
    vm: Vm, host_uid: str, cause: ev.StopCause.ValueType, now: Micros, *, disk_left: bool
) -> list[Message]:
    if vm.host_uid != host_uid:
        return _other_side_off(vm, now)
    if vm.desired is Desired.DELETED:
        return [ev.VmDeleted(released=amount_of(vm.held))]
    if not vm.holds_compute:
        return []
    if vm.desired is Desired.STOPPED:
        cause = ev.STOP_CAUSE_REQUESTED
    return [ended(vm, cause, Observed(GuestState.ABSENT, now, ""), now, disk_left=disk_left)]


def _other_side_off(vm: Vm, now: Micros) -> list[Message]:
    """Of a migration: until it has switched, the destination's end is its end, and the guest's if that left its source.

    Afterwards the source is of no account.
    """
    migration = vm.migration
    if migration is None or migration.switched or vm.known_state is not VmState.MIGRATING:
        return []
    if migration.departure and vm.state is VmState.MIGRATING:
        return [ended(vm, ev.STOP_CAUSE_MIGRATION_LOST, Observed(GuestState.ABSENT, now, ""), now)]
    return [ev.VmStepFailed(incarnation=vm.incarnation, step="migrate", error=f"{migration.host} was fenced")]
