"""VmService: translates, calls, translates."""

import asyncio
import uuid
from functools import partial

from chronovisor.v1 import vm_service_pb2 as api
from chronovisor.v1 import vm_service_pb2_grpc
from chronovisor.v1.vm_pb2 import Vm
from google.longrunning.operations_pb2 import Operation

from controlplane.commands import vm as commands
from controlplane.commands.vm import CreateVm, VmCommand
from controlplane.domain.errors import NotImplementedYet
from controlplane.domain.time import seconds_of
from controlplane.domain.vm_states import Verb
from controlplane.ledger.writer import Work
from controlplane.queries import history
from controlplane.queries import inventory as queries
from controlplane.rpc.convert import operation_begun, operation_message, vm_message
from controlplane.rpc.reach import Mutation, Reach, ServicerContext
from controlplane.rpc.validate import Rules, now_only

NAME = "projects/{project}/vms/{vm}"
DEFAULT_GRACE_S = 60.0
LONGEST_GRACE_S = 3600.0

VerbRequest = (
    api.StartVmRequest
    | api.StopVmRequest
    | api.RebootVmRequest
    | api.PauseVmRequest
    | api.ResumeVmRequest
    | api.DeleteVmRequest
)


def create_command(request: api.CreateVmRequest) -> CreateVm:
    """Raises InvalidField."""
    rules = Rules()
    rules.name(request.parent, "projects/{project}", "parent")
    rules.id(request.vm_id, "vm_id")
    rules.mutation(request.request_id, request.reason)
    rules.labels(request.vm.labels, "vm.labels")
    spec = rules.spec(request.vm.spec, "vm.spec")
    rules.done()
    name = f"{request.parent}/vms/{request.vm_id}"
    return CreateVm(str(uuid.uuid4()), request.parent, name, spec, dict(request.vm.labels), request.start)


def verb_command(verb: Verb, request: VerbRequest) -> VmCommand:
    """Raises InvalidField."""
    rules = Rules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    force, grace = False, DEFAULT_GRACE_S
    if isinstance(request, api.StopVmRequest) and request.HasField("grace_period"):
        grace = seconds_of(request.grace_period)
        rules.check(0 <= grace <= LONGEST_GRACE_S, "grace_period", f"must be 0 to {LONGEST_GRACE_S:g} s, not {grace:g}")
    elif isinstance(request, api.RebootVmRequest):
        force = request.force
    rules.done()
    return VmCommand(verb, request.name, request.etag, force, grace)


class VmServicer(vm_service_pb2_grpc.VmServiceServicer):
    """VMs: their lives, and what they are now."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def _operate(self, method: str, request: Mutation, context: ServicerContext, work: Work) -> Operation:
        outcome, origin = await self._reach.mutate(method, request, context, work)
        if outcome.answer is None:
            found = await asyncio.to_thread(history.operation, self._reach.ledger, outcome.repeated)
            return operation_message(found)
        return operation_begun(outcome.answer, method, origin, outcome.position)

    async def _verb(self, verb: Verb, method: str, request: VerbRequest, context: ServicerContext) -> Operation:
        return await self._operate(
            method, request, context, partial(commands.execute, command=verb_command(verb, request))
        )

    async def CreateVm(self, request: api.CreateVmRequest, context: ServicerContext) -> Operation:
        work = partial(commands.create, command=create_command(request))
        return await self._operate("CreateVm", request, context, work)

    async def StartVm(self, request: api.StartVmRequest, context: ServicerContext) -> Operation:
        return await self._verb(Verb.START, "StartVm", request, context)

    async def StopVm(self, request: api.StopVmRequest, context: ServicerContext) -> Operation:
        return await self._verb(Verb.STOP, "StopVm", request, context)

    async def RebootVm(self, request: api.RebootVmRequest, context: ServicerContext) -> Operation:
        return await self._verb(Verb.REBOOT, "RebootVm", request, context)

    async def PauseVm(self, request: api.PauseVmRequest, context: ServicerContext) -> Operation:
        return await self._verb(Verb.PAUSE, "PauseVm", request, context)

    async def ResumeVm(self, request: api.ResumeVmRequest, context: ServicerContext) -> Operation:
        return await self._verb(Verb.RESUME, "ResumeVm", request, context)

    async def DeleteVm(self, request: api.DeleteVmRequest, context: ServicerContext) -> Operation:
        return await self._verb(Verb.DELETE, "DeleteVm", request, context)

    async def GetVm(self, request: api.GetVmRequest, context: ServicerContext) -> Vm:
        rules = Rules()
        rules.name(request.name, NAME, "name")
        rules.done()
        now_only(request)
        await self._reach.read_from(request.min_position, context)
        live = self._reach.inventory.vm_named(request.name)
        if live is None:
            live = await asyncio.to_thread(queries.vm, self._reach.inventory, self._reach.ledger, request.name)
        return vm_message(live)

    async def ListVms(self, request: api.ListVmsRequest, context: ServicerContext) -> api.ListVmsResponse:
        rules = Rules()
        if request.parent != "projects/-":
            rules.name(request.parent, "projects/{project}", "parent")
        rules.check(request.order_by in ("", "name"), "order_by", "must be name")
        rules.done()
        now_only(request)
        if request.show_deleted:
            raise NotImplementedYet("show_deleted")
        await self._reach.read_from(request.min_position, context)
        page = queries.list_vms(
            self._reach.inventory, request.parent, request.filter, request.page_size, request.page_token
        )
        return api.ListVmsResponse(
            vms=[vm_message(vm) for vm in page.items],
            next_page_token=page.next_page_token,
            position=self._reach.feed.position,
        )
