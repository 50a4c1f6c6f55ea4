"""The identity of the machine behind a host: comparison and binding rules. Performs no I/O.

An identity has one entry for each source that an agent could read: `{source}:{digest}`. What can be read differs from
one start to the next (a container, another user), so identities are compared by the sources that both have.
"""

from collections.abc import Iterable

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.errors import HostInUse, MachineMismatch
from controlplane.domain.host.states import HostVerb, require

MachineIds = tuple[str, ...]


def _by_source(ids: Iterable[str]) -> dict[str, str]:
    return {source: digest for source, _, digest in (each.partition(":") for each in ids)}


def is_same(one: MachineIds, other: MachineIds) -> bool:
    """Whether both are of one machine: they share a source, and differ in none that they share."""
    mine, theirs = _by_source(one), _by_source(other)
    shared = mine.keys() & theirs.keys()
    return bool(shared) and all(mine[source] == theirs[source] for source in shared)


def decide_bind(host: Host, reported: MachineIds) -> list[Message]:
    """Binds a host to the first identity reported, and to what more is reported of the same machine later.

    Raises MachineMismatch, also for an agent without an identity where the host is bound: nothing says that the host's
    guests are on its machine.
    """
    if not host.machine_ids:
        if reported and is_same(host.replaced_machine_ids, reported):
            raise MachineMismatch(host.name, host.replaced_machine_ids, reported, replaced=True)
        return [ev.HostMachineBound(machine_ids=sorted(reported))] if reported else []
    if not is_same(host.machine_ids, reported):
        raise MachineMismatch(host.name, host.machine_ids, reported)
    known = _by_source(host.machine_ids) | _by_source(reported)
    all_of_it = tuple(sorted(f"{source}:{digest}" for source, digest in known.items()))
    return [] if all_of_it == host.machine_ids else [ev.HostMachineBound(machine_ids=all_of_it)]


def decide_replace(host: Host, held_vms: int) -> list[Message]:
    """Releases the host from its machine. Raises HostInUse when it holds capacity and `held_vms` is 0.

    A host without VMs that is bound to no machine, and refuses none, is a success that appends nothing.
    """
    require(host.name, host.state, HostVerb.REPLACE_MACHINE)
    if host.holdings and not held_vms:
        raise HostInUse(host.name, len(host.holdings))
    if not (host.machine_ids or host.replaced_machine_ids or host.holdings):
        return []
    return [ev.HostMachineReplaced(machine_ids=host.machine_ids, held_vms=held_vms)]
