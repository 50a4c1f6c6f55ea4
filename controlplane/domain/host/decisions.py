"""What each command, and an agent's word, does to a host: decide. Returns event payloads; changes nothing.

What it holds for VMs is decided in `host`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import AlreadyExists, InsufficientResources, invalid
from controlplane.domain.host import numa
from controlplane.domain.host.aggregate import ISOLATION, Host, Platform, Reported
from controlplane.domain.host.numa import NumaCell
from controlplane.domain.host.states import HostVerb, require
from controlplane.domain.host.verbs import HostStateVerbRow
from controlplane.domain.resources import ClassInventory, capacity_of
from controlplane.domain.time import duration_in

# Traits that only the machine itself knows: an agent that reports some reports all of them.
MACHINE_TRAITS = "cpu."


class Machine(NamedTuple):
    """What a host has, as its agent reports it, or its operator registers it."""

    inventory: Mapping[str, ClassInventory]
    platform: Platform
    traits: frozenset[str] = frozenset()
    numa_nodes: tuple[NumaCell, ...] = ()
    watchdog_us: int = 0
    tunnel_address: str = ""


class HostTerms(NamedTuple):
    """What an operator can change of a host."""

    inventory: Mapping[str, ClassInventory]
    zone: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    traits: frozenset[str] = frozenset()
    dedicated: str = ""


def terms_of(host: Host) -> HostTerms:
    return HostTerms(host.inventory, host.zone, host.labels, host.traits, host.dedicated)


def _platform_message(platform: Platform) -> ev.Platform:
    return ev.Platform(
        architecture=platform.architecture,
        cpu_model=platform.cpu_model,
        hypervisor=platform.hypervisor,
        virt_type=platform.virt_type,
        agent_version=platform.agent_version,
        images=sorted(platform.images),
        image_sha256s=sorted(platform.copies),
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
    reported: Reported | None = None,
) -> list[Message]:
    """`reported`: what an agent reports that registers its own host."""
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
            report=report_message(reported) if reported else None,
        )
    ]


def differences(host: Host, machine: Machine) -> list[str]:
    """In what the host differs from a machine, each in words."""
    names = sorted(host.inventory.keys() | machine.inventory.keys())
    different = [
        f"{name} {_words(host.inventory.get(name))}, not {_words(machine.inventory.get(name))}"
        for name in names
        if host.inventory.get(name) != machine.inventory.get(name)
    ]
    if machine.numa_nodes and machine.numa_nodes != host.numa_reported:
        different.append(f"NUMA nodes {_node_words(host.numa_reported)}, not {_node_words(machine.numa_nodes)}")
    return different


def _words(inventory: ClassInventory | None) -> str:
    if inventory is None:
        return "none"
    settings = {
        "reserved": inventory.reserved,
        "ratio": inventory.allocation_ratio if inventory.allocation_ratio != 1 else 0,
        "min_unit": inventory.min_unit,
        "max_unit": inventory.max_unit,
        "step_size": inventory.step_size,
    }
    more = ", ".join(f"{name} {value:g}" for name, value in settings.items() if value)
    return f"{inventory.total} ({more})" if more else f"{inventory.total}"


def _node_words(cells: tuple[NumaCell, ...]) -> str:
    return ", ".join(f"{cell.vcpus}:{cell.memory_mib}MiB" for cell in cells) or "none"


def decide_register_again(host: Host, machine: Machine) -> list[Message]:
    """Raises AlreadyExists when the inventory differs; the same again is a success that appends nothing."""
    if different := differences(host, machine):
        raise AlreadyExists("host", host.name, "; ".join(different))
    return []


def reported_by(machine: Machine, zone: str, labels: Mapping[str, str]) -> Reported:
    """What an agent reports of its machine, and was started with."""
    given = tuple(sorted(labels.items()))
    return Reported(machine.inventory, machine.traits, zone, given, machine.watchdog_us, machine.tunnel_address)


def decide_inventory(
    host: Host,
    machine: Machine,
    zone: str = "",
    labels: Mapping[str, str] | None = None,
    *,
    needs_approval: bool = False,
) -> list[Message]:
    """What the agent reports of its machine, and of its own options. It counts at once, whatever the host holds.

    What the agent never reported stays as it was registered, or as an operator set it. What it reported the last time,
    and does not report now, is gone. `needs_approval`: what it has more than before does not count until an operator
    sets it.
    """
    reported = reported_by(machine, zone, labels or {})
    before = host.reported or Reported({})
    inventory = {name: each for name, each in host.inventory.items() if name not in before.inventory}
    for name, each in machine.inventory.items():
        inventory[name] = _merged(host.inventory.get(name), before.inventory.get(name), each)
    if needs_approval:
        inventory = _within(inventory, host.inventory)
    cells = machine.numa_nodes or _that_fit(host, inventory)
    found = Machine(inventory, machine.platform, machine.traits | _kept_traits(host, before, machine), cells)
    known = Machine(host.inventory, host.platform, host.traits, host.numa_reported)
    placed = (zone or (host.zone if host.zone != before.zone else ""), _merged_labels(host, before, reported))
    events: list[Message] = []
    if found != known or reported != host.reported:
        events.append(
            ev.HostInventoryChanged(
                inventory=_inventory_message(inventory),
                platform=_platform_message(found.platform),
                numa_nodes=_node_messages(cells),
                traits=sorted(found.traits),
                report=report_message(reported),
            )
        )
    if placed != (host.zone, host.labels):
        events.append(_updated(HostTerms(inventory, *placed, found.traits, host.dedicated)))
    return events


def report_message(reported: Reported) -> ev.AgentReport:
    return ev.AgentReport(
        inventory=_inventory_message(reported.inventory),
        traits=sorted(reported.traits),
        zone=reported.zone,
        labels=dict(reported.labels),
        watchdog_timeout=duration_in(reported.watchdog_us) if reported.watchdog_us else None,
        tunnel_address=reported.tunnel_address,
    )


def _within(inventory: dict[str, ClassInventory], approved: Mapping[str, ClassInventory]) -> dict[str, ClassInventory]:
    """Of each class, no more than is approved, by whatever means: of other classes, nothing."""
    return {
        name: replace(
            each,
            total=min(each.total, approved[name].total),
            reserved=max(each.reserved, approved[name].reserved),
            allocation_ratio=min(each.allocation_ratio, approved[name].allocation_ratio),
        )
        for name, each in inventory.items()
        if name in approved
    }


def _merged(current: ClassInventory | None, before: ClassInventory | None, reported: ClassInventory) -> ClassInventory:
    """What the agent reports of a class, with what an operator set where the agent leaves it open."""
    if current is None:
        return reported
    before = before or ClassInventory(0)

    def of(field: str, unset: float = 0) -> Any:
        """Reported now; else an operator's: what was reported before, and is not now, is gone."""
        now, set_now = getattr(reported, field), getattr(current, field)
        return now if now != unset else unset if set_now == getattr(before, field) else set_now

    units = (of("min_unit"), of("max_unit"), of("step_size"))
    return ClassInventory(reported.total, of("reserved"), of("allocation_ratio", 1), *units)


