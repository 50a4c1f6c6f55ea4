"""Which VM a name means. Blocks."""

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Recorded
from controlplane.ledger.store import Ledger
from controlplane.projections.inventory import Inventory
from controlplane.projections.timeline import Timeline
from controlplane.queries.inventory import uid_in


def uid_now(inventory: Inventory, ledger: Ledger, name: str) -> str:
    """The uid of the VM that has the name, or had it last; by uid, if that is in the name. Raises NotFound."""
    uid = inventory.vm_names.uids.get(name) or inventory.tombstones.get(name) or uid_in(name)
    first = ledger.of_stream(f"vms/{uid}", 0, 1) if uid else ()
    if not first or not _is_of(first[0], name):
        raise NotFound("vm", name)
    return uid


def _is_of(created: Recorded, name: str) -> bool:
    """Whether the VM that was created is of the name's project: a uid is found in no other."""
    return created.event.vm_created.name.partition("/vms/")[0] == name.partition("/vms/")[0]


def uid_then(timeline: Timeline, name: str, at: int) -> str:
    """`uid_now`, as it was at a position. Raises NotFound."""
    found = timeline.vm_named(name, at) or timeline.vm(uid_in(name), at)
    if found is None or found.project != name.partition("/vms/")[0]:
        raise NotFound("vm", name)
    return found.uid
