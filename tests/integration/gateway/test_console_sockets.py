"""Consoles and screens over WebSockets, of guests on simulated hosts: who gets in, what goes through, how it ends."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from google.iam.v1 import iam_policy_pb2, policy_pb2
from hostagent.drivers.base import VmUid

from controlplane.gateway import console_sockets
from controlplane.gateway.console_sockets import PROTOCOL, TICKET
from tests.integration.controlplane.consoles import WEB, until_closed
from tests.integration.controlplane.plane import vm_of
from tests.integration.controlplane.simulated_hosts import SimulatedHosts, simulated_hosts
from tests.integration.gateway.rig import Gatewayed, call_token, gatewayed, serves
from tests.support.waiting import until
from tests.support.websockets import Refused, WebSocket

pytestmark = pytest.mark.slow
CONSOLE, SCREEN = f"/v1/{WEB}:console", f"/v1/{WEB}:screen"


class Guested(Gatewayed):
    """The VM `web` runs on a simulated host, with a screen."""

    hosts: SimulatedHosts
    sockets: list[WebSocket]

    async def ticket(self, kind: str = "serialConsole", headers: dict[str, str] | None = None, **opening: Any) -> str:
        request = {kind: {"name": WEB} | opening}
        answer = await self.http.post("/v1:createConsoleTicket", json=request, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["ticket"]

    async def opened(self, path: str = CONSOLE, ticket: str = "", **more: Any) -> WebSocket:
        protocols = (PROTOCOL, f"{TICKET}{ticket or await self.ticket(mode='CONSOLE_MODE_WRITE')}")
        made = await WebSocket.open(self.url, path, protocols, origin=more.pop("origin", self.url), **more)
        self.sockets.append(made)
        return made


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncGenerator[Guested]:
    async with gatewayed(tmp_path, insecure=True) as made, simulated_hosts(made, "node-1") as hosts:
        made.__class__ = Guested
        assert isinstance(made, Guested)
        made.hosts, made.sockets = hosts, []

        async def is_known() -> bool:
            return made.control_plane.reads.inventory.host_named("hosts/node-1") is not None

        await until(is_known)
        await made.create(screen=True)
        vm_of(await made.wait(await made.start()))
        await serves(made)
        yield made
        for each in made.sockets:
            await each.end()


async def test_a_ticket_opens_a_console_once_and_bytes_go_both_ways(plane: Guested) -> None:
    ticket = await plane.ticket(mode="CONSOLE_MODE_WRITE", backlogBytes=1000)
    console = await plane.opened(ticket=ticket)
    assert console.subprotocol == PROTOCOL
    opened = json.loads(await console.until_text("opened"))["opened"]
    assert opened["writer"] is True
    await console.until(b"simulated guest web ready")
    await console.send(b"echo hello-socket\r")
    await console.until(b"\r\nhello-socket\r\n# ")
    again = await plane.opened(ticket=ticket)
    closed = await again.until_closed()
    assert (closed.code, closed.reason.partition(":")[0]) == (4401, "TOKEN_INVALID")
    console.leave()
    (event,) = await until_closed(plane, 1)
    assert event.console_closed.input_bytes == len("echo hello-socket\r")


async def test_one_watches_another_takes_over_and_each_hears_of_it(plane: Guested) -> None:
    writer = await plane.opened()
    await writer.until_text("opened")
    watcher = await plane.opened(ticket=await plane.ticket())
    await watcher.until_text("opened")
    other = await plane.opened(ticket=await plane.ticket(mode="CONSOLE_MODE_TAKE_OVER"))
    changed = json.loads(await writer.until_text("writerChanged"))["writerChanged"]
    assert "writer" not in changed
    assert changed["writtenBy"]
    await other.send(b"echo mine\r")
    await watcher.until(b"\r\nmine\r\n")
    await watcher.send(b"x")
    closed = await watcher.until_closed()
    assert (closed.code, closed.reason.partition(":")[0]) == (4400, "INVALID_FIELD")
    for each in (writer, other):
        each.leave()
    await until_closed(plane, 3)


async def test_a_screen_is_bytes_of_rfb(plane: Guested) -> None:
    screen = await plane.opened(SCREEN, await plane.ticket("screen"))
    await screen.until_text("opened")
    await screen.until(b"RFB 003.008\n")
    await screen.send(b"RFB 003.008\n")
    await screen.until(b"RFB 003.008\n\x01\x01")
    await screen.send(b"RFB 003.00")
    closed = await screen.until_closed()
    assert closed.code == 4400
    # Of the other kind.
    wrong = await plane.opened(SCREEN, await plane.ticket())
    assert (await wrong.until_closed()).code == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_pages_of_other_origins_are_refused_whatever_they_have(
    plane: Guested, origin: str, tmp_path: Path
) -> None:
    ticket = await plane.ticket()
    with pytest.raises(Refused) as refused:
        await plane.opened(ticket=ticket, origin=origin)
    assert (refused.value.status, "ACCESS_DENIED" in refused.value.body) == (403, True)
    # It is as good as before for whom it was given.
    console = await plane.opened(ticket=ticket, origin="")
    await console.until_text("opened")
    console.leave()
    log = (tmp_path / "security.log").read_text()
    assert "FOREIGN_PAGE" in log
    assert ticket not in log


async def test_without_a_ticket_nobody_gets_in_not_even_the_owner_of_the_machine(plane: Guested) -> None:
    for protocols in ((PROTOCOL,), (), (PROTOCOL, f"{TICKET}cvct_guessed")):
        console = await WebSocket.open(plane.url, CONSOLE, protocols, origin=plane.url)
        closed = await console.until_closed()
        assert (closed.code, closed.reason.partition(":")[0]) == (4401, "TOKEN_INVALID")
    none = await plane.opened(f"/v1/{WEB}-none:console")
    assert (await none.until_closed()).code == 4401


async def test_a_message_that_is_too_large_or_text_is_refused_in_words(plane: Guested) -> None:
    console = await plane.opened()
    await console.until_text("opened")
    await console.send(b"#" * (300 << 10))
    closed = await console.until_closed()
    assert (closed.code, "65536" in closed.reason) == (1009, True)
    console = await plane.opened()
    await console.until_text("opened")
    await console.send("text")
    assert (await console.until_closed()).code == 1003
    await until_closed(plane, 2)


async def test_much_at_once_is_taken_as_fast_as_the_guest_takes_it(plane: Guested) -> None:
    writer = await plane.opened()
    await writer.until_text("opened")
    uid = VmUid((await plane.get()).uid)
    log = plane.hosts.drivers["node-1"].console_log(uid)
    log.takes_input.clear()
    sending = asyncio.create_task(_send(writer, b"y" * (300 << 10)))
    hub = plane.control_plane.consoles.hub_of(uid)
    assert hub
    tunnel = hub.tunnel

    async def is_under_way() -> bool:
        return tunnel.in_flight > 0

    await until(is_under_way)
    watcher = await plane.opened(ticket=await plane.ticket())
    await watcher.until_text("opened")
    assert tunnel.in_flight <= 16 << 10
    log.takes_input.set()
    await sending
    await writer.send(b"\recho after\r")
    await watcher.until(b"\r\nafter\r\n")
    for each in (writer, watcher):
        each.leave()
    closed = await until_closed(plane, 2)
    assert sum(each.console_closed.input_bytes for each in closed) == (300 << 10) + len("\recho after\r")


async def _send(writer: WebSocket, data: bytes) -> None:
    for start in range(0, len(data), 60 << 10):
        await writer.send(data[start : start + (60 << 10)])


async def test_a_client_that_never_reads_keeps_nobody_waiting(plane: Guested) -> None:
    sleeper = await plane.opened(ticket=await plane.ticket(), limit=1 << 10)
    writer = await plane.opened()
    await writer.until_text("opened")
    text = "x" * 1000
    for number in range(2000):
        await writer.send(f"echo {number}-{text}\r".encode())
        await writer.until(f"\r\n{number}-{text}\r\n".encode())
        writer.output = b""
    for each in (sleeper, writer):
        each.leave()
    await until_closed(plane, 2)


async def test_it_ends_with_the_guest_with_the_agent_and_with_the_server(plane: Guested) -> None:
    watching = await plane.opened(ticket=await plane.ticket())
    await watching.until_text("opened")
    await plane.hosts.end("node-1")
    assert (await watching.until_closed()).code == console_sockets.TRY_LATER
    plane.hosts.begin("node-1")

    async def again() -> WebSocket:
        while True:
            console = await plane.opened(ticket=await plane.ticket())
            if await console.next():
                return console
            await asyncio.sleep(0.05)

    watching = await again()
    await plane.wait(await plane.stop())
    assert (await watching.until_closed()).code == console_sockets.NORMAL
    stopped = await plane.opened(ticket=await plane.ticket())
    closed = await stopped.until_closed()
    assert (closed.code, closed.reason.partition(":")[0]) == (4400, "WRONG_STATE")
    await plane.wait(await plane.start())
    watching = await plane.opened(ticket=await plane.ticket())
    await watching.until_text("opened")
    closing = asyncio.create_task(plane.control_plane.consoles.close())
    assert (await watching.until_closed()).code == console_sockets.RESTART
    await closing


async def test_it_ends_with_the_grant_of_whoever_has_the_ticket(plane: Guested) -> None:
    bearer = {"authorization": await call_token(plane)}
    console = await plane.opened(ticket=await plane.ticket(headers=bearer, mode="CONSOLE_MODE_WRITE"))
    await console.until_text("opened")
    current = await plane.iam.GetIamPolicy(iam_policy_pb2.GetIamPolicyRequest(resource="/"))
    nobody = policy_pb2.Policy(etag=current.etag)
    await plane.iam.SetIamPolicy(iam_policy_pb2.SetIamPolicyRequest(resource="/", policy=nobody))
    closed = await console.until_closed()
    assert (closed.code, closed.reason.partition(":")[0]) == (4403, "ACCESS_DENIED")


def files_with(directory: Path, text: str) -> list[Path]:
    return [each for each in directory.rglob("*") if each.is_file() and text.encode() in each.read_bytes()]


async def test_a_ticket_is_in_no_log(plane: Guested, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    ticket = await plane.ticket()
    console = await plane.opened(ticket=ticket)
    await console.until_text("opened")
    console.leave()
    await until_closed(plane, 1)
    assert ticket not in caplog.text
    written = await asyncio.to_thread(files_with, tmp_path, "web")
    assert written
    assert not await asyncio.to_thread(files_with, tmp_path, ticket)


async def test_frames_before_the_answer_end_the_connection_and_nothing_stays_open(plane: Guested) -> None:
    ticket, before = await plane.ticket(), len(plane.control_plane.open_calls)
    at = plane.url.removeprefix("http://")
    reader, writer = await asyncio.open_connection(at.partition(":")[0], int(at.partition(":")[2]))
    head = (
        f"GET {CONSOLE} HTTP/1.1\r\nHost: {at}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"Sec-WebSocket-Protocol: {PROTOCOL}, {TICKET}{ticket}\r\n\r\n"
    )
    writer.write(head.encode() + b"\x82\x81AAAA\x00" * 3)
    await WebSocket(reader, writer).end()

    async def none_open() -> bool:
        return len(plane.control_plane.open_calls) == before

    await until(none_open)
