"""The one application of the gateway: it checks each request, finds out who calls, and hands it to what its path is of.

`applications` is the table of paths: a new one is a row.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from google.rpc import code_pb2

from controlplane.gateway import browser_safety, calls, console_sockets, violations
from controlplane.gateway.api_description import ApiDescription
from controlplane.gateway.asgi import Application, HeaderList, Receive, Scope, Send, header, respond
from controlplane.gateway.browser_safety import BrowserSafety
from controlplane.gateway.connect import MOST_REQUEST_BYTES, ConnectApplication
from controlplane.gateway.console_sockets import ConsoleSockets
from controlplane.gateway.json_api import JsonApi
from controlplane.gateway.refusals import Refusal, refuse
from controlplane.gateway.services import SERVICES
from controlplane.gateway.shares import Bounds, Shares
from controlplane.gateway.sign_in.pages import SignInPages
from controlplane.gateway.sign_in.sessions import Sessions
from controlplane.gateway.static_files import StaticFiles
from controlplane.gateway.unread import Unread
from controlplane.gateway.upstream import Upstream
from controlplane.identity.forwarding import Origin
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)
SIGN_IN = "/sign-in"
READY_WITHIN_S = 2.0
# Requests that are under way, streams among them: the next is refused.
MOST_CALLS = 1_000
# Probes have a bound of their own: many calls from the address of one are no reason to find the gateway dead.
PROBES = ("/healthz", "/readyz")
MOST_PROBES = Bounds(64, 64)
# Bytes of all their bodies together.
MOST_HELD = 512 << 20
# Bytes of answers that wait for their readers, all together.
MOST_UNSENT = 256 << 20
# Of a body that nobody reads, so much is taken off the connection; then that is ended.
MOST_UNREAD = 1 << 20
# So long the end of a request is waited for that is answered before it.
REST_S = 1.0
# A body comes within so long, and a second more for so many bytes of it.
BODY_S, BODY_BYTES_EACH_S = 30.0, 1_000
# Of a WebSocket's request, which is one of HTTP.
_SCHEMES = {"ws": "http", "wss": "https"}
# Whose requests go on as long as the client has something to say.
_CLIENT_STREAMS = frozenset(
    f"/{service.full_name}/{each.name}" for service in SERVICES for each in service.methods if each.client_streaming
)
# Of no use where nothing is far away.
_COMPRESSION = frozenset({b"accept-encoding", b"connect-accept-encoding", b"grpc-accept-encoding"})


class Connection(Protocol):
    """What a request came by."""

    @property
    def compresses(self) -> bool: ...

    async def origin(self) -> Origin:
        """Where it comes from, and which user of this machine that is."""
        ...

    def abort(self) -> None: ...


def applications(upstream: Upstream, sessions: Sessions) -> list[tuple[str, Application]]:
    """By their paths: `/a` is that one, `/a/` all below it; the longest that fits."""
    connect: list[tuple[str, Any]] = [(f"/{each.full_name}/", ConnectApplication(each, upstream)) for each in SERVICES]
    return [
        *connect,
        *JsonApi(upstream).rows(),
        ("/openapi.json", ApiDescription()),
        *((path, SignInPages(sessions)) for path in (SIGN_IN, f"{SIGN_IN}/", "/sign-out")),
        *zip(PROBES, (_healthy, partial(_ready, upstream)), strict=True),
        ("/", StaticFiles()),
    ]


class Gateway:
    """Of all connections. `refused` takes note of requests that are not taken."""

    def __init__(
        self,
        table: Sequence[tuple[str, Application]],
        safety: BrowserSafety,
        key: str,
        refused: "Refused",
        sessions: Sessions,
        most_calls: Bounds,
        most_held: int = MOST_HELD,
        *,
        sockets: ConsoleSockets,
    ) -> None:
        self._table = sorted(table, key=lambda row: len(row[0]), reverse=True)
        self.safety = safety
        self._key = key
        self._refused = refused
        self._sessions = sessions
        self.calls = Shares(most_calls)
        self._sockets = sockets
        self._probes = Shares(MOST_PROBES)
        self.intake = Intake(most_held)
        self.unread = Unread(MOST_UNSENT)

    async def handle(self, connection: Connection, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "websocket":
            await self._socket(connection, scope, receive, send)
            return
        body = Body(receive, connection.abort, self.intake, math.inf if scope["path"] in _CLIENT_STREAMS else BODY_S)
        scope["headers"] = [each for each in scope["headers"] if each[0].isascii() and each[1].isascii()]
        try:
            await self._checked(connection, scope, body, _Answer(send, body, connection.abort, self.unread))
        finally:
            body.release()

    async def _socket(self, connection: Connection, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket. Browsers let pages of any site open one: its origin counts, and neither cookie nor user."""
        scope["scheme"] = _SCHEMES[scope["scheme"]]
        scope["headers"] = [each for each in scope["headers"] if each[0].isascii() and each[1].isascii()]
        refusing = console_sockets.refusing(send, browser_safety.HEADERS)
        origin = await connection.origin()
        if refusal := self.safety.refusal({**scope, "method": "GET"}):
            self._refused(origin.address, scope["path"], refusal.message)
            await refuse(scope, refusing, refusal)
            return
        client = _client_of(scope)
        if why := self.calls.take(client):
            await refuse(scope, refusing, _too_many(why))
            return
        try:
            calls.enter(calls.metadata_of((), self._key, origin), origin.uid)
            await self._sockets(scope, receive, send, connection.abort)
        finally:
            self.calls.give(client)

    async def _checked(self, connection: Connection, scope: Scope, body: "Body", answer: "_Answer") -> None:
        answer.headers = [*browser_safety.HEADERS, *self.safety.cors(scope)]
        if refusal := self.safety.refusal(scope):
            origin = await connection.origin()
            self._refused(origin.address, scope["path"], refusal.message)
            await refuse(scope, answer, refusal)
            return
        if refusal := _malformed(scope):
            await refuse(scope, answer, refusal)
            return
        if (preflight := self.safety.preflight(scope)) is not None:
            answer.headers = [*answer.headers, *preflight]
            await respond(answer, 204, b"")
            return
        client, bound = _client_of(scope), self._probes if scope["path"] in PROBES else self.calls
        if why := bound.take(client):
            await refuse(scope, answer, _too_many(why))
            return
        try:
            await self._found(connection, scope, body, answer)
        finally:
            bound.give(client)

    async def _found(self, connection: Connection, scope: Scope, body: "Body", answer: "_Answer") -> None:
        if not connection.compresses:
            scope["headers"] = [each for each in scope["headers"] if each[0] not in _COMPRESSION]
        origin = await connection.origin()
        await self._add_token(scope, answer, origin.uid)
        calls.enter(calls.metadata_of(scope["headers"], self._key, origin), origin.uid)
        application = next(found for prefix, found in self._table if _is_below(scope["path"], prefix))
        await application(scope, body, answer)

    async def _add_token(self, scope: Scope, answer: "_Answer", uid: int) -> None:
        """Of a browser that is signed in. A token that comes with the request is before it."""
        session = None if header(scope, "authorization") else self._sessions.of(header(scope, "cookie"), uid)
        if session and not scope["path"].startswith(SIGN_IN):
            bearer, cookies = await self._sessions.bearer(session)
            scope["headers"].append((b"authorization", f"Bearer {bearer}".encode("ascii")))
            answer.headers = [*answer.headers, *((b"set-cookie", each.encode("ascii")) for each in cookies)]


