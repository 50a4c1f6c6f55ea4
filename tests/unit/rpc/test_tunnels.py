"""Tunnels: what an agent sends is taken up to a bound, and whole or not at all."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from chronovisor.v1 import agent_service_pb2 as api

from controlplane.rpc.agent.tunnels import Tunnel


async def sent(*messages: api.TunnelData) -> AsyncIterator[api.TunnelData]:
    for message in messages:
        yield message


async def taken(most: int, *messages: api.TunnelData, wait_s: float = 10.0) -> bytes | None:
    """What `whole` makes of what an agent sends."""
    tunnel = Tunnel("uid", "hosts/a")

    async def serve() -> None:
        async for _ in tunnel.serve(sent(*messages)):
            pass

    serving = asyncio.create_task(serve())
    try:
        return await tunnel.whole(most, wait_s)
    finally:
        tunnel.close()
        await serving


DATA, END = api.TunnelData(data=b"12345"), api.TunnelData(end=api.TunnelEnd())


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((DATA, DATA, END), b"1234512345"),
        ((DATA, DATA, DATA, END), None),
        ((DATA, DATA), None),
        ((DATA, api.TunnelData(end=api.TunnelEnd(error="it broke"))), None),
    ],
    ids=["whole", "too much", "lost", "broken off"],
)
async def test_what_an_agent_sends_is_taken_whole_or_not_at_all(
    messages: tuple[api.TunnelData, ...], expected: bytes | None
) -> None:
    assert await taken(10, *messages) == expected


async def test_an_agent_that_sends_nothing_more_is_not_waited_for() -> None:
    tunnel = Tunnel("uid", "hosts/a")
    assert await tunnel.whole(10, wait_s=0.0) is None
