"""HostService: translates, calls, translates."""

from collections.abc import Callable
from functools import partial

from chronovisor.v1 import host_service_pb2 as api
from chronovisor.v1 import host_service_pb2_grpc
from chronovisor.v1.host_pb2 import Host
from uuid_utils import uuid7

from controlplane.commands import host as commands
from controlplane.commands.host import RegisterHost
from controlplane.domain import host as domain
from controlplane.queries import inventory as queries
from controlplane.rpc.convert import host_message, platform_of
from controlplane.rpc.reach import Reach, ServicerContext
from controlplane.rpc.validate import Rules, named, now_only

NAME = "hosts/{host}"


def register_command(host_id: str, host: Host, rules: Rules) -> RegisterHost:
    """Raises InvalidField."""
    rules.host_id(host_id, "host_id")
    rules.labels(host.labels, "host.labels")
    if host.zone:
        rules.id(host.zone, "host.zone")
    inventory = rules.inventory(host.inventory, "host.inventory")
    rules.done()
    name = f"hosts/{host_id}"
    return RegisterHost(str(uuid7()), name, inventory, platform_of(host.platform), host.zone, dict(host.labels))


class HostServicer(host_service_pb2_grpc.HostServiceServicer):
    """Hosts: what they are now. `is_connected` tells of a host's uid whether its agent is connected here."""

    def __init__(self, reach: Reach, is_connected: Callable[[str], bool]) -> None:
        self._reach = reach
        self._is_connected = is_connected

    def _message(self, host: domain.Host) -> Host:
        return host_message(host, self._is_connected(host.uid))

    async def RegisterHost(self, request: api.RegisterHostRequest, context: ServicerContext) -> Host:
        rules = Rules()
        rules.mutation(request.request_id, request.reason)
        command = register_command(request.host_id, request.host, rules)
        outcome, _ = await self._reach.mutate(
            "RegisterHost", request, context, partial(commands.register, command=command)
        )
        if outcome.answer is None or not isinstance(outcome.answer.resource, domain.Host):
            return self._message(queries.host(self._reach.inventory, command.name))
        return self._message(outcome.answer.resource)

    async def GetHost(self, request: api.GetHostRequest, context: ServicerContext) -> Host:
        named(request.name, NAME)
        now_only(request)
        await self._reach.read_from(request.min_position, context)
        return self._message(queries.host(self._reach.inventory, request.name))

    async def ListHosts(self, request: api.ListHostsRequest, context: ServicerContext) -> api.ListHostsResponse:
        now_only(request)
        await self._reach.read_from(request.min_position, context)
        page = queries.list_hosts(self._reach.inventory, request.filter, request.page_size, request.page_token)
        return api.ListHostsResponse(
            hosts=[self._message(host) for host in page.items],
            next_page_token=page.next_page_token,
            position=self._reach.feed.position,
        )
