"""The fake control plane's HistoryService: the events that the fleet recorded, and what a test put there to be told."""

from collections.abc import Generator
from typing import Any

import grpc
from chronovisor.v1 import history_service_pb2, history_service_pb2_grpc, ledger_check_pb2, what_if_pb2

from tests.clients.python import fake_wire as wire
from tests.clients.python.fake_fleet import Fleet, page_of


class History(history_service_pb2_grpc.HistoryServiceServicer):
    """HistoryService."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def ListEvents(
        self, request: history_service_pb2.ListEventsRequest, context: Any
    ) -> history_service_pb2.ListEventsResponse:
        stream = ""
        if "/vms/" in request.parent:
            stream = f"vms/{self.fleet.vm(request.parent).uid}"
        elif request.parent.startswith("hosts/"):
            stream = f"hosts/{self.fleet.hosts[request.parent].uid}"
        found = [
            event
            for event in self.fleet.events
            if (not stream or event.stream == stream)
            and request.after_position < event.position <= (request.to_position or len(self.fleet.events))
            and request.actor in ("", event.actor)
        ]
        if request.newest_first:
            found.reverse()
        events, token = page_of(found, request, self.fleet.page_size)
        return history_service_pb2.ListEventsResponse(
            events=events, next_page_token=token, position=len(self.fleet.events), names=self.fleet.names
        )

    def VerifyLedger(
        self, request: history_service_pb2.VerifyLedgerRequest, context: Any
    ) -> history_service_pb2.VerifyLedgerResponse:
        return self.fleet.verified

    def GetLedgerCheck(
        self, request: ledger_check_pb2.GetLedgerCheckRequest, context: Any
    ) -> ledger_check_pb2.LedgerCheck:
        return self.fleet.ledger_check

    def WatchEvents(
        self, request: history_service_pb2.WatchEventsRequest, context: grpc.ServicerContext
    ) -> Generator[history_service_pb2.WatchEventsResponse]:
        for event in self.fleet.events:
            yield history_service_pb2.WatchEventsResponse(event=event)
        wire.abort(context, wire.unavailable("SHUTTING_DOWN", "the control plane is shutting down", 1.0))

    def ReplayVm(
        self, request: history_service_pb2.ReplayVmRequest, context: Any
    ) -> history_service_pb2.ReplayVmResponse:
        if not self.fleet.life:
            raise wire.Refused(wire.not_found("vm", request.name))
        steps, token = page_of(self.fleet.life, request, self.fleet.page_size)
        return history_service_pb2.ReplayVmResponse(steps=steps, next_page_token=token)

    def DiffState(
        self, request: history_service_pb2.DiffStateRequest, context: Any
    ) -> history_service_pb2.DiffStateResponse:
        changes, token = page_of(self.fleet.changes, request, self.fleet.page_size)
        return history_service_pb2.DiffStateResponse(
            changes=changes, next_page_token=token, from_position=3, to_position=9
        )

    def WhatIf(
        self, request: what_if_pb2.WhatIfRequest, context: grpc.ServicerContext
    ) -> Generator[what_if_pb2.WhatIfResponse]:
        self.fleet.what_ifs.append(request)
        yield from self.fleet.what_if_answers
        if not self.fleet.what_if_answers:
            wire.abort(context, wire.unavailable("WHAT_IF_BUSY", "another what-if is being replayed", 5.0))
