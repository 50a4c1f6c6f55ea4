"""The HTTP server of one listening socket: hypercorn's protocols, over connections that are counted and have an end."""

import asyncio
import contextlib
import logging
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import LifespanState

from controlplane.gateway import http2
from controlplane.gateway.application import Gateway
from controlplane.gateway.asgi import Receive, Scope, Send
from controlplane.gateway.peer_user import user_of_file
from controlplane.gateway.settings import Pair
from controlplane.identity.forwarding import NOBODY, Origin, peer_name

log = logging.getLogger(__name__)
MOST_CONNECTIONS = 2_000
# Of a connection without a request.
IDLE_S = 75.0
HANDSHAKE_S = 10.0
MOST_HEADER_BYTES = 64 << 10
MOST_STREAMS = 250


class HttpConnection:
    """One connection: who is at its other end is found out once."""

    def __init__(self, gateway: Gateway, writer: asyncio.StreamWriter, *, is_secure: bool) -> None:
        self._gateway = gateway
        self._writer = writer
        self._is_secure = is_secure
        self._origin: asyncio.Task[Origin] | None = None

    @property
    def compresses(self) -> bool:
        return self._is_secure

    async def origin(self) -> Origin:
        if self._origin is None:
            self._origin = asyncio.create_task(self._found())
        return await asyncio.shield(self._origin)

    def abort(self) -> None:
        self._writer.transport.abort()

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, _sync_spawn: object, _call_soon: object
    ) -> None:
        await self._gateway.handle(self, scope, receive, send)

    async def _found(self) -> Origin:
        connection = self._writer.get_extra_info("socket")
        host, port = self._writer.get_extra_info("peername")[:2]
        # Over TLS, who calls is shown by a token; whoever ended it somewhere else is not at the other end.
        uid = NOBODY if self._is_secure else await asyncio.to_thread(user_of_file, connection.fileno())
        return Origin(peer_name(host, port), uid)


class HttpServer:
    """`pair`: it speaks TLS, and HTTP/2 where the client does."""

    def __init__(self, gateway: Gateway, pair: Pair | None) -> None:
        http2.install()
        self._gateway = gateway
        self._config = config = Config()
        config.include_server_header = False
        config.keep_alive_timeout = IDLE_S
        config.h11_max_incomplete_size = MOST_HEADER_BYTES
        config.h2_max_concurrent_streams = MOST_STREAMS
        # A connection lives as long as its client has something to say.
        config.keep_alive_max_requests = 1 << 31
        config.errorlog = logging.getLogger(f"{__name__}.protocol")
        self._context = WorkerContext(None)
        self._tls = tls_context(pair) if pair else None
        self._connections: set[asyncio.Task[Any]] = set()

    async def run(self, listening: socket.socket, stop: Callable[[], Awaitable[object]], grace_s: float) -> None:
        """Until `stop` returns; then what is under way has the grace period to end."""
        server = await asyncio.start_server(
            self._connected,
            sock=listening,
            ssl=self._tls,
            ssl_handshake_timeout=HANDSHAKE_S if self._tls else None,
        )
        await stop()
        await self._context.terminated.set()
        server.close()
        if self._connections:
            _, late = await asyncio.wait(self._connections, timeout=grace_s)
            for each in late:
                each.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def renew(self, pair: Pair) -> None:
        """Of new connections; those that are open go on. Raises OSError and ssl.SSLError."""
        if self._tls:
            _load(self._tls, pair)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= MOST_CONNECTIONS:
            log.warning("%d HTTP connections are open, which are as many as can be", MOST_CONNECTIONS)
            writer.transport.abort()
            return
        self._connections.add(task)
        try:
            application: Any = HttpConnection(self._gateway, writer, is_secure=self._tls is not None)
            loop, state = asyncio.get_running_loop(), LifespanState({})
            await TCPServer(application, loop, self._config, self._context, state, reader, writer)
        except Exception as error:  # noqa: BLE001 - what is wrong with one connection is no other's trouble
            log.warning("an HTTP connection ended: %s", error)
        finally:
            self._connections.discard(task)
            with contextlib.suppress(Exception):
                writer.transport.abort()


def tls_context(pair: Pair) -> ssl.SSLContext:
    """TLS 1.3 alone, as for gRPC."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["h2", "http/1.1"])
    _load(context, pair)
    return context


def _load(context: ssl.SSLContext, pair: Pair) -> None:
    """Through memory: the key is written to no disk. Python's ssl takes nothing but a file's name."""
    with open(os.memfd_create("pair"), "wb") as file:  # noqa: PTH123 - it has no path
        file.write(f"{pair.key}\n{pair.chain}".encode("ascii"))
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
