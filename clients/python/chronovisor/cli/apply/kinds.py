"""Projects, hosts and VMs of the API as terms, and terms as messages of the API. Sends nothing."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any, cast

from chronovisor.cli.apply import availability, image, limits, machine, network, reach
from chronovisor.cli.apply.model import Actual, FieldChange, Kind, Path, Value
from chronovisor.cli.apply.plan import CORDONED, PROTECTED, STATE, VM_STATES
from chronovisor.cli.apply.schema import group_text
from chronovisor.cli.options.placement_rules import parse_group, parse_preferred
from chronovisor.cli.options.spare_capacity import parse_rule, rule_text
from chronovisor.cli.options.user_data import user_data_in
from chronovisor.cli.text.units import parse_lifetime
from chronovisor.names import last_part
from chronovisor.v1.host_pb2 import Host, HostState
from chronovisor.v1.image_pb2 import Image, ImageState
from chronovisor.v1.network_pb2 import Network, SecurityGroup
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.resources_pb2 import Resources
from chronovisor.v1.vm_pb2 import GroupRule, PlacementRules, Preference, Vm, VmSpec, VmState

RuleKind = GroupRule.Kind
# Classes by their names in files.
_API_CLASSES = {"memory": "memory_mib", "disk": "disk_gib", "images": "image_mib"}
_CLASSES = {value: key for key, value in _API_CLASSES.items()}
# Rules of a placement by their key in files: what kind they are of, and whether soft.
_GROUPS: Mapping[str, tuple[RuleKind.ValueType, bool]] = {
    "together": (RuleKind.KIND_AFFINITY, False),
    "apart": (RuleKind.KIND_ANTI_AFFINITY, False),
    "spread": (RuleKind.KIND_SPREAD, False),
    "rather_together": (RuleKind.KIND_AFFINITY, True),
    "rather_apart": (RuleKind.KIND_ANTI_AFFINITY, True),
    "rather_spread": (RuleKind.KIND_SPREAD, True),
}
# The field of the API's message by the first part of a path, for the update mask.
MASKS: Mapping[Kind, Mapping[str, str]] = {
    Kind.PROJECT: {
        "title": "display_name",
        "labels": "labels",
        "quota": "quota",
        "placement_policy": "placement_policy",
        "zone_policies": "zone_policies",
        "spare_capacity": "spare_capacity",
    },
    Kind.HOST: {
        "zone": "zone",
        "labels": "labels",
        "reserved": "inventory",
        "ratios": "inventory",
        "dedicated_project": "dedicated_project",
    },
    Kind.SECURITY_GROUP: {each: each for each in (reach.RULES, "description", "labels")},
    Kind.NETWORK: reach.NETWORK_FIELDS,
    Kind.IMAGE: image.IMAGE_FIELDS,
    Kind.VM: {
        "labels": "labels",
        "lifetime": "expected_lifetime",
        "availability": "availability",
        "deletion_protection": "deletion_protection",
        "spec": "spec",
    },
}


Resource = Project | Host | SecurityGroup | Network | Image | Vm
# What is in a project, by its collection.
COLLECTIONS = {Kind.SECURITY_GROUP: "securityGroups", Kind.NETWORK: "networks", Kind.IMAGE: "images", Kind.VM: "vms"}


def actual_of(message: Resource) -> Actual:
    """A resource as it is."""
    if isinstance(message, Project):
        kind, terms, state, is_placed = Kind.PROJECT, dict(_project_terms(message)), "", False
    elif isinstance(message, Host):
        kind, terms, is_placed = Kind.HOST, dict(_host_terms(message)), False
        state = HostState.Name(message.state).removeprefix("HOST_STATE_")
    elif isinstance(message, SecurityGroup):
        kind, terms, state, is_placed = Kind.SECURITY_GROUP, dict(reach.group_terms(message)), "", False
    elif isinstance(message, Network):
        kind, terms, state, is_placed = Kind.NETWORK, dict(reach.network_terms(message)), "", False
    elif isinstance(message, Image):
        kind, terms, is_placed = Kind.IMAGE, dict(image.terms(message)), False
        state = ImageState.Name(message.state).removeprefix("IMAGE_STATE_")
    else:
        kind, terms, is_placed = Kind.VM, dict(_vm_terms(message)), message.held.disk_gib > 0
        state = VmState.Name(message.state).removeprefix("VM_STATE_")
    filled = {path: value for path, value in terms.items() if value}
    labels = dict(message.labels)
    return Actual(kind, short(message.name), message.uid, message.etag, filled, labels, state, is_placed)


def short(name: str) -> str:
    """`shop/web-1` of `projects/shop/vms/web-1`; of others, the id."""
    parts = name.split("/")
    return f"{parts[1]}/{parts[3]}" if len(parts) == 4 else last_part(name)


def whole(kind: Kind, name: str) -> str:
    """The name in the API."""
    if collection := COLLECTIONS.get(kind):
        project, _, resource_id = name.partition("/")
        return f"projects/{project}/{collection}/{resource_id}"
    return f"{kind.section}/{name}"


def _map(prefix: str, entries: Mapping[str, Value]) -> Iterator[tuple[Path, Value]]:
    return (((prefix, key), value) for key, value in entries.items())


def _amounts(prefix: Path, of: Resources) -> Iterator[tuple[Path, Value]]:
    yield (*prefix, "vcpus"), of.vcpus
    yield (*prefix, "memory"), of.memory_mib
    yield (*prefix, "disk"), of.disk_gib
    yield from (((*prefix, _CLASSES.get(name, name)), amount) for name, amount in of.extended.items())


def _project_terms(project: Project) -> Iterator[tuple[Path, Value]]:
    yield ("title",), project.display_name
    yield from _map("labels", project.labels)
    yield from _amounts(("quota",), project.quota)
    yield ("placement_policy",), project.placement_policy
    yield from _map("zone_policies", project.zone_policies)
    yield ("spare_capacity",), tuple(sorted(rule_text(each) for each in project.spare_capacity))


def _host_terms(host: Host) -> Iterator[tuple[Path, Value]]:
    yield ("zone",), host.zone
    yield from _map("labels", host.labels)
    for name, each in host.inventory.items():
        resource_class = _CLASSES.get(name, name)
        yield ("reserved", resource_class), each.reserved
        if each.HasField("allocation_ratio") and each.allocation_ratio != 1:
            yield ("ratios", resource_class), each.allocation_ratio
    yield ("dedicated_project",), last_part(host.dedicated_project)
    yield CORDONED, host.state == HostState.HOST_STATE_CORDONED


def _vm_terms(vm: Vm) -> Iterator[tuple[Path, Value]]:
    yield from _map("labels", vm.labels)
    if vm.HasField("expected_lifetime"):
        yield ("lifetime",), vm.expected_lifetime.ToMilliseconds() / 1000
    yield from availability.terms(vm.availability)
    yield STATE, VM_STATES.get(VmState.Name(vm.state).removeprefix("VM_STATE_"), "")
    requested, boot = vm.spec.resources, vm.spec.boot
    yield ("spec", "vcpus"), requested.vcpus
    yield ("spec", "memory"), requested.memory_mib
    yield ("spec", "disk"), requested.disk_gib
    yield from ((("spec", "extended", name), amount) for name, amount in requested.extended.items())
    yield ("spec", "image"), boot.image.image
    for name in ("kernel", "initramfs", "cmdline"):
        yield ("spec", name), getattr(boot.kernel, name)
    yield from ((("spec", "placement", key), value) for key, value in _rules(vm.spec.placement))
    yield from limits.terms(vm.spec)
    yield from machine.terms(vm.spec)
    yield ("spec", network.CARDS), network.value_of(vm.spec)
    yield PROTECTED, vm.deletion_protection


def _rules(rules: PlacementRules) -> Iterator[tuple[str, Value]]:
    yield "require", rules.require
    yield "prefer", tuple(sorted({f"{each.selector}:{each.weight}" for each in rules.prefer}))
    for key, (kind, soft) in _GROUPS.items():
        of_kind = (each for each in rules.groups if (each.kind, each.soft) == (kind, soft))
        yield key, tuple(sorted({_group_text(each) for each in of_kind}))
    yield "host", last_part(rules.host)
    yield "avoid_hosts", tuple(sorted({last_part(each) for each in rules.avoid_hosts}))
    yield "numa_nodes", rules.numa_nodes


def _group_text(rule: GroupRule) -> str:
    if rule.kind == RuleKind.KIND_SPREAD:
        return group_text(rule.vms, rule.within, 0 if rule.max_skew == 1 else rule.max_skew)
    return group_text(rule.vms, rule.within, rule.max_per_domain)


# -- the other way


def write(message: Resource, changes: Sequence[FieldChange]) -> None:
    """Makes a message as terms say. What they do not name stays. Raises ValueError for what the host does not have."""
    for each in changes:
        if isinstance(message, Project):
            _write_project(message, each.path, each.after)
        elif isinstance(message, Host):
            _write_host(message, each.path, each.after)
        elif isinstance(message, SecurityGroup):
            reach.write_group(message, each.path, each.after)
        elif isinstance(message, Network):
            reach.write_network(message, each.path, each.after)
        elif isinstance(message, Image):
            image.write(message, each.path, each.after)
        else:
            _write_vm(message, each.path, each.after)


def _put(entries: MutableMapping[str, Any], key: str, value: Value | None) -> None:
    if value is None:
        entries.pop(key, None)
    else:
        entries[key] = value


def _put_amount(resources: Resources, resource_class: str, value: Value | None) -> None:
    name = _API_CLASSES.get(resource_class, resource_class)
    if name in ("vcpus", "memory_mib", "disk_gib"):
        setattr(resources, name, value or 0)
    else:
        _put(resources.extended, name, value)


def _write_project(project: Project, path: Path, value: Value | None) -> None:
    match path:
        case ("quota", resource_class):
            _put_amount(project.quota, resource_class, value)
        case ("labels", key):
            _put(project.labels, key, value)
        case ("zone_policies", zone):
            _put(project.zone_policies, zone, value)
        case ("spare_capacity",):
            del project.spare_capacity[:]
            rules = value if isinstance(value, tuple) else ()
            project.spare_capacity.extend(parse_rule(each) for each in rules)
        case _:
            setattr(project, MASKS[Kind.PROJECT][path[0]], value or "")


def _write_host(host: Host, path: Path, value: Value | None) -> None:
    match path:
        case ("labels", key):
            _put(host.labels, key, value)
        case ("reserved" | "ratios" as what, resource_class):
            name = _API_CLASSES.get(resource_class, resource_class)
            if name not in host.inventory:
                has = ", ".join(sorted(_CLASSES.get(each, each) for each in host.inventory))
                raise ValueError(f"the host has no {resource_class}; it has {has}")
            each = host.inventory[name]
            if what == "reserved":
                each.reserved = cast("int", value or 0)
            elif value is None:
                each.ClearField("allocation_ratio")
            else:
                each.allocation_ratio = cast("float", value)
        case ("dedicated_project",):
            host.dedicated_project = f"projects/{value}" if value else ""
        case _:
            host.zone = cast("str", value or "")


def _write_vm(vm: Vm, path: Path, value: Value | None) -> None:
    match path:
        case ("labels", key):
            _put(vm.labels, key, value)
        case ("lifetime",):
            vm.ClearField("expected_lifetime")
            if value:
                vm.expected_lifetime.CopyFrom(parse_lifetime(f"{value:.3f}s"))
        case ("availability", key):
            availability.write(vm.availability, key, value)
        case ("deletion_protection",):
            vm.deletion_protection = bool(value)
        case ("user_data_file",):
            vm.user_data = user_data_in(str(value))
        case ("spec", network.CARDS):
            network.write(vm.spec, value, vm.name.partition("/vms/")[0])
        case ("spec", *below):
            _write_spec(vm.spec, tuple(below), value)
        case _:
            raise AssertionError(f"no command writes {path}")


def _write_spec(spec: VmSpec, path: Path, value: Value | None) -> None:
    match path:
        case ("extended", resource_class):
            _put(spec.resources.extended, resource_class, value)
        case ("placement", key):
            _write_rule(spec.placement, key, value)
            if not spec.placement.ByteSize():
                spec.ClearField("placement")
        case (limits.LIMITS, key):
            limits.write(spec, key, value)
        case (machine.FIRST_BOOT, key):
            machine.write_first_boot(spec, key, value)
        case (key,) if key in (machine.FIRMWARE, *machine.DEVICES, *machine.NAMES):
            machine.write(spec, key, value)
        case (limits.POLICY,):
            limits.write_policy(spec, value)
        case ("vcpus" | "memory" | "disk" as resource_class,):
            _put_amount(spec.resources, resource_class, value)
        case _:
            _write_boot(spec, path[0], value)


def _write_boot(spec: VmSpec, key: str, value: Value | None) -> None:
    if key == "image":
        if value:
            spec.boot.image.image = cast("str", value)
        elif spec.boot.WhichOneof("source") == "image":
            spec.boot.ClearField("image")
    elif value:
        setattr(spec.boot.kernel, key, value)
    elif spec.boot.WhichOneof("source") == "kernel":
        setattr(spec.boot.kernel, key, "")


def _write_rule(rules: PlacementRules, key: str, value: Value | None) -> None:
    if key == "require":
        rules.require = cast("str", value or "")
    elif key == "host":
        rules.host = f"hosts/{value}" if value else ""
    elif key == "numa_nodes":
        rules.numa_nodes = cast("int", value or 0)
    else:
        _write_rules(rules, key, cast("Sequence[str]", value or ()))


def _write_rules(rules: PlacementRules, key: str, values: Sequence[str]) -> None:
    if key == "avoid_hosts":
        rules.avoid_hosts[:] = [f"hosts/{each}" for each in values]
        return
    if key == "prefer":
        given = map(parse_preferred, values)
        rules.ClearField("prefer")
        rules.prefer.extend(Preference(selector=each.selector, weight=each.weight) for each in given)
        return
    kind, soft = _GROUPS[key]
    others = [each for each in rules.groups if (each.kind, each.soft) != (kind, soft)]
    rules.ClearField("groups")
    rules.groups.extend(others)
    for vms, within, number in map(parse_group, values):
        rule = GroupRule(kind=kind, vms=vms, within=within, soft=soft)
        if kind == RuleKind.KIND_SPREAD:
            rule.max_skew = number
        else:
            rule.max_per_domain = number
        rules.groups.append(rule)


# -- words


def exact_size(resource_class: str, amount: int) -> str | int:
    """As it is written into a file: `4GiB`, `512MiB`; of other classes a number."""
    match resource_class:
        case "memory" | "images":
            return f"{amount // 1024}GiB" if amount % 1024 == 0 else f"{amount}MiB"
        case "disk":
            return f"{amount}GiB"
        case _:
            return amount


def is_time(path: Path) -> bool:
    """Whether a term is in seconds."""
    return path == ("lifetime",) or (path[0] == availability.FIELD and path[-1] in availability.TIMES)


def exact_time(seconds: float) -> str:
    """`6h`, `90s`, `1500ms`."""
    if seconds != int(seconds):
        return f"{round(seconds * 1000)}ms"
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{int(seconds) // length}{unit}"
    return f"{int(seconds)}s"


def value_text(path: Path, value: Value | None) -> str:
    """A value as people read it, and write it; `-` for nothing."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(value)
    if is_time(path):
        return exact_time(cast("float", value))
    if path[:2] == ("spec", limits.LIMITS):
        return limits.text(path[-1], cast("int", value))
    if path[0] in ("quota", "reserved", "spec") and isinstance(value, int):
        return str(exact_size(path[-1], value)) if len(path) == 2 else str(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
