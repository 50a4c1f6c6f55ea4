"""The permission of each method, from the protos; of Google's services, from a table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chronovisor.v1 import access_pb2
from chronovisor.v1.access_pb2 import MethodPermission
from google.protobuf.descriptor import ServiceDescriptor

from controlplane.domain.access.decision import Known

FILTERED, EACH, PUBLIC = MethodPermission.RULE_FILTERED, MethodPermission.RULE_EACH, MethodPermission.RULE_PUBLIC
AUTHENTICATED = MethodPermission.RULE_AUTHENTICATED

# Of services that are not ours to annotate.
GOOGLE: Mapping[str, MethodPermission] = {
    "google.longrunning.Operations/GetOperation": MethodPermission(name="operations.get", resource="name"),
    "google.longrunning.Operations/ListOperations": MethodPermission(
        name="operations.list", resource="name", rule=FILTERED
    ),
    "google.longrunning.Operations/WaitOperation": MethodPermission(name="operations.wait", resource="name"),
    "google.longrunning.Operations/CancelOperation": MethodPermission(name="operations.cancel", resource="name"),
    "google.longrunning.Operations/DeleteOperation": MethodPermission(name="operations.delete", resource="name"),
    "google.iam.v1.IAMPolicy/GetIamPolicy": MethodPermission(name="policies.get", resource="resource", sensitive=True),
    "google.iam.v1.IAMPolicy/SetIamPolicy": MethodPermission(name="policies.set", resource="resource"),
    "google.iam.v1.IAMPolicy/TestIamPermissions": MethodPermission(rule=AUTHENTICATED),
    "grpc.health.v1.Health/Check": MethodPermission(rule=PUBLIC),
    "grpc.health.v1.Health/List": MethodPermission(rule=PUBLIC),
    "grpc.health.v1.Health/Watch": MethodPermission(rule=PUBLIC),
    # What the API is, is published with the sources.
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo": MethodPermission(rule=PUBLIC),
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": MethodPermission(rule=PUBLIC),
}
_OF_PROJECTS = "projects/"
# Methods that were released by another name: see decision 0038.
ALIASES = {"chronovisor.v1.AgentService/Connect": "chronovisor.v1.AgentService/OpenSession"}


@dataclass(frozen=True, slots=True)
class MethodRule:
    """What one method demands. `paths` lead to the fields that name resources; none is the root."""

    name: str
    rule: int
    paths: tuple[str, ...] = ()
    also: str = ""
    also_when: tuple[str, ...] = ()
    sensitive: bool = False
    # On the projects of what is named there, other than that of the resource.
    uses: str = ""
    uses_in: tuple[str, ...] = ()
    # The methods of an agent's own service are what an agent may call.
    of_agents: bool = False

    def names(self, request: Any) -> list[str]:
        """The resources that a request names. An item of a batch that names none is of the request's parent."""
        if not self.paths:
            return [""]
        found = list(dict.fromkeys(_values(request, self.paths)))
        if len(self.paths) > 1:
            parent = getattr(request, "parent", "")
            found = list(dict.fromkeys(each or parent for each in found)) or [parent]
        return found or [""]

    def permissions(self, request: Any) -> tuple[str, ...]:
        if self.also and any(_values(request, self.also_when)):
            return self.name, self.also
        return (self.name,)

    def used(self, request: Any) -> tuple["Used", ...]:
        """What a request names that may be of another project than what it is for.

        Each item of a batch by itself: what one may name, another may not. Nothing where the mask of an update
        leaves it out.
        """
        if not self.uses or not self._is_changed(request):
            return ()
        parent = getattr(request, "parent", "")
        # Of a request, or of each of its items, there is one of both.
        pairs = zip(_values(request, self.paths), _values(request, self.uses_in), strict=True)
        found = (Used(name, of or parent) for of, name in pairs if name.startswith(_OF_PROJECTS))
        return tuple(dict.fromkeys(found))

    def _is_changed(self, request: Any) -> bool:
        """Whether an update's mask has the field that names what is used: see AIP-134. Of others, always."""
        mask = getattr(request, "update_mask", None)
        if mask is None or not mask.paths:
            return True
        # Paths of a mask begin in the resource.
        field = ".".join(self.uses_in[1:])
        return any(path == "*" or f"{field}.".startswith(f"{path}.") for path in mask.paths)


class Used(NamedTuple):
    """What a request names, and the resource that it is for."""

    name: str
    of: str


def _values(message: Any, paths: tuple[str, ...]) -> Iterator[Any]:
    value = getattr(message, paths[0])
    if len(paths) == 1:
        yield value
    elif hasattr(value, "DESCRIPTOR"):
        yield from _values(value, paths[1:])
    else:
        for each in value:
            yield from _values(each, paths[1:])


def rule_of(permission: MethodPermission, *, of_agents: bool = False) -> MethodRule:
    return MethodRule(
        permission.name,
        permission.rule,
        tuple(permission.resource.split(".")) if permission.resource else (),
        permission.also,
        tuple(permission.also_when.split(".")) if permission.also_when else (),
        permission.sensitive,
        permission.uses,
        tuple(permission.uses_in.split(".")) if permission.uses_in else (),
        of_agents,
    )


def rules_of(services: Iterable[ServiceDescriptor]) -> dict[str, MethodRule]:
    """By `/{service}/{method}`. A method that declares nothing is not among them, and is denied."""
    found = {f"/{name}": rule_of(permission) for name, permission in GOOGLE.items()}
    for service in services:
        of_agents = service.name == "AgentService"
        for method in service.methods:
            options = method.GetOptions()
            if options.HasExtension(access_pb2.permission):
                rule = rule_of(options.Extensions[access_pb2.permission], of_agents=of_agents)
                found[f"/{service.full_name}/{method.name}"] = rule
    found |= {f"/{alias}": found[f"/{name}"] for alias, name in ALIASES.items() if f"/{name}" in found}
    return found


def permissions_in(rules: Mapping[str, MethodRule]) -> Known:
    """All permissions that there are."""
    names = {key: (each.name, each.also, each.uses) for key, each in rules.items()}
    everything = frozenset(name for each in names.values() for name in each if name)
    of_projects = {
        name for key, each in rules.items() if each.paths or each.rule == FILTERED for name in names[key] if name
    }
    return Known(everything, everything - of_projects)
