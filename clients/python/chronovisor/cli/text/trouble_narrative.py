"""Sentences about VMs that move and about hosts in trouble, for the story of a VM: by the event's field."""

from collections.abc import Mapping

from chronovisor.cli.progress import state_text
from chronovisor.cli.text.event_parts import duration_text, seen
from chronovisor.cli.text.moment import InWords, Moment, elapsed_text, freed, placement_text
from chronovisor.cli.text.trouble_words import FENCE_METHODS, POLICIES
from chronovisor.cli.text.units import resources_text
from chronovisor.events.v1.event_pb2 import Event, VmMigrateRequested, VmMigrationAdvanced
from chronovisor.names import last_part
from chronovisor.v1.vm_pb2 import DiskMove

# Events of hosts that the story of a VM there has.
HOST_EVENTS = (
    "HostLost",
    "HostRegained",
    "HostDrainRequested",
    "HostDrainCancelled",
    "HostFenceRequested",
    "HostFenced",
    "HostFenceFailed",
    "HostMachineReplaced",
)
# After which the source's guest does not run, as far as the ledger knows.
_STANDS_STILL = (VmMigrationAdvanced.STEP_ARRIVED, VmMigrationAdvanced.STEP_DEPARTED)
_DISKS: Mapping[int, str] = {
    DiskMove.DISK_MOVE_SHARED: " Its disk is on storage that both hosts share.",
    DiskMove.DISK_MOVE_COPY: " Its disk is copied with it.",
}


def _migrate_requested(it: Moment) -> str:
    move, source = it.event.vm_migrate_requested, last_part(it.before.host) or "its host"
    where = placement_text(last_part(move.host), move.placement).rstrip(".")
    both = f"{source} and {last_part(move.host)} both hold {resources_text(move.held)} for it until that is over"
    words = f"{it.who} requested to move it away from {source}, as incarnation {move.incarnation}{it.why}"
    return f"{words}. {where}; {both}.{_DISKS.get(move.disk, '')}"


def _migration_advanced(it: Moment) -> str:
    advanced = it.event.vm_migration_advanced
    source, destination = last_part(it.before.host) or "its host", _destination(it)
    detail = seen(advanced.observed)
    match advanced.step:
        case VmMigrationAdvanced.STEP_PREPARED:
            return f"{destination} was ready to take it, and {source} began to copy it there."
        case VmMigrationAdvanced.STEP_DEPARTED:
            return f"{it.who} saw that it does not run on {source} any more{detail}."
        case VmMigrationAdvanced.STEP_ARRIVED:
            return f"{it.who} saw its copy on {destination}, complete and paused{detail}."
        case VmMigrationAdvanced.STEP_SWITCHED:
            number = advanced.incarnation
            return f"So from here on it is on {destination}, as incarnation {number}: its copy there is to go on."
        case VmMigrationAdvanced.STEP_CANCELLED:
            return f"{it.who} requested to give its migration up{it.why}."
        case _:
            return f"Its migration got further{detail}."


def _migrated(it: Moment) -> str:
    moved = it.event.vm_migrated
    still = _stood_still(it)
    return f"{it.who} saw it go on{it.later}.{still}{freed(moved.released, last_part(moved.source_host))}"


def _stood_still(it: Moment) -> str:
    """By when the ledger heard of it: agents' clocks may differ."""
    since: Event | None = None
    for event in it.earlier:
        if event.HasField("vm_migrate_requested"):
            break
        if event.HasField("vm_migration_advanced") and event.vm_migration_advanced.step in _STANDS_STILL:
            since = event
    return "" if since is None else f" It stood still for about {elapsed_text(since, it.event)}."


def migration_failed(it: Moment) -> str:
    """A migration that came to nothing, and where the VM is then."""
    failed, move = it.event.vm_step_failed, _move(it)
    destination = _destination(it)
    how = "was given up" if failed.cancelled else "failed"
    where = f" It goes on on {last_part(it.after.host)}." if it.after.host else ""
    words = f"Its migration to {destination} {how}{it.later}: {failed.error.rstrip('.')}.{where}"
    return words + freed(move.held, destination)


def _move(it: Moment) -> VmMigrateRequested:
    """The migration that the event is of."""
    requested = (each.vm_migrate_requested for each in it.earlier if each.HasField("vm_migrate_requested"))
    return next(requested, VmMigrateRequested())


def _destination(it: Moment) -> str:
    return last_part(_move(it).host) or "its destination"


def _vm_host_lost(it: Moment) -> str:
    host = last_part(it.before.host) or "the host"
    return f"So nobody knows whether it runs: it was {state_text(it.before)}. {host} keeps what it holds for it."


def _vm_host_regained(it: Moment) -> str:
    return f"So it is {state_text(it.after)} again, as it was or as was requested since."


def _host_lost(it: Moment) -> str:
    lost = it.event.host_lost
    heard = f" for {duration_text(lost.lease)}" if lost.lease.ToMilliseconds() else ""
    promise = (
        f" The agent had promised to stop its guests within {duration_text(lost.watchdog_timeout)} of that."
        if lost.HasField("watchdog_timeout")
        else ""
    )
    if not heard:
        return f"{it.host} was taken for lost: it was to be fenced.{promise}"
    return f"{it.host} was lost: its agent was not heard{heard}.{promise}"


def _host_regained(it: Moment) -> str:
    return f"{it.host} was back{it.later}: its agent had reported its guests."


def _drain_requested(it: Moment) -> str:
    policy = it.event.host_drain_requested.policy
    how = f" by {POLICIES[policy]}" if policy in POLICIES else ""
    return f"{it.who} requested to drain {it.host}{it.why}: its VMs were to go elsewhere{how}."


def _by(method: int) -> str:
    return f" by {FENCE_METHODS[method]}" if method in FENCE_METHODS else ""


def _fence_requested(it: Moment) -> str:
    return f"{it.who} requested to fence {it.host}{_by(it.event.host_fence_requested.method)}{it.why}."


def _fenced(it: Moment) -> str:
    fenced = it.event.host_fenced
    detail = f": {fenced.detail.rstrip('.')}" if fenced.detail else ""
    return f"{it.host} was fenced{_by(fenced.method)}{it.later}{detail}. Nothing runs there, for certain."


def _fence_failed(it: Moment) -> str:
    failed = it.event.host_fence_failed
    how = "was cancelled" if failed.cancelled else "failed"
    error = f": {failed.error.rstrip('.')}" if failed.error else ""
    return f"The fencing of {it.host} {how}{it.later}{error}. Nothing changed by it."


TROUBLE: Mapping[str, InWords] = {
    "vm_migrate_requested": _migrate_requested,
    "vm_migration_advanced": _migration_advanced,
    "vm_migrated": _migrated,
    "vm_host_lost": _vm_host_lost,
    "vm_host_regained": _vm_host_regained,
    "host_lost": _host_lost,
    "host_regained": _host_regained,
    "host_drain_requested": _drain_requested,
    "host_drain_cancelled": lambda it: f"{it.who} cancelled the drain of {it.host}{it.why}.",
    "host_fence_requested": _fence_requested,
    "host_fenced": _fenced,
    "host_fence_failed": _fence_failed,
    "host_machine_replaced": lambda it: f"{it.who} released {it.host} from its machine, which was replaced{it.why}.",
}
