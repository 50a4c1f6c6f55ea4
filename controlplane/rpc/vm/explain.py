"""ExplainPlacement: where a VM would go, decided and not recorded; why one is where it is, as it was recorded."""

import asyncio
from dataclasses import replace

from chronovisor.v1 import vm_service_pb2 as api

from controlplane.domain.errors import NoCapacity, invalid
from controlplane.domain.time import timestamp_of
from controlplane.queries.events import reader
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import Commands, ServicerContext, actor_of, command_context
from controlplane.rpc.shared.validate import named
from controlplane.rpc.vm import explanations
from controlplane.rpc.vm.requests import NAME, create_command


async def explained(
    commands: Commands, reads: Reads, request: api.ExplainPlacementRequest, context: ServicerContext
) -> api.PlacementExplanation:
    """Raises InvalidField, NotFound, QuotaExceeded. That no host fits is an answer, not an error."""
    match request.WhichOneof("subject"):
        case "name":
            named(request.name, NAME)
            vm = await reads.view(reads.here, lambda view: view.vm(request.name))
            placed = await asyncio.to_thread(reader.last_placement, reads.ledger, vm)
            return explanations.of_recorded(placed)
        case "vm":
            return await _tried(commands, reads, request, actor_of(context))
        case _:
            raise invalid("vm", "one of vm and name is required")


async def _tried(
    commands: Commands, reads: Reads, request: api.ExplainPlacementRequest, actor: str
) -> api.PlacementExplanation:
    command = create_command(api.CreateVmRequest(parent=request.parent, vm_id="explained", vm=request.vm, start=True))
    # A name that no VM has: whether the VM's own is taken is not the question.
    command = replace(command, name=f"{command.project}/vms/{command.uid}")
    try:
        outcome = await commands.enqueue(command, command_context(actor), validate_only=True)
    except NoCapacity as refused:
        explanation = explanations.of_refusal(refused)
    else:
        assert outcome.answer is not None
        assert outcome.answer.placed is not None
        explanation = explanations.of_placed(outcome.answer.placed)
    explanation.position = reads.position
    explanation.decide_time.CopyFrom(timestamp_of(reads.time))
    return explanation
