"""The kinds of resources that a project has beside its VMs: one row each. Looks nothing up.

Whatever handles the resources of a project derives from these rows: see docs/adding-a-resource.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import ResourceName
from controlplane.domain.etag import Versioned
from controlplane.domain.image import aggregate as images
from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.states import ImageState
from controlplane.domain.network import aggregate as networks
from controlplane.domain.network.aggregate import Network
from controlplane.domain.network.states import NetworkState
from controlplane.domain.security_group import aggregate as security_groups
from controlplane.domain.security_group.aggregate import SecurityGroup
from controlplane.domain.security_group.states import GroupState
from controlplane.domain.service_account import aggregate as accounts
from controlplane.domain.service_account.aggregate import ServiceAccount
from controlplane.domain.service_account.states import AccountState
from controlplane.domain.time import Micros


class ProjectResource(Protocol):
    """One resource of a project after some event of its stream, whatever its kind. It never changes.

    Its name is `projects/{project}/{collection}/{id}`.
    """

    @property
    def uid(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def project_uid(self) -> str: ...
    @property
    def labels(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def created(self) -> Micros: ...
    @property
    def updated(self) -> Micros: ...
    @property
    def version(self) -> int: ...
    @property
    def state(self) -> IntEnum: ...
    @property
    def is_deleted(self) -> bool: ...
    @property
    def as_edited(self) -> Versioned:
        """What its etag is of: itself, or an `Edition` where some events leave the etag as it is."""
        ...


R = TypeVar("R", bound=ProjectResource)


@dataclass(frozen=True, eq=False)
class ResourceKind(Generic[R]):
    """A kind of resource.

    `name` is what errors, and the fields of events and snapshots, call it; `collection` is in names and streams.
    `deleted` gives what it is once it is deleted: a row of the read database says only that it is.
    """

    name: ResourceName
    collection: str
    evolve: Callable[[R | None, ev.Event, int], R]
    deleted: Callable[[R], R]

    @property
    def words(self) -> str:
        return self.name.replace("_", " ")

    @property
    def plural(self) -> str:
        """Of fields and tables, such as `service_accounts`."""
        return f"{self.name}s"

    @property
    def created_field(self) -> str:
        """The field of its first event."""
        return f"{self.name}_created"

    @property
    def deleted_field(self) -> str:
        """The field of its last event."""
        return f"{self.name}_deleted"

    @property
    def pattern(self) -> str:
        """Of its names."""
        return f"projects/{{project}}/{self.collection}/{{{self.name}}}"

    def stream(self, uid: str) -> str:
        return f"{self.collection}/{uid}"


SERVICE_ACCOUNTS = ResourceKind[ServiceAccount](
    "service_account",
    "serviceAccounts",
    accounts.evolve,
    lambda account: account._replace(state=AccountState.DELETED),
)

NETWORKS = ResourceKind[Network](
    "network",
    "networks",
    networks.evolve,
    lambda network: network._replace(state=NetworkState.DELETED),
)
SECURITY_GROUPS = ResourceKind[SecurityGroup](
    "security_group",
    "securityGroups",
    security_groups.evolve,
    lambda group: group._replace(state=GroupState.DELETED),
)
IMAGES = ResourceKind[Image](
    "image",
    "images",
    images.evolve,
    lambda image: image._replace(state=ImageState.DELETED),
)

# By collection.
RESOURCE_KINDS: Mapping[str, ResourceKind[Any]] = {
    each.collection: each for each in (SERVICE_ACCOUNTS, NETWORKS, SECURITY_GROUPS, IMAGES)
}
# The collections of all that is in a project.
IN_PROJECTS = ("vms", *RESOURCE_KINDS)
# The field of the first event, which has the name and the uid, of each kind of stream that has an aggregate.
CREATION: Mapping[str, str] = {
    "vms": "vm_created",
    "hosts": "host_registered",
    "projects": "project_created",
    **{collection: kind.created_field for collection, kind in RESOURCE_KINDS.items()},
}
