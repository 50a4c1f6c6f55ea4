"""The requests that carry changes out, and what a refusal of one says of what was declared. Sends nothing."""

import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask

from chronovisor.cli.apply import limits, machine, network
from chronovisor.cli.apply.kinds import MASKS, whole, write
from chronovisor.cli.apply.model import Action, Change, Kind, Path
from chronovisor.cli.options.limits import FIELDS as LIMITS
from chronovisor.v1 import host_service_pb2, image_service_pb2, network_service_pb2, project_service_pb2, vm_service_pb2
from chronovisor.v1.image_pb2 import Image
from chronovisor.v1.network_pb2 import Network, SecurityGroup
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.vm_pb2 import Vm

# The service's attribute of the client and the method, of each change.
METHODS: Mapping[tuple[Kind, Action], tuple[str, str]] = {
    (Kind.PROJECT, Action.CREATE): ("projects", "CreateProject"),
    (Kind.PROJECT, Action.UPDATE): ("projects", "UpdateProject"),
    (Kind.PROJECT, Action.DESTROY): ("projects", "DeleteProject"),
    (Kind.HOST, Action.UPDATE): ("hosts", "UpdateHost"),
    (Kind.HOST, Action.CORDON): ("hosts", "CordonHost"),
    (Kind.HOST, Action.UNCORDON): ("hosts", "UncordonHost"),
    **{
        (kind, action): ("networks", f"{verb}{noun}")
        for kind, noun in ((Kind.SECURITY_GROUP, "SecurityGroup"), (Kind.NETWORK, "Network"))
        for action, verb in ((Action.CREATE, "Create"), (Action.UPDATE, "Update"), (Action.DESTROY, "Delete"))
    },
    (Kind.IMAGE, Action.CREATE): ("images", "ImportImage"),
    (Kind.IMAGE, Action.UPDATE): ("images", "UpdateImage"),
    (Kind.IMAGE, Action.DESTROY): ("images", "DeleteImage"),
    (Kind.VM, Action.CREATE): ("vms", "CreateVm"),
    (Kind.VM, Action.UPDATE): ("vms", "UpdateVm"),
    (Kind.VM, Action.STOP): ("vms", "StopVm"),
    (Kind.VM, Action.RESUME): ("vms", "ResumeVm"),
    (Kind.VM, Action.START): ("vms", "StartVm"),
    (Kind.VM, Action.DESTROY): ("vms", "DeleteVm"),
}
_REQUESTS: Any = (project_service_pb2, host_service_pb2, network_service_pb2, image_service_pb2, vm_service_pb2)


def request_of(change: Change, message: Any, reason: str) -> Any:
    """`message`: the resource as it was read last; None for one that is created. Raises ValueError as `write` does."""
    _, method = METHODS[change.kind, change.action]
    request_type = next(
        getattr(module, f"{method}Request") for module in _REQUESTS if hasattr(module, f"{method}Request")
    )
    if change.action is Action.CREATE:
        return _create(change, reason)
    if change.action is not Action.UPDATE:
        return request_type(name=whole(change.kind, change.name), etag=message.etag, reason=reason)
    changed = type(message)()
    changed.CopyFrom(message)
    write(changed, change.fields)
    paths = sorted({MASKS[change.kind][each.path[0]] for each in change.fields})
    return request_type(**{change.kind.value: changed, "update_mask": FieldMask(paths=paths), "reason": reason})


def _create(change: Change, reason: str) -> Any:
    if change.kind is Kind.PROJECT:
        project = Project()
        write(project, change.fields)
        return project_service_pb2.CreateProjectRequest(project_id=change.name, project=project, reason=reason)
    made = _NEW[change.kind](name=whole(change.kind, change.name))
    # Names in it are of its project.
    write(made, change.fields)
    made.ClearField("name")
    project_id, _, resource_id = change.name.partition("/")
    parent, noun = f"projects/{project_id}", change.kind.value
    given: dict[str, Any] = {"parent": parent, f"{noun}_id": resource_id, noun: made, "reason": reason}
    if change.kind is Kind.VM:
        return vm_service_pb2.CreateVmRequest(**given, start=change.starts)
    if change.kind is Kind.IMAGE:
        from_source = {"source_uri": made.source_uri, "sha256": made.sha256}
        return image_service_pb2.ImportImageRequest(**given, **from_source)
    _, method = METHODS[change.kind, change.action]
    return getattr(network_service_pb2, f"{method}Request")(**given)


