"""Violations of placement rules, as values. Sentences are made of them where they leave: `rpc.host.messages`."""

from dataclasses import dataclass
from typing import TypeAlias

from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.host_rules import Avoided, Dedicated, NotOvercommitted, Pinned, Require
from controlplane.domain.placement.rules import GroupRule
from controlplane.domain.vm.aggregate import Vm

# The rules about hosts that bind a VM for as long as it is on a host. The others bind the choice of a host alone: one
# that is cordoned, or that lost an image, keeps its VMs.
LastingRule: TypeAlias = Dedicated | Require | Pinned | Avoided | NotOvercommitted


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of a VM that is not obeyed on the host where the VM is.

    Of a rule about other VMs, `here` counts those that it selects in the host's domain, the VM itself with them, and is
    None where the host is in no domain; `elsewhere` counts those in another domain: of an affinity in all others, of a
    spread in the one that should have more.
    """

    vm: Vm
    host: Host
    rule: LastingRule | GroupRule
    here: int | None = None
    elsewhere: int = 0
