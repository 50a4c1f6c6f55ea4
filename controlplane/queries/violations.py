"""Which rules of the VMs on a host are not obeyed, in words. Reads what is, and evicts nobody."""

from collections.abc import Callable, Iterator
from itertools import islice

from controlplane.domain.host import Host
from controlplane.projections.inventory import Inventory

# A rule that a whole host breaks is not told for thousands of VMs.
MOST = 100

Rule = Callable[[Inventory, Host], Iterator[str]]


def _dedicated(inventory: Inventory, host: Host) -> Iterator[str]:
    if not host.dedicated:
        return
    for uid in sorted(host.holdings):
        vm = inventory.vms.get(uid)
        if vm is not None and vm.project != host.dedicated:
            yield f"{vm.name}: the host is dedicated to {host.dedicated}"


# Each yields what is broken on one host, in words that begin with the VM's name.
RULES: tuple[Rule, ...] = (_dedicated,)


def violations_of(inventory: Inventory, host: Host) -> list[str]:
    """The rules that VMs on the host break, at most MOST of them."""
    if not host.holdings:
        return []
    return list(islice((words for rule in RULES for words in rule(inventory, host)), MOST))
