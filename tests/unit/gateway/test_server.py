"""Who is at the other end of a connection, also when it ends."""

import asyncio
import os
from typing import cast

from controlplane.gateway.application import Gateway
from controlplane.gateway.server import HttpConnection
from controlplane.identity.forwarding import NOBODY


async def test_a_connection_that_has_ended_is_not_of_the_user_of_the_next() -> None:
    """Its number is the next connection's."""
    accepted = asyncio.Queue[asyncio.StreamWriter]()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.put_nowait(writer)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        _, client = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer = await accepted.get()
        gateway = cast("Gateway", None)
        assert (await HttpConnection(gateway, writer, ("127.0.0.1", 1), is_secure=False).origin()).uid == os.geteuid()
        ended = HttpConnection(gateway, writer, ("127.0.0.1", 1), is_secure=False)
        writer.close()
        assert (await ended.origin()).uid == NOBODY
        client.close()
