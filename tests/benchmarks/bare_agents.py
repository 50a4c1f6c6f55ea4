"""The baseline of agents' streams: a bare grpc.aio server that welcomes everyone, and knows and desires nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop
from chronovisor.v1 import agent_service_pb2 as api
from grpc import aio


async def _session(
    messages: AsyncIterator[api.ConnectRequest], _context: "aio.ServicerContext[Any, Any]"
) -> AsyncIterator[api.ConnectResponse]:
    async for message in messages:
        match message.WhichOneof("message"):
            case "hello":
                welcome = api.AgentWelcome(host=f"hosts/{message.hello.host_id}")
                welcome.heartbeat_interval.seconds = 5
                yield api.ConnectResponse(welcome=welcome)
            case "inventory":
                yield api.ConnectResponse(desired_state=api.DesiredState())
            case "heartbeat":
                renewal = api.LeaseRenewal(heartbeat_time=message.heartbeat.send_time)
                yield api.ConnectResponse(lease_renewal=renewal)
            case _:
                pass


OPTIONS = (("grpc.so_reuseport", 0), ("grpc.server.max_pending_requests", 20_000))


async def serve(listen: str) -> None:
    """Prints the address."""
    server = aio.server(options=OPTIONS)
    handler = grpc.stream_stream_rpc_method_handler(
        _session, api.ConnectRequest.FromString, api.ConnectResponse.SerializeToString
    )
    service = grpc.method_handlers_generic_handler("chronovisor.v1.AgentService", {"OpenSession": handler})
    server.add_generic_rpc_handlers((service,))
    port = server.add_insecure_port(listen)
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
