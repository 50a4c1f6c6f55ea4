"""Roles: named lists of permissions. Those that are there from the first start, and custom ones. Performs no I/O."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

PREFIX = "roles/"
STREAM = "roles"
ADMIN = "roles/admin"


class Role(NamedTuple):
    """`permissions` are names, or patterns of names such as `vms.*` in a built-in role."""

    name: str
    title: str
    permissions: tuple[str, ...]
    version: int = 0
    is_built_in: bool = False

    @property
    def etag(self) -> str:
        """It as it is now: see AIP-154."""
        return f'"{self.name}.{self.version}"'


_READS = ("*.get", "*.list", "networks.listAddresses", "networks.checkReach", "networks.listReach")
# Of what a project has. Hosts, zones, the ledger and what is of all projects belong to the root.
_ROWS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "viewer",
        "Sees everything, and changes nothing.",
        (*_READS, "operations.wait", "vms.console.read", "vms.screen.read"),
    ),
    (
        "operator",
        "Runs VMs and their networks: creates, starts, stops, changes and destroys them.",
        (
            *(_READS),
            "operations.*",
            "vms.create",
            "vms.update",
            "vms.start",
            "vms.stop",
            "vms.reboot",
            "vms.pause",
            "vms.resume",
            "vms.delete",
            "vms.console.*",
            "networks.*",
            "securityGroups.*",
            "vms.screen.*",
            "vms.ports.*",
        ),
    ),
    (
        "project-admin",
        "Runs a project: its VMs, networks, images, service accounts, secrets, and who has which role on it.",
        (
            *_READS,
            "operations.*",
            "vms.*",
            "networks.*",
            "securityGroups.*",
            "images.*",
            "serviceAccounts.*",
            "policies.*",
            "access.explain",
            "secrets.*",
        ),
    ),
    (
        "image-user",
        "Sees a project's images, and makes VMs of them in other projects.",
        ("images.get", "images.list", "images.use"),
    ),
    (
        "host-admin",
        "Runs the machines: hosts, drains, fencing, rebalances, migrations.",
        (
            *_READS,
            "operations.*",
            "hosts.*",
            "rebalances.*",
            "vms.migrate",
            "placement.explain",
            "capacity.check",
            "utilization.check",
            "whatIf.run",
        ),
    ),
    (
        "auditor",
        "Reads all history, verifies the ledger, and explains who may do what.",
        (*_READS, "ledger.*", "access.explain", "policies.get", "utilization.check", "operations.wait"),
    ),
    (
        "biller",
        "Reads usage and utilization.",
        ("usage.get", "utilization.get", "utilization.list", "projects.get", "projects.list"),
    ),
    ("agent", "What the agent of a host may do, for that host alone.", ("agents.connect",)),
    ("admin", "Everything.", ("*",)),
)
BUILT_IN: Mapping[str, Role] = {
    f"{PREFIX}{name}": Role(f"{PREFIX}{name}", title, permissions, is_built_in=True)
    for name, title, permissions in _ROWS
}
# What nobody gets by a pattern of reads.
NOT_BY_PATTERN = frozenset({"secrets.get", "secrets.list", "policies.get"})


def stream_of(name: str) -> str:
    """The stream of a role's events, by its name."""
    return f"{STREAM}/{name.removeprefix(PREFIX)}"


def granted_by(role: Role, known: Iterable[str]) -> frozenset[str]:
    """The permissions of a role, of those that there are."""
    if not role.is_built_in:
        return frozenset(role.permissions)
    return frozenset(each for each in known if any(_matches(each, pattern) for pattern in role.permissions))


def _matches(permission: str, pattern: str) -> bool:
    if pattern in _READS and permission in NOT_BY_PATTERN:
        return False
    return fnmatchcase(permission, pattern)


def decide_define(before: Role | None, name: str, title: str, permissions: tuple[str, ...]) -> list[Message]:
    """Nothing where nothing changes."""
    permissions = tuple(sorted(set(permissions)))
    if before and (before.title, before.permissions) == (title, permissions):
        return []
    return [ev.RoleDefined(name=name, title=title, permissions=permissions)]


def decide_delete(role: Role) -> list[Message]:
    return [ev.RoleDeleted(name=role.name)]


def role_of(event: ev.Event, version: int) -> Role | None:
    """The role after an event of its stream; None where it is no more."""
    if not event.HasField("role_defined"):
        return None
    defined = event.role_defined
    return Role(defined.name, defined.title, tuple(defined.permissions), version)
