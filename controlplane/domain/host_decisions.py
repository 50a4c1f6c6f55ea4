"""What each command, and an agent's word, does to a host: decide. Returns event payloads; changes nothing.

What it holds for VMs is decided in `host`.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain import numa
from controlplane.domain.errors import AlreadyExists, InsufficientResources, invalid
from controlplane.domain.host import Host, Platform
from controlplane.domain.host_states import DONE, HostVerb, require
from controlplane.domain.numa import NumaCell
from controlplane.domain.resources import ClassInventory, capacity_of

# Traits that only the machine itself can tell: an agent that tells some tells all of them.
MACHINE_TRAITS = "cpu."


class Machine(NamedTuple):
    """What a host has, as its agent or its operator tells it."""

    inventory: Mapping[str, ClassInventory]
    platform: Platform
    traits: frozenset[str] = frozenset()
    numa_nodes: tuple[NumaCell, ...] = ()


class Terms(NamedTuple):
    """What an operator can change of a host."""

    inventory: Mapping[str, ClassInventory]
    zone: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    traits: frozenset[str] = frozenset()
    dedicated: str = ""


def terms_of(host: Host) -> Terms:
    return Terms(host.inventory, host.zone, host.labels, host.traits, host.dedicated)


def _platform_message(platform: Platform) -> ev.Platform:
    return ev.Platform(
        architecture=platform.architecture,
        cpu_model=platform.cpu_model,
        hypervisor=platform.hypervisor,
        virt_type=platform.virt_type,
        agent_version=platform.agent_version,
        images=sorted(platform.images),
    )


def _inventory_message(inventory: Mapping[str, ClassInventory]) -> dict[str, ev.ClassInventory]:
    return {
        name: ev.ClassInventory(
            total=each.total,
            reserved=each.reserved,
            allocation_ratio=each.allocation_ratio,
            min_unit=each.min_unit,
            max_unit=each.max_unit,
            step_size=each.step_size,
        )
        for name, each in inventory.items()
    }


def _node_messages(cells: Iterable[NumaCell]) -> list[ev.NumaNode]:
    return [ev.NumaNode(vcpus=cell.vcpus, memory_mib=cell.memory_mib) for cell in cells]


def decide_register(
    uid: str,
    name: str,
    machine: Machine,
    zone: str = "",
    labels: Mapping[str, str] | None = None,
    dedicated: str = "",
) -> list[Message]:
    return [
        ev.HostRegistered(
            uid=uid,
            name=name,
            inventory=_inventory_message(machine.inventory),
            platform=_platform_message(machine.platform),
            zone=zone,
            labels=dict(labels or {}),
            traits=sorted(machine.traits),
            numa_nodes=_node_messages(machine.numa_nodes),
            dedicated_project=dedicated,
        )
    ]


def differences(host: Host, machine: Machine) -> list[str]:
    """In what the host differs from what is told of it, each in words."""
    names = sorted(host.inventory.keys() | machine.inventory.keys())
    different = [
        f"{name} {_words(host.inventory.get(name))}, not {_words(machine.inventory.get(name))}"
        for name in names
        if host.inventory.get(name) != machine.inventory.get(name)
    ]
    if machine.numa_nodes and machine.numa_nodes != host.numa_told:
        different.append(f"NUMA nodes {_node_words(host.numa_told)}, not {_node_words(machine.numa_nodes)}")
    return different


def _words(inventory: ClassInventory | None) -> str:
    if inventory is None:
        return "none"
    told = {
        "reserved": inventory.reserved,
        "ratio": inventory.allocation_ratio if inventory.allocation_ratio != 1 else 0,
        "min_unit": inventory.min_unit,
        "max_unit": inventory.max_unit,
        "step_size": inventory.step_size,
    }
    more = ", ".join(f"{name} {value:g}" for name, value in told.items() if value)
    return f"{inventory.total} ({more})" if more else f"{inventory.total}"


def _node_words(cells: tuple[NumaCell, ...]) -> str:
    return ", ".join(f"{cell.vcpus}:{cell.memory_mib}MiB" for cell in cells) or "none"


def decide_register_again(host: Host, machine: Machine) -> list[Message]:
    """Raises AlreadyExists when the inventory differs; the same again is a success that appends nothing."""
    if different := differences(host, machine):
        raise AlreadyExists("host", host.name, "; ".join(different))
    return []


def decide_inventory(host: Host, told: Machine) -> list[Message]:
    """The agent's word on what the machine has. Raises InsufficientResources when what is held would not fit.

    It is the last word on what it tells. What it leaves out stays as it was registered, or as an operator set it.
    """
    inventory = {
        **host.inventory,
        **{name: _merged(host.inventory.get(name), it) for name, it in told.inventory.items()},
    }
    cells = told.numa_nodes or _that_fit(host, inventory)
    told_machine = any(trait.startswith(MACHINE_TRAITS) for trait in told.traits)
    kept = {trait for trait in host.traits if not (told_machine and trait.startswith(MACHINE_TRAITS))}
    machine = Machine(inventory, told.platform, told.traits | kept, cells)
    if machine == Machine(host.inventory, host.platform, host.traits, host.numa_told):
        return []
    _require_room(host, inventory, cells)
    return [
        ev.HostInventoryChanged(
            inventory=_inventory_message(inventory),
            platform=_platform_message(machine.platform),
            numa_nodes=_node_messages(cells),
            traits=sorted(machine.traits),
        )
    ]


def _merged(host: ClassInventory | None, told: ClassInventory) -> ClassInventory:
    if host is None:
        return told
    return ClassInventory(
        told.total,
        told.reserved or min(host.reserved, told.total),
        told.allocation_ratio if told.allocation_ratio != 1 else host.allocation_ratio,
        told.min_unit or host.min_unit,
        told.max_unit or host.max_unit,
        told.step_size or host.step_size,
    )


def _that_fit(host: Host, inventory: Mapping[str, ClassInventory]) -> tuple[NumaCell, ...]:
    """The nodes known so far, unless the machine is now too small to have them."""
    total = [inventory[name].total if name in inventory else 0 for name in NumaCell._fields]
    has = [sum(column) for column in zip(*host.numa_told, strict=True)]
    return host.numa_told if all(has <= most for has, most in zip(has, total, strict=False)) else ()


def _require_room(host: Host, inventory: Mapping[str, ClassInventory], cells: tuple[NumaCell, ...]) -> None:
    """Raises InsufficientResources when what the host holds would be more than its capacity, or a node's."""
    capacity = capacity_of(inventory)
    for name, held in host.allocated:
        if held > capacity.of(name):
            raise InsufficientResources(name, held=capacity.of(name), released=held, capacity_of=host.name)
    held_on_nodes = numa.as_parts(host.numa_allocated)
    offered = numa.capacities(cells, inventory)
    if short := numa.lacking(held_on_nodes, offered, numa.resized((), len(cells))):
        name, has, held = short
        raise InsufficientResources(name, held=has, released=held, capacity_of=host.name)


