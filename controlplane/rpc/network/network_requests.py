"""Requests about networks to commands: what is checked before any state is looked at."""

import re
from ipaddress import ip_address
from typing import NamedTuple

from chronovisor.v1 import network_pb2
from chronovisor.v1 import network_service_pb2 as api
from uuid_utils import uuid7

from controlplane.commands.network import CreateNetwork, DeleteNetwork, UpdateNetwork
from controlplane.domain.network.addresses import range_of
from controlplane.domain.network.aggregate import Connection, Network, NetworkKind, NetworkTerms
from controlplane.domain.resource_kinds import NETWORKS
from controlplane.rpc.network.addresses import address, address_range, network_cidr
from controlplane.rpc.network.messages import network_message
from controlplane.rpc.shared.update_masks import merged, updated_paths
from controlplane.rpc.shared.validate import FieldRules

PARENT = "projects/{project}"
NAME = NETWORKS.pattern
UPDATABLE = ("reserved_ranges", "description", "labels")
LONGEST_DESCRIPTION = 255
MOST_RANGES = 64
LEAST_MTU, MOST_MTU = 1280, 9000
DEFAULT_MTU, BRIDGED_MTU = 1450, 1500
LAST_VLAN = 4094
_BRIDGE = re.compile(r"[a-z0-9._-]{1,15}")
BRIDGE_RULE = "must be the name of the hosts' bridge: 1 to 15 of a-z, 0-9, '.', '_' and '-'"


def create_command(request: api.CreateNetworkRequest) -> CreateNetwork:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.parent, PARENT, "parent")
    rules.id(request.network_id, "network_id")
    rules.mutation(request.request_id, request.reason)
    connection = _connection(request.network, rules)
    terms = _terms(request.network, connection, rules)
    rules.done()
    name = f"{request.parent}/networks/{request.network_id}"
    return CreateNetwork(str(uuid7()), request.parent, name, connection, terms)


def update_command(request: api.UpdateNetworkRequest) -> UpdateNetwork:
    """Raises InvalidField."""
    rules = FieldRules()
    network = request.network
    rules.name(network.name, NAME, "network.name")
    rules.mutation(request.request_id, request.reason)
    paths = updated_paths(request.update_mask, network, UPDATABLE, rules)
    rules.done()
    # Only what the mask names is looked at; whether ranges are within the network, once it is found.
    _terms(merged(network_pb2.Network(), network, paths), None, rules)
    rules.done()
    return UpdateNetwork(network.name, network.etag, NetworkPatch(network, tuple(paths)))


def delete_command(request: api.DeleteNetworkRequest) -> DeleteNetwork:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return DeleteNetwork(request.name, request.etag)


class NetworkPatch(NamedTuple):
    """New values of the fields of a network that `paths` names."""

    network: network_pb2.Network
    paths: tuple[str, ...]

    def __call__(self, network: Network) -> NetworkTerms:
        """The terms of a network with these values. Raises InvalidField."""
        rules = FieldRules()
        after = merged(network_message(network), self.network, self.paths)
        terms = _terms(after, network.connection, rules, dict(network.labels))
        rules.done()
        return terms


def _connection(network: network_pb2.Network, rules: FieldRules) -> Connection:
    known = rules.known(network.kind, network_pb2.NetworkKind.DESCRIPTOR, "network.kind")
    kind = NetworkKind(network.kind or NetworkKind.NAT) if known else NetworkKind.NAT
    _check_kind(network, kind, rules)
    ipv4 = network_cidr(rules, network.ipv4_cidr, 4, "network.ipv4_cidr")
    ipv6 = network_cidr(rules, network.ipv6_cidr, 6, "network.ipv6_cidr")
    fits = not network.mtu or LEAST_MTU <= network.mtu <= MOST_MTU
    rules.check(fits, "network.mtu", f"must be {LEAST_MTU} to {MOST_MTU}, or not set, not {network.mtu}")
    has_own = kind in (NetworkKind.NAT, NetworkKind.ISOLATED)
    return Connection(
        kind,
        ipv4,
        ipv6,
        _gateway(rules, network.ipv4_gateway, ipv4, 4, has_own),
        _gateway(rules, network.ipv6_gateway, ipv6, 6, has_own),
        network.mtu or (BRIDGED_MTU if kind is NetworkKind.BRIDGED else DEFAULT_MTU),
        network.bridge,
        network.vlan,
    )


def _check_kind(network: network_pb2.Network, kind: NetworkKind, rules: FieldRules) -> None:
    """Which fields the kind takes."""
    is_bridged = kind is NetworkKind.BRIDGED
    if is_bridged:
        rules.check(_BRIDGE.fullmatch(network.bridge), "network.bridge", BRIDGE_RULE)
        rule = f"must be 1 to {LAST_VLAN}, or not set, not {network.vlan}"
        rules.check(0 <= network.vlan <= LAST_VLAN, "network.vlan", rule)
    else:
        for field in ("bridge", "vlan"):
            rules.check(not getattr(network, field), f"network.{field}", "is of NETWORK_KIND_BRIDGED alone")
    if kind is NetworkKind.USER:
        for field in ("ipv4_cidr", "ipv6_cidr", "ipv4_gateway", "ipv6_gateway"):
            rules.check(not getattr(network, field), f"network.{field}", "is not of NETWORK_KIND_USER")
    elif not is_bridged:
        rules.check(network.ipv4_cidr or network.ipv6_cidr, "network.ipv4_cidr", "is required, or ipv6_cidr")


def _gateway(rules: FieldRules, text: str, cidr: str, version: int, has_own: bool) -> str:
    """The gateway; where a network has one of its own, and none is named, the first address."""
    field = f"network.ipv{version}_gateway"
    found = address(rules, text, version, field)
    if not cidr:
        rules.check(not found, field, f"needs ipv{version}_cidr")
        return ""
    _, first, last = range_of(cidr)
    if not found:
        return str(ip_address(cidr.partition("/")[0]) + 1) if has_own else ""
    # The first is the network's own, or every router's; of IPv4, the last is for all.
    inside = first < range_of(found)[1] <= last - (version == 4)
    rules.check(inside, field, f"must be an address of a machine in {cidr}, not {found}")
    return found


def _terms(
    network: network_pb2.Network,
    connection: Connection | None,
    rules: FieldRules,
    known_labels: dict[str, str] | None = None,
) -> NetworkTerms:
    field, ranges = "network.reserved_ranges", network.reserved_ranges
    rules.check(len(ranges) <= MOST_RANGES, field, f"must have at most {MOST_RANGES} entries, not {len(ranges)}")
    within = connection and [each for each in (connection.ipv4_cidr, connection.ipv6_cidr) if each]
    reserved = tuple(
        address_range(rules, each, within, f"{field}[{place}]") for place, each in enumerate(ranges[:MOST_RANGES])
    )
    rules.text(network.description, "network.description", LONGEST_DESCRIPTION)
    rules.labels(network.labels, "network.labels", known_labels)
    return NetworkTerms(reserved, network.description, tuple(sorted(network.labels.items())))
