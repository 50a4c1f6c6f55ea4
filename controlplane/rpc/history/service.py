"""HistoryService: translates, calls, translates."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any

from chronovisor.v1 import history_service_pb2 as api
from chronovisor.v1 import history_service_pb2_grpc, ledger_check_pb2, signed_head_pb2, timeline_pb2, what_if_pb2

from controlplane.consistency.findings import CheckRequest, Findings
from controlplane.consistency.walk import walk
from controlplane.domain.errors import LedgerUntrusted, invalid
from controlplane.domain.resource_kinds import RESOURCE_KINDS, ResourceKind
from controlplane.queries import audit, log_proofs
from controlplane.queries.audit import Expected
from controlplane.queries.events import reader
from controlplane.queries.events.live_tail import LiveTail
from controlplane.queries.events.names import streams_of
from controlplane.queries.events.reader import EventQuery
from controlplane.queries.events.replay import goes_on, replay
from controlplane.queries.events.scan import Window
from controlplane.queries.identity import VMS, ProjectIdentity
from controlplane.queries.reads import Reads
from controlplane.queries.scans import SCANS
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.error_mapping import sends_bytes
from controlplane.rpc.history.audit_messages import ledger_check_message, proof_message, seal_message, verified_message
from controlplane.rpc.history.head_messages import Heads, consistency_message, head_message, inclusion_message
from controlplane.rpc.history.messages import step_message
from controlplane.rpc.history.state_diff import diff_state
from controlplane.rpc.history.timeline import get_timeline
from controlplane.rpc.history.what_if_messages import what_if_message
from controlplane.rpc.history.what_if_requests import what_if_of
from controlplane.rpc.shared.actor_names import NO_NAMES, ActorNames
from controlplane.rpc.shared.read_position import moment_of, page_of, position_of, window_of
from controlplane.rpc.shared.validate import LONGEST_NAME, FieldRules, named
from controlplane.rpc.streaming.events import EventEncoder, watch_events
from controlplane.rpc.vm.requests import NAME as VM_NAME
from controlplane.what_if.scenario import ReplayMessage, Scenario

WhatIfReplay = Callable[[Scenario], AsyncGenerator[ReplayMessage, None]]


def _kind_in(name: str) -> ResourceKind[Any] | None:
    return next((kind for collection, kind in RESOURCE_KINDS.items() if f"/{collection}/" in name), None)


def _check_parent(parent: str, field: str = "parent") -> None:
    rules = FieldRules()
    if "/vms/" in parent:
        rules.name(parent, VM_NAME, field)
    elif kind := _kind_in(parent):
        rules.name(parent, kind.pattern, field)
    elif parent.startswith("hosts/"):
        rules.name(parent, "hosts/{host}", field)
    elif parent.startswith("projects/"):
        rules.name(parent, "projects/{project}", field)
    else:
        rules.check(not parent, field, f"must be {VM_NAME}, hosts/{{host}}, projects/{{project}} or empty")
    rules.done()


def _expected(request: api.VerifyLedgerRequest) -> Expected | None:
    if not request.expected_batch and not request.expected_hash:
        return None
    rules = FieldRules()
    rules.check(request.expected_batch > 0, "expected_batch", "must be 1 or more where expected_hash is set")
    rules.check(len(request.expected_hash) == 32, "expected_hash", "must be 32 bytes, as Seal.hash is")
    rules.done()
    return Expected(request.expected_batch, request.expected_hash)


def _check_words(request: api.ListEventsRequest) -> None:
    """What is compared with what events have. Raises InvalidField."""
    rules = FieldRules()
    for field in ("actor", "of_request_id", "chain_of", "of_trace_id"):
        rules.text(getattr(request, field), field, LONGEST_NAME)
    rules.done()


def _query_of(
    request: api.ListEventsRequest,
    window: Window,
    streams: Callable[[ProjectIdentity], Sequence[str]],
    name_of: Callable[[str], str],
) -> EventQuery:
    return EventQuery(
        request.parent,
        window,
        page_of(request),
        tuple(request.event_types),
        request.actor,
        request.of_request_id.lower(),
        request.chain_of,
        request.newest_first,
        request.of_trace_id.lower(),
        streams,
        name_of,
    )


def _uid_then(reads: Reads, name: str, at: int) -> str:
    with reads.history_reader.view(at) as view:
        return VMS.then(view, name).uid


class HistoryServicer(history_service_pb2_grpc.HistoryServiceServicer):
    """What happened."""

    def __init__(
        self,
        reads: Reads,
        tail: LiveTail,
        what_if: WhatIfReplay,
        findings: Findings,
        untrusted: Callable[[], LedgerUntrusted | None],
        heads: Heads,
        names: ActorNames = NO_NAMES,
    ) -> None:
        """`untrusted` is why no command is taken: the ledger is not what was written."""
        self._names = names
        self._encoder = EventEncoder(names)
        self._reads = reads
        self._tail = tail
        self._untrusted = untrusted
        self._what_if = what_if
        self._findings = findings
        self._heads = heads

    async def GetSeal(self, request: api.GetSealRequest, context: ServicerContext) -> api.Seal:
        position = self._known(request.position) or self._reads.position
        return seal_message(await asyncio.to_thread(audit.batch_of, self._reads.ledger, position))

    async def ProveEvent(self, request: api.ProveEventRequest, context: ServicerContext) -> api.ProveEventResponse:
        if request.position <= 0:
            raise invalid("position", "must be 1 or more")
        return proof_message(await asyncio.to_thread(audit.prove, self._reads.ledger, self._known(request.position)))

    async def VerifyLedger(
        self, request: api.VerifyLedgerRequest, context: ServicerContext
    ) -> api.VerifyLedgerResponse:
        expected = _expected(request)
        start, end = self._known(request.from_position), self._known(request.to_position)
        if end and end < start:
            raise invalid("to_position", "must not be before from_position")
        # A walk takes long: it ends when nobody waits for it any more.
        return verified_message(await walk(self._reads.ledger, CheckRequest(start, end, expected)))

    async def GetLedgerCheck(
        self, request: ledger_check_pb2.GetLedgerCheckRequest, context: ServicerContext
    ) -> ledger_check_pb2.LedgerCheck:
        return ledger_check_message(self._findings, self._untrusted())

    async def GetSignedHead(
        self, request: signed_head_pb2.GetSignedHeadRequest, context: ServicerContext
    ) -> signed_head_pb2.SignedHead:
        return head_message(await asyncio.to_thread(self._heads.newest), self._heads.cosigned)

    async def GetConsistencyProof(
        self, request: signed_head_pb2.GetConsistencyProofRequest, context: ServicerContext
    ) -> signed_head_pb2.ConsistencyProof:
        before, size = request.from_size, request.to_size
        rules = FieldRules()
        rules.check(before >= 0, "from_size", "must not be negative")
        rules.check(size >= 0, "to_size", "must not be negative")
        rules.check(not 0 < size < before, "to_size", "must not be less than from_size")
        rules.done()
        self._require_trusted()
        return consistency_message(await asyncio.to_thread(log_proofs.consistency, self._reads.ledger, before, size))

    async def GetInclusionProof(
        self, request: signed_head_pb2.GetInclusionProofRequest, context: ServicerContext
    ) -> signed_head_pb2.InclusionProof:
        rules = FieldRules()
        rules.check(request.position > 0, "position", "must be 1 or more")
        rules.check(request.tree_size >= 0, "tree_size", "must not be negative")
        rules.done()
        position, size = self._known(request.position), request.tree_size
        self._require_trusted()
        return inclusion_message(await asyncio.to_thread(log_proofs.inclusion, self._reads.ledger, position, size))

    def _require_trusted(self) -> None:
        """Raises LedgerUntrusted: nothing is proven from rows that are not those that were sealed."""
        if untrusted := self._untrusted():
            raise untrusted

    def _known(self, position: int) -> int:
        return self._reads.known(position, "position")

    async def ListEvents(self, request: api.ListEventsRequest, context: ServicerContext) -> api.ListEventsResponse:
        _check_parent(request.parent)
        _check_words(request)
        begin, end = moment_of(request, "after_position", "after_time"), moment_of(request, "to_position", "to_time")
        reads, head = self._reads, self._reads.position
        window = await window_of(reads, begin, end)
        query = _query_of(request, window, partial(self._few_streams, window), self._names.name_of)
        query = replace(query, traced=partial(self._traced, query.trace_id))

        def listed() -> api.ListEventsResponse:
            page = reader.list_events(reads.inventory, reads.ledger, head, query)
            return api.ListEventsResponse(
                events=page.items, next_page_token=page.next_page_token, position=page.head, names=page.names
            )

        return await SCANS.run(listed)

    def _few_streams(self, window: Window, project: ProjectIdentity) -> Sequence[str]:
        """The streams of a project with few VMs, if the rows that name its VMs are written. Blocks."""
        if self._reads.written_position < window.to:
            return ()
        with self._reads.history_reader.view(window.to) as view:
            return streams_of(view, project)

    def _traced(self, trace_id: str, after: int, limit: int, to: int) -> tuple[Sequence[int], int]:
        """Positions of a trace's events, and up to where these are all. Blocks."""
        with self._reads.history_reader.view(to) as view:
            return view.traced(trace_id, after, limit), view.written

    async def ReplayVm(self, request: api.ReplayVmRequest, context: ServicerContext) -> api.ReplayVmResponse:
        named(request.name, VM_NAME)
        reads, requested = self._reads, page_of(request)
        at = await position_of(reads, moment_of(request, "at_position", "read_time"))
        if at is None:
            if goes_on(requested):
                await reads.written(reads.position)
            find = partial(VMS.now, reads.inventory, reads.ledger, request.name)
        else:
            await reads.written(at)
            find = partial(_uid_then, reads, request.name, at)

        def replayed() -> api.ReplayVmResponse:
            page = replay(reads.ledger, reads.history_reader, find, requested)
            steps = [step_message(each) for each in page.items]
            return api.ReplayVmResponse(steps=steps, next_page_token=page.next_page_token)

        return await SCANS.run(replayed)

    async def DiffState(self, request: api.DiffStateRequest, context: ServicerContext) -> api.DiffStateResponse:
        _check_parent(request.scope, "scope")
        begin, end = moment_of(request, "from_position", "from_time"), moment_of(request, "to_position", "to_time")
        window = await window_of(self._reads, begin, end)
        return await self._reads.scan(self._reads.position, lambda view: diff_state(view, request, window))

    async def GetTimeline(
        self, request: timeline_pb2.GetTimelineRequest, context: ServicerContext
    ) -> timeline_pb2.GetTimelineResponse:
        _check_parent(request.name, "name")
        return await get_timeline(self._reads, request, context)

    async def WhatIf(
        self, request: what_if_pb2.WhatIfRequest, context: ServicerContext
    ) -> AsyncGenerator[what_if_pb2.WhatIfResponse, None]:
        scenario = await what_if_of(request, self._reads)
        async with aclosing(self._what_if(scenario)) as results:
            async for each in results:
                yield what_if_message(each, changed=bool(scenario.changes))

    # It writes to its context instead of yielding, and what it writes is encoded.
    @sends_bytes
    async def WatchEvents(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: api.WatchEventsRequest, context: ServicerContext
    ) -> None:
        _check_parent(request.parent)
        await watch_events(self._reads, self._tail, self._encoder, request, context)