def decide_update(host: Host, terms: Terms) -> list[Message]:
    """Raises WrongState, InvalidField, and InsufficientResources when what is held would not fit.

    Nothing changed is a success that appends nothing. Rules that VMs on the host break from now on evict nobody.
    """
    require(host.name, host.state, HostVerb.UPDATE)
    if terms == terms_of(host):
        return []
    _require_nodes_fit(host, terms.inventory)
    _require_room(host, terms.inventory, host.numa_told)
    return [
        ev.HostUpdated(
            inventory=_inventory_message(terms.inventory),
            zone=terms.zone,
            labels=dict(terms.labels),
            traits=sorted(terms.traits),
            dedicated_project=terms.dedicated,
        )
    ]


def _require_nodes_fit(host: Host, inventory: Mapping[str, ClassInventory]) -> None:
    for name in NumaCell._fields:
        least = sum(getattr(cell, name) for cell in host.numa_told)
        if least > (total := inventory[name].total if name in inventory else 0):
            rule = f"must be {least} or more, which the host's NUMA nodes have, not {total}"
            raise invalid(f"host.inventory[{name}].total", rule)


def decide_cordon(host: Host) -> list[Message]:
    """Raises WrongState. A host that is cordoned already stays so: a success that appends nothing."""
    return _decide_state(host, HostVerb.CORDON, ev.HostCordoned())


def decide_uncordon(host: Host) -> list[Message]:
    """Raises WrongState. A host that is active already stays so: a success that appends nothing."""
    return _decide_state(host, HostVerb.UNCORDON, ev.HostUncordoned())


def _decide_state(host: Host, verb: HostVerb, event: Message) -> list[Message]:
    if host.state is DONE[verb]:
        return []
    require(host.name, host.state, verb)
    return [event]
