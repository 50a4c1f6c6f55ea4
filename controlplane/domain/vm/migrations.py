"""What agents' reports are to a migration: decide. Both ends report, and only both words together decide.

The copy at the destination stays paused until the ledger has recorded the switch, and that needs the word that the
source's guest does not run any more: two of one VM never run. Performs no I/O.
"""

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.resources import amount_of
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Migration, MigrationPhase, Observed, Vm
from controlplane.domain.vm.ends import cause_of_end, ended
from controlplane.domain.vm.observations import recorded_observation
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import GuestState, VmState

STEP = "migrate"
_Step = ev.VmMigrationAdvanced
_ACTIVE = (GuestState.RUNNING, GuestState.PAUSED)
_ENDED = (GuestState.SHUTOFF, GuestState.CRASHED, GuestState.ABSENT)


def decide_other_side(vm: Vm, migration: Migration, report: Report, now: Micros) -> list[Message]:
    """A report of the destination, until it has switched. What the source still has afterwards is not of account."""
    if vm.known_state is not VmState.MIGRATING or migration.switched or report.incarnation != migration.incarnation:
        return []
    if report.failed_step:
        return _failed(vm, report) if _counts(vm, report) else []
    if report.address is not None and migration.phase is MigrationPhase.REQUESTED:
        prepared = _Step(incarnation=migration.incarnation, step=_Step.STEP_PREPARED, address=report.address)
        return [prepared]
    if report.observed.guest_state in _ACTIVE:
        return _arrived(migration, report)
    if report.observed.guest_state in _ENDED and migration.departure and vm.state is VmState.MIGRATING:
        # It has looked since the guest left its source.
        return _lost(vm, migration.departure, now) if report.desired_version >= vm.desired_version else []
    return []


def decide_own_side(vm: Vm, migration: Migration, report: Report, now: Micros) -> list[Message]:
    """A report of the VM's own host: of the source until it has switched, then of the destination."""
    if migration.switched:
        return _decide_switched(vm, migration, report, now)
    state = report.observed.guest_state
    if report.failed_step:
        return _failed(vm, report) if report.failed_step == STEP and state in _ACTIVE and _counts(vm, report) else []
    if state in _ENDED and report.started and not migration.departure:
        if migration.phase is MigrationPhase.REQUESTED:
            return [ended(vm, cause_of_end(vm, report.observed), report.observed, now)]
        return _departed(migration, report)
    if state in _ACTIVE and _is_given_up(vm, migration) and report.desired_version >= vm.desired_version:
        error = "cancelled" if vm.pending else "it took too long"
        return [ev.VmStepFailed(incarnation=vm.incarnation, step=STEP, error=error, cancelled=True)]
    return []


def _is_given_up(vm: Vm, migration: Migration) -> bool:
    return migration.cancelled and not migration.departure and vm.state is VmState.MIGRATING


def _counts(vm: Vm, report: Report) -> bool:
    """Only what can't work at all counts, and of a request that the agent knew. 0: not reported."""
    return report.permanent and not 0 < report.desired_version < vm.desired_version


def _failed(vm: Vm, report: Report) -> list[Message]:
    """Not once the guest has left its source: then its copy is all that there is."""
    if vm.migration and vm.migration.departure:
        return []
    return [ev.VmStepFailed(incarnation=vm.incarnation, step=STEP, error=report.error)]


def _departed(migration: Migration, report: Report) -> list[Message]:
    departed = _Step(
        incarnation=migration.incarnation,
        step=_Step.STEP_DEPARTED,
        observed=recorded_observation(report.observed),
    )
    return [departed, _switched(migration)] if migration.arrived else [departed]


def _arrived(migration: Migration, report: Report) -> list[Message]:
    if migration.arrived:
        return []
    arrived = _Step(
        incarnation=migration.incarnation,
        step=_Step.STEP_ARRIVED,
        observed=recorded_observation(report.observed),
    )
    return [arrived, _switched(migration)] if migration.departure else [arrived]


def _switched(migration: Migration) -> Message:
    return _Step(incarnation=migration.incarnation, step=_Step.STEP_SWITCHED)


def _lost(vm: Vm, departure: Observed, now: Micros) -> list[Message]:
    """The guest left its source, and no copy of it is on the destination: it ended, by how it was seen to."""
    return [ended(vm, cause_of_end(vm, departure), departure, now)]


def _decide_switched(vm: Vm, migration: Migration, report: Report, now: Micros) -> list[Message]:
    state = report.observed.guest_state
    desired = GuestState.PAUSED if vm.paused else GuestState.RUNNING
    if state == desired:
        return _migrated(vm, migration, report)
    if state in _ENDED and report.started:
        return [ended(vm, cause_of_end(vm, report.observed), report.observed, now)]
    if state == GuestState.ABSENT and report.desired_version >= vm.desired_version:
        return [ended(vm, cause_of_end(vm, report.observed), report.observed, now)]
    return []


def _migrated(vm: Vm, migration: Migration, report: Report) -> list[Message]:
    """A VM that is to be paused is RUNNING by the one event, and PAUSED by the other."""
    observed = recorded_observation(report.observed)
    migrated = ev.VmMigrated(
        incarnation=vm.incarnation,
        observed=observed,
        source_host_uid=migration.host_uid,
        source_host=migration.host,
        released=amount_of(migration.held),
    )
    return [migrated, ev.VmPaused(incarnation=vm.incarnation, observed=observed)] if vm.paused else [migrated]


def decide_cancel(vm: Vm) -> list[Message]:
    """Nothing where it has switched, or is being given up already, or the VM is stopped or destroyed meanwhile."""
    migration = vm.migration
    if migration is None or migration.switched or migration.cancelled or vm.known_state is not VmState.MIGRATING:
        return []
    return [_Step(incarnation=migration.incarnation, step=_Step.STEP_CANCELLED)]
