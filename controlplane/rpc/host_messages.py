"""Hosts to API messages, and back. Looks nothing up."""

from collections.abc import Sequence

from chronovisor.v1 import host_pb2, resources_pb2

from controlplane.domain.etag import etag_of
from controlplane.domain.host import Host, Platform
from controlplane.domain.resources import ClassInventory, Resources
from controlplane.domain.time import timestamp_of
from controlplane.rpc.convert import resources_message


def platform_of(told: host_pb2.HostPlatform) -> Platform:
    return Platform(
        told.architecture,
        told.cpu_model,
        told.hypervisor,
        told.virt_type,
        told.agent_version,
        frozenset(told.images),
    )


def _inventory_message(each: ClassInventory) -> resources_pb2.ResourceInventory:
    return resources_pb2.ResourceInventory(
        total=each.total,
        reserved=each.reserved,
        allocation_ratio=each.allocation_ratio,
        min_unit=each.min_unit,
        max_unit=each.max_unit,
        step_size=each.step_size,
    )


def _node_messages(host: Host) -> list[host_pb2.NumaNode]:
    return [
        host_pb2.NumaNode(
            vcpus=cell.vcpus,
            memory_mib=cell.memory_mib,
            allocated=resources_message(Resources(held.vcpus, held.memory_mib)),
        )
        for cell, held in zip(host.numa_told, host.numa_allocated, strict=True)
    ]


def host_message(
    host: Host, connected: bool, violations: Sequence[str] = (), refused: host_pb2.AgentRefusal | None = None
) -> host_pb2.Host:
    """`connected` and `refused` are of now alone."""
    platform = host.platform
    return host_pb2.Host(
        name=host.name,
        uid=host.uid,
        state=host_pb2.HostState.ValueType(host.state),
        inventory={name: _inventory_message(each) for name, each in host.inventory.items()},
        capacity=resources_message(host.capacity),
        allocated=resources_message(host.allocated),
        platform=host_pb2.HostPlatform(
            architecture=platform.architecture,
            cpu_model=platform.cpu_model,
            hypervisor=platform.hypervisor,
            virt_type=platform.virt_type,
            agent_version=platform.agent_version,
            images=sorted(platform.images),
        ),
        zone=host.zone,
        labels=dict(host.labels),
        agent_connected=connected,
        create_time=timestamp_of(host.created),
        update_time=timestamp_of(host.updated),
        etag=etag_of(host),
        traits=sorted(host.traits),
        numa_nodes=_node_messages(host),
        dedicated_project=host.dedicated,
        violations=violations,
        machine_ids=host.machine_ids,
        refused_agent=refused,
    )
