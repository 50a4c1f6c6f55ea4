"""Errors of VMs alone, as those of `controlplane.domain.errors`."""

from dataclasses import dataclass

from controlplane.domain.errors import DomainError


@dataclass
class SecretsForgotten(DomainError):
    """The key of a VM's secrets is destroyed."""

    vm_uid: str

    def __str__(self) -> str:
        return f"the secrets of VM {self.vm_uid} are forgotten: their key is destroyed, and nobody can read them"


@dataclass
class DeletionProtected(DomainError):
    """A VM is not to be destroyed before its protection is taken off."""

    name: str

    def __str__(self) -> str:
        return f"{self.name} is protected from deletion: take deletion_protection off first"


@dataclass
class HasNoDisk(DomainError):
    """There is nothing that a VM has written."""

    name: str

    def __str__(self) -> str:
        return f"{self.name} has no disk: it was never started, or is made without one"


@dataclass
class DiskInUse(DomainError):
    """A VM's disk is to stay as it is, as `image` is being made of it."""

    name: str
    image: str
    command: str

    def __str__(self) -> str:
        return (
            f"{self.image} is being made of the disk of {self.name}, which does not allow {self.command}: "
            "wait for that, or delete the image"
        )


@dataclass
class ConsoleUnsupported(DomainError):
    """The VM's host has no such console: `why` says what it lacks."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name} has no such console: {self.why}"
