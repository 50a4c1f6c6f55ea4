"""What is refused of security groups. Free of any transport."""

from dataclasses import dataclass

from controlplane.domain.errors import DomainError


@dataclass
class SecurityGroupInUse(DomainError):
    """Cards of VMs are in the group, or rules of other groups name it."""

    name: str
    vms: int
    groups: int

    def __str__(self) -> str:
        return f"{self.name} is in use: by cards of {self.vms} VMs, and rules of {self.groups} other groups"
