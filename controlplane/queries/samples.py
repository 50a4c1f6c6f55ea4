"""The samples of one VM or host, by name."""

from collections.abc import Sequence

from controlplane.domain.errors import NotFound
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.metrics.metrics_store import Measured
from controlplane.projections.metrics.series import Sample
from controlplane.queries.current import host
from controlplane.queries.identity import live_vm


def samples(inventory: Inventory, measured: Measured, name: str) -> Sequence[Sample]:
    """The newest last; of a VM that was destroyed none are kept. Raises NotFound."""
    if name.startswith("hosts/"):
        return measured.history(host(inventory, name).uid)
    vm = live_vm(inventory, name)
    if vm is None:
        raise NotFound("vm", name)
    return measured.history(vm.uid)
