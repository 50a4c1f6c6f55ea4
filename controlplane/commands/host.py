"""Host commands: registration, the reports of its agent, and the changes of operators."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from google.protobuf.message import Message

from controlplane.commands import host_credentials
from controlplane.commands import vm as vms
from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import invalid
from controlplane.domain.host import decisions
from controlplane.domain.host import machine as machines
from controlplane.domain.host.aggregate import Host, Platform, Reported
from controlplane.domain.host.decisions import HostTerms, Machine
from controlplane.domain.host.errors import HostAlreadyConnected, HostDecommissioned
from controlplane.domain.host.numa import NumaCell
from controlplane.domain.host.states import HostState, HostVerb
from controlplane.domain.host.verbs import STATE_VERBS
from controlplane.domain.resources import ClassInventory
from controlplane.domain.unit_of_work import UnitOfWork

HELD_VMS_FAIL = 2  # chronovisor.v1.ReplaceHostMachineRequest.HeldVms
# What UpdateHost can change, by the field's name in the API.
UPDATABLE = ("inventory", "zone", "labels", "traits", "dedicated_project")


@dataclass(frozen=True, slots=True)
class RegisterHost(Command[Answer]):
    """`uid` is new; it is used when the host is."""

    uid: str
    name: str
    inventory: Mapping[str, ClassInventory]
    platform: Platform
    zone: str
    labels: Mapping[str, str]
    traits: frozenset[str] = frozenset()
    numa_nodes: tuple[NumaCell, ...] = ()
    dedicated: str = ""
    # The identity that an agent reported of its machine. See `domain.machine`.
    machine_ids: tuple[str, ...] = ()
    # Its agent's promise: see `Reported`.
    watchdog_us: int = 0
    tunnel_address: str = ""

    @property
    def machine(self) -> Machine:
        own = (self.watchdog_us, self.tunnel_address)
        return Machine(self.inventory, self.platform, self.traits, self.numa_nodes, *own)


@dataclass(frozen=True, slots=True)
class ReportHost(Command[Answer]):
    """What a host's agent reports of its machine.

    `needs_approval`: a new host takes no VMs, and what one has more than before does not count, until an administrator
    says so (UncordonHost, UpdateHost).
    """

    machine: RegisterHost
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class UpdateHost(Command[Answer]):
    """`terms` has the new values of the fields that `paths` names. An empty `etag` is not checked."""

    name: str
    etag: str
    paths: frozenset[str]
    terms: HostTerms


@dataclass(frozen=True, slots=True)
class HostCommand(Command[Answer]):
    """A verb of STATE_VERBS, for a named host. An empty `etag` is not checked."""

    verb: HostVerb
    name: str
    etag: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceMachine(Command[Answer]):
    """`held_vms` is a chronovisor.v1.ReplaceHostMachineRequest.HeldVms. An empty `etag` is not checked.

    `has_agent`: an agent is connected as the host, so the machine that is to be replaced is there.
    """

    name: str
    held_vms: int
    etag: str = ""
    has_agent: bool = False


def register(unit: UnitOfWork, command: RegisterHost) -> Answer:
    """Raises AlreadyExists when the host is known with another inventory, and InvalidField."""
    host = unit.fleet.host_named(command.name)
    if host is not None:
        decisions.decide_register_again(host, command.machine)
        return Answer(host, host.version)
    _require_project(unit, command.dedicated)
    decisions.require_declared(command.traits)
    return Answer(_register(unit, command), 1)


def _register(unit: UnitOfWork, command: RegisterHost, reported: Reported | None = None) -> Host:
    registered = decisions.decide_register(
        command.uid, command.name, command.machine, command.zone, command.labels, command.dedicated, reported
    )
    unit.record(f"hosts/{command.uid}", registered)
    return unit.host(command.name)


def report(unit: UnitOfWork, report: ReportHost) -> Answer:
    """Registers the host, or takes over what has changed, and binds it to the machine.

    Raises MachineMismatch, HostDecommissioned.
    """
    command = report.machine
    host = unit.fleet.host_named(command.name)
    if host is None:
        # Whom a host is dedicated to is the operator's to say.
        reported = decisions.reported_by(command.machine, command.zone, command.labels)
        host = _register(unit, replace(command, dedicated=""), reported)
        if report.needs_approval:
            unit.record(f"hosts/{host.uid}", decisions.decide_state(host, STATE_VERBS[HostVerb.CORDON]))
            host = unit.host(command.name)
        return _recorded(unit, host, machines.decide_bind(host, command.machine_ids))
    if host.state is HostState.DECOMMISSIONED:
        raise HostDecommissioned(host.name)
    binding = machines.decide_bind(host, command.machine_ids)
    changes = decisions.decide_inventory(
        host, command.machine, command.zone, command.labels, needs_approval=report.needs_approval
    )
    return _recorded(unit, host, [*binding, *changes])


def update(unit: UnitOfWork, command: UpdateHost) -> Answer:
    """Raises NotFound, EtagMismatch, WrongState, InvalidField, and InsufficientResources."""
    host = unit.host(command.name, command.etag)
    new = command.terms
    if "dedicated_project" in command.paths:
        _require_project(unit, new.dedicated)
    terms = HostTerms(
        new.inventory if "inventory" in command.paths else host.inventory,
        new.zone if "zone" in command.paths else host.zone,
        new.labels if "labels" in command.paths else host.labels,
        new.traits if "traits" in command.paths else host.traits,
        new.dedicated if "dedicated_project" in command.paths else host.dedicated,
    )
    return _recorded(unit, host, decisions.decide_update(host, terms))


def replace_machine(unit: UnitOfWork, command: ReplaceMachine) -> Answer:
    """VMs that fail with their machine do so in this append.

    Raises NotFound, EtagMismatch, WrongState, HostInUse, and HostAlreadyConnected.
    """
    host = unit.host(command.name, command.etag)
    if command.has_agent:
        raise HostAlreadyConnected(command.name)
    payloads = machines.decide_replace(host, command.held_vms)
    unit.record(f"hosts/{host.uid}", payloads)
    host_credentials.revoke_with(unit, host.name)
    if command.held_vms == HELD_VMS_FAIL:
        for vm_uid in sorted(host.holdings):
            vms.end_with_machine(unit, vm_uid, host.uid)
    after = unit.fleet.hosts[host.uid]
    return Answer(after, after.version)


def execute(unit: UnitOfWork, command: HostCommand) -> Answer:
    """Raises NotFound, EtagMismatch and WrongState."""
    host = unit.host(command.name, command.etag)
    return _recorded(unit, host, decisions.decide_state(host, STATE_VERBS[command.verb]))


def _recorded(unit: UnitOfWork, host: Host, payloads: list[Message]) -> Answer:
    unit.record(f"hosts/{host.uid}", payloads)
    after = unit.fleet.hosts[host.uid]
    return Answer(after, after.version)


def _require_project(unit: UnitOfWork, name: str) -> None:
    if name and unit.fleet.project_named(name) is None:
        raise invalid("host.dedicated_project", f"there is no {name}")