def _client_of(scope: Scope) -> str:
    found = scope.get("client")
    return str(found[0]) if found else ""


def _malformed(scope: Scope) -> Refusal | None:
    """A request that servers and proxies read in different ways: each is for something else then."""
    names = {name for name, _ in scope["headers"]}
    if b"transfer-encoding" in names and b"content-length" in names:
        return _bad_request("a request has either Content-Length or Transfer-Encoding")
    if not scope["path"].startswith("/"):
        return _bad_request("the target of a request is a path: this is no proxy")
    return None


def _bad_request(words: str) -> Refusal:
    return Refusal(400, code_pb2.INVALID_ARGUMENT, violations.INVALID_REQUEST, words, closes=True)


def _too_many(why: str) -> Refusal:
    return Refusal(503, code_pb2.UNAVAILABLE, violations.OVERLOADED, f"of HTTP requests, {why}", retry_s=1)


def _is_below(path: str, prefix: str) -> bool:
    """A prefix that ends with a slash is of all paths below it; any other is a path."""
    return path.startswith(prefix) if prefix.endswith("/") else path == prefix


class Refused(Protocol):
    """Takes note of a request that is not taken."""

    def __call__(self, address: str, path: str, detail: str) -> None: ...


class _Answer:
    """The request's send(), with the headers that every answer has."""

    def __init__(self, send: Send, body: "Body", abort: Callable[[], None], unread: Unread) -> None:
        self._send = send
        self._body = body
        self._abort = abort
        self._unread = unread
        self.headers: HeaderList = []

    async def __call__(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            names = {name.lower() for name, _ in given}
            more = [each for each in self.headers if each[0] not in names]
            if b"cache-control" not in names:
                more.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*given, *more]}
        elif not message.get("more_body", False) and not message.get("more_trailers", False):
            await self._body.discard()
        with self._unread.part(len(message.get("body", b"")), self._abort):
            await self._send(message)


