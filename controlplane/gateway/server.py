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
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.typing import LifespanState

from controlplane.gateway import http1, http2
from controlplane.gateway.application import Gateway
from controlplane.gateway.asgi import Receive, Scope, Send
from controlplane.gateway.peer_user import duplicate, user_of
from controlplane.gateway.settings import Pair
from controlplane.gateway.shares import Bounds, Shares
from controlplane.gateway.socket_stream import MOST_MESSAGE_BYTES
from controlplane.identity.forwarding import NOBODY, Origin, peer_name

log = logging.getLogger(__name__)
MOST_CONNECTIONS = 2_000
# Of a connection without a request.
IDLE_S = 75.0
HANDSHAKE_S = 10.0
# After no connection could be accepted, for want of file descriptors.
ACCEPT_AGAIN_S = 1.0
# Of an attack, a line in the log so often.
REPORT_EACH_S = 10.0
# Of TCP: so often a silent client is probed.
KEEP_ALIVE_S = 60
MOST_HEADER_BYTES = 64 << 10
# At once, of a connection.
MOST_READ = 64 << 10
MOST_STREAMS = 250


class HttpConnection:
    """One connection, from an address: who is at its other end is found out once."""

    def __init__(
        self, gateway: Gateway, writer: asyncio.StreamWriter, address: tuple[str, int], *, is_secure: bool
    ) -> None:
        self._gateway = gateway
        self._writer = writer
        # As it was accepted: a transport whose client has gone knows it no more.
        self._address = address
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
        return Origin(peer_name(*self._address), await self._user())

    async def _user(self) -> int:
        # Over TLS, who calls is shown by a token; whoever ended it somewhere else is not at the other end.
        if self._is_secure or self._writer.transport.is_closing():
            return NOBODY
        # At once: when it is closed, its number is the next connection's, which may be another user's.
        connection = duplicate(self._writer.get_extra_info("socket").fileno())
        return await asyncio.to_thread(user_of, connection)


class ConnectionServer(TCPServer):
    """Hypercorn's, without its wait of IDLE_S for the next request of a client that has gone (0.18.0).

    That a client goes during an answer is an ordinary end, whichever error shows it: nothing more is written.
    """

    _has_gone = False

    async def _read_data(self) -> None:
        # What it ends with is no data, once: there may be an answer that the client waits for. See http1.
        more = True
        while more:
            try:
                data = await self.reader.read(MOST_READ)
            except OSError:
                break
            await self.protocol.handle(RawData(data))
            more = bool(data)
        await self.protocol.handle(Closed())
        self._has_gone = True
        await self.idle_task.stop()

    async def protocol_send(self, event: Event) -> None:
        if isinstance(event, Updated) and self._has_gone:
            return
        if isinstance(event, RawData) and self.writer.transport.is_closing():
            await self.protocol.handle(Closed())
            return
        try:
            await super().protocol_send(event)
        except OSError as error:
            # Such as of TLS, and of a machine that does not answer.
            log.debug("an HTTP client has gone: %s", error)
            await self.protocol.handle(Closed())


class HttpServer:
    """`pair`: it speaks TLS, and HTTP/2 where the client does."""

    def __init__(
        self,
        gateway: Gateway,
        pair: Pair | None,
        most: Bounds,
    ) -> None:
        http1.install()
        http2.install()
        self._gateway = gateway
        self._config = config = Config()
        config.include_server_header = False
        config.keep_alive_timeout = IDLE_S
        config.h11_max_incomplete_size = MOST_HEADER_BYTES
        config.h2_max_concurrent_streams = MOST_STREAMS
        config.websocket_max_message_size = MOST_MESSAGE_BYTES
        # A connection lives as long as its client has something to say.
        config.keep_alive_max_requests = 1 << 31
        config.errorlog = logging.getLogger(f"{__name__}.protocol")
        self._context = WorkerContext(None)
        self._tls = tls_context(pair) if pair else None
        self._connections: set[asyncio.Task[Any]] = set()
        self.shares = Shares(most)
        self._report_next = 0.0

    async def run(self, listening: socket.socket, stop: Callable[[], Awaitable[object]], grace_s: float) -> None:
        """Until `stop` returns; then what is under way has the grace period to end."""
        accepting = asyncio.create_task(self._accept(listening), name="HTTP connections")
        await stop()
        await self._context.terminated.set()
        accepting.cancel()
        await asyncio.gather(accepting, return_exceptions=True)
        listening.close()
        if self._connections:
            _, late = await asyncio.wait(self._connections, timeout=grace_s)
            for each in late:
                each.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def renew(self, pair: Pair) -> None:
        """Of new connections; those that are open go on. Raises OSError and ssl.SSLError."""
        if self._tls:
            _load(self._tls, pair)

    async def _accept(self, listening: socket.socket) -> None:
        """Counts connections from here on, so that those that do not go on with TLS are among them."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listening)
            except OSError as error:
                log.error("no HTTP connection can be accepted: %s", error)
                await asyncio.sleep(ACCEPT_AGAIN_S)
                continue
            if why := self.shares.take(address[0]):
                self._report_full(why)
                connection.close()
                continue
            task = loop.create_task(self._serve(connection, address[:2]), name="HTTP connection")
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    def _report_full(self, why: str) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._report_next:
            self._report_next = now + REPORT_EACH_S
            log.warning("HTTP connections are turned away: %s", why)

    async def _serve(self, connection: socket.socket, address: tuple[str, int]) -> None:
        writer: asyncio.StreamWriter | None = None
        try:
            _keep_alive(connection)
            reader, writer = await self._streams(connection)
            application: Any = HttpConnection(self._gateway, writer, address, is_secure=self._tls is not None)
            loop, state = asyncio.get_running_loop(), LifespanState({})
            await ConnectionServer(application, loop, self._config, self._context, state, reader, writer)
        except (ConnectionError, ssl.SSLError, TimeoutError) as error:
            log.debug("an HTTP connection did not begin, or its client has gone: %s", error)
        except Exception as error:  # noqa: BLE001 - what is wrong with one connection is no other's trouble
            log.warning("an HTTP connection ended: %s", error)
        finally:
            self.shares.give(address[0])
            with contextlib.suppress(Exception):
                writer.transport.abort() if writer else connection.close()

    async def _streams(self, connection: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        timeout_s = HANDSHAKE_S if self._tls else None
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, connection, ssl=self._tls, ssl_handshake_timeout=timeout_s
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _keep_alive(connection: socket.socket) -> None:
    """A client whose machine has gone says nothing, and a stream that has nothing to say would not notice."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEP_ALIVE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEP_ALIVE_S // 4)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)


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
