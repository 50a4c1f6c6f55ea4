"""The end of a VM's secrets: where it is recorded, and when it is due. Performs no I/O."""

from typing import NamedTuple

from controlplane.domain.time import Micros

SECRETS = "secrets"


class EndOfVm(NamedTuple):
    """When a VM was destroyed, and whether it is recorded that its secrets are forgotten."""

    at: Micros
    is_forgotten: bool = False


def secrets_stream(vm_uid: str) -> str:
    """The stream whose only event says that a VM's secrets are forgotten. The VM's own has ended."""
    return f"{SECRETS}/{vm_uid}"
