"""Evacuations of a fleet as it is, planned on a copy. Appends nothing. Takes long: use a thread."""

from collections.abc import Callable, Collection

from controlplane.domain.fleet import Fleet, FleetState
from controlplane.domain.vm.aggregate import Vm
from controlplane.placement import evacuation
from controlplane.placement.evacuation import Evacuation, Measured, needs_place


def evacuated(
    state: FleetState,
    host_uids: Collection[str],
    *,
    needs: Callable[[Vm], bool] = needs_place,
    measured: Measured | None = None,
) -> Evacuation:
    """Where the VMs of these hosts would go that `needs` picks, chosen together. See `placement.evacuation`."""
    fleet = Fleet()
    fleet.restore(state)
    return evacuation.plan(fleet, host_uids, needs=needs, measured=measured)
