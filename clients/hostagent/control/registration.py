"""The registration of the host: the hypervisor's facts, and what its operator set. Calls no hypervisor itself."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata

from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import host_pb2, resources_pb2

from hostagent.control.wire_text import wire_text
from hostagent.drivers.base import HostFacts

LONGEST_WORD = 255


@dataclass(frozen=True, slots=True)
class HostSettings:
    """What the operator of a host decides about it."""

    zone: str = ""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    # By resource class, in its base unit: kept back from VMs.
    reserved: Mapping[str, int] = field(default_factory=dict[str, int])
    # By resource class: the overcommit factor.
    allocation_ratio: Mapping[str, float] = field(default_factory=dict[str, float])
    # What the machine can do beside what its hypervisor reports, such as `ssd`.
    traits: tuple[str, ...] = ()
    # The machine's identity: see `machine`. Empty: not reported.
    machine_ids: tuple[str, ...] = ()
    # The address at which tunnels of other hosts' networks reach this one. Empty: none does.
    tunnel_address: str = ""


def new_instance() -> str:
    return str(uuid.uuid4())


@cache
def _agent_version() -> str:
    return metadata.version("chronovisor")


def hello_of(
    host_id: str, instance: str, facts: HostFacts, settings: HostSettings, watchdog_s: float = 0.0
) -> pb.AgentHello:
    """`watchdog_s`: the promise of the host's watchdog; 0: none."""
    inventory = {
        name: resources_pb2.ResourceInventory(
            total=total,
            reserved=settings.reserved.get(name, 0),
            allocation_ratio=settings.allocation_ratio.get(name),
        )
        for name, total in facts.totals.items()
    }
    platform = host_pb2.HostPlatform(
        architecture=wire_text(facts.architecture, LONGEST_WORD),
        cpu_model=wire_text(facts.cpu_model, LONGEST_WORD),
        hypervisor=wire_text(facts.hypervisor, LONGEST_WORD),
        virt_type=wire_text(facts.virt_type, LONGEST_WORD),
        agent_version=_agent_version(),
        images=facts.images,
        image_sha256s=facts.copies,
    )
    host = host_pb2.Host(
        name=f"hosts/{host_id}",
        inventory=inventory,
        platform=platform,
        zone=settings.zone,
        labels=dict(settings.labels),
        traits=sorted({*facts.traits, *settings.traits}),
        numa_nodes=[host_pb2.NumaNode(vcpus=node.vcpus, memory_mib=node.memory_mib) for node in facts.numa_nodes],
    )
    hello = pb.AgentHello(host_id=host_id, host=host, agent_instance=instance, machine_ids=settings.machine_ids)
    hello.tunnel_address = settings.tunnel_address
    hello.tunnels.extend(pb.TunnelKind.Value(f"TUNNEL_KIND_{kind.name}") for kind in facts.consoles)
    hello.send_time.GetCurrentTime()
    if watchdog_s:
        hello.watchdog_timeout.FromMicroseconds(round(watchdog_s * 1_000_000))
    return hello
