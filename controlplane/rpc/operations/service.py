"""google.longrunning.Operations, served for operations on VMs, hosts and images."""

import asyncio
from typing import cast

from google.longrunning import operations_pb2 as api
from google.longrunning import operations_pb2_grpc
from google.protobuf.empty_pb2 import Empty

from controlplane.domain import text
from controlplane.domain.errors import OperationKept, invalid
from controlplane.domain.operations import Operation, key_of
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.time import seconds_of
from controlplane.queries import operations as queries
from controlplane.queries.as_of import AsOf
from controlplane.rpc.dependencies import Commands, ServicerContext, actor_of, command_context
from controlplane.rpc.host.requests import NAME as HOST_NAME
from controlplane.rpc.operations import rebalances
from controlplane.rpc.operations.cancel import cancel_command
from controlplane.rpc.shared.operation_answers import OperationAnswers
from controlplane.rpc.shared.validate import LONGEST_NAME, FieldRules
from controlplane.rpc.vm.requests import NAME as VM_NAME

# Answer a little before the caller's deadline, so that it gets the operation and not a time-out.
MARGIN_S = 0.2
LONGEST_WAIT_S = 3600.0


class OperationsServicer(operations_pb2_grpc.OperationsServicer):
    """Get, List, Wait and Cancel. An operation cannot be deleted: it is part of the history."""

    def __init__(self, commands: Commands, operations: OperationAnswers) -> None:
        self._commands = commands
        self._operations = operations
        self._reads = operations.reads

    async def _operation(self, name: str) -> Operation:
        if not name.startswith("operations/") or text.flaw(name, LONGEST_NAME):
            raise invalid("name", "must be operations/{operation}")
        return await queries.operation_now(self._reads, name)

    async def GetOperation(self, request: api.GetOperationRequest, context: ServicerContext) -> api.Operation:
        if rebalances.is_rebalance(request.name):
            return await rebalances.operation_now(self._reads, request.name)
        return self._operations.message(await self._operation(request.name))

    async def ListOperations(
        self, request: api.ListOperationsRequest, context: ServicerContext
    ) -> api.ListOperationsResponse:
        reads, parent = self._reads, "" if request.name == "operations" else request.name
        if parent:
            rules = FieldRules()
            in_project = IMAGES.pattern if "/images/" in parent else VM_NAME
            rules.name(parent, HOST_NAME if parent.startswith("hosts/") else in_project, "name")
            rules.done()
        listing = queries.listing_of(parent, request.filter, request.page_size, request.page_token)
        at = queries.pinned(listing) or reads.known(listing.at, "filter") or reads.position

        def listed(view: AsOf) -> tuple[str, list[Operation | api.Operation]]:
            page = queries.page_of(view.rows, reads.ledger, listing)
            return page.next_page_token, [self._operations.message(each) if each.done else each for each in page.items]

        token, found = await reads.scan(at, listed)
        # How far those are that run is known on the event loop alone.
        operations = [self._operations.message(each) if isinstance(each, Operation) else each for each in found]
        return api.ListOperationsResponse(operations=operations, next_page_token=token)

    async def WaitOperation(self, request: api.WaitOperationRequest, context: ServicerContext) -> api.Operation:
        limit = seconds_of(request.timeout) if request.HasField("timeout") else LONGEST_WAIT_S
        remaining = cast("float | None", context.time_remaining())
        if remaining is not None:
            limit = min(limit, remaining - MARGIN_S)
        loop = asyncio.get_running_loop()
        until = loop.time() + limit
        if rebalances.is_rebalance(request.name):
            return await rebalances.waited_for(self._reads, request.name, until)
        operation: Operation | None = None
        key = key_of(request.name)
        while True:
            changed = self._reads.next_event(key.stream if key else request.name)
            try:
                if operation is None:
                    operation = await self._operation(request.name)
                if operation.done or loop.time() >= until:
                    return self._operations.message(operation)
                await asyncio.wait([changed], timeout=until - loop.time())
                if changed.done():
                    # Where the event did not end it, one that came with it may have.
                    operation = queries.ended_by(operation, changed.result())
            finally:
                changed.cancel()

    async def CancelOperation(self, request: api.CancelOperationRequest, context: ServicerContext) -> Empty:
        """Of one that is done, changes nothing."""
        actor = actor_of(context)
        if rebalances.is_rebalance(request.name):
            # One that there is not, is not found.
            await rebalances.operation_now(self._reads, request.name)
            command = rebalances.cancel_command(request.name)
            await self._commands.enqueue(command, command_context(actor))
            return Empty()
        operation = await self._operation(request.name)
        if not operation.done:
            await self._commands.enqueue(cancel_command(operation), command_context(actor))
        return Empty()

    async def DeleteOperation(self, request: api.DeleteOperationRequest, context: ServicerContext) -> Empty:
        if rebalances.is_rebalance(request.name):
            raise OperationKept((await rebalances.operation_now(self._reads, request.name)).name)
        raise OperationKept((await self._operation(request.name)).name)
