"""NetworkService: translates, calls, translates."""

from chronovisor.v1 import network_service_pb2 as api
from chronovisor.v1 import network_service_pb2_grpc
from chronovisor.v1.network_pb2 import Network, SecurityGroup

from controlplane.domain.command import Answer, Command, Outcome
from controlplane.domain.network import aggregate as networks
from controlplane.domain.resource_kinds import NETWORKS, SECURITY_GROUPS
from controlplane.domain.security_group import aggregate as groups
from controlplane.domain.security_group.reach import Flow
from controlplane.domain.time import timestamp_if_known
from controlplane.queries import lists
from controlplane.queries import reach as reaches
from controlplane.queries.as_of import AsOf
from controlplane.queries.lists import Listing
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import Commands, Mutation, ServicerContext
from controlplane.rpc.network import network_requests, reach, security_group_requests
from controlplane.rpc.network.messages import network_message, security_group_message
from controlplane.rpc.shared.listing import check_parent, listing_of
from controlplane.rpc.shared.read_position import read_position
from controlplane.rpc.shared.validate import named
from controlplane.rpc.vm.interfaces import address_messages


class NetworkServicer(network_service_pb2_grpc.NetworkServiceServicer):
    """Networks, their held addresses, and security groups: made, changed and ended, and what they are and were."""

    def __init__(self, commands: Commands, reads: Reads) -> None:
        self._commands = commands
        self._reads = reads

    async def _network(
        self, method: str, request: Mutation, context: ServicerContext, command: Command[Answer]
    ) -> Network:
        outcome, _ = await self._commands.submit(method, request, context, command)
        if outcome.answer is not None and isinstance(outcome.answer.resource, networks.Network):
            return network_message(outcome.answer.resource)
        uid = _uid_in(outcome)
        return network_message(await self._reads.view(self._reads.here, lambda view: view.resource_with(NETWORKS, uid)))

    async def _group(
        self, method: str, request: Mutation, context: ServicerContext, command: Command[Answer]
    ) -> SecurityGroup:
        outcome, _ = await self._commands.submit(method, request, context, command)
        if outcome.answer is not None and isinstance(outcome.answer.resource, groups.SecurityGroup):
            return security_group_message(outcome.answer.resource)
        uid = _uid_in(outcome)
        return security_group_message(
            await self._reads.view(self._reads.here, lambda view: view.resource_with(SECURITY_GROUPS, uid))
        )

    async def CreateNetwork(self, request: api.CreateNetworkRequest, context: ServicerContext) -> Network:
        command = network_requests.create_command(request)
        return await self._network("CreateNetwork", request, context, command)

    async def UpdateNetwork(self, request: api.UpdateNetworkRequest, context: ServicerContext) -> Network:
        command = network_requests.update_command(request)
        return await self._network("UpdateNetwork", request, context, command)

    async def DeleteNetwork(self, request: api.DeleteNetworkRequest, context: ServicerContext) -> Network:
        command = network_requests.delete_command(request)
        return await self._network("DeleteNetwork", request, context, command)

    async def GetNetwork(self, request: api.GetNetworkRequest, context: ServicerContext) -> Network:
        named(request.name, NETWORKS.pattern)
        at = await read_position(self._reads, request, context)
        return network_message(await self._reads.view(at, lambda view: view.resource(NETWORKS, request.name)))

    async def ListNetworks(
        self, request: api.ListNetworksRequest, context: ServicerContext
    ) -> api.ListNetworksResponse:
        check_parent(request.parent)
        listing = listing_of(request)
        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, NETWORKS.collection) or at.position
        return await self._reads.scan(position, lambda view: _networks(view, listing))

    async def ListNetworkAddresses(
        self, request: api.ListNetworkAddressesRequest, context: ServicerContext
    ) -> api.ListNetworkAddressesResponse:
        named(request.parent, NETWORKS.pattern, "parent")
        listing = listing_of(request)
        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, lists.ADDRESSES) or at.position
        return await self._reads.scan(position, lambda view: _addresses(view, listing))

    async def CheckReach(self, request: api.CheckReachRequest, context: ServicerContext) -> api.CheckReachResponse:
        ends = reach.checked(request)
        at = await read_position(self._reads, request, context)
        return await self._reads.scan(at.position, lambda view: _ways(view, request.parent, ends))

    async def ListReach(self, request: api.ListReachRequest, context: ServicerContext) -> api.ListReachResponse:
        flow, kind = reach.flow_of(request), f"reach {request.protocol} {request.port}"
        listing = listing_of(request)
        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, kind) or at.position
        return await self._reads.scan(position, lambda view: _edges(view, listing, kind, flow))

    async def CreateSecurityGroup(
        self, request: api.CreateSecurityGroupRequest, context: ServicerContext
    ) -> SecurityGroup:
        command = security_group_requests.create_command(request)
        return await self._group("CreateSecurityGroup", request, context, command)

    async def UpdateSecurityGroup(
        self, request: api.UpdateSecurityGroupRequest, context: ServicerContext
    ) -> SecurityGroup:
        command = security_group_requests.update_command(request)
        return await self._group("UpdateSecurityGroup", request, context, command)

    async def DeleteSecurityGroup(
        self, request: api.DeleteSecurityGroupRequest, context: ServicerContext
    ) -> SecurityGroup:
        command = security_group_requests.delete_command(request)
        return await self._group("DeleteSecurityGroup", request, context, command)

    async def GetSecurityGroup(self, request: api.GetSecurityGroupRequest, context: ServicerContext) -> SecurityGroup:
        named(request.name, SECURITY_GROUPS.pattern)
        at = await read_position(self._reads, request, context)
        found = await self._reads.view(at, lambda view: view.resource(SECURITY_GROUPS, request.name))
        return security_group_message(found)

    async def ListSecurityGroups(
        self, request: api.ListSecurityGroupsRequest, context: ServicerContext
    ) -> api.ListSecurityGroupsResponse:
        check_parent(request.parent)
        listing = listing_of(request)
        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, SECURITY_GROUPS.collection) or at.position
        return await self._reads.scan(position, lambda view: _groups(view, listing))


