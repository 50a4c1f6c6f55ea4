"""A host as it is now."""

from controlplane.domain.errors import NotFound
from controlplane.domain.host.aggregate import Host
from controlplane.projections.live.inventory import Inventory


def host(inventory: Inventory, name: str) -> Host:
    """Raises NotFound."""
    found = inventory.host_named(name)
    if found is None:
        raise NotFound("host", name)
    return found
