"""VmService: translates, calls, translates."""

from collections.abc import AsyncIterator
from functools import partial

from chronovisor.v1 import vm_service_pb2 as api
from chronovisor.v1 import vm_service_pb2_grpc
from chronovisor.v1.vm_pb2 import Vm
from google.longrunning.operations_pb2 import Operation

from controlplane.domain.command import Answer, Command
from controlplane.domain.time import timestamp_if_known
from controlplane.domain.vm.verb_rows import GuestVerbRow
from controlplane.domain.vm.verbs import GUEST_VERBS
from controlplane.queries import lists
from controlplane.queries.as_of import AsOf
from controlplane.queries.events.live_tail import LiveTail
from controlplane.queries.events.vm_changes import ALL_PROJECTS
from controlplane.queries.lists import Listing
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import Commands, Mutation, ServicerContext, actor_of
from controlplane.rpc.error_mapping import sends_bytes
from controlplane.rpc.shared.convert import vm_message
from controlplane.rpc.shared.listing import check_parent, listing_of, mark_total
from controlplane.rpc.shared.message_size import MOST_BYTES, omit
from controlplane.rpc.shared.operation_answers import OperationAnswers
from controlplane.rpc.shared.read_position import read_position
from controlplane.rpc.shared.user_data import UserDataVault
from controlplane.rpc.shared.validate import named
from controlplane.rpc.streaming.vms import watch_vms
from controlplane.rpc.utilization.samples import interface_messages
from controlplane.rpc.vm import batches
from controlplane.rpc.vm.command_stream import CommandStream
from controlplane.rpc.vm.explain import explained
from controlplane.rpc.vm.requests import NAME, VerbRequest, create_command, update_command, verb_command


class VmServicer(vm_service_pb2_grpc.VmServiceServicer):
    """VMs: their lives, and what they are now."""

    def __init__(
        self,
        commands: Commands,
        reads: Reads,
        operations: OperationAnswers,
        tail: LiveTail,
        user_data: UserDataVault,
    ) -> None:
        self._user_data = user_data
        self._commands = commands
        self._reads = reads
        self._operations = operations
        self._tail = tail
        # StartVm, StopVm, MigrateVm, DeleteVm and others: a method for each verb that agents carry out.
        for row in GUEST_VERBS.values():
            setattr(self, row.method, partial(self._verb, row))
        # BatchCreateVms, BatchStartVms, BatchStopVms, BatchDeleteVms.
        for method in batches.RESPONSES:
            setattr(self, method, partial(batches.carry_out, commands, reads, user_data, method))

    async def _operate(
        self, method: str, request: Mutation, context: ServicerContext, command: Command[Answer]
    ) -> Operation:
        outcome, by = await self._commands.submit(method, request, context, command)
        return await self._operations.of(outcome, method, by, validate_only=request.validate_only)

    async def _verb(self, row: GuestVerbRow, request: VerbRequest, context: ServicerContext) -> Operation:
        return await self._operate(row.method, request, context, verb_command(row.verb, request))

    async def CreateVm(self, request: api.CreateVmRequest, context: ServicerContext) -> Operation:
        command = create_command(request)
        async with self._user_data.creating([command], [request], request) as (sealed,):
            return await self._operate("CreateVm", request, context, sealed)

    async def UpdateVm(self, request: api.UpdateVmRequest, context: ServicerContext) -> Operation:
        command = await self._user_data.updating(update_command(request), request)
        return await self._operate("UpdateVm", request, context, command)

    async def ExecuteCommands(
        self, request_iterator: AsyncIterator[api.ExecuteCommandsRequest], context: ServicerContext
    ) -> AsyncIterator[api.ExecuteCommandsResponse]:
        spans = self._commands.spans.of_commands(context) if self._commands.spans else None
        stream = CommandStream(self._commands, self._operations, actor_of(context), self._user_data, spans)
        async for response in stream.responses(request_iterator):
            yield response

    async def GetVm(self, request: api.GetVmRequest, context: ServicerContext) -> Vm:
        named(request.name, NAME)
        at = await read_position(self._reads, request, context)
        vm, is_current = await self._reads.view(at, lambda view: (view.vm(request.name), view.is_current))
        message = vm_message(vm)
        self._user_data.mark([(vm, message)])
        if is_current and (copied := self._operations.progress.copied(vm)):
            message.migration.progress.CopyFrom(copied)
        if is_current and vm.holds_compute:
            report = self._reads.metrics.report(vm.uid)
            message.reported_addresses.extend(report.addresses)
            message.interface_samples.extend(interface_messages(report.interfaces))
        return message

    async def GetVmSecrets(self, request: api.GetVmSecretsRequest, context: ServicerContext) -> api.VmSecrets:
        named(request.name, NAME)
        vm = await self._reads.view(self._reads.here, lambda view: view.vm(request.name))
        text, message = await self._user_data.of(vm), vm_message(vm)
        kept = message.kept_user_data if message.HasField("kept_user_data") else None
        return api.VmSecrets(name=vm.name, uid=vm.uid, user_data=text, kept_user_data=kept)

    async def ListVms(self, request: api.ListVmsRequest, context: ServicerContext) -> api.ListVmsResponse:
        check_parent(request.parent)
        listing = listing_of(request)
        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, "vms") or at.position
        return await self._reads.scan(position, lambda view: _response(view, listing, request.view, self._user_data))

    # It writes to its context instead of yielding, and what it writes is encoded.
    @sends_bytes
    async def WatchVms(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: api.WatchVmsRequest, context: ServicerContext
    ) -> None:
        if request.parent != ALL_PROJECTS:
            named(request.parent, "projects/{project}", "parent")
        await watch_vms(self._reads, self._tail, request, context)

    async def ExplainPlacement(
        self, request: api.ExplainPlacementRequest, context: ServicerContext
    ) -> api.ExplainPlacementResponse:
        return api.ExplainPlacementResponse(explanation=await explained(self._commands, self._reads, request, context))


def _response(
    view: AsOf, listing: Listing, vm_view: "api.VmView.ValueType", user_data: UserDataVault
) -> api.ListVmsResponse:
    page = lists.vms(view.rows, listing)
    response = api.ListVmsResponse(
        vms=[vm_message(vm) for vm in page.items],
        next_page_token=page.next_page_token,
        position=view.position,
        read_time=timestamp_if_known(view.time()),
    )
    mark_total(response, page.total)
    user_data.mark(zip(page.items, response.vms, strict=True))
    if vm_view != api.VM_VIEW_FULL:
        basic = vm_view == api.VM_VIEW_BASIC
        omitted = omit(response.vms, "spec", most=0 if basic else MOST_BYTES)
        response.specs_omitted = 0 if basic else omitted
    return response
