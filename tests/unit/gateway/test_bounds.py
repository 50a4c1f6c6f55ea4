"""The gateway takes no more than it can: requests under way, and bytes of their bodies."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from controlplane.gateway.application import PROBES, Body, Gateway, Intake
from controlplane.gateway.asgi import Receive, Scope, Send, respond
from controlplane.gateway.browser_safety import BrowserSafety
from controlplane.gateway.console_sockets import ConsoleSockets
from controlplane.gateway.shares import Bounds
from controlplane.gateway.sign_in.cookies import CookieJar
from controlplane.gateway.sign_in.sessions import Sessions
from controlplane.gateway.upstream import Upstream
from controlplane.identity.forwarding import Origin

HOST = [(b"host", b"localhost")]
NO_SOCKETS = ConsoleSockets(cast("Upstream", None))


class Connection:
    """One that says nothing of its user."""

    compresses = False
    aborted = 0

    async def origin(self) -> Origin:
        return Origin("ipv4:127.0.0.1:1")

    def abort(self) -> None:
        self.aborted += 1


class Client:
    """One request, whose body comes when it is given, and what it is answered."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.status = 0

    def send(self, body: bytes, *, more: bool = False) -> None:
        self.incoming.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def leave(self) -> None:
        self.incoming.put_nowait({"type": "http.disconnect"})

    async def hear(self, message: Mapping[str, Any]) -> None:
        self.status = message.get("status", self.status)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            # As the server has it: the request is over.
            self.leave()


async def reads_all(_scope: Scope, receive: Receive, send: Send) -> None:
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await respond(send, 200, "read\n")


def unnoted(address: str, path: str, detail: str) -> None:
    """Takes no note of what is refused."""


def gateway(most_calls: int = 100, most_held: int = 1000) -> Gateway:
    safety, sessions = BrowserSafety(["localhost"], ()), Sessions(CookieJar(bytes(32), is_secure=False), {})
    bounds = Bounds(most_calls, most_calls)
    return Gateway([("/", reads_all)], safety, "key", unnoted, sessions, bounds, most_held, sockets=NO_SOCKETS)


def begun(of: Gateway, client: Client, connection: Connection, path: str = "/") -> "asyncio.Task[None]":
    scope = {"type": "http", "method": "POST", "path": path, "scheme": "http", "query_string": b"", "headers": [*HOST]}
    scope |= {"http_version": "1.1"}
    return asyncio.create_task(of.handle(connection, scope, client.incoming.get, client.hear))


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_more_requests_than_can_be_under_way_are_to_come_again() -> None:
    made, first, second, connection = gateway(most_calls=1), Client(), Client(), Connection()
    task = begun(made, first, connection)
    await settled()
    second.send(b"")
    await begun(made, second, connection)
    assert second.status == 503
    first.send(b"")
    await task
    assert (first.status, made.calls.taken) == (200, 0)
    third = Client()
    third.send(b"")
    await begun(made, third, connection)
    assert third.status == 200


@pytest.mark.parametrize("path", PROBES)
async def test_a_probe_is_answered_beside_as_many_requests_as_can_be(path: str) -> None:
    made, first, probe, connection = gateway(most_calls=1), Client(), Client(), Connection()
    task = begun(made, first, connection)
    await settled()
    probe.send(b"")
    await begun(made, probe, connection, path)
    assert probe.status == 200
    first.send(b"")
    await task


async def test_bodies_together_are_bounded_and_what_is_over_is_not_counted() -> None:
    made, connection = gateway(most_held=100), Connection()
    clients = [Client() for _ in range(3)]
    tasks = [begun(made, each, connection) for each in clients]
    for client in clients[:2]:
        client.send(b"x" * 50, more=True)
    await settled()
    assert (made.intake.held, connection.aborted) == (100, 0)
    clients[2].send(b"x", more=True)
    await settled()
    assert connection.aborted == 1
    for client in clients:
        client.leave()
    await asyncio.gather(*tasks)
    assert (made.intake.held, made.calls.taken) == (0, 0)
    await settled()
    assert [each.get_name() for each in asyncio.all_tasks() if each.get_name() == "rest of a request"] == []


async def test_a_body_that_does_not_come_is_waited_for_a_while_and_no_longer() -> None:
    client, connection = Client(), Connection()
    body = Body(client.incoming.get, connection.abort, Intake(100), body_s=0.05)
    client.send(b"x", more=True)
    assert (await body())["body"] == b"x"
    assert (await body())["type"] == "http.disconnect"
    assert connection.aborted == 1


async def test_after_its_body_a_request_may_take_as_long_as_it_takes() -> None:
    client, connection = Client(), Connection()
    body = Body(client.incoming.get, connection.abort, Intake(100), body_s=0.0)
    client.send(b"x")
    assert (await body())["body"] == b"x"
    gone = asyncio.create_task(body())
    await asyncio.sleep(0.05)
    assert not gone.done()
    client.leave()
    assert (await gone)["type"] == "http.disconnect"
    assert connection.aborted == 0
