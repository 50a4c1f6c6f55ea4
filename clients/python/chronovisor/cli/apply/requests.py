"""The requests that carry changes out, and what a refusal of one says of what was declared. Sends nothing."""

import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask

from chronovisor.cli.apply import limits, machine
from chronovisor.cli.apply.kinds import MASKS, whole, write
from chronovisor.cli.apply.model import Action, Change, Kind, Path
from chronovisor.cli.options.limits import FIELDS as LIMITS
from chronovisor.v1 import host_service_pb2, project_service_pb2, vm_service_pb2
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
    (Kind.VM, Action.CREATE): ("vms", "CreateVm"),
    (Kind.VM, Action.UPDATE): ("vms", "UpdateVm"),
    (Kind.VM, Action.STOP): ("vms", "StopVm"),
    (Kind.VM, Action.RESUME): ("vms", "ResumeVm"),
    (Kind.VM, Action.START): ("vms", "StartVm"),
    (Kind.VM, Action.DESTROY): ("vms", "DeleteVm"),
}
_REQUESTS: Any = (project_service_pb2, host_service_pb2, vm_service_pb2)


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
    vm = Vm()
    write(vm, change.fields)
    project_id, _, vm_id = change.name.partition("/")
    return vm_service_pb2.CreateVmRequest(
        parent=f"projects/{project_id}", vm_id=vm_id, vm=vm, start=change.starts, reason=reason
    )


_FIELD = re.compile(r"(?P<field>[a-z_.]+)(?:\[(?P<key>[^\]]*)\])?(?:\.(?P<below>.+))?")
# Fields of requests as they are declared. Of others, the resource itself is named.
_PATHS: Mapping[str, Path] = {
    "display_name": ("title",),
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
    "spec.first_boot.ssh_authorized_keys": ("spec", machine.FIRST_BOOT, machine.KEYS),
    "spec.first_boot.hostname": ("spec", machine.FIRST_BOOT, machine.HOSTNAME),
    **{f"spec.io_limits.{LIMITS[name]}": ("spec", limits.LIMITS, key) for key, name in limits.KEYS.items()},
    "quota.memory_mib": ("quota", "memory"),
    "quota.disk_gib": ("quota", "disk"),
    "quota.extended": ("quota",),
}
_INVENTORY = {"reserved": "reserved", "allocation_ratio": "ratios"}
_CLASSES = {"memory_mib": "memory", "disk_gib": "disk"}


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
        path = (*path, key)
    return path if path[0] in MASKS[kind] else ()
