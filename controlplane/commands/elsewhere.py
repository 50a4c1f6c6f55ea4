"""VMs that go elsewhere: the host of a start whose disk several hosts share, and migrations. Runs inside the writer."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from controlplane.commands.guests import newest_incarnation, require_none_elsewhere
from controlplane.domain.command import Answer
from controlplane.domain.errors import NoCapacity, invalid
from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.selectors import Op, Selector, Term, has_trait
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import DiskMove, Vm
from controlplane.domain.vm.machine import MACHINE
from controlplane.domain.vm.states import Verb
from controlplane.domain.vm.terms import MigrationTerms, Placed, Terms
from controlplane.domain.vm.verb_rows import require_not_deleted
from controlplane.domain.vm.verbs import MIGRATE
from controlplane.placement.engine import Engine


class MigrationRequest(NamedTuple):
    """How a VM is to be moved, by its caller. No `destination` (`hosts/{host}`): placement chooses."""

    destination: str = ""
    bandwidth_mib_s: int = 0
    auto_converge: bool = False
    timeout_s: float = 0.0


def place_start(unit: UnitOfWork, vm: Vm, added: Resources) -> Placed:
    """The host of a start: of a VM with a disk its own, or one that shares the disk's storage. Raises NoCapacity.

    One that holds compute may still run there, and starts nowhere else.
    """
    engine = unit.fleet.index(Engine)
    try:
        return engine.place(vm, added, unit.now)
    except NoCapacity:
        if vm.held and not vm.holds_compute:
            with suppress(NoCapacity):
                return place_beside(unit, vm, vm.spec.resources, unit.fleet.hosts[vm.host_uid])
        raise


def place_beside(unit: UnitOfWork, vm: Vm, requested: Resources, host: Host) -> Placed:
    """Another host that shares storage with this one. Raises NoCapacity."""
    refusal = NoCapacity(vm.name, 0)
    for pool in sorted(vm.pools_beside(host.disk_pools)):
        try:
            return unit.fleet.index(Engine).place(_elsewhere(vm, [has_trait(pool)]), requested, unit.now)
        except NoCapacity as error:
            refusal = error
    raise refusal


def among(vm: Vm, terms: Iterable[Term], avoided: Iterable[str] = ()) -> Vm:
    """The VM as one that requires more of its host, and avoids more hosts, by name."""
    rules = vm.spec.rules
    required = Selector((*rules.require.terms, *terms))
    rules = rules._replace(require=required, avoid_hosts=tuple(sorted({*rules.avoid_hosts, *avoided})))
    return vm._replace(spec=replace(vm.spec, rules=rules))


def _elsewhere(vm: Vm, terms: Iterable[Term], destination: str = "") -> Vm:
    """The VM as one that holds nothing yet, and may be on any such host but its own."""
    vm = among(vm, terms, (vm.host,))
    if destination:
        vm = vm._replace(spec=replace(vm.spec, rules=vm.spec.rules._replace(host=destination)))
    return vm._replace(held=NOTHING, host_uid="", host="")


def migration_terms(source: Host) -> list[Term]:
    """What a host must be that guests of this one can be moved to while they run."""
    platform = source.platform
    words = (("arch", platform.architecture), ("virt", platform.virt_type))
    same = [Term(key, Op.IN, (word,)) for key, word in words if word]
    # What the source's guests are made of at most, the destination must have.
    traits = (*sorted(source.migrations)[:1], *_newest_machine(source))
    return [*(has_trait(trait) for trait in traits), *same]


def migrate(unit: UnitOfWork, vm: Vm, request: MigrationRequest) -> Answer:
    """The VM's migration and the destination's hold are one append. Raises what placement raises, and InvalidField."""
    if request.destination:
        unit.host(request.destination)
    require_not_deleted(vm, Verb.MIGRATE)
    require_none_elsewhere(unit, vm, MIGRATE)
    if request.destination:
        _require_another(vm, request.destination)
    placed = place_migration(unit, vm, request.destination)
    destination = unit.fleet.hosts[placed.host_uid]
    limit_s = request.timeout_s or unit.limits.of(MIGRATE.step)
    how = MigrationTerms(_disk_move(unit, vm, destination), request.bandwidth_mib_s, request.auto_converge)
    newest = newest_incarnation(unit, vm)
    terms = Terms(unit.now, limit_s, newest_incarnation=newest, placed=placed, migration=how)
    unit.record(f"vms/{vm.uid}", MIGRATE.decide(vm, terms))
    version = unit.recorded[-1].version
    unit.hold(destination, vm.uid, vm.held, placed.parts)
    return Answer(unit.fleet.vms[vm.uid], version, placed)


def _require_another(vm: Vm, destination: str) -> None:
    if destination == vm.host:
        raise invalid("destination_host", f"must be another host: the VM is on {vm.host}")
    pinned = vm.spec.rules.host
    if pinned and pinned != destination:
        raise invalid("destination_host", f"the VM may be on {pinned} alone, by its placement rules")


def place_migration(unit: UnitOfWork, vm: Vm, destination: str = "") -> Placed:
    """The destination of a VM that runs, chosen as if it had left its host. Raises NoCapacity, InvalidField."""
    source = unit.fleet.hosts[vm.host_uid]
    if not source.migrations:
        raise invalid("name", f"its host's agent, of {source.name}, moves no guests while they run")
    mark = unit.fleet.mark()
    try:
        # Rules about other VMs do not count it where it is.
        off = unit.fleet.take_off(vm)
        elsewhere = _elsewhere(off._replace(host=source.name), migration_terms(source), destination)
        return unit.fleet.index(Engine).place(elsewhere, vm.held, unit.now)
    finally:
        unit.fleet.undo(mark)


def _newest_machine(host: Host) -> list[str]:
    """Of the machine types that guests can have there, the newest: no guest that began there has a newer one."""
    machines = [trait for trait in host.traits if trait.startswith(MACHINE)]
    return sorted(machines, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])[-1:]


def _disk_move(unit: UnitOfWork, vm: Vm, destination: Host) -> DiskMove:
    if not vm.held.disk_gib:
        return DiskMove.NONE
    shared = unit.fleet.hosts[vm.host_uid].disk_pools & destination.disk_pools
    return DiskMove.SHARED if shared else DiskMove.COPY
