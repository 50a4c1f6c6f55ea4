"""Tickets that open a console once, in the name of whoever was given them."""

import asyncio
from typing import Any

import grpc
import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1 import history_service_pb2, vm_service_pb2

from controlplane.identity.console_tickets import METADATA, MOST_OF_ONE
from tests.integration.controlplane.consoles import BERT, WEB, WRITE, Console, console_events, until_closed
from tests.integration.controlplane.plane import ACTOR, Plane, refused, vm_name
from tests.integration.controlplane.tenants import by, two_tenants
from tests.integration.controlplane.test_consoles import a_guest
from tests.integration.controlplane.viewers import Viewer

RED = "projects/red/vms/only-red"


async def ticket_of(plane: Plane, metadata: Any = ACTOR, name: str = WEB, **opening: Any) -> api.ConsoleTicket:
    request = api.CreateConsoleTicketRequest(serial_console=api.SerialConsoleOpening(name=name, **opening))
    return await plane.consoles.CreateConsoleTicket(request, metadata=metadata)


def with_ticket(ticket: api.ConsoleTicket | str) -> tuple[tuple[str, str], ...]:
    return ((METADATA, ticket if isinstance(ticket, str) else ticket.ticket),)


@pytest.mark.covers("ConsoleService.CreateConsoleTicket")
async def test_a_ticket_opens_what_it_says_once_in_the_name_of_its_caller(plane: Plane) -> None:
    async with a_guest(plane):
        ticket = await ticket_of(plane, BERT, mode=WRITE, backlog_bytes=1000, reason="it hangs")
        # Whatever its opening says.
        console = await Console(plane, metadata=(*with_ticket(ticket), *ACTOR), reason="no reason").open()
        assert console.state == (True, "")
        await console.until(b"simulated guest web ready")
        await console.type("echo hello\r")
        await console.until(b"\r\nhello\r\n")
        again = await refused(Console(plane, metadata=with_ticket(ticket)).open())
        assert (again.code, again.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")
        console.leave()
        await until_closed(plane, 1)
        (opened, _) = await console_events(plane)
        assert (opened.actor, opened.reason) == ("user:bert", "it hangs")
        assert opened.console_opened.ticket == ticket.id


async def test_the_ledger_has_who_was_given_a_ticket_and_never_the_ticket(plane: Plane) -> None:
    await plane.create()
    ticket = await ticket_of(plane, BERT, mode=WRITE, reason="it hangs")
    everything = (await plane.history.ListEvents(history_service_pb2.ListEventsRequest(page_size=1000))).events
    assert ticket.ticket.encode() not in b"".join(each.SerializeToString() for each in everything)
    event = everything[-2]
    created = event.console_ticket_created
    assert (event.actor, event.reason, created.ticket) == ("user:bert", "it hangs", ticket.id)
    assert (created.kind, created.mode) == (ev.CONSOLE_KIND_SERIAL, ev.CONSOLE_MODE_WRITE)
    assert created.expire_time == ticket.expire_time
    assert (await plane.events(WEB)).count("console_ticket_created") == 1


async def test_a_ticket_is_of_one_console_of_one_vm(plane: Plane) -> None:
    async with a_guest(plane):
        await plane.create("other")
        found = await refused(Console(plane, vm_name("other"), metadata=with_ticket(await ticket_of(plane))).open())
        assert (found.reason, "another VM" in found.message) == ("TOKEN_INVALID", True)
        found = await refused(Viewer(plane, metadata=with_ticket(await ticket_of(plane))).open())
        assert (found.reason, "OpenSerialConsole" in found.message) == ("TOKEN_INVALID", True)
        request = vm_service_pb2.GetVmRequest(name=WEB)
        found = await refused(plane.vms.GetVm(request, metadata=with_ticket(await ticket_of(plane))))
        assert found.reason == "TOKEN_INVALID"
        found = await refused(Console(plane, metadata=with_ticket("cvct_guessed")).open())
        assert found.reason == "TOKEN_INVALID"
        # Whichever VM has its name now.
        ticket = await ticket_of(plane, name=vm_name("other"))
        await plane.wait(await plane.delete("other"))
        await plane.create("other")
        found = await refused(Console(plane, vm_name("other"), metadata=with_ticket(ticket)).open())
        assert found.reason == "VM_NOT_FOUND"


async def test_of_two_who_come_at_once_one_gets_in(plane: Plane) -> None:
    async with a_guest(plane):
        metadata = with_ticket(await ticket_of(plane))
        consoles = [Console(plane, metadata=metadata) for _ in range(2)]
        found = await asyncio.gather(*(each.open() for each in consoles), return_exceptions=True)
        assert sorted(type(each).__name__ for each in found) == ["AioRpcError", "Console"]
        for each in consoles:
            each.leave()
        await until_closed(plane, 1)


async def test_what_is_no_opening_is_refused_as_opening_would(plane: Plane) -> None:
    await plane.create()
    screen = api.ScreenOpening(name=WEB)
    for request, reason, fields in (
        (api.CreateConsoleTicketRequest(), "INVALID_FIELD", ["serial_console"]),
        (api.CreateConsoleTicketRequest(screen=api.ScreenOpening(name="web")), "INVALID_FIELD", ["screen.name"]),
        (api.CreateConsoleTicketRequest(screen=screen), "CONSOLE_UNSUPPORTED", []),
    ):
        found = await refused(plane.consoles.CreateConsoleTicket(request, metadata=ACTOR))
        assert (found.reason, found.fields) == (reason, fields)
    assert (await refused(ticket_of(plane, backlog_bytes=-1))).fields == ["serial_console.backlog_bytes"]
    assert (await refused(ticket_of(plane, name=vm_name("none")))).reason == "VM_NOT_FOUND"


async def test_nobody_has_more_tickets_than_he_can_use(plane: Plane) -> None:
    await plane.create()
    for _ in range(MOST_OF_ONE):
        await ticket_of(plane)
    assert (await refused(ticket_of(plane))).code == grpc.StatusCode.RESOURCE_EXHAUSTED
    await ticket_of(plane, BERT)


async def test_a_ticket_demands_what_opening_does_and_ends_with_the_grant() -> None:
    async with two_tenants() as tenants:
        bindings = ("project-admin", "user:anna"), ("viewer", "user:vera")
        await tenants.bind("projects/red", *bindings)
        watching = await ticket_of(tenants, by("vera"), RED)
        # It has no host: whoever may not is refused before that.
        assert (await refused(Console(tenants, RED, metadata=with_ticket(watching)).open())).reason == "WRONG_STATE"
        writing = await refused(ticket_of(tenants, by("vera"), RED, mode=WRITE))
        assert (writing.reason, writing.metadata["permission"]) == ("ACCESS_DENIED", "vms.console.write")
        screen = api.CreateConsoleTicketRequest(screen=api.ScreenOpening(name=RED, mode=WRITE))
        found = await refused(tenants.consoles.CreateConsoleTicket(screen, metadata=by("vera")))
        assert (found.reason, found.metadata["permission"]) == ("ACCESS_DENIED", "vms.screen.write")
        stranger = await refused(ticket_of(tenants, by("bert"), RED))
        assert (stranger.reason, stranger.metadata["permission"]) == ("ACCESS_DENIED", "vms.console.read")
        ticket = await ticket_of(tenants, by("vera"), RED)
        await tenants.bind("projects/red", bindings[0])
        denied = await refused(Console(tenants, RED, metadata=with_ticket(ticket)).open())
        assert (denied.reason, denied.metadata["permission"]) == ("ACCESS_DENIED", "vms.console.read")
