"""HostService: translates, calls, translates."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from chronovisor.v1 import host_service_pb2 as api
from chronovisor.v1 import host_service_pb2_grpc, rebalance_pb2
from chronovisor.v1.host_pb2 import Host

from controlplane.domain.command import Answer, Outcome
from controlplane.domain.host import aggregate as domain
from controlplane.domain.host.verbs import STATE_VERBS, HostStateVerbRow
from controlplane.domain.time import Micros, duration_in, timestamp_if_known
from controlplane.queries import lists
from controlplane.queries.as_of import AsOf
from controlplane.queries.lists import Listing, PinnedPage
from controlplane.queries.reads import Reads, View
from controlplane.queries.violations.violation import Violation
from controlplane.rpc.agent.service import AgentServicer
from controlplane.rpc.dependencies import Commands, ServicerContext
from controlplane.rpc.host.messages import HostNow, host_message
from controlplane.rpc.host.rebalance import plan_rebalance
from controlplane.rpc.host.reconcile import list_unexpected_guests, reconcile_command, vm_names
from controlplane.rpc.host.requests import (
    NAME,
    VerbRequest,
    register_command,
    replace_command,
    update_command,
    verb_command,
)
from controlplane.rpc.shared.read_position import read_of, read_position
from controlplane.rpc.shared.validate import FieldRules, named


class HostServicer(host_service_pb2_grpc.HostServiceServicer):
    """Hosts: as they are now, and changed. `agents` are those that are connected to this server."""

    def __init__(self, commands: Commands, reads: Reads, agents: AgentServicer) -> None:
        self._commands = commands
        self._reads = reads
        self._agents = agents
        self._planning = asyncio.Lock()
        # CordonHost, UncordonHost: a method for each verb that only brings a host into a state.
        for row in STATE_VERBS.values():
            setattr(self, row.method, partial(self._verb, row))

    def _message(self, host: domain.Host, violations: Sequence[Violation], *, is_current: bool) -> Host:
        """With what is known of its agent, of the present alone."""
        if not is_current:
            return host_message(host, False, violations)
        agents, reads = self._agents, self._reads
        refused = agents.refusals.of(host.name, reads.now())
        now = HostNow(refused, vm_names(reads, host), reads.lineage)
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

    async def ReconcileHost(self, request: api.ReconcileHostRequest, context: ServicerContext) -> Host:
        command = reconcile_command(request)
        outcome, _ = await self._commands.submit("ReconcileHost", request, context, command)
        return self._answer(outcome, command.name)

    async def ListUnexpectedGuests(
        self, request: api.ListUnexpectedGuestsRequest, context: ServicerContext
    ) -> api.ListUnexpectedGuestsResponse:
        return list_unexpected_guests(self._reads, request)

    async def PlanRebalance(
        self, request: rebalance_pb2.PlanRebalanceRequest, context: ServicerContext
    ) -> rebalance_pb2.PlanRebalanceResponse:
        return await plan_rebalance(self._reads, request, self._planning)

    async def GetHost(self, request: api.GetHostRequest, context: ServicerContext) -> Host:
        named(request.name, NAME)
        at = await read_position(self._reads, request, context)
        host, violations, is_current = await self._reads.view(at, lambda view: _host_in(view, request.name))
        return self._message(host, violations, is_current=is_current)

    async def ListHosts(self, request: api.ListHostsRequest, context: ServicerContext) -> api.ListHostsResponse:
        listing = Listing(
            filter=request.filter, size=request.page_size, token=request.page_token, read=read_of(request)
        )

        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, "hosts") or at.position
        page, violations, read_time = await self._reads.scan(position, lambda view: _hosts_in(view, listing))
        is_current = position == self._reads.position
        return api.ListHostsResponse(
            hosts=[
                self._message(host, broken, is_current=is_current)
                for host, broken in zip(page.items, violations, strict=True)
            ],
            next_page_token=page.next_page_token,
            position=position,
            read_time=timestamp_if_known(read_time),
        )


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
