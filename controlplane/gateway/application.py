"""The one application of the gateway: it checks each request, finds out who calls, and hands it to what its path is of.

`applications` is the table of paths: a new one is a row.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from controlplane.gateway import browser_safety, calls
from controlplane.gateway.api_description import ApiDescription
from controlplane.gateway.asgi import Application, HeaderList, Receive, Scope, Send, header, respond, respond_error
from controlplane.gateway.browser_safety import BrowserSafety
from controlplane.gateway.connect import MOST_REQUEST_BYTES, ConnectApplication
from controlplane.gateway.json_api import JsonApi
from controlplane.gateway.services import SERVICES
from controlplane.gateway.sign_in.pages import SignInPages
from controlplane.gateway.sign_in.sessions import Sessions
from controlplane.gateway.static_files import StaticFiles
from controlplane.gateway.upstream import Upstream
from controlplane.identity.forwarding import Origin

log = logging.getLogger(__name__)
SIGN_IN = "/sign-in"
READY_WITHIN_S = 2.0
# Requests that are under way, streams among them: the next is refused.
MOST_CALLS = 1_000
# Bytes of all their bodies together.
MOST_HELD = 512 << 20
# Of a body that nobody reads, so much is taken off the connection; then that is ended.
MOST_UNREAD = 1 << 20
# So long the end of a request is waited for that is answered before it.
REST_S = 1.0
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
        ("/healthz", _healthy),
        ("/readyz", partial(_ready, upstream)),
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
        most_calls: int = MOST_CALLS,
        most_held: int = MOST_HELD,
    ) -> None:
        self._table = sorted(table, key=lambda row: len(row[0]), reverse=True)
        self.safety = safety
        self._key = key
        self._refused = refused
        self._sessions = sessions
        self._most_calls = most_calls
        self.calls = 0
        self.intake = Intake(most_held)

    async def handle(self, connection: Connection, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        body = _Body(receive, connection.abort, self.intake)
        scope["headers"] = [each for each in scope["headers"] if each[0].isascii() and each[1].isascii()]
        try:
            await self._checked(connection, scope, body, _Answer(send, body))
        finally:
            body.release()

    async def _checked(self, connection: Connection, scope: Scope, body: "_Body", answer: "_Answer") -> None:
        answer.headers = [*browser_safety.HEADERS, *self.safety.cors(scope)]
        if refusal := self.safety.refusal(scope):
            origin = await connection.origin()
            self._refused(origin.address, scope["path"], refusal.message)
            await respond_error(answer, refusal.status, refusal.code, refusal.message)
            return
        if (preflight := self.safety.preflight(scope)) is not None:
            answer.headers = [*answer.headers, *preflight]
            await respond(answer, 204, b"")
            return
        if self.calls >= self._most_calls:
            answer.headers = [*answer.headers, (b"retry-after", b"1")]
            words = f"{self.calls} requests are under way, which are as many as can be"
            await respond_error(answer, 503, "unavailable", words)
            return
        self.calls += 1
        try:
            await self._found(connection, scope, body, answer)
        finally:
            self.calls -= 1

    async def _found(self, connection: Connection, scope: Scope, body: "_Body", answer: "_Answer") -> None:
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


def _is_below(path: str, prefix: str) -> bool:
    """A prefix that ends with a slash is of all paths below it; any other is a path."""
    return path.startswith(prefix) if prefix.endswith("/") else path == prefix


class Refused(Protocol):
    """Takes note of a request that is not taken."""

    def __call__(self, address: str, path: str, detail: str) -> None: ...


class _Answer:
    """The request's send(), with the headers that every answer has."""

    def __init__(self, send: Send, body: "_Body") -> None:
        self._send = send
        self._body = body
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


class _Body:
    """The request's receive(). The server waits until each piece is taken, and with it the whole connection: so what
    nobody reads is taken, too, up to a limit.
    """

    def __init__(self, receive: Receive, abort: Callable[[], None], intake: Intake) -> None:
        self._receive = receive
        self._abort = abort
        self._intake = intake
        self._held = 0
        self._is_over = asyncio.Event()
        self._is_gone = False
        self._unread = 0
        self._discarding: asyncio.Task[None] | None = None

    async def __call__(self) -> Any:
        message = await self._receive()
        self._hold(len(message.get("body", b"")))
        if not message.get("more_body", False):
            self._is_over.set()
        if message["type"] == "http.disconnect":
            self._is_gone = True
            # Nothing comes after it.
            if self._discarding and self._discarding is not asyncio.current_task():
                self._discarding.cancel()
        return message

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
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._is_over.wait(), REST_S)

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