class Intake:
    """Bytes of the bodies of requests that are under way, of which there may be so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0

    def take(self, size: int) -> bool:
        """Whether there is room."""
        self.held += size
        return not size or self.held <= self._most


class Body:
    """The request's receive(). The server waits until each piece is taken, and with it the whole connection: so what
    nobody reads is taken, too, up to a limit.
    """

    def __init__(self, receive: Receive, abort: Callable[[], None], intake: Intake, body_s: float = BODY_S) -> None:
        self._receive = receive
        self._abort = abort
        self._intake = intake
        self._held = 0
        self._is_over = asyncio.Event()
        self._is_gone = False
        self._unread = 0
        self._discarding: asyncio.Task[None] | None = None
        # In the loop's time: whoever sends slower than that holds a connection for nothing.
        self._due = asyncio.get_running_loop().time() + body_s

    async def __call__(self) -> Any:
        message = await self._next()
        size = len(message.get("body", b""))
        self._due += size / BODY_BYTES_EACH_S
        self._hold(size)
        if not message.get("more_body", False):
            self._is_over.set()
        if message["type"] == "http.disconnect":
            self._is_gone = True
            # Nothing comes after it.
            if self._discarding and self._discarding is not asyncio.current_task():
                self._discarding.cancel()
        return message

    async def _next(self) -> Any:
        if self._is_over.is_set():
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._due):
                return await self._receive()
        except TimeoutError:
            log.warning("a request is cut off: its body does not come")
            self._abort()
            return {"type": "http.disconnect"}

    def _hold(self, size: int) -> None:
        # A stream's messages are handed on one by one: of what it sent long ago nothing is in memory.
        more = min(size, MOST_REQUEST_BYTES - self._held)
        self._held += more
        if not self._intake.take(more):
            log.warning("a request is cut off: the bodies of all have %d bytes", self._intake.held)
            self._abort()

    def release(self) -> None:
        """The request is over."""
        self._intake.held -= self._held
        self._held = 0

    async def discard(self) -> None:
        """The answer is whole: before its last part is sent, which waits for what comes until then."""
        if self._discarding is None and not self._is_gone:
            self._discarding = asyncio.create_task(self._discard(), name="rest of a request")
            # A client that sends on while it is answered keeps its connection, if it comes to its end soon.
            if not self._is_over.is_set():
                await wait_for_event(self._is_over, REST_S)

    async def _discard(self) -> None:
        while not self._is_gone:
            self._unread += len((await self()).get("body", b""))
            if self._unread > MOST_UNREAD:
                self._abort()


async def _healthy(_scope: Scope, _receive: Receive, send: Send) -> None:
    await respond(send, 200, "ok\n")


async def _ready(upstream: Upstream, _scope: Scope, _receive: Receive, send: Send) -> None:
    """Whether calls would be answered."""
    if await upstream.is_serving(READY_WITHIN_S):
        await respond(send, 200, "ok\n")
    else:
        await respond(send, 503, "the control plane does not serve now\n")
