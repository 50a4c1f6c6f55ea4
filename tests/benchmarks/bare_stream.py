"""The baseline of streams: a bare grpc.aio stream of messages that are in a file. Knows nothing of what they are."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import uvloop
from grpc import aio

METHOD = "/bare.Stream/Watch"


def written(messages: list[bytes], path: Path) -> None:
    path.write_bytes(b"".join(len(each).to_bytes(4, "big") + each for each in messages))


def _read(path: Path) -> list[bytes]:
    raw, messages, at = path.read_bytes(), list[bytes](), 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        messages.append(raw[at + 4 : at + 4 + size])
        at += 4 + size
    return messages


async def serve(path: Path) -> None:
    """Prints the address, then sends the messages to everyone who calls."""
    messages = _read(path)

    async def watch(_request: bytes, _context: "aio.ServicerContext[Any, Any]") -> AsyncIterator[bytes]:
        for message in messages:
            yield message

    server = aio.server()
    handlers: dict[str, Any] = {"Watch": grpc.unary_stream_rpc_method_handler(watch)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bare.Stream", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1])))