def _kept_traits(host: Host, before: Reported, machine: Machine) -> frozenset[str]:
    """Those that an operator gave it. An agent that reports some of the CPU reports all of them."""
    reports_cpu = any(trait.startswith(MACHINE_TRAITS) for trait in machine.traits)
    kept = _declared(host.traits - before.traits)
    return frozenset(trait for trait in kept if not (reports_cpu and trait.startswith(MACHINE_TRAITS)))


def _declared(traits: frozenset[str]) -> frozenset[str]:
    """Those that an operator can give a host."""
    return frozenset(trait for trait in traits if not trait.startswith(ISOLATION))


def require_declared(traits: frozenset[str]) -> None:
    """Raises InvalidField for traits that nobody but the host's agent can know of."""
    if measured := sorted(traits - _declared(traits)):
        raise invalid("host.traits", f"{measured[0]!r} is measured by the host's agent, and not declared")


def _merged_labels(host: Host, before: Reported, reported: Reported) -> tuple[tuple[str, str], ...]:
    kept = dict(each for each in host.labels if each not in before.labels)
    return tuple(sorted({**kept, **dict(reported.labels)}.items()))


def _that_fit(host: Host, inventory: Mapping[str, ClassInventory]) -> tuple[NumaCell, ...]:
    """The nodes known so far, unless the machine is now too small to have them."""
    total = [inventory[name].total if name in inventory else 0 for name in NumaCell._fields]
    has = [sum(column) for column in zip(*host.numa_reported, strict=True)]
    return host.numa_reported if all(has <= most for has, most in zip(has, total, strict=False)) else ()


