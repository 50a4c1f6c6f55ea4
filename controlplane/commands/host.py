"""Host commands: registering a machine, and what its agent tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from controlplane.domain import host as hosts
from controlplane.domain.draft import Answer, Draft
from controlplane.domain.host import Platform
from controlplane.domain.resources import ClassInventory


@dataclass(frozen=True, slots=True)
class RegisterHost:
    """`uid` is new; it is used when the host is."""

    uid: str
    name: str
    inventory: Mapping[str, ClassInventory]
    platform: Platform
    zone: str
    labels: Mapping[str, str]


def register(draft: Draft, command: RegisterHost) -> Answer:
    """Raises AlreadyExists when the host is known with another inventory."""
    host = draft.fleet.host_named(command.name)
    if host is not None:
        hosts.decide_register_again(host, command.inventory)
        return Answer(host, host.version)
    registered = hosts.decide_register(
        command.uid, command.name, command.inventory, command.platform, command.zone, command.labels
    )
    draft.record(f"hosts/{command.uid}", registered)
    return Answer(draft.host(command.name), 1)


def report_inventory(draft: Draft, command: RegisterHost) -> Answer:
    """An agent's word on its machine: registers it, or takes over what has changed.

    Raises InsufficientResources when what the host holds would not fit what the agent reports.
    """
    host = draft.fleet.host_named(command.name)
    if host is None:
        return register(draft, command)
    draft.record(f"hosts/{host.uid}", hosts.decide_inventory(host, command.inventory, command.platform))
    after = draft.host(command.name)
    return Answer(after, after.version)
