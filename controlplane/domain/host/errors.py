"""What is refused to a host, its machine and its agent."""

from collections.abc import Sequence
from dataclasses import dataclass

from controlplane.domain.errors import DomainError


@dataclass
class HostInUse(DomainError):
    """A host that holds capacity for VMs cannot be ended, nor its machine be replaced without a word on them."""

    host: str
    vms: int
    way_out: str = "say whether they are kept, or have failed with their machine"

    def __str__(self) -> str:
        vms = f"{self.vms} VM{'' if self.vms == 1 else 's'}"
        return f"{self.host} holds capacity for {vms}: {self.way_out}"


@dataclass
class HostConnected(DomainError):
    """An operator says that a host is off, and its agent is connected."""

    host: str

    def __str__(self) -> str:
        return f"{self.host} is not off: its agent is connected; end the agent and its guests first, or use a fencer"


@dataclass
class HostDecommissioned(DomainError):
    """An agent speaks for a host that an operator has ended."""

    host: str

    def __str__(self) -> str:
        return f"{self.host} was decommissioned: use another --host-id"


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
    """An agent contradicted itself about its guests without end, or flooded, and is not heard for a while."""

    host: str
    retry_after_s: float = 60.0
    why: str = "contradicts itself about its guests without end"

    def __str__(self) -> str:
        return f"the agent of {self.host} {self.why}: it is not heard for a while"


@dataclass
class AgentSuperseded(DomainError):
    """A newer stream of the same agent has taken this one's place."""

    host: str

    def __str__(self) -> str:
        return f"a newer stream of the same agent speaks for {self.host}"


@dataclass
class NoCertificateAuthority(DomainError):
    """This control plane signs no certificates."""

    def __str__(self) -> str:
        return "this control plane has no certificate authority: run `chronovisord pki init`, and start it again"
