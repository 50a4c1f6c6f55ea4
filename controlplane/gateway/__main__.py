"""The gateway's process. By its stdin it gets from the server how it is to serve; it ends with the server.

Messages on stdin and stdout are lines of JSON. What it has to say to people goes to the server's stderr.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import ssl
import sys
from typing import Any

import uvloop
from chronovisor import logs

# What gRPC would print by itself has no place in the log.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from controlplane.gateway.application import MOST_CALLS, Gateway, applications
from controlplane.gateway.browser_safety import BrowserSafety
from controlplane.gateway.console_sockets import ConsoleSockets
from controlplane.gateway.server import MOST_CONNECTIONS, HttpServer
from controlplane.gateway.settings import Pair, ProcessSettings, line_of
from controlplane.gateway.shares import Bounds
from controlplane.gateway.sign_in.cookies import CookieJar
from controlplane.gateway.sign_in.issuers import IssuerClient
from controlplane.gateway.sign_in.sessions import Sessions
from controlplane.gateway.upstream import Upstream
from controlplane.runtime import worker_process

log = logging.getLogger(__name__)
GRACE_S = 1.0
# Nicer than other processes of the server: who calls over HTTP must not slow those who call over gRPC.
NICENESS = 15


def main() -> int:
    """Serves until stdin ends."""
    # What ends the server, from a terminal or a service manager, may come here too: the server says when.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    logs.set_up(logs.inherited())
    line = sys.stdin.buffer.readline()
    if not line:
        return 1
    settings = ProcessSettings.from_line(line)
    # And gives way to gRPC's callers, where both need the processor.
    worker_process.begin(settings.parent, NICENESS)
    uvloop.run(_serve(settings))
    return 0


async def _serve(settings: ProcessSettings) -> None:
    stop = asyncio.Event()
    upstream = Upstream(settings.upstream)
    safety = BrowserSafety(settings.names, settings.origins)
    issuers = {each.issuer: IssuerClient(each) for each in settings.issuers}
    jar = CookieJar(bytes.fromhex(settings.cookie_key), is_secure=settings.pair is not None)
    sessions = Sessions(jar, issuers)
    gateway = Gateway(
        applications(upstream, sessions),
        safety,
        settings.key,
        _report_refused,
        sessions,
        Bounds.of(MOST_CALLS, settings.address_share),
        sockets=ConsoleSockets(upstream),
    )
    server = HttpServer(gateway, settings.pair, Bounds.of(MOST_CONNECTIONS, settings.address_share))
    reading = asyncio.create_task(_follow(server, gateway, settings, stop), name="messages of the server")
    _report({"ready": True})
    await server.run(socket.socket(fileno=settings.descriptor), stop.wait, GRACE_S)
    reading.cancel()
    await upstream.close()
    for each in issuers.values():
        await each.close()


async def _follow(server: HttpServer, gateway: Gateway, settings: ProcessSettings, stop: asyncio.Event) -> None:
    """New certificates, and whether this is stuck, until the server closes the pipe."""
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        message: dict[str, Any] = json.loads(line)
        if message.get("ping"):
            _report({"pong": True})
            continue
        gateway.safety = BrowserSafety(message["names"], settings.origins)
        try:
            server.renew(Pair(*message["pair"]))
        except (OSError, ssl.SSLError) as error:
            log.error("the certificates before them are kept: %s", error)
    stop.set()


def _report_refused(address: str, path: str, detail: str) -> None:
    reason = "FOREIGN_PAGE"
    _report({"refused": [address, path, reason, detail]})


def _report(message: dict[str, Any]) -> None:
    # Where the server has gone, this process is about to end.
    try:
        sys.stdout.buffer.write(line_of(message))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        log.debug("the server has gone")


if __name__ == "__main__":
    sys.exit(main())