def _require_room(host: Host, inventory: Mapping[str, ClassInventory]) -> None:
    """Raises InsufficientResources when less would be offered than now, and than is held, of the host or a node."""
    capacity = capacity_of(inventory)
    for name, held in host.allocated:
        if held > capacity.of(name) and capacity.of(name) < host.capacity.of(name):
            raise InsufficientResources(name, held=capacity.of(name), released=held, capacity_of=host.name)
    offered = numa.capacities(host.numa_reported, inventory)
    for node, (held, after, before) in enumerate(zip(host.numa_allocated, offered, host.numa, strict=False)):
        for name in NumaCell._fields:
            has, holds = getattr(after, name), getattr(held, name)
            if holds > has and has < getattr(before, name):
                raise InsufficientResources(
                    f"numa_nodes[{node}].{name}", held=has, released=holds, capacity_of=host.name
                )


def _require_reported(host: Host, inventory: Mapping[str, ClassInventory]) -> None:
    """Raises InvalidField when more would be offered than the agent reports that its machine has."""
    for name, each in inventory.items():
        reported = host.reported.inventory.get(name) if host.reported else None
        if reported and each.total > reported.total and each != host.inventory.get(name):
            rule = f"must be at most {reported.total}, which the host's agent reports, not {each.total}"
            raise invalid(f"host.inventory[{name}].total", rule)


def decide_update(host: Host, terms: HostTerms) -> list[Message]:
    """Raises WrongState, InvalidField, and InsufficientResources when what is held would not fit, or less than now.

    Nothing changed is a success that appends nothing. Rules that VMs on the host break from now on evict nobody.
    """
    require(host.name, host.state, HostVerb.UPDATE)
    if terms == terms_of(host):
        return []
    require_declared(terms.traits - host.traits)
    if terms.inventory != host.inventory:
        _require_reported(host, terms.inventory)
        _require_nodes_fit(host, terms.inventory)
        _require_room(host, terms.inventory)
    return [_updated(terms)]


def _updated(terms: HostTerms) -> ev.HostUpdated:
    return ev.HostUpdated(
        inventory=_inventory_message(terms.inventory),
        zone=terms.zone,
        labels=dict(terms.labels),
        traits=sorted(terms.traits),
        dedicated_project=terms.dedicated,
    )


def _require_nodes_fit(host: Host, inventory: Mapping[str, ClassInventory]) -> None:
    for name in NumaCell._fields:
        least = sum(getattr(cell, name) for cell in host.numa_reported)
        if least > (total := inventory[name].total if name in inventory else 0):
            rule = f"must be {least} or more, which the host's NUMA nodes have, not {total}"
            raise invalid(f"host.inventory[{name}].total", rule)


def decide_state(host: Host, row: HostStateVerbRow) -> list[Message]:
    """Raises WrongState. A host that is in the verb's state already stays so: a success that appends nothing."""
    if host.place is row.goal:
        return []
    require(host.name, host.state, row.verb)
    if host.is_away:
        # As it would be of a host that is there.
        require(host.name, host.last_state, row.verb)
    return [row.payload()]
