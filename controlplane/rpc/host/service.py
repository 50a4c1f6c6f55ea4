"""HostService: translates, calls, translates."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from chronovisor.v1 import host_service_pb2 as api
from chronovisor.v1 import host_service_pb2_grpc, rebalance_pb2
from chronovisor.v1.host_credentials_pb2 import (
    CreateHostTokenRequest,
    GetHostCredentialsRequest,
    HostCredentials,
    HostToken,
    RevokeHostCredentialsRequest,
)
from chronovisor.v1.host_pb2 import Host
from google.longrunning.operations_pb2 import Operation

from controlplane.domain.command import Answer, Command, Outcome
from controlplane.domain.host import aggregate as domain
from controlplane.domain.host.operations import drain_version
from controlplane.domain.host.verbs import STATE_VERBS, HostStateVerbRow
from controlplane.domain.time import Micros, duration_in, timestamp_if_known
from controlplane.queries import lists
from controlplane.queries.as_of import AsOf
from controlplane.queries.host_credentials import KnownCredentials
from controlplane.queries.lists import Listing, PinnedPage
from controlplane.queries.reads import View
from controlplane.queries.violations.violation import Violation
from controlplane.rpc.agent.service import AgentServicer
from controlplane.rpc.dependencies import Commands, Mutation, ServicerContext, patience_of
from controlplane.rpc.host import credentials
from controlplane.rpc.host.check import REFRESH, check, refresh
from controlplane.rpc.host.credentials import HostAuthority
from controlplane.rpc.host.messages import HostNow, host_message
from controlplane.rpc.host.planner import Planner
from controlplane.rpc.host.rebalance import plan_rebalance, start_command
from controlplane.rpc.host.reconcile import list_unexpected_guests, reconcile_command, vm_names
from controlplane.rpc.host.requests import (
    NAME,
    VerbRequest,
    register_command,
    replace_command,
    update_command,
    verb_command,
)
from controlplane.rpc.host.trouble_requests import decommission_command, drain_command, fence_command
from controlplane.rpc.operations.rebalances import checked
from controlplane.rpc.operations.rebalances import operation_now as rebalance_operation
from controlplane.rpc.shared.listing import listing_of, mark_total
from controlplane.rpc.shared.operation_answers import OperationAnswers
from controlplane.rpc.shared.operation_progress import Drains
from controlplane.rpc.shared.read_position import read_position
from controlplane.rpc.shared.validate import FieldRules, named


class HostServicer(host_service_pb2_grpc.HostServiceServicer):
    """Hosts: as they are now, and changed. `agents` are those that are connected to this server."""

    def __init__(
        self,
        commands: Commands,
        operations: OperationAnswers,
        agents: AgentServicer,
        drains: Drains,
        has_fencer: Callable[[domain.Host], bool],
        planner: Planner,
        known: KnownCredentials,
        authority: Callable[[], HostAuthority | None],
    ) -> None:
        """`has_fencer`: whether one is configured for a host. `authority` signs certificates, where there is one."""
        self._credentials = known
        self._authority = authority
        self._commands = commands
        self._operations = operations
        self._reads = operations.reads
        self._agents = agents
        self._drains = drains
        self._has_fencer = has_fencer
        self._planner = planner
        # CordonHost, UncordonHost: a method for each verb that only brings a host into a state.
        for row in STATE_VERBS.values():
            setattr(self, row.method, partial(self._verb, row))

    def _message(self, host: domain.Host, violations: Sequence[Violation], *, is_current: bool) -> Host:
        """With what is known of its agent, of the present alone."""
        if not is_current:
            return host_message(host, False, violations)
        agents, reads = self._agents, self._reads
        refused = agents.refusals.of(host.name, reads.now())
        session = agents.session_of(host.uid)
        now = HostNow(
            refused,
            vm_names(reads, host),
            reads.lineage,
            agents.lease_expires(host.uid),
            session.reports.unreadable if session else "",
            self._drains.waiting_for(host.uid) if drain_version(host) else (),
            session.network_reports.failures(host.uid) if session else (),
        )
        message = host_message(host, agents.is_connected(host.uid), violations, now)
        if (offset_us := agents.clock_offset_us(host.uid)) is not None:
            message.clock_offset.CopyFrom(duration_in(offset_us))
        return message

    def _answer(self, outcome: Outcome[Answer], name: str) -> Host:
        """The host as the command left it; as it is, where the command was carried out before."""
        current = self._reads.current
        resource = outcome.answer.resource if outcome.answer is not None else None
        host = resource if isinstance(resource, domain.Host) else current.host(name)
        (violations,) = current.violations([host])
        return self._message(host, violations, is_current=True)

    async def RegisterHost(self, request: api.RegisterHostRequest, context: ServicerContext) -> Host:
        rules = FieldRules()
        rules.mutation(request.request_id, request.reason)
        command = register_command(request.host_id, request.host, rules)
        outcome, _ = await self._commands.submit("RegisterHost", request, context, command)
        return self._answer(outcome, command.name)

    async def UpdateHost(self, request: api.UpdateHostRequest, context: ServicerContext) -> Host:
        command = update_command(request)
        outcome, _ = await self._commands.submit("UpdateHost", request, context, command)
        return self._answer(outcome, command.name)

    async def ReplaceHostMachine(self, request: api.ReplaceHostMachineRequest, context: ServicerContext) -> Host:
        command = replace_command(request)
        async with self._agents.kept_out(command.name) as has_agent:
            command = replace(command, has_agent=has_agent)
            outcome, _ = await self._commands.submit("ReplaceHostMachine", request, context, command)
        if not request.validate_only:
            self._agents.refusals.forget(command.name)
        return self._answer(outcome, command.name)

    async def _verb(self, row: HostStateVerbRow, request: VerbRequest, context: ServicerContext) -> Host:
        command = verb_command(row.verb, request)
        outcome, _ = await self._commands.submit(row.method, request, context, command)
        return self._answer(outcome, command.name)

    async def DrainHost(self, request: api.DrainHostRequest, context: ServicerContext) -> Operation:
        return await self._operate("DrainHost", request, context, drain_command(request))

    async def FenceHost(self, request: api.FenceHostRequest, context: ServicerContext) -> Operation:
        command = fence_command(request)
        if host := self._reads.inventory.host_named(command.name):
            connected = self._agents.is_connected(host.uid)
            command = replace(command, has_fencer=self._has_fencer(host), is_connected=connected)
        return await self._operate("FenceHost", request, context, command)

    async def _operate(
        self, method: str, request: Mutation, context: ServicerContext, command: Command[Answer]
    ) -> Operation:
        outcome, by = await self._commands.submit(method, request, context, command)
        return await self._operations.of(outcome, method, by, validate_only=request.validate_only)

    async def DecommissionHost(self, request: api.DecommissionHostRequest, context: ServicerContext) -> Host:
        command = decommission_command(request)
        outcome, _ = await self._commands.submit("DecommissionHost", request, context, command)
        return self._answer(outcome, command.name)

    async def ReconcileHost(self, request: api.ReconcileHostRequest, context: ServicerContext) -> Host:
        if request.action == REFRESH:
            host = await refresh(self._reads, self._agents, request, patience_of(context))
            (violations,) = self._reads.current.violations([host])
            return self._message(host, violations, is_current=True)
        command = reconcile_command(request)
        outcome, _ = await self._commands.submit("ReconcileHost", request, context, command)
        return self._answer(outcome, command.name)

    async def CheckHost(self, request: api.CheckHostRequest, context: ServicerContext) -> api.CheckHostResponse:
        return check(self._reads, self._agents, request)

    async def ListUnexpectedGuests(
        self, request: api.ListUnexpectedGuestsRequest, context: ServicerContext
    ) -> api.ListUnexpectedGuestsResponse:
        return list_unexpected_guests(self._reads, request)

    async def PlanRebalance(
        self, request: rebalance_pb2.PlanRebalanceRequest, context: ServicerContext
    ) -> rebalance_pb2.PlanRebalanceResponse:
        return await plan_rebalance(self._reads, request, self._planner)

    async def RunRebalance(self, request: rebalance_pb2.RunRebalanceRequest, context: ServicerContext) -> Operation:
        command = await start_command(self._reads, request, self._planner)
        outcome, origin = await self._commands.submit("RunRebalance", request, context, command)
        if request.validate_only:
            assert outcome.answer is not None
            return checked(outcome.answer.rebalance, origin)
        about = outcome.answer or outcome.repeated
        assert about is not None
        return await rebalance_operation(self._reads, about.result)

    async def CreateHostToken(self, request: CreateHostTokenRequest, context: ServicerContext) -> HostToken:
        authority = self._authority()
        command, token = credentials.create_command(request, has_authority=authority is not None)
        outcome, _ = await self._commands.submit("CreateHostToken", request, context, command)
        if outcome.answer is None:
            # Carried out before: what the token was, its first answer had alone.
            assert outcome.repeated is not None
            token, token_id = "", outcome.repeated.result.rpartition("/")[2]
            found = self._credentials.of(command.host_id)
        else:
            found, token_id = outcome.answer.credentials, outcome.answer.token_id
        (made,) = (each for each in found.tokens if each.id == token_id)
        message = credentials.token_message(command.host_id, made)
        if token and authority and not request.validate_only:
            message.token, message.ca_sha256 = token, authority.ca_sha256
        return message

    async def GetHostCredentials(self, request: GetHostCredentialsRequest, context: ServicerContext) -> HostCredentials:
        host_id = credentials.host_id_in(request)
        found = self._credentials.find(host_id)
        if found is None:
            # Known, and never given any.
            return HostCredentials(name=self._reads.current.host(request.name).name)
        return credentials.credentials_message(found)

    async def RevokeHostCredentials(
        self, request: RevokeHostCredentialsRequest, context: ServicerContext
    ) -> HostCredentials:
        command = credentials.revoke_command(request)
        outcome, _ = await self._commands.submit("RevokeHostCredentials", request, context, command)
        found = outcome.answer.credentials if outcome.answer else self._credentials.of(command.host_id)
        return credentials.credentials_message(found)

    async def GetHost(self, request: api.GetHostRequest, context: ServicerContext) -> Host:
        named(request.name, NAME)
        at = await read_position(self._reads, request, context)
        host, violations, is_current = await self._reads.view(at, lambda view: _host_in(view, request.name))
        return self._message(host, violations, is_current=is_current)

    async def ListHosts(self, request: api.ListHostsRequest, context: ServicerContext) -> api.ListHostsResponse:
        listing = listing_of(request)

        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, "hosts") or at.position
        page, violations, read_time = await self._reads.scan(position, lambda view: _hosts_in(view, listing))
        is_current = position == self._reads.position
        response = api.ListHostsResponse(
            hosts=[
                self._message(host, broken, is_current=is_current)
                for host, broken in zip(page.items, violations, strict=True)
            ],
            next_page_token=page.next_page_token,
            position=position,
            read_time=timestamp_if_known(read_time),
        )
        mark_total(response, page.total)
        return response


def _host_in(view: View, name: str) -> tuple[domain.Host, Sequence[Violation], bool]:
    """The host, the rules that are not obeyed on it, and whether this is of the present."""
    host = view.host(name)
    (violations,) = view.violations([host])
    return host, violations, view.is_current


def _hosts_in(
    view: AsOf, listing: Listing
) -> tuple[PinnedPage[domain.Host], Sequence[Sequence[Violation]], Micros | None]:
    page = lists.hosts(view.rows, listing)
    return page, view.violations(page.items), view.time()
