"""The tables of columns: of VMs, hosts, projects, operations and what else there is in lists."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from google.longrunning import operations_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from chronovisor.cli.listing.fields import Field, Listing, rfc3339
from chronovisor.cli.options.network import published_text
from chronovisor.cli.output import age, labels_text, local_time
from chronovisor.cli.text.reach import openings_text
from chronovisor.cli.text.units import amount_text, bytes_text, resources_text, seconds_text
from chronovisor.names import last_part
from chronovisor.operations import metadata_of
from chronovisor.security_rules import rule_text
from chronovisor.v1.access_service_pb2 import Role
from chronovisor.v1.host_pb2 import Host, HostState
from chronovisor.v1.image_pb2 import Image, ImageFormat, ImageState
from chronovisor.v1.network_pb2 import Network, NetworkKind, SecurityGroup
from chronovisor.v1.network_service_pb2 import HeldAddress, ReachEdge
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.resources_pb2 import Resources
from chronovisor.v1.service_account_pb2 import ServiceAccount, ServiceAccountToken
from chronovisor.v1.utilization_service_pb2 import Utilization
from chronovisor.v1.vm_pb2 import BootSource, Vm, VmDesired, VmState


def _time(name: str, of: Callable[[Any], Timestamp], title: str = "", *, wide: bool = False) -> Field[Any]:
    """A moment: local for people, UTC for programs."""
    return Field(
        name, lambda item: rfc3339(of(item).seconds, of(item)), lambda item: local_time(of(item)), title, wide=wide
    )


def _born(of: Callable[[Any], Timestamp], past: bool) -> Field[Any]:
    """Of what was in the past, an age of today would mislead."""
    if past:
        return _time("create_time", of, "CREATED")
    return Field("create_time", lambda item: rfc3339(of(item).seconds, of(item)), lambda item: age(of(item)), "AGE")


def _labels() -> Field[Any]:
    return Field("labels", lambda item: labels_text(list(item.labels.items())) or None, wide=True, foldable=True)


def _memory(of: Callable[[Any], int]) -> Field[Any]:
    return Field("memory_mib", of, lambda item: amount_text("memory_mib", of(item)), "MEMORY", right=True)


def _disk(of: Callable[[Any], int]) -> Field[Any]:
    return Field("disk_gib", of, lambda item: amount_text("disk_gib", of(item)), "DISK", right=True)


def vms(*, past: bool = False, with_project: bool = False) -> Listing[Vm]:
    """Of one project, or of several."""
    return Listing(
        (
            Field("project", lambda vm: vm.name.split("/")[1], wide=not with_project, foldable=True),
            Field("name", lambda vm: last_part(vm.name), foldable=True),
            Field("state", lambda vm: VmState.Name(vm.state).removeprefix("VM_STATE_"), styles=True),
            Field("desired", lambda vm: VmDesired.Name(vm.desired).removeprefix("VM_DESIRED_"), wide=True),
            Field("vcpus", lambda vm: vm.spec.resources.vcpus, right=True),
            _memory(lambda vm: vm.spec.resources.memory_mib),
            _disk(lambda vm: vm.spec.resources.disk_gib),
            Field("host", lambda vm: last_part(vm.host) or None, foldable=True),
            Field("addresses", lambda vm: ", ".join(_addresses(vm)) or None, wide=True, foldable=True),
            Field("published", lambda vm: ", ".join(_published(vm)) or None, wide=True, foldable=True),
            Field("boot", lambda vm: _boot(vm.spec.boot) or None, title="BOOTS", wide=True, foldable=True),
            _labels(),
            Field("lifetime_s", _lifetime_s, _lifetime, "LIFETIME", wide=True, right=True),
            Field("failure", lambda vm: vm.failure.message or None, wide=True, foldable=True),
            Field("incarnation", lambda vm: vm.incarnation, wide=True, right=True),
            _born(lambda vm: vm.create_time, past),
            Field("uid", lambda vm: vm.uid, wide=True),
        ),
        lambda vm: vm.name,
        Vm.DESCRIPTOR,
    )


def _addresses(vm: Vm) -> Iterable[str]:
    """Those that its cards hold."""
    return (each for card in vm.network_addresses for each in (card.ipv4_address, card.ipv6_address) if each)


def _published(vm: Vm) -> Iterable[str]:
    """`2222:22` for each."""
    return (published_text(each) for card in vm.spec.network_interfaces for each in card.published_ports)


def _boot(boot: BootSource) -> str:
    return boot.image.image if boot.WhichOneof("source") == "image" else boot.kernel.kernel


def _lifetime_s(vm: Vm) -> float | None:
    return vm.expected_lifetime.ToMilliseconds() / 1000 if vm.HasField("expected_lifetime") else None


def _lifetime(vm: Vm) -> str:
    lifetime_s = _lifetime_s(vm)
    return "" if lifetime_s is None else seconds_text(lifetime_s)


def hosts(*, past: bool = False) -> Listing[Host]:
    """With what is held of what they offer."""
    return Listing(
        (
            Field("name", lambda host: last_part(host.name), foldable=True),
            Field("state", host_state, styles=True),
            # Nothing remembers whether it was connected.
            Field("agent", lambda host: None if past else "connected" if host.agent_connected else "away"),
            Field("vcpus_allocated", lambda host: host.allocated.vcpus, _of_vcpus, "VCPUS", right=True),
            Field("vcpus", lambda host: host.capacity.vcpus, title="VCPUS CAPACITY", wide=True, right=True),
            Field("memory_mib_allocated", lambda host: host.allocated.memory_mib, _of_memory, "MEMORY", right=True),
            Field(
                "memory_mib",
                lambda host: host.capacity.memory_mib,
                lambda host: amount_text("memory_mib", host.capacity.memory_mib),
                "MEMORY CAPACITY",
                wide=True,
                right=True,
            ),
            Field("disk_gib_allocated", lambda host: host.allocated.disk_gib, _of_disk, "DISK", right=True),
            Field(
                "disk_gib",
                lambda host: host.capacity.disk_gib,
                lambda host: amount_text("disk_gib", host.capacity.disk_gib),
                "DISK CAPACITY",
                wide=True,
                right=True,
            ),
            Field("runs", lambda host: host.platform.virt_type or None),
            Field("zone", lambda host: host.zone or None, foldable=True),
            _labels(),
            Field("traits", lambda host: ", ".join(host.traits) or None, wide=True, foldable=True),
            Field("dedicated_project", lambda host: last_part(host.dedicated_project) or None, wide=True),
            Field("violations", lambda host: len(host.violations), wide=True, right=True),
            Field("agent_version", lambda host: host.platform.agent_version or None, wide=True),
            _time("create_time", lambda host: host.create_time, "REGISTERED", wide=True),
            Field("uid", lambda host: host.uid, wide=True),
        ),
        lambda host: host.name,
        Host.DESCRIPTOR,
    )


def host_state(host: Host) -> str:
    """`ACTIVE`."""
    return HostState.Name(host.state).removeprefix("HOST_STATE_")


def _of_vcpus(host: Host) -> str:
    return f"{host.allocated.vcpus}/{host.capacity.vcpus}"


def _of_memory(host: Host) -> str:
    return f"{_short('memory_mib', host.allocated.memory_mib)}/{_short('memory_mib', host.capacity.memory_mib)}"


def _of_disk(host: Host) -> str:
    return f"{_short('disk_gib', host.allocated.disk_gib)}/{_short('disk_gib', host.capacity.disk_gib)}"


def _short(resource_class: str, amount: int) -> str:
    # `31.4G`, for a narrow column.
    text = amount_text(resource_class, amount)
    return text.replace(" ", "").removesuffix("iB") if amount else "0"


def quota_text(quota: Resources) -> str:
    """`8 vCPUs, 16 GiB memory`, or `not limited`."""
    text = resources_text(quota)
    return "not limited" if text == "nothing" else text


def projects(*, past: bool = False) -> Listing[Project]:
    """With their quotas."""
    return Listing(
        (
            Field("name", lambda project: last_part(project.name), foldable=True),
            Field("title", lambda project: project.display_name or None, foldable=True),
            Field("quota", lambda project: quota_text(project.quota), foldable=True),
            Field("placement_policy", lambda project: project.placement_policy or None, title="PLACEMENT", wide=True),
            _labels(),
            _born(lambda project: project.create_time, past),
            Field("uid", lambda project: project.uid, wide=True),
        ),
        lambda project: project.name,
        Project.DESCRIPTOR,
    )


def networks(*, past: bool = False, with_project: bool = False) -> Listing[Network]:
    """Of one project, or of several."""
    return Listing(
        (
            Field("project", lambda network: network.name.split("/")[1], wide=not with_project, foldable=True),
            Field("name", lambda network: last_part(network.name), foldable=True),
            Field("kind", network_kind),
            Field("ipv4_cidr", lambda network: network.ipv4_cidr or None, title="IPV4", foldable=True),
            Field("ipv6_cidr", lambda network: network.ipv6_cidr or None, title="IPV6", foldable=True),
            Field("description", lambda network: network.description or None, foldable=True),
            Field("dns_domain", lambda network: network.dns_domain, title="DOMAIN", wide=True),
            _labels(),
            _born(lambda network: network.create_time, past),
            Field("uid", lambda network: network.uid, wide=True),
        ),
        lambda network: network.name,
        Network.DESCRIPTOR,
    )


def network_kind(network: Network) -> str:
    """`nat`, `isolated`, `bridged` or `user`."""
    return NetworkKind.Name(network.kind).removeprefix("NETWORK_KIND_").lower()


def addresses() -> Listing[HeldAddress]:
    """Of one network, by VM."""
    return Listing(
        (
            Field("vm", lambda held: last_part(held.vm), title="VM", foldable=True),
            Field("ipv4_address", lambda held: held.address.ipv4_address or None, title="IPV4"),
            Field("ipv6_address", lambda held: held.address.ipv6_address or None, title="IPV6", foldable=True),
            Field("mac_address", lambda held: held.address.mac_address, title="MAC"),
            Field("card", lambda held: held.address.index, wide=True),
            Field("vm_uid", lambda held: held.vm_uid, wide=True),
        ),
        lambda held: held.vm,
        HeldAddress.DESCRIPTOR,
    )


def edges() -> Listing[ReachEdge]:
    """Who reaches whom over one network."""
    return Listing(
        (
            Field("source", lambda edge: last_part(edge.source), title="FROM", foldable=True),
            Field("destination", lambda edge: last_part(edge.destination), title="TO", foldable=True),
            Field("openings", openings_text, title="ALLOWS", foldable=True),
            Field("source_uid", lambda edge: edge.source_uid, wide=True),
            Field("destination_uid", lambda edge: edge.destination_uid, wide=True),
        ),
        lambda edge: f"{edge.destination} {edge.source}",
        ReachEdge.DESCRIPTOR,
    )


def security_groups(*, past: bool = False, with_project: bool = False) -> Listing[SecurityGroup]:
    """Of one project, or of several."""
    return Listing(
        (
            Field("project", lambda group: group.name.split("/")[1], wide=not with_project, foldable=True),
            Field("name", lambda group: last_part(group.name), foldable=True),
            Field("rules", lambda group: ", ".join(map(rule_text, group.rules)) or None, title="ALLOWS", foldable=True),
            Field("description", lambda group: group.description or None, foldable=True),
            _labels(),
            _born(lambda group: group.create_time, past),
            Field("uid", lambda group: group.uid, wide=True),
        ),
        lambda group: group.name,
        SecurityGroup.DESCRIPTOR,
    )


def service_accounts(*, past: bool = False, with_project: bool = False) -> Listing[ServiceAccount]:
    """Of one project, or of several."""
    return Listing(
        (
            Field("project", lambda account: account.name.split("/")[1], wide=not with_project, foldable=True),
            Field("name", lambda account: last_part(account.name), foldable=True),
            Field("title", lambda account: account.display_name or None, foldable=True),
            Field("state", lambda account: "disabled" if account.disabled else "enabled"),
            _born(lambda account: account.create_time, past),
            Field("uid", lambda account: account.uid, wide=True),
        ),
        lambda account: account.name,
        ServiceAccount.DESCRIPTOR,
    )


def images(*, past: bool = False, with_project: bool = False) -> Listing[Image]:
    """Of one project, or of several."""
    return Listing(
        (
            Field("project", lambda image: image.name.split("/")[1], wide=not with_project, foldable=True),
            Field("name", lambda image: last_part(image.name), foldable=True),
            Field("state", lambda image: ImageState.Name(image.state).removeprefix("IMAGE_STATE_"), styles=True),
            Field("family", lambda image: image.family or None, foldable=True),
            Field("format", image_format),
            _bytes("virtual_size_bytes", lambda image: image.virtual_size_bytes, "DISK"),
            _bytes("size_bytes", lambda image: image.size_bytes, "SIZE"),
            Field("description", lambda image: image.description or None, wide=True, foldable=True),
            _labels(),
            Field("sha256", lambda image: image.sha256 or None, wide=True),
            Field("failure", lambda image: image.failure or None, wide=True, foldable=True),
            _born(lambda image: image.create_time, past),
            Field("uid", lambda image: image.uid, wide=True),
        ),
        lambda image: image.name,
        Image.DESCRIPTOR,
    )


def image_format(image: Image) -> str | None:
    return ImageFormat.Name(image.format).removeprefix("IMAGE_FORMAT_").lower() if image.format else None


def _bytes(name: str, of: Callable[[Any], int], title: str) -> Field[Any]:
    """A size; nothing where it is not known."""
    return Field(
        name, lambda item: of(item) or None, lambda item: bytes_text(of(item)) if of(item) else "", title, right=True
    )


def tokens() -> Listing[ServiceAccountToken]:
    """Of one service account: never the tokens themselves."""
    return Listing(
        (
            Field("id", lambda token: last_part(token.name)),
            Field("description", lambda token: token.description or None, foldable=True),
            Field("state", token_state),
            _time("expire_time", lambda token: token.expire_time, "EXPIRES"),
            _time("last_use_time", lambda token: token.last_use_time, "LAST USE"),
            _time("create_time", lambda token: token.create_time, "CREATED", wide=True),
            _time("revoke_time", lambda token: token.revoke_time, "REVOKED", wide=True),
        ),
        lambda token: token.name,
        ServiceAccountToken.DESCRIPTOR,
    )


def roles() -> Listing[Role]:
    """With what they allow."""
    return Listing(
        (
            Field("name", lambda role: last_part(role.name), foldable=True),
            Field("kind", lambda role: "built-in" if role.built_in else "custom"),
            Field("title", lambda role: role.title or None, foldable=True),
            Field("permissions", lambda role: ", ".join(role.permissions), foldable=True),
            Field("etag", lambda role: role.etag or None, wide=True),
        ),
        lambda role: role.name,
        Role.DESCRIPTOR,
    )


def bindings() -> Listing[tuple[str, Any]]:
    """Of a policy, a line for each member of each of its bindings."""
    return Listing(
        (
            Field("member", lambda row: row[0], foldable=True),
            Field("role", lambda row: row[1].role, foldable=True),
            Field("condition", lambda row: row[1].condition.expression or None, foldable=True),
        ),
        lambda row: row[0],
    )


def token_state(token: ServiceAccountToken) -> str:
    """`live`, `expired` or `revoked`, by this machine's clock."""
    if token.HasField("revoke_time"):
        return "revoked"
    return "live" if token.expire_time.ToSeconds() > time.time() else "expired"


