"""HostService: translates, calls, translates."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from chronovisor.v1 import host_service_pb2 as api
from chronovisor.v1 import host_service_pb2_grpc, rebalance_pb2
from chronovisor.v1.host_pb2 import Host

from controlplane.domain.command import Answer, Outcome
from controlplane.domain.host import aggregate as domain
from controlplane.domain.host.states import HostVerb
from controlplane.domain.time import duration_in
from controlplane.queries import as_of, lists
from controlplane.queries import current as queries
from controlplane.queries.lists import Listing, PinnedPage
from controlplane.queries.violations.report import ViolationsReport
from controlplane.queries.violations.violation import Violation
from controlplane.rpc.agent.service import AgentServicer
from controlplane.rpc.dependencies import Dependencies, ServicerContext
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
from controlplane.rpc.shared.read_view import listed, read_of, when, written
from controlplane.rpc.shared.validate import FieldRules, named


class HostServicer(host_service_pb2_grpc.HostServiceServicer):
    """Hosts: as they are now, and changed. `agents` are those that are connected to this server."""

    def __init__(self, reach: Dependencies, agents: AgentServicer) -> None:
        self._reach = reach
        self._agents = agents
        self._planning = asyncio.Lock()

    def _message(self, host: domain.Host) -> Host:
        return self._current_message(host, ViolationsReport(self._reach.inventory, host).of(host))

    def _current_message(self, host: domain.Host, violations: Sequence[Violation]) -> Host:
        agents, reach = self._agents, self._reach
        refused = agents.refusals.of(host.name, reach.now())
        now = HostNow(refused, vm_names(reach.inventory, host), reach.writer.lineage)
        message = host_message(host, agents.is_connected(host.uid), violations, now)
        if (offset_us := agents.clock_offset_us(host.uid)) is not None:
            message.clock_offset.CopyFrom(duration_in(offset_us))
        return message

    def _answer(self, outcome: Outcome[Answer], name: str) -> Host:
        """The host as the command left it; as it is, where the command was carried out before."""
        if outcome.answer is None or not isinstance(outcome.answer.resource, domain.Host):
            return self._message(queries.host(self._reach.inventory, name))
        return self._message(outcome.answer.resource)

    async def RegisterHost(self, request: api.RegisterHostRequest, context: ServicerContext) -> Host:
        rules = FieldRules()
        rules.mutation(request.request_id, request.reason)
        command = register_command(request.host_id, request.host, rules)
        outcome, _ = await self._reach.mutate("RegisterHost", request, context, command)
        return self._answer(outcome, command.name)

    async def UpdateHost(self, request: api.UpdateHostRequest, context: ServicerContext) -> Host:
        command = update_command(request)
        outcome, _ = await self._reach.mutate("UpdateHost", request, context, command)
        return self._answer(outcome, command.name)

    async def CordonHost(self, request: api.CordonHostRequest, context: ServicerContext) -> Host:
        return await self._execute(HostVerb.CORDON, "CordonHost", request, context)

    async def UncordonHost(self, request: api.UncordonHostRequest, context: ServicerContext) -> Host:
        return await self._execute(HostVerb.UNCORDON, "UncordonHost", request, context)

    async def ReplaceHostMachine(self, request: api.ReplaceHostMachineRequest, context: ServicerContext) -> Host:
        command = replace_command(request)
        async with self._agents.kept_out(command.name) as has_agent:
            command = replace(command, has_agent=has_agent)
            outcome, _ = await self._reach.mutate("ReplaceHostMachine", request, context, command)
        if not request.validate_only:
            self._agents.refusals.forget(command.name)
        return self._answer(outcome, command.name)

    async def _execute(self, verb: HostVerb, method: str, request: VerbRequest, context: ServicerContext) -> Host:
        command = verb_command(verb, request)
        outcome, _ = await self._reach.mutate(method, request, context, command)
        return self._answer(outcome, command.name)

    async def ReconcileHost(self, request: api.ReconcileHostRequest, context: ServicerContext) -> Host:
        command = reconcile_command(request)
        outcome, _ = await self._reach.mutate("ReconcileHost", request, context, command)
        return self._answer(outcome, command.name)

    async def ListUnexpectedGuests(
        self, request: api.ListUnexpectedGuestsRequest, context: ServicerContext
    ) -> api.ListUnexpectedGuestsResponse:
        return list_unexpected_guests(self._reach, request)

    async def PlanRebalance(
        self, request: rebalance_pb2.PlanRebalanceRequest, context: ServicerContext
    ) -> rebalance_pb2.PlanRebalanceResponse:
        return await plan_rebalance(self._reach, request, self._planning)

    async def GetHost(self, request: api.GetHostRequest, context: ServicerContext) -> Host:
        named(request.name, NAME)
        reach, at = self._reach, await when(self._reach, request, context)
        if at.now:
            return self._message(queries.host(reach.inventory, request.name))
        await written(reach, at.position)
        host = await asyncio.to_thread(as_of.host, reach.history_reader, request.name, at.position)
        (broken,) = await asyncio.to_thread(as_of.violations, reach.history_reader, [host], at.position)
        return host_message(host, False, broken)

    async def ListHosts(self, request: api.ListHostsRequest, context: ServicerContext) -> api.ListHostsResponse:
        reach = self._reach
        listing = Listing(
            filter=request.filter, size=request.page_size, token=request.page_token, read=read_of(request)
        )

        def violations_in(page: PinnedPage[domain.Host]) -> list[list[Violation]]:
            return as_of.violations(reach.history_reader, page.items, page.position)

        page, broken, read_time = await listed(reach, "hosts", listing, request, context, lists.hosts, violations_in)
        is_now = page.position == reach.dispatcher.position
        return api.ListHostsResponse(
            hosts=[
                self._current_message(host, violations) if is_now else host_message(host, False, violations)
                for host, violations in zip(page.items, broken, strict=True)
            ],
            next_page_token=page.next_page_token,
            position=page.position,
            read_time=read_time,
        )
