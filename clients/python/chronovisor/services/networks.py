"""Networks of VMs, the addresses that are held of them, and security groups: who reaches whom."""

from collections.abc import Iterable, Mapping, MutableSequence
from ipaddress import ip_network
from typing import Generic, TypeVar, Unpack

from chronovisor import names
from chronovisor.security_rules import in_project, parse_rule
from chronovisor.services.base import Service
from chronovisor.v1 import network_pb2
from chronovisor.v1 import network_service_pb2 as pb
from chronovisor.v1.network_pb2 import IpProtocol, Network, NetworkKind, SecurityGroup, SecurityRule
from chronovisor.values import Change, Command, Reading

OneNetwork = TypeVar("OneNetwork")
AllNetworks = TypeVar("AllNetworks")
AllAddresses = TypeVar("AllAddresses")
OneReach = TypeVar("OneReach")
AllReach = TypeVar("AllReach")
OneGroup = TypeVar("OneGroup")
AllGroups = TypeVar("AllGroups")


class NetworkCalls(Service, Generic[OneNetwork, AllNetworks, AllAddresses, OneReach, AllReach, OneGroup, AllGroups]):
    """The methods of NetworkService. Networks and groups are named by their ids in the client's project, or `shop/web`.

    A rule is a SecurityRule, or a text such as `tcp:22:10.0.0.0/8` or `all:group=db`: see `security_rules`.
    """

    def create(
        self,
        name: str,
        ipv4_cidr: str = "",
        ipv6_cidr: str = "",
        *,
        kind: NetworkKind.ValueType = network_pb2.NETWORK_KIND_NAT,
        ipv4_gateway: str = "",
        ipv6_gateway: str = "",
        mtu: int = 0,
        bridge: str = "",
        vlan: int = 0,
        reserved_ranges: Iterable[str] = (),
        description: str = "",
        labels: Mapping[str, str] | None = None,
        **command: Unpack[Command],
    ) -> OneNetwork:
        """Makes a network. Raises AlreadyExists, InvalidArgument, NotFound."""
        parent, _, network_id = self._network(name).partition("/networks/")
        network = Network(
            kind=kind,
            ipv4_cidr=ipv4_cidr,
            ipv6_cidr=ipv6_cidr,
            ipv4_gateway=ipv4_gateway,
            ipv6_gateway=ipv6_gateway,
            mtu=mtu,
            bridge=bridge,
            vlan=vlan,
            reserved_ranges=reserved_ranges,
            description=description,
            labels=labels,
        )
        return self._send(pb.CreateNetworkRequest(parent=parent, network_id=network_id, network=network), command)

    def get(self, name: str, **reading: Unpack[Reading]) -> OneNetwork:
        """One network, now or `at` a past position or time. Raises NotFound."""
        return self._send(pb.GetNetworkRequest(name=self._network(name)), reading)

    def list(self, project: str | None = None, *, page_size: int = 0, **reading: Unpack[Reading]) -> AllNetworks:
        """The networks of a project, by default the client's own; of all with "-". Raises NotFound."""
        request = pb.ListNetworksRequest(parent=self._project(project), page_size=page_size)
        return self._list(request, reading, lambda page: page.networks)

    def update(
        self,
        name: str,
        *,
        reserved_ranges: Iterable[str] | None = None,
        description: str | None = None,
        labels: Mapping[str, str] | None = None,
        etag: str = "",
        **command: Unpack[Command],
    ) -> OneNetwork:
        """Changes what is given. Raises Conflict, InvalidArgument, NotFound."""
        network = Network(name=self._network(name), etag=etag)
        request = pb.UpdateNetworkRequest(network=network)
        if reserved_ranges is not None:
            request.network.reserved_ranges.extend(reserved_ranges)
            request.update_mask.paths.append("reserved_ranges")
        _describe(request.network, request.update_mask.paths, description, labels)
        if not request.update_mask.paths:
            raise ValueError("update needs at least one value to change, such as description='the shop'")
        return self._send(request, command)

    def delete(self, name: str, **change: Unpack[Change]) -> OneNetwork:
        """Ends a network that no VM has a card on. Its history stays. Raises Conflict, FailedPrecondition, NotFound."""
        return self._send(pb.DeleteNetworkRequest(name=self._network(name)), change)

    def list_addresses(self, name: str, *, page_size: int = 0, **reading: Unpack[Reading]) -> AllAddresses:
        """The addresses that are held of a network, by VM. Raises NotFound."""
        request = pb.ListNetworkAddressesRequest(parent=self._network(name), page_size=page_size)
        return self._list(request, reading, lambda page: page.addresses)

    def check_reach(
        self,
        source: str,
        destination: str,
        port: int = 0,
        *,
        protocol: IpProtocol.ValueType = network_pb2.IP_PROTOCOL_UNSPECIFIED,
        project: str | None = None,
        **reading: Unpack[Reading],
    ) -> OneReach:
        """Whether one reaches another, and which rules decide it: VMs by id or name, or addresses. Raises NotFound."""
        parent = self._project(project)
        request = pb.CheckReachRequest(parent=parent, port=port, protocol=protocol)
        request.source, request.destination = (_end(each, parent) for each in (source, destination))
        return self._send(request, reading)

    def list_reach(
        self,
        name: str,
        port: int = 0,
        *,
        protocol: IpProtocol.ValueType = network_pb2.IP_PROTOCOL_UNSPECIFIED,
        page_size: int = 0,
        **reading: Unpack[Reading],
    ) -> AllReach:
        """Which VMs of a network reach which others, and by what. Raises NotFound."""
        request = pb.ListReachRequest(parent=self._network(name), port=port, protocol=protocol, page_size=page_size)
        return self._list(request, reading, lambda page: page.edges)

    def create_group(
        self,
        name: str,
        rules: Iterable[str | SecurityRule] = (),
        *,
        description: str = "",
        labels: Mapping[str, str] | None = None,
        **command: Unpack[Command],
    ) -> OneGroup:
        """Makes a security group. Raises AlreadyExists, InvalidArgument, NotFound, and ValueError for a bad text."""
        parent, _, group_id = self._group(name).partition("/securityGroups/")
        group = SecurityGroup(rules=_rules(rules, parent), description=description, labels=labels)
        request = pb.CreateSecurityGroupRequest(parent=parent, security_group_id=group_id, security_group=group)
        return self._send(request, command)

    def get_group(self, name: str, **reading: Unpack[Reading]) -> OneGroup:
        """One security group, now or `at` a past position or time. Raises NotFound."""
        return self._send(pb.GetSecurityGroupRequest(name=self._group(name)), reading)

    def list_groups(self, project: str | None = None, *, page_size: int = 0, **reading: Unpack[Reading]) -> AllGroups:
        """The security groups of a project, by default the client's own; of all with "-". Raises NotFound."""
        request = pb.ListSecurityGroupsRequest(parent=self._project(project), page_size=page_size)
        return self._list(request, reading, lambda page: page.security_groups)

    def update_group(
        self,
        name: str,
        *,
        rules: Iterable[str | SecurityRule] | None = None,
        description: str | None = None,
        labels: Mapping[str, str] | None = None,
        etag: str = "",
        **command: Unpack[Command],
    ) -> OneGroup:
        """Changes what is given: rules are all that there will be. Raises Conflict, InvalidArgument, NotFound."""
        full = self._group(name)
        request = pb.UpdateSecurityGroupRequest(security_group=SecurityGroup(name=full, etag=etag))
        if rules is not None:
            request.security_group.rules.extend(_rules(rules, full.partition("/securityGroups/")[0]))
            request.update_mask.paths.append("rules")
        _describe(request.security_group, request.update_mask.paths, description, labels)
        if not request.update_mask.paths:
            raise ValueError("update_group needs at least one value to change, such as rules=['tcp:22']")
        return self._send(request, command)

    def delete_group(self, name: str, **change: Unpack[Change]) -> OneGroup:
        """Ends a group that no card and no other group's rule names. Raises Conflict, FailedPrecondition, NotFound."""
        return self._send(pb.DeleteSecurityGroupRequest(name=self._group(name)), change)

    def _network(self, name: str) -> str:
        return names.network_name(name, self._project(None))

    def _group(self, name: str) -> str:
        return names.security_group_name(name, self._project(None))


def _end(given: str, project: str) -> str:
    """The whole name of a VM; an address as it is."""
    try:
        ip_network(given, strict=False)
    except ValueError:
        return names.vm_name(given, project)
    return given


def _rules(rules: Iterable[str | SecurityRule], project: str) -> list[SecurityRule]:
    return [in_project(parse_rule(each) if isinstance(each, str) else each, project) for each in rules]


def _describe(
    message: Network | SecurityGroup,
    paths: MutableSequence[str],
    description: str | None,
    labels: Mapping[str, str] | None,
) -> None:
    """Sets what is given, and names it in the mask."""
    if description is not None:
        message.description = description
        paths.append("description")
    if labels is not None:
        message.labels.update(labels)
        paths.append("labels")