def operations(short_name: Callable[[str], str]) -> Listing[operations_pb2.Operation]:
    """`short_name`: of a VM, as it can be typed."""
    return Listing(
        (
            Field("name", lambda each: each.name, foldable=True),
            Field("verb", lambda each: metadata_of(each).verb, title="WHAT"),
            Field("vm", lambda each: short_name(metadata_of(each).target), foldable=True),
            Field("actor", lambda each: metadata_of(each).actor or None, title="WHO", foldable=True),
            Field("status", operation_status),
            Field("reason", lambda each: metadata_of(each).reason or None, title="WHY", wide=True, foldable=True),
            Field("error", lambda each: each.error.message or None, wide=True, foldable=True),
            _time("create_time", lambda each: metadata_of(each).create_time, "BEGAN", wide=True),
            _time("end_time", lambda each: metadata_of(each).end_time, "ENDED", wide=True),
            Field("position", lambda each: metadata_of(each).position, wide=True, right=True),
        ),
        lambda each: each.name,
    )


def operation_status(operation: operations_pb2.Operation) -> str:
    """`under way`, `failed` or `done`."""
    if not operation.done:
        return "under way"
    return "failed" if operation.HasField("error") else "done"


def utilizations() -> Listing[Utilization]:
    """A line for each host, zone or project: how much of each base class is allocated."""

    def of(resource_class: str, name: str) -> Callable[[Utilization], int | float]:
        return lambda each: next(
            (getattr(one, name) for one in each.classes if one.resource_class == resource_class), 0
        )

    fields: list[Field[Utilization]] = [
        Field("scope", lambda each: each.scope, foldable=True),
        Field("hosts", lambda each: each.hosts, right=True),
        Field("running_vms", lambda each: each.running_vms, title="RUNNING", right=True),
    ]
    for resource_class, title in (("vcpus", "VCPUS"), ("memory_mib", "MEMORY"), ("disk_gib", "DISK")):
        allocated, total, eta = (of(resource_class, name) for name in ("allocated", "total", "eta"))
        fields += [
            Field(f"{resource_class}_allocated", allocated, _amount(resource_class, allocated), title, right=True),
            Field(f"{resource_class}_total", total, _amount(resource_class, total), f"OF {title}", True, right=True),
            Field(f"{resource_class}_eta", eta, _percent(eta), "ETA", right=True),
        ]
    return Listing(fields, lambda each: each.scope)


def _amount(resource_class: str, of: Callable[[Utilization], int | float]) -> Callable[[Utilization], str]:
    return lambda each: amount_text(resource_class, int(of(each)))


def _percent(of: Callable[[Utilization], int | float]) -> Callable[[Utilization], str]:
    return lambda each: f"{of(each):.1%}"
