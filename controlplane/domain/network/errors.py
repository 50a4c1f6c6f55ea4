"""What is refused of networks. Free of any transport."""

from dataclasses import dataclass

from controlplane.domain.errors import DomainError


@dataclass
class NetworkInUse(DomainError):
    """VMs have cards on the network."""

    name: str
    vms: int

    def __str__(self) -> str:
        return f"{self.name} is in use: {self.vms} VMs have a card on it"


@dataclass
class AddressesExhausted(DomainError):
    """All addresses of a network are held or reserved."""

    network: str
    held: int

    def __str__(self) -> str:
        return f"{self.network} has no free address: {self.held} are held, and the others are reserved"


@dataclass
class AddressInUse(DomainError):
    """The address that a VM's spec names is another VM's."""

    network: str
    address: str
    # `projects/{project}/vms/{vm}`.
    holder: str

    def __str__(self) -> str:
        return f"{self.address} of {self.network} is held by {self.holder}"
