"""Peers that are gone without a word, their connections open: noticed by pings that both ends agree on."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event

import chronovisor
import pytest
from chronovisor import keepalive
from chronovisor.v1 import host_service_pb2, host_service_pb2_grpc, vm_service_pb2
from grpc import aio
from hostagent.agent import CHANNEL_OPTIONS

from controlplane.bootstrap import OPTIONS
from tests.integration.controlplane.daemon import daemon
from tests.integration.controlplane.forwarder import forwarding
from tests.support.waiting import patient, until

# A ping that comes due, its answer that does not come, and what a busy machine adds.
NOTICED_S = keepalive.PING_EVERY_S + keepalive.ANSWER_WITHIN_S + patient(10.0)


def test_no_client_pings_more_often_than_the_server_lets_pass() -> None:
    server, client, agent = dict(OPTIONS), dict(keepalive.CHANNEL_OPTIONS), dict(CHANNEL_OPTIONS)
    allowed_ms = server["grpc.http2.min_ping_interval_without_data_ms"]
    assert allowed_ms == keepalive.LEAST_BETWEEN_PINGS_S * 1000
    assert allowed_ms * 2 <= client["grpc.keepalive_time_ms"]
    assert server["grpc.keepalive_permit_without_calls"] == 1
    # The agent's are the library's, and the server looks for those who are gone as often.
    assert client.items() <= agent.items()
    for name in ("grpc.keepalive_time_ms", "grpc.keepalive_timeout_ms", "grpc.http2.ping_timeout_ms"):
        assert server[name] == client[name]


def test_a_lost_peer_is_noticed_within_half_a_minute() -> None:
    assert keepalive.PING_EVERY_S + keepalive.ANSWER_WITHIN_S <= 30


@asynccontextmanager
async def agent_process(home: Path, server: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    arguments = ("--server", server, "--driver", "simulated", "--host-id", "node-1")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hostagent.main", *arguments),
        env={**os.environ, "CHRONOVISOR_HOME": str(home)},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def is_connected(address: str) -> bool:
    """Whether the control plane at `address` has the agent."""
    async with aio.insecure_channel(address) as channel:
        hosts = host_service_pb2_grpc.HostServiceStub(channel)
        listed = await hosts.ListHosts(host_service_pb2.ListHostsRequest())
        return any(host.agent_connected for host in listed.hosts)


def hears_nothing(server: str, opened: Event) -> float:
    """Seconds from the moment a stream is open until the library says that its server is gone. Blocks."""
    over = Event()

    def commands() -> Iterator[vm_service_pb2.ExecuteCommandsRequest]:
        yield vm_service_pb2.ExecuteCommandsRequest(tag=1)
        over.wait()

    with chronovisor.connect(server) as client:
        stream = client.vms.ExecuteCommands(commands())
        try:
            next(stream)
            opened.set()
            began = time.monotonic()
            with pytest.raises(chronovisor.Unavailable):
                next(stream)
            return time.monotonic() - began
        finally:
            opened.set()
            over.set()


async def test_a_hung_control_plane_is_noticed_and_the_agent_goes_to_a_new_one(tmp_path: Path) -> None:
    """Takes as long as users would wait: half a minute, without load."""
    async with (
        daemon(tmp_path / "first") as first,
        daemon(tmp_path / "second") as second,
        forwarding(first.address) as forwarder,
        agent_process(tmp_path, forwarder.address),
    ):
        await until(lambda: is_connected(first.address))
        opened = Event()
        streaming = asyncio.create_task(asyncio.to_thread(hears_nothing, first.address, opened))
        await asyncio.to_thread(opened.wait)
        first.process.send_signal(signal.SIGSTOP)
        try:
            forwarder.target = second.address
            await until(lambda: is_connected(second.address), NOTICED_S)
            assert await asyncio.wait_for(streaming, NOTICED_S) < NOTICED_S
        finally:
            first.process.send_signal(signal.SIGCONT)


async def test_a_hung_agent_is_noticed(tmp_path: Path) -> None:
    async with daemon(tmp_path) as running, agent_process(tmp_path, running.address) as agent:
        await until(lambda: is_connected(running.address))
        agent.send_signal(signal.SIGSTOP)

        async def is_gone() -> bool:
            return not await is_connected(running.address)

        try:
            await until(is_gone, NOTICED_S)
        finally:
            agent.send_signal(signal.SIGCONT)
        # It had not gone for good.
        await until(lambda: is_connected(running.address), NOTICED_S)
