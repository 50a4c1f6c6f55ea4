"""Hosts to API messages, and back. Looks nothing up."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, assert_never

from chronovisor.v1 import host_pb2, resources_pb2, vm_pb2

from controlplane.domain.etag import etag_of
from controlplane.domain.history import Lineage
from controlplane.domain.host.aggregate import Host, Platform
from controlplane.domain.host.operations import HOST_OPERATIONS
from controlplane.domain.host.unexpected_guests import UnexpectedGuest
from controlplane.domain.operation_kind import operation_name
from controlplane.domain.placement.host_rules import Avoided, Dedicated, NotOvercommitted, Pinned, Require
from controlplane.domain.placement.rules import HOST, GroupKind, GroupRule
from controlplane.domain.resources import ClassInventory, Resources
from controlplane.domain.time import Micros, duration_in, timestamp_if_known, timestamp_of
from controlplane.queries.violations.violation import Violation
from controlplane.rpc.shared.convert import resources_message


def platform_of(platform: host_pb2.HostPlatform) -> Platform:
    return Platform(
        platform.architecture,
        platform.cpu_model,
        platform.hypervisor,
        platform.virt_type,
        platform.agent_version,
        frozenset(platform.images),
        frozenset(bytes.fromhex(each) for each in platform.image_sha256s),
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
        for cell, held in zip(host.numa_reported, host.numa_allocated, strict=False)
    ]


NO_FORKS = Lineage()


class HostNow(NamedTuple):
    """What is known of a host as it is now alone.

    `vm_names`: of the VMs in the ledger whose guests are unexpected there, by uid. `lineage`: the ledger's history.
    `lease_expires`: when it is lost unless its agent is heard. `unreadable`: why the agent cannot read its hypervisor.
    `waiting_for`: what its drain waits for, in words. `network_failures`: of networks that it has not as desired, why.
    """

    refused: host_pb2.AgentRefusal | None = None
    vm_names: Mapping[str, str] = {}
    lineage: Lineage = NO_FORKS
    lease_expires: Micros | None = None
    unreadable: str = ""
    waiting_for: Sequence[str] = ()
    network_failures: Sequence[str] = ()


HOST_NOW = HostNow()
# Of those in a host's message. ListUnexpectedGuests has all.
GUESTS_SHOWN = 20


def guest_message(host: Host, guest: UnexpectedGuest, vm_name: str = "") -> host_pb2.UnexpectedGuest:
    """`vm_name`: of its VM in the ledger, if there is one."""
    return host_pb2.UnexpectedGuest(
        vm_uid=guest.vm_uid,
        vm=vm_name or guest.vm_name,
        incarnation=guest.incarnation,
        guest_state=vm_pb2.GuestState.ValueType(guest.guest_state),
        report_time=timestamp_of(guest.reported),
        stop_requested=guest.stop_requested,
        host=host.name,
        blocks_start=guest.blocks_start,
        vm_known=bool(vm_name),
    )


def guests_of(host: Host) -> list[UnexpectedGuest]:
    """Its unexpected guests, in order."""
    return sorted(host.unexpected.values()) if host.unexpected else []


def host_message(
    host: Host, connected: bool, violations: Sequence[Violation] = (), now: HostNow = HOST_NOW
) -> host_pb2.Host:
    """`connected` and `now` are of now alone."""
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
            image_sha256s=sorted(each.hex() for each in platform.copies),
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
        violations=[violation_text(each) for each in violations],
        machine_ids=host.machine_ids,
        refused_agent=now.refused,
        unexpected_guests=[
            guest_message(host, each, now.vm_names.get(each.vm_uid, "")) for each in guests_of(host)[:GUESTS_SHOWN]
        ]
        if host.unexpected
        else None,
        unexpected_guest_count=len(host.unexpected),
        guests_unreported=now.lineage.awaits(host.created, host.guests_known_in),
        overcommitted=resources_message(over) if (over := host.overcommitted) else None,
        drain=_drain_message(host, now.waiting_for),
        fence=_fence_message(host),
        lost_time=timestamp_if_known(host.lost or None),
        last_state=host_pb2.HostState.ValueType(host.last_state if host.is_away else 0),
        lease_expire_time=timestamp_if_known(now.lease_expires),
        watchdog_timeout=duration_in(host.reported.watchdog_us)
        if host.reported and host.reported.watchdog_us
        else None,
        unreadable=now.unreadable,
        tunnel_address=host.reported.tunnel_address if host.reported else "",
        network_failures=now.network_failures,
    )


def _drain_message(host: Host, waiting_for: Sequence[str]) -> host_pb2.HostDrain | None:
    drain = host.drain
    if drain is None:
        return None
    return host_pb2.HostDrain(
        operation=operation_name(HOST_OPERATIONS.infix, host.uid, drain.version),
        policy=vm_pb2.Availability.OnMaintenance.ValueType(drain.policy),
        max_parallel=drain.max_parallel,
        move_disks=drain.move_disks,
        create_time=timestamp_of(drain.requested),
        waiting_for=waiting_for,
    )


def _fence_message(host: Host) -> host_pb2.HostFence | None:
    fence = host.fence
    if fence is None:
        return None
    return host_pb2.HostFence(
        operation=operation_name(HOST_OPERATIONS.infix, host.uid, fence.version),
        method=host_pb2.FenceMethod.ValueType(fence.method),
        create_time=timestamp_of(fence.requested),
    )


def violation_text(violation: Violation) -> str:
    """The violation in words, which begin with the VM's name."""
    return f"{violation.vm.name}: {_words(violation)}"


def _words(violation: Violation) -> str:
    match violation.rule:
        case Dedicated():
            return f"the host is dedicated to {violation.host.dedicated}"
        case Require(term):
            return f"requires {term}"
        case Pinned(host):
            return f"only on {host}"
        case Avoided():
            return f"never on {violation.host.name}"
        case NotOvercommitted(resource_class):
            return f"{resource_class} are guaranteed to it, and the host offers more of them than it has"
        case GroupRule():
            return _group_words(violation, violation.rule)
        case _:
            assert_never(violation.rule)


def _group_words(violation: Violation, rule: GroupRule) -> str:
    domain = "on a host" if rule.within == HOST else f"in a {rule.within}"
    match rule.kind:
        case GroupKind.ANTI_AFFINITY:
            most = rule.most(dict(violation.vm.labels))
            return f"at most {most} of {rule.vms} with it {domain}; there are {violation.here}"
        case GroupKind.AFFINITY:
            return f"with {rule.vms} {domain}; they are elsewhere"
        case GroupKind.SPREAD:
            spread = f"{rule.vms} spread by {rule.within}"
            if violation.here is None:
                return f"{spread}; its host has none"
            counts = f"there are {violation.here} here, and {violation.elsewhere} elsewhere"
            return f"{spread}, within {rule.max_skew}; {counts}"
        case _:
            assert_never(rule.kind)