def _uid_in(outcome: Outcome[Answer]) -> str:
    """Of a command that was carried out before: its resource's, which is looked up as it is."""
    assert outcome.repeated is not None
    return outcome.repeated.result.rpartition("/")[2]


def _networks(view: AsOf, listing: Listing) -> api.ListNetworksResponse:
    page = lists.resources(view.rows, NETWORKS, listing)
    return api.ListNetworksResponse(
        networks=[network_message(network) for network in page.items],
        next_page_token=page.next_page_token,
        position=view.position,
        read_time=timestamp_if_known(view.time()),
    )


def _groups(view: AsOf, listing: Listing) -> api.ListSecurityGroupsResponse:
    page = lists.resources(view.rows, SECURITY_GROUPS, listing)
    return api.ListSecurityGroupsResponse(
        security_groups=[security_group_message(group) for group in page.items],
        next_page_token=page.next_page_token,
        position=view.position,
        read_time=timestamp_if_known(view.time()),
    )


def _addresses(view: AsOf, listing: Listing) -> api.ListNetworkAddressesResponse:
    network = view.resource(NETWORKS, listing.parent)
    page = lists.vms_on(view.rows, network, listing)
    held = [
        api.HeldAddress(vm=vm.name, vm_uid=vm.uid, address=address)
        for vm in page.items
        for address in address_messages(vm)
        if address.network_uid == network.uid
    ]
    return api.ListNetworkAddressesResponse(
        addresses=held,
        next_page_token=page.next_page_token,
        position=view.position,
        read_time=timestamp_if_known(view.time()),
    )


def _ways(view: AsOf, project: str, ends: reach.Checked) -> api.CheckReachResponse:
    view.project(project)
    reach.require_inside(ends, project)
    ways = reaches.ways(view, *ends)
    return api.CheckReachResponse(
        allowed=any(each.passes for each in ways),
        paths=[reach.path_message(each) for each in ways],
        position=view.position,
        read_time=timestamp_if_known(view.time()),
    )


def _edges(view: AsOf, listing: Listing, kind: str, flow: Flow | None) -> api.ListReachResponse:
    page = reaches.edges(view, view.resource(NETWORKS, listing.parent), listing, kind, flow)
    return api.ListReachResponse(
        edges=reach.edge_messages(page.edges),
        next_page_token=page.next_page_token,
        position=view.position,
        read_time=timestamp_if_known(view.time()),
    )
