"""Events of hosts in trouble and of VMs that move, in words: by the event's field, as `event_words` has the others."""

from collections.abc import Callable, Mapping

from chronovisor.cli.text.event_parts import duration_text, placement, released, seen
from chronovisor.cli.text.units import counted, resources_text
from chronovisor.events.v1.event_pb2 import Availability as AvailabilityRecord
from chronovisor.events.v1.event_pb2 import Event, VmMigrationAdvanced
from chronovisor.v1.host_pb2 import FenceMethod
from chronovisor.v1.vm_pb2 import Availability, DiskMove, RestartPolicy

FENCE_METHODS: Mapping[int, str] = {
    FenceMethod.FENCE_METHOD_OPERATOR: "an operator's word",
    FenceMethod.FENCE_METHOD_FENCER: "the host's fencer",
    FenceMethod.FENCE_METHOD_WATCHDOG: "the agent's watchdog",
}
POLICIES: Mapping[int, str] = {
    Availability.ON_MAINTENANCE_LIVE: "moving them while they run",
    Availability.ON_MAINTENANCE_RESTART: "restarting them elsewhere",
    Availability.ON_MAINTENANCE_STOP: "stopping them",
}
_DISKS: Mapping[int, str] = {
    DiskMove.DISK_MOVE_SHARED: "; its disk is on storage that both share",
    DiskMove.DISK_MOVE_COPY: "; its disk is copied with it",
}
_STEPS: Mapping[int, str] = {
    VmMigrationAdvanced.STEP_PREPARED: "the destination is ready",
    VmMigrationAdvanced.STEP_DEPARTED: "left its source",
    VmMigrationAdvanced.STEP_ARRIVED: "arrived at the destination, paused",
    VmMigrationAdvanced.STEP_SWITCHED: "switched: it is at the destination from here on",
    VmMigrationAdvanced.STEP_CANCELLED: "migration cancelled",
}


_RESTARTS: Mapping[int, str] = {
    RestartPolicy.WHEN_HOST_FAILED: "when its host fails",
    RestartPolicy.WHEN_ALWAYS: "whenever it ends without a request",
}


def availability_words(availability: AvailabilityRecord) -> str:
    """What of a VM's availability is not the default."""
    moves = availability.on_maintenance
    words = f", drained by {POLICIES[moves]}" if moves > Availability.ON_MAINTENANCE_LIVE and moves in POLICIES else ""
    if availability.restart_when <= RestartPolicy.WHEN_NEVER:
        return words
    when = _RESTARTS.get(availability.restart_when, "in some cases")
    order = f", priority {availability.priority}" if availability.priority else ""
    return f"{words}, restarted {when}{order}{f', after {availability.after}' if availability.after else ''}"


def _migrate_requested(event: Event) -> str:
    it = event.vm_migrate_requested
    how = f"incarnation {it.incarnation}{placement(it.placement)}"
    where = f"migration to {it.host} requested ({how}); that holds {resources_text(it.held)}, too"
    return where + _DISKS.get(it.disk, "")


def _migration_advanced(event: Event) -> str:
    it = event.vm_migration_advanced
    return f"{_STEPS.get(it.step, 'migration got further')}{seen(it.observed)}"


def _migrated(event: Event) -> str:
    it = event.vm_migrated
    return f"migrated from {it.source_host or 'its source'}{seen(it.observed)}{released(it.released)}"


def _host_lost(event: Event) -> str:
    it = event.host_lost
    lease = f": its agent was not heard for {duration_text(it.lease)}" if it.HasField("lease") else ""
    promise = (
        f"; its agent promised to stop its guests within {duration_text(it.watchdog_timeout)}"
        if it.HasField("watchdog_timeout")
        else ""
    )
    return f"lost{lease}{promise}"


def _drain_requested(event: Event) -> str:
    it = event.host_drain_requested
    how = f", {POLICIES[it.policy]}" if it.policy in POLICIES else ""
    most = f", {it.max_parallel} at once" if it.max_parallel else ""
    return f"drain requested: its VMs are to go elsewhere{how}{most}{', with all disks' * it.move_disks}"


def _by(method: int) -> str:
    return f" by {FENCE_METHODS[method]}" if method in FENCE_METHODS else ""


def _fenced(event: Event) -> str:
    it = event.host_fenced
    detail = f": {it.detail}" if it.detail else ""
    return f"fenced{_by(it.method)}: off for certain{detail}"


def _fence_failed(event: Event) -> str:
    it = event.host_fence_failed
    how = "cancelled" if it.cancelled else "failed"
    return f"fencing {how}{': ' + it.error if it.error else ''}"


def _drift_found(event: Event) -> str:
    it = event.host_drift_found
    parts = [
        f"{each.vm_uid}: {each.expected or 'nothing'} expected, {each.reported or 'nothing'} found" for each in it.items
    ]
    more = f"; and {more} more" if (more := max(it.count, len(parts)) - min(len(parts), 3)) > 0 else ""
    found = f": {'; '.join(parts[:3])}{more}" if parts else ""
    return f"{counted(max(it.count, len(parts)), 'guest')} not as expected{found}"


TROUBLE_WORDS: Mapping[str, Callable[[Event], str]] = {
    "vm_migrate_requested": _migrate_requested,
    "vm_migration_advanced": _migration_advanced,
    "vm_migrated": _migrated,
    "vm_host_lost": lambda _event: "its host is lost: nobody knows whether it runs",
    "vm_rehomed": lambda event: f"its disk is held on {event.vm_rehomed.host} from now on",
    "vm_host_regained": lambda _event: "its host is back: as before",
    "host_lost": _host_lost,
    "host_regained": lambda _event: "back: its agent has reported its guests",
    "host_drain_requested": _drain_requested,
    "host_drained": lambda _event: "drained: no VM runs there any more",
    "host_drain_cancelled": lambda _event: "drain cancelled",
    "host_fence_requested": lambda event: f"fencing requested{_by(event.host_fence_requested.method)}",
    "host_fenced": _fenced,
    "host_fence_failed": _fence_failed,
    "host_decommissioned": lambda _event: "decommissioned: offers nothing any more",
    "host_drift_found": _drift_found,
}
