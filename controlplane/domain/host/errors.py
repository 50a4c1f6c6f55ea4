"""What is refused to a host, its machine and its agent."""

from collections.abc import Sequence
from dataclasses import dataclass

from controlplane.domain.errors import DomainError


@dataclass
class HostInUse(DomainError):
    """The machine of a host that holds capacity for VMs cannot be replaced without a word on what becomes of them."""

    host: str
    vms: int

    def __str__(self) -> str:
        vms = f"{self.vms} VM{'' if self.vms == 1 else 's'}"
        return f"{self.host} holds capacity for {vms}: say whether they are kept, or have failed with their machine"


def _abbreviated(machine_ids: Sequence[str]) -> str:
    return ", ".join(each[: each.find(":") + 9] for each in machine_ids) or "none"


@dataclass
class MachineMismatch(DomainError):
    """An agent speaks for a host that is bound to another machine; with `replaced`, it is the one that was replaced."""

    host: str
    bound: Sequence[str]
    reported: Sequence[str]
    replaced: bool = False

    def __str__(self) -> str:
        reported, host_id = _abbreviated(self.reported), self.host.partition("/")[2]
        replace = f"run: chronovisor host replace {host_id}"
        if self.replaced:
            return f"this machine was replaced as {self.host}: use another --host-id, or, to take it back, {replace}"
        return (
            f"{self.host} is bound to another machine or hypervisor: use another --host-id, or, where this one takes "
            f"its place, {replace} (bound: {_abbreviated(self.bound)}; reported: {reported})"
        )


@dataclass
class HostAlreadyConnected(DomainError):
    """An agent of the host is connected, and another, or a replacement of its machine, has to wait for its end."""

    host: str
    retry_after_s: float = 5.0

    def __str__(self) -> str:
        return f"an agent is connected as {self.host} already: end that one first, or use another --host-id"


@dataclass
class AgentQuarantined(DomainError):
    """An agent contradicted itself about its guests without end, and is not heard for a while."""

    host: str
    retry_after_s: float = 60.0

    def __str__(self) -> str:
        return f"the agent of {self.host} contradicts itself about its guests without end: it is not heard for a while"


@dataclass
class AgentSuperseded(DomainError):
    """A newer stream of the same agent has taken this one's place."""

    host: str

    def __str__(self) -> str:
        return f"a newer stream of the same agent speaks for {self.host}"
