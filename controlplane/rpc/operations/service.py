"""google.longrunning.Operations, served for operations on VMs."""

import asyncio
from typing import cast

from google.longrunning import operations_pb2 as api
from google.longrunning import operations_pb2_grpc

from controlplane.domain import text
from controlplane.domain.errors import invalid
from controlplane.domain.time import seconds_of
from controlplane.domain.vm.operations import Operation
from controlplane.queries import operations as queries
from controlplane.queries.as_of import AsOf
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.shared.operation_messages import Agents, operation_message
from controlplane.rpc.shared.validate import LONGEST_NAME, FieldRules
from controlplane.rpc.vm.requests import NAME as VM_NAME

# Answer a little before the caller's deadline, so that it gets the operation and not a time-out.
MARGIN_S = 0.2
LONGEST_WAIT_S = 3600.0


class OperationsServicer(operations_pb2_grpc.OperationsServicer):
    """Get, List and Wait. An operation cannot be cancelled or deleted: it is part of the history."""

    def __init__(self, reads: Reads, agents: Agents) -> None:
        self._reads = reads
        self._agents = agents

    async def _operation(self, name: str) -> Operation:
        if not name.startswith("operations/") or text.flaw(name, LONGEST_NAME):
            raise invalid("name", "must be operations/{operation}")
        return await queries.operation_now(self._reads, name)

    async def GetOperation(self, request: api.GetOperationRequest, context: ServicerContext) -> api.Operation:
        return operation_message(await self._operation(request.name), self._agents)

    async def ListOperations(
        self, request: api.ListOperationsRequest, context: ServicerContext
    ) -> api.ListOperationsResponse:
        reads, parent = self._reads, "" if request.name == "operations" else request.name
        if parent:
            rules = FieldRules()
            rules.name(parent, VM_NAME, "name")
            rules.done()
        listing = queries.listing_of(parent, request.filter, request.page_size, request.page_token)
        at = queries.pinned(listing) or reads.known(listing.at, "filter") or reads.position

        def listed(view: AsOf) -> api.ListOperationsResponse:
            page = queries.page_of(view.rows, reads.ledger, listing)
            operations = [operation_message(each, self._agents) for each in page.items]
            return api.ListOperationsResponse(operations=operations, next_page_token=page.next_page_token)

        return await reads.scan(at, listed)

    async def WaitOperation(self, request: api.WaitOperationRequest, context: ServicerContext) -> api.Operation:
        limit = seconds_of(request.timeout) if request.HasField("timeout") else LONGEST_WAIT_S
        remaining = cast("float | None", context.time_remaining())
        if remaining is not None:
            limit = min(limit, remaining - MARGIN_S)
        loop = asyncio.get_running_loop()
        until = loop.time() + limit
        operation: Operation | None = None
        while True:
            stream = f"vms/{request.name.removeprefix('operations/').partition('.')[0]}"
            changed = self._reads.next_event(stream)
            try:
                if operation is None:
                    operation = await self._operation(request.name)
                if operation.done or loop.time() >= until:
                    return operation_message(operation, self._agents)
                await asyncio.wait([changed], timeout=until - loop.time())
                if changed.done():
                    # Where the event did not end it, one that came with it may have.
                    operation = queries.ended_by(operation, changed.result())
            finally:
                changed.cancel()
