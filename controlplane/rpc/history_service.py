"""HistoryService: translates, calls, translates."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from chronovisor.v1 import history_service_pb2 as api
from chronovisor.v1 import history_service_pb2_grpc, what_if_pb2

from controlplane.domain.errors import PositionAhead, invalid
from controlplane.domain.what_if import Asked as WhatIfAsked
from controlplane.domain.what_if import Told
from controlplane.queries import audit, history
from controlplane.queries.audit import Expected
from controlplane.queries.history import Asked
from controlplane.rpc.audit_messages import proof_message, seal_message, verified_message
from controlplane.rpc.reach import Reach, ServicerContext
from controlplane.rpc.validate import Rules
from controlplane.rpc.vm_commands import NAME as VM_NAME
from controlplane.rpc.what_if_messages import what_if_message
from controlplane.rpc.what_if_request import what_if_of

WhatIfTeller = Callable[[WhatIfAsked], AsyncGenerator[Told, None]]


def _check_parent(parent: str) -> None:
    rules = Rules()
    if "/vms/" in parent:
        rules.name(parent, VM_NAME, "parent")
    elif parent.startswith("hosts/"):
        rules.name(parent, "hosts/{host}", "parent")
    elif parent.startswith("projects/"):
        rules.name(parent, "projects/{project}", "parent")
    else:
        rules.check(not parent, "parent", f"must be {VM_NAME}, hosts/{{host}}, projects/{{project}} or empty")
    rules.done()


def _expected(request: api.VerifyLedgerRequest) -> Expected | None:
    if not request.expected_batch and not request.expected_hash:
        return None
    rules = Rules()
    rules.check(request.expected_batch > 0, "expected_batch", "must be 1 or more where expected_hash is set")
    rules.check(len(request.expected_hash) == 32, "expected_hash", "must be 32 bytes, as Seal.hash is")
    rules.done()
    return Expected(request.expected_batch, request.expected_hash)


class HistoryServicer(history_service_pb2_grpc.HistoryServiceServicer):
    """What happened."""

    def __init__(self, reach: Reach, what_if: WhatIfTeller) -> None:
        self._reach = reach
        self._what_if = what_if

    async def GetSeal(self, request: api.GetSealRequest, context: ServicerContext) -> api.Seal:
        position = self._known(request.position) or self._reach.feed.position
        return seal_message(await asyncio.to_thread(audit.batch_of, self._reach.ledger, position))

    async def ProveEvent(self, request: api.ProveEventRequest, context: ServicerContext) -> api.ProveEventResponse:
        if request.position <= 0:
            raise invalid("position", "must be 1 or more")
        return proof_message(await asyncio.to_thread(audit.prove, self._reach.ledger, self._known(request.position)))

    async def VerifyLedger(
        self, request: api.VerifyLedgerRequest, context: ServicerContext
    ) -> api.VerifyLedgerResponse:
        expected = _expected(request)
        start, end = self._known(request.from_position), self._known(request.to_position)
        if end and end < start:
            raise invalid("to_position", "must not be before from_position")
        # A walk takes long: it ends when nobody waits for it any more.
        given_up = threading.Event()
        try:
            walk = asyncio.to_thread(audit.verify, self._reach.ledger, start, end, expected, given_up.is_set)
            return verified_message(await walk)
        finally:
            given_up.set()

    def _known(self, position: int) -> int:
        """Raises InvalidField for a negative position, PositionAhead for one that is not there yet."""
        if position < 0:
            raise invalid("position", "must be 0 or more")
        if position > self._reach.feed.position:
            raise PositionAhead(position, self._reach.feed.position)
        return position

    async def ListEvents(self, request: api.ListEventsRequest, context: ServicerContext) -> api.ListEventsResponse:
        _check_parent(request.parent)
        asked = Asked(
            request.parent, request.after_position, request.event_types, request.page_size, request.page_token
        )
        head = self._reach.feed.position
        page = await asyncio.to_thread(history.list_events, self._reach.inventory, self._reach.ledger, head, asked)
        return api.ListEventsResponse(events=page.items, next_page_token=page.next_page_token, position=head)

    async def WhatIf(
        self, request: what_if_pb2.WhatIfRequest, context: ServicerContext
    ) -> AsyncGenerator[what_if_pb2.WhatIfResponse, None]:
        asked = await what_if_of(request, self._reach)
        async with aclosing(self._what_if(asked)) as told:
            async for each in told:
                yield what_if_message(each, changed=bool(asked.changes))
