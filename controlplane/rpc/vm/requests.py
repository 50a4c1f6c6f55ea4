"""VM requests to commands: what is checked before any state is looked at."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, Protocol

from chronovisor.v1 import vm_service_pb2 as api
from chronovisor.v1.vm_pb2 import Vm, VmSpec
from uuid_utils import uuid7

from controlplane.commands.elsewhere import MigrationRequest
from controlplane.commands.vm import CreateVm, Definition, UpdateVm, VmCommand
from controlplane.domain.errors import FieldViolation
from controlplane.domain.time import seconds_of
from controlplane.domain.vm import aggregate as domain
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.states import Verb
from controlplane.domain.vm.verbs import GUEST_VERBS
from controlplane.rpc.dependencies import Mutation
from controlplane.rpc.shared.convert import vm_message
from controlplane.rpc.shared.update_masks import merged, updated_paths
from controlplane.rpc.shared.validate import FieldRules
from controlplane.rpc.vm.availability import checked_availability
from controlplane.rpc.vm.interfaces import checked_interfaces
from controlplane.rpc.vm.machine import checked_first_boot, checked_machine
from controlplane.rpc.vm.placement_rules import checked_rules

NAME = "projects/{project}/vms/{vm}"
UPDATABLE = ("labels", "spec", "expected_lifetime", "availability", "user_data", "deletion_protection")
MOST_USER_DATA = 64 << 10
DEFAULT_GRACE_S = 60.0
LONGEST_GRACE_S = 3600.0
SHORTEST_MIGRATION_S = 10.0
LONGEST_MIGRATION_S = 86400.0
MOST_BANDWIDTH_MIB_S = 1 << 20

# By the name of a method's request, such as `StartVmRequest`.
BY_REQUEST = {f"{row.method}Request": row for row in GUEST_VERBS.values()}


class VerbRequest(Mutation, Protocol):
    """The request of a verb that an agent carries out. Some have values of their own beside."""

    name: str
    etag: str


class CheckedSpec(NamedTuple):
    """A spec as a value, and the rules that it breaks."""

    spec: Spec
    violations: tuple[FieldViolation, ...]


@lru_cache(maxsize=4096)
def _checked_spec(message: bytes) -> CheckedSpec:
    """Fleets are made of few kinds of VMs: the same spec is checked once."""
    checked = VmSpec.FromString(message)
    rules = FieldRules()
    spec = rules.spec(checked, "vm.spec")
    machine, first_boot = checked_machine(rules, checked, "vm.spec"), checked_first_boot(rules, checked, "vm.spec")
    interfaces = checked_interfaces(rules, checked, "vm.spec")
    spec = replace(spec, machine=machine, first_boot=first_boot, interfaces=interfaces)
    if checked.HasField("placement"):
        placement = checked_rules(rules, checked.placement, spec.resources, "vm.spec.placement")
        spec = replace(spec, rules=placement)
    return CheckedSpec(spec, tuple(rules.violations))


def create_command(request: api.CreateVmRequest) -> CreateVm:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.parent, "projects/{project}", "parent")
    rules.id(request.vm_id, "vm_id")
    rules.mutation(request.request_id, request.reason)
    rules.labels(request.vm.labels, "vm.labels")
    spec = _checked_spec(request.vm.spec.SerializeToString(deterministic=True))
    rules.violations += spec.violations
    lifetime = rules.lifetime(request.vm, "vm.expected_lifetime")
    availability = checked_availability(rules, request.vm, "vm.availability")
    _check_user_data(rules, request.vm)
    rules.done()
    uid, name, labels = str(uuid7()), f"{request.parent}/vms/{request.vm_id}", dict(request.vm.labels)
    return CreateVm(
        uid,
        request.parent,
        name,
        spec.spec,
        labels,
        request.start,
        lifetime,
        availability,
        deletion_protection=request.vm.deletion_protection,
    )


def update_command(request: api.UpdateVmRequest) -> UpdateVm:
    """Raises InvalidField."""
    rules = FieldRules()
    vm = request.vm
    rules.name(vm.name, NAME, "vm.name")
    rules.mutation(request.request_id, request.reason)
    paths = updated_paths(request.update_mask, vm, UPDATABLE, rules)
    _check_user_data(rules, vm)
    if "*" in request.update_mask.paths and not vm.user_data:
        # No read gives it: what was read and is sent back has none.
        paths.remove("user_data")
    rules.done()
    return UpdateVm(vm.name, vm.etag, VmPatch(vm, tuple(paths)))


def _check_user_data(rules: FieldRules, vm: Vm) -> None:
    size = len(vm.user_data)
    rules.check(size <= MOST_USER_DATA, "vm.user_data", f"must have at most {MOST_USER_DATA} bytes, not {size}")


class VmPatch(NamedTuple):
    """New values of the fields of a VM that `paths` names."""

    vm: Vm
    paths: tuple[str, ...]

    def __call__(self, vm: domain.Vm) -> Definition:
        """The definition of a VM with these values, checked as a new VM's would be. Raises InvalidField."""
        paths = [path for path in self.paths if path != "user_data"]
        after = merged(vm_message(vm), self.vm, paths)
        rules = FieldRules()
        rules.labels(after.labels, "vm.labels", dict(vm.labels))
        spec = _checked_spec(after.spec.SerializeToString(deterministic=True))
        rules.violations += spec.violations
        lifetime = rules.lifetime(after, "vm.expected_lifetime")
        availability = checked_availability(rules, after, "vm.availability")
        rules.done()
        labels = tuple(sorted(after.labels.items()))
        changes_user_data = len(paths) < len(self.paths)
        return Definition(spec.spec, labels, lifetime, availability, changes_user_data, after.deletion_protection)


def verb_command(verb: Verb, request: VerbRequest) -> VmCommand:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    force, grace, migration = False, DEFAULT_GRACE_S, None
    if isinstance(request, api.StopVmRequest) and request.HasField("grace_period"):
        grace = seconds_of(request.grace_period)
        rules.check(0 <= grace <= LONGEST_GRACE_S, "grace_period", f"must be 0 to {LONGEST_GRACE_S:g} s, not {grace:g}")
    elif isinstance(request, api.RebootVmRequest):
        force = request.force
    elif isinstance(request, api.MigrateVmRequest):
        migration = _migration(rules, request)
    rules.done()
    return VmCommand(verb, request.name, request.etag, force, grace, migration=migration)


def _migration(rules: FieldRules, request: api.MigrateVmRequest) -> MigrationRequest:
    destination, bandwidth, timeout_s = request.destination_host, request.bandwidth_mib_s, 0.0
    if destination:
        rules.name(destination, "hosts/{host}", "destination_host")
    rule = f"must be 0 to {MOST_BANDWIDTH_MIB_S}, not {bandwidth}"
    rules.check(0 <= bandwidth <= MOST_BANDWIDTH_MIB_S, "bandwidth_mib_s", rule)
    if request.HasField("timeout"):
        timeout_s = seconds_of(request.timeout)
        rule = f"must be {SHORTEST_MIGRATION_S:g} to {LONGEST_MIGRATION_S:g} s, not {timeout_s:g}"
        rules.check(SHORTEST_MIGRATION_S <= timeout_s <= LONGEST_MIGRATION_S, "timeout", rule)
    return MigrationRequest(destination, bandwidth, request.auto_converge, timeout_s)
