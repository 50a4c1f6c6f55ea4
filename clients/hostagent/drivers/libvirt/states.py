"""libvirt's domain states and reasons in the agent's words. A table, and nothing else."""

import libvirt

from hostagent.drivers.base import Power

_SHUTOFF_REASONS = {
    libvirt.VIR_DOMAIN_SHUTOFF_UNKNOWN: "unknown",
    libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN: "shutdown",
    libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED: "destroyed",
    libvirt.VIR_DOMAIN_SHUTOFF_CRASHED: "crashed",
    libvirt.VIR_DOMAIN_SHUTOFF_MIGRATED: "migrated",
    libvirt.VIR_DOMAIN_SHUTOFF_SAVED: "saved",
    libvirt.VIR_DOMAIN_SHUTOFF_FAILED: "failed",
    libvirt.VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT: "from snapshot",
    libvirt.VIR_DOMAIN_SHUTOFF_DAEMON: "daemon",
}
_PAUSE_REASONS = {
    libvirt.VIR_DOMAIN_PAUSED_IOERROR: "I/O error",
    libvirt.VIR_DOMAIN_PAUSED_WATCHDOG: "watchdog",
    libvirt.VIR_DOMAIN_PAUSED_CRASHED: "guest crashed",
    libvirt.VIR_DOMAIN_PAUSED_MIGRATION: "migration",
    libvirt.VIR_DOMAIN_PAUSED_SAVE: "being saved",
    libvirt.VIR_DOMAIN_PAUSED_DUMP: "being dumped",
    libvirt.VIR_DOMAIN_PAUSED_SNAPSHOT: "being snapshotted",
}
_CRASHES = (libvirt.VIR_DOMAIN_SHUTOFF_CRASHED, libvirt.VIR_DOMAIN_SHUTOFF_FAILED)
# The guest is on its way up or down, not held still by anyone.
_PASSING_PAUSES = (libvirt.VIR_DOMAIN_PAUSED_STARTING_UP, libvirt.VIR_DOMAIN_PAUSED_SHUTTING_DOWN)


# What a copy is in from the moment that a migration begins to fill it.
_ARRIVALS = (libvirt.VIR_DOMAIN_PAUSED_STARTING_UP, libvirt.VIR_DOMAIN_PAUSED_MIGRATION)


def is_arrival(state: int, reason: int) -> bool:
    """Whether a domain that is not persistent yet is the incomplete copy of a migration."""
    return state == libvirt.VIR_DOMAIN_PAUSED and reason in _ARRIVALS


def power_of(state: int, reason: int) -> tuple[Power, str]:
    """Returns the power state, and libvirt's reason where it means something."""
    if state == libvirt.VIR_DOMAIN_SHUTOFF:
        power = Power.CRASHED if reason in _CRASHES else Power.SHUTOFF
        return power, _SHUTOFF_REASONS.get(reason, f"reason {reason}")
    if state == libvirt.VIR_DOMAIN_CRASHED:
        return Power.CRASHED, "crashed"
    if state == libvirt.VIR_DOMAIN_PAUSED and reason not in _PASSING_PAUSES:
        return Power.PAUSED, _PAUSE_REASONS.get(reason, "")
    return Power.RUNNING, "suspended by itself" if state == libvirt.VIR_DOMAIN_PMSUSPENDED else ""
