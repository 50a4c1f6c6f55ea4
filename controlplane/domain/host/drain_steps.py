"""What a drain does with each VM that its host holds something for. Pure: what is done already is read from the VM."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from controlplane.domain.host.aggregate import Drain, Host
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.availability import OnMaintenance
from controlplane.domain.vm.states import Desired, VmState


class Action(Enum):
    """What is done next with one VM."""

    # Nothing: what is here of it may stay.
    NONE = auto()
    # Nothing yet: something has to end before.
    WAIT = auto()
    # It is moved while it runs, or as it is paused.
    MIGRATE = auto()
    # It is stopped, to be started elsewhere.
    RESTART = auto()
    STOP = auto()
    DELETE = auto()
    # What it has on storage that hosts share is held on another of them from now on.
    REHOME = auto()


class DrainStep(NamedTuple):
    """`words`: what is waited for. `is_moving`: it is on its way already."""

    action: Action
    words: str = ""
    is_moving: bool = False

    @property
    def needs_place(self) -> bool:
        """Whether a host has to be found for it before."""
        return self.action in (Action.MIGRATE, Action.RESTART)


NOTHING_LEFT = DrainStep(Action.NONE)
# States that end by themselves, and in which nothing can be done before.
_IN_TRANSIT: Mapping[VmState, DrainStep] = {
    VmState.STARTING: DrainStep(Action.WAIT, "is starting"),
    VmState.REBOOTING: DrainStep(Action.WAIT, "reboots"),
    VmState.DELETING: DrainStep(Action.WAIT, "is being destroyed"),
    VmState.STOPPING: DrainStep(Action.WAIT, "is being stopped", is_moving=True),
    VmState.UNKNOWN: DrainStep(Action.WAIT, "is UNKNOWN: its host is out of reach"),
}
_BY_POLICY: Mapping[OnMaintenance, DrainStep] = {
    OnMaintenance.LIVE: DrainStep(Action.MIGRATE),
    OnMaintenance.RESTART: DrainStep(Action.RESTART),
    OnMaintenance.STOP: DrainStep(Action.STOP),
}
_NO_MIGRATION = "the host's agent moves no guests while they run: drain it with the policy restart or stop"
_DISK_ALONE = "its disk is on this host alone, and the host's agent moves no guests: stop it, or destroy it"
_DISK_LEFT = "its disk is on this host alone: start it, so that it is moved with it, or destroy it"
_OWED = DrainStep(Action.WAIT, "is to be started elsewhere")


def drain_step(host: Host, drain: Drain, vm: Vm) -> DrainStep:
    """The next step with a VM that the host holds something for."""
    if vm.host_uid != host.uid:
        return _of_other_side(vm)
    if vm.state is VmState.MIGRATING and vm.migration:
        return DrainStep(Action.WAIT, f"is moved to {vm.migration.host}", is_moving=True)
    if not vm.holds_compute:
        return _with_disk(host, vm) if drain.move_disks and vm.held else NOTHING_LEFT
    if step := _IN_TRANSIT.get(vm.state):
        return step
    if vm.state is VmState.FAILED:
        return DrainStep(Action.DELETE if vm.desired is Desired.DELETED else Action.STOP)
    if vm.pending:
        return DrainStep(Action.WAIT, f"its {vm.pending.step} is under way")
    return _by_policy(host, OnMaintenance(drain.policy or vm.availability.on_maintenance), vm)


def _of_other_side(vm: Vm) -> DrainStep:
    """Of a migration that comes here, or has left: what is here of it goes with its end."""
    migration = vm.migration
    has_left = migration is not None and migration.switched
    if vm.state is VmState.UNKNOWN:
        return DrainStep(Action.WAIT, f"is UNKNOWN: {vm.host} is out of reach", is_moving=has_left)
    if has_left:
        return DrainStep(Action.WAIT, f"is moved to {vm.host}", is_moving=True)
    return DrainStep(Action.WAIT, f"is being moved here from {vm.host}")


def _by_policy(host: Host, policy: OnMaintenance, vm: Vm) -> DrainStep:
    if not host.migrations:
        if policy is OnMaintenance.LIVE:
            return DrainStep(Action.WAIT, _NO_MIGRATION)
        if policy is OnMaintenance.RESTART and vm.held.disk_gib and not vm.pools_beside(host.disk_pools):
            return DrainStep(Action.WAIT, _DISK_ALONE)
    return _BY_POLICY[policy]


def _with_disk(host: Host, vm: Vm) -> DrainStep:
    if vm.restart:
        return _OWED
    if vm.state not in (VmState.STOPPED, VmState.FAILED):
        return _IN_TRANSIT.get(vm.state, DrainStep(Action.WAIT, f"is {vm.state.name}"))
    if vm.state is VmState.FAILED and vm.desired is Desired.DELETED:
        return DrainStep(Action.DELETE)
    if vm.pending:
        return DrainStep(Action.WAIT, f"its {vm.pending.step} is under way")
    return DrainStep(Action.REHOME) if vm.pools_beside(host.disk_pools) else DrainStep(Action.WAIT, _DISK_LEFT)


def at_destination(step: DrainStep, host: Host, vm: Vm, destination: Host) -> DrainStep:
    """The step once it is known where a VM goes: one whose disk is not there yet is moved with it, and not stopped."""
    if (
        step.action is Action.RESTART
        and vm.held.disk_gib
        and not vm.pools_beside(host.disk_pools) & destination.disk_pools
    ):
        return DrainStep(Action.MIGRATE)
    return step
