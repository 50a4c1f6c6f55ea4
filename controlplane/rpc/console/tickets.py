"""Tickets of consoles: what is requested, given, and opened by one. No console is known here."""

from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import console_service_pb2 as api
from uuid_utils import uuid7

from controlplane.domain.errors import Unauthenticated, invalid
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND, timestamp_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.identity.console_tickets import ConsoleTicket, ConsoleTickets, Opening
from controlplane.rpc.access.caller import caller
from controlplane.rpc.access.guard import ticket_in
from controlplane.rpc.console.requests import checked_screen, checked_serial
from controlplane.rpc.console.sessions import MODES, ConsoleSessions
from controlplane.rpc.dependencies import PartGuard, ServicerContext, actor_of, command_context

SERIAL = "/chronovisor.v1.ConsoleService/OpenSerialConsole"
SCREEN = "/chronovisor.v1.ConsoleService/OpenScreen"


class Order(NamedTuple):
    """What a ticket is to open, and the method that opens it."""

    method: str
    kind: "ev.ConsoleKind.ValueType"
    opening: Opening


class Entry(NamedTuple):
    """Who opens a console, as events name them; with a ticket, its id, and the uid of the VM that it is for."""

    actor: str
    ticket: str = ""
    vm_uid: str = ""


async def ordered(guard: PartGuard, request: api.CreateConsoleTicketRequest) -> Order:
    """As whoever opens it would be admitted. Raises AccessDenied, InvalidField."""
    match request.WhichOneof("opening"):
        case "serial_console":
            serial = api.OpenSerialConsoleRequest(open=request.serial_console)
            await guard.admit_part(SERIAL, caller(), serial)
            return Order(SERIAL, ev.CONSOLE_KIND_SERIAL, checked_serial(serial.open, "serial_console"))
        case "screen":
            screen = api.OpenScreenRequest(open=request.screen)
            await guard.admit_part(SCREEN, caller(), screen)
            return Order(SCREEN, ev.CONSOLE_KIND_SCREEN, checked_screen(screen.open, "screen"))
        case _:
            raise invalid("serial_console", "or `screen` is required")


class TicketDesk:
    """Gives tickets, and takes them."""

    def __init__(self, tickets: ConsoleTickets, sessions: ConsoleSessions) -> None:
        self._tickets, self._sessions = tickets, sessions

    async def give(self, order: Order, vm: Vm, actor: str) -> api.ConsoleTicket:
        """Once the ledger has it. Raises RateLimited, and what the writer does."""
        self._tickets.require_room(actor)
        expires = self._tickets.expiry
        ticket = ConsoleTicket(str(uuid7()), order.method, caller(), actor, vm.uid, order.opening, expires)
        answer = api.ConsoleTicket(id=ticket.id, expire_time=timestamp_of(int(expires * SECOND)))
        created = ev.ConsoleTicketCreated(
            vm_uid=vm.uid,
            ticket=ticket.id,
            kind=order.kind,
            mode=MODES[order.opening.mode],
            expire_time=answer.expire_time,
            project_uid=vm.project_uid,
        )
        await self._sessions.promise(created, command_context(actor, reason=order.opening.reason))
        answer.ticket = self._tickets.add(ticket)
        return answer

    def entry(self, context: ServicerContext, method: str, opening: Opening) -> Entry:
        """With a ticket, the opening that it is for takes the place of the one that is sent. Raises Unauthenticated."""
        text = ticket_in(context)
        if not text:
            return Entry(actor_of(context))
        ticket = self._tickets.redeem(method, text)
        if opening.name != ticket.opening.name:
            raise Unauthenticated(Reason.TOKEN_INVALID, "the console ticket is for another VM")
        opening.Clear()
        opening.MergeFromString(ticket.opening.SerializeToString())
        return Entry(ticket.actor, ticket.id, ticket.vm_uid)
