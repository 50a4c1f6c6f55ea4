"""The baseline server: CreateVm and ExecuteCommands of the API, answered at once. Decides and stores nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeAlias

import grpc
import uvloop
from chronovisor.v1 import vm_service_pb2 as api
from google.longrunning.operations_pb2 import Operation
from grpc import aio

UnaryContext: TypeAlias = "aio.ServicerContext[api.CreateVmRequest, Operation]"
StreamContext: TypeAlias = "aio.ServicerContext[api.ExecuteCommandsRequest, api.ExecuteCommandsResponse]"
NAME = "operations/0199c0de-0000-7000-8000-000000000000.2"


async def create_vm(_request: api.CreateVmRequest, _context: UnaryContext) -> Operation:
    return Operation(name=NAME)


async def execute_commands(
    incoming: AsyncIterator[api.ExecuteCommandsRequest], _context: StreamContext
) -> AsyncIterator[api.ExecuteCommandsResponse]:
    async for request in incoming:
        yield api.ExecuteCommandsResponse(tag=request.tag, operation=Operation(name=NAME))


async def serve() -> None:
    """Prints the address, then answers until it is terminated."""
    server = aio.server()
    handlers = {
        "CreateVm": grpc.unary_unary_rpc_method_handler(
            create_vm,
            request_deserializer=api.CreateVmRequest.FromString,
            response_serializer=Operation.SerializeToString,
        ),
        "ExecuteCommands": grpc.stream_stream_rpc_method_handler(
            execute_commands,
            request_deserializer=api.ExecuteCommandsRequest.FromString,
            response_serializer=api.ExecuteCommandsResponse.SerializeToString,
        ),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("chronovisor.v1.VmService", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