# Messages of what is created in a project.
_NEW: Mapping[Kind, Any] = {Kind.SECURITY_GROUP: SecurityGroup, Kind.NETWORK: Network, Kind.IMAGE: Image, Kind.VM: Vm}
_FIELD = re.compile(r"(?P<field>[a-z_.]+)(?:\[(?P<key>[^\]]*)\])?(?:\.(?P<below>.+))?")
# Fields of requests as they are declared. Of others, the resource itself is named.
_PATHS: Mapping[str, Path] = {
    "display_name": ("title",),
    "ipv4_cidr": ("ipv4",),
    "ipv6_cidr": ("ipv6",),
    "reserved_ranges": ("reserved",),
    "rules": ("rules",),
    "source_uri": ("source",),
    "min_disk_gib": ("min_disk",),
    "expected_lifetime": ("lifetime",),
    "availability.on_maintenance": ("availability", "on_maintenance"),
    "availability.restart.when": ("availability", "restart"),
    "availability.restart.max_attempts": ("availability", "attempts"),
    "availability.restart.backoff": ("availability", "backoff"),
    "availability.restart.cooldown": ("availability", "cooldown"),
    "availability.restart.priority": ("availability", "priority"),
    "availability.restart.after": ("availability", "after"),
    "spec.resources.vcpus": ("spec", "vcpus"),
    "spec.resources.memory_mib": ("spec", "memory"),
    "spec.resources.disk_gib": ("spec", "disk"),
    "spec.resources.extended": ("spec", "extended"),
    "spec.boot.image.image": ("spec", "image"),
    "spec.boot.kernel.kernel": ("spec", "kernel"),
    "spec.boot.kernel.initramfs": ("spec", "initramfs"),
    "spec.boot.kernel.cmdline": ("spec", "cmdline"),
    "spec.boot": ("spec",),
    "spec.placement.groups": ("spec", "placement"),
    "spec.cpu_policy": ("spec", limits.POLICY),
    "spec.network_interfaces": ("spec", network.CARDS),
    "spec.first_boot.ssh_authorized_keys": ("spec", machine.FIRST_BOOT, machine.KEYS),
    "spec.first_boot.hostname": ("spec", machine.FIRST_BOOT, machine.HOSTNAME),
    **{f"spec.io_limits.{LIMITS[name]}": ("spec", limits.LIMITS, key) for key, name in limits.KEYS.items()},
    "quota.memory_mib": ("quota", "memory"),
    "quota.disk_gib": ("quota", "disk"),
    "quota.extended": ("quota",),
}
_INVENTORY = {"reserved": "reserved", "allocation_ratio": "ratios"}
_CLASSES = {"memory_mib": "memory", "disk_gib": "disk", "image_mib": "images"}


def path_of(kind: Kind, field: str) -> Path:
    """The term that a field of a request is about, such as `vm.labels[tier]`; of none, the resource itself."""
    match = _FIELD.fullmatch(field.removeprefix(f"{kind.value}."))
    if match is None:
        return ()
    name, key, below = match["field"], match["key"], match["below"] or ""
    if name == "inventory" and below in _INVENTORY:
        return (_INVENTORY[below], _CLASSES.get(key or "", key or ""))
    path = _PATHS.get(name, tuple(name.split(".")))
    if key and not key.isdecimal():
        path = (*path, _CLASSES.get(key, key))
    return path if path[0] in MASKS[kind] else ()
