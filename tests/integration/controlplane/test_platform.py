"""What everyone's tools expect: every method answers, health, reflection."""

import ast
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import grpc
import pytest
from chronovisor.v1 import vm_service_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import MethodDescriptor
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from controlplane.rpc import reflection
from controlplane.runtime.services import SERVICES
from tests.integration.controlplane.plane import WAIT_S, Plane, refusal_of

HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"]
EVERY_METHOD: dict[str, Any] = {
    f"{service.name}.{method.name}": method
    for service in (*SERVICES, HEALTH, *reflection.SERVICES)
    for method in service.methods
}


def covered() -> set[str]:
    """What the marks `covers` of this directory's tests name: read from their source, whichever of them are run."""
    return {name for file in Path(__file__).parent.glob("test_*.py") for name in _marks(ast.parse(file.read_text()))}


def _marks(module: ast.Module) -> Iterable[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "covers":
            yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


def test_every_test_covers_methods_that_there_are() -> None:
    assert covered() <= EVERY_METHOD.keys()


def answers_of(channel: aio.Channel, method: MethodDescriptor) -> AsyncIterator[Any]:
    """Calls a method, whatever its kind, with one empty request, and gives its answers."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    request = message_factory.GetMessageClass(method.input_type)
    response = message_factory.GetMessageClass(method.output_type)
    coders: Any = {"request_serializer": request.SerializeToString, "response_deserializer": response.FromString}
    calls: Any = channel

    async def stream() -> AsyncIterator[Any]:
        if method.server_streaming:
            kind = calls.stream_stream if method.client_streaming else calls.unary_stream
            async for each in kind(path, **coders)([request()] if method.client_streaming else request(), timeout=0.5):
                yield each
        else:
            yield await calls.unary_unary(path, **coders)(request(), timeout=WAIT_S)

    return stream()


@pytest.mark.parametrize("name", sorted(EVERY_METHOD))
async def test_every_method_has_a_test_or_says_that_it_is_not_implemented(plane: Plane, name: str) -> None:
    code, reason = grpc.StatusCode.OK, ""
    try:
        async for _ in answers_of(plane.channel, EVERY_METHOD[name]):
            break
    except aio.AioRpcError as error:
        code, reason = error.code(), refusal_of(error).reason
    if name in covered():
        assert code is not grpc.StatusCode.UNIMPLEMENTED
        assert code is not grpc.StatusCode.INTERNAL
    else:
        assert (code, reason) == (grpc.StatusCode.UNIMPLEMENTED, "NOT_IMPLEMENTED"), "it needs a test that covers it"


@pytest.mark.covers("Health.Check")
async def test_each_service_says_that_it_serves(plane: Plane) -> None:
    health: Any = health_pb2_grpc.HealthStub(plane.channel)  # pyright: ignore
    for service in ("", *(each.full_name for each in SERVICES)):
        found = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert found.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(aio.AioRpcError) as caught:
        await health.Check(health_pb2.HealthCheckRequest(service="nonsense"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.covers("Health.Watch")
async def test_health_is_watched(plane: Plane) -> None:
    health: Any = health_pb2_grpc.HealthStub(plane.channel)  # pyright: ignore
    watching = health.Watch(health_pb2.HealthCheckRequest(), timeout=WAIT_S)
    assert (await watching.read()).status == health_pb2.HealthCheckResponse.SERVING
    watching.cancel()


async def _reflected(plane: Plane, version: str = "v1", **fields: str) -> reflection_pb2.ServerReflectionResponse:
    """The messages of all versions are the same."""
    channel: Any = plane.channel
    call = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    request = reflection_pb2.ServerReflectionRequest(**fields)  # pyright: ignore[reportArgumentType]
    async for response in call(iter([request]), timeout=WAIT_S):
        return response
    raise AssertionError("no answer")


@pytest.mark.covers("ServerReflection.ServerReflectionInfo")
@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_a_stranger_finds_every_service_by_reflection(plane: Plane, version: str) -> None:
    listed = await _reflected(plane, version, list_services="*")
    names = {each.name for each in listed.list_services_response.service}
    assert names == {each.full_name for each in (*SERVICES, HEALTH, *reflection.SERVICES)}


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_a_stranger_finds_every_method_and_field_by_its_name(plane: Plane, version: str) -> None:
    for method in EVERY_METHOD.values():
        names = [method.full_name, *(each.full_name for each in method.input_type.fields)]
        for name, file in zip(names, (method.containing_service.file, *[method.input_type.file] * 99), strict=False):
            found = _files(await _reflected(plane, version, file_containing_symbol=name))
            assert file.name in {descriptor_pb2.FileDescriptorProto.FromString(each).name for each in found}, name


@pytest.mark.parametrize("name", ["StartNoVm", "StartVm.name", "Vm.name", ""])
async def test_a_method_that_there_is_not_is_not_found(plane: Plane, name: str) -> None:
    found = await _reflected(plane, file_containing_symbol=f"chronovisor.v1.VmService.{name}")
    assert found.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]  # pyright: ignore


@pytest.mark.parametrize(
    "symbol",
    [
        "chronovisor.v1.VmService",
        "chronovisor.v1.Vm",
        "chronovisor.v1.OperationMetadata",
        "chronovisor.events.v1.Event",
        "google.longrunning.Operation",
        "google.rpc.ErrorInfo",
        "google.rpc.BadRequest",
        "google.rpc.PreconditionFailure",
        "chronovisor.v1.ErrorReason",
        "grpc.reflection.v1.ServerReflectionRequest",
    ],
)
async def test_a_stranger_resolves_every_message_that_travels_even_inside_any(plane: Plane, symbol: str) -> None:
    """With nothing but what the server itself gives, file after file."""
    first = await _reflected(plane, file_containing_symbol=symbol)
    waiting = [descriptor_pb2.FileDescriptorProto.FromString(each) for each in _files(first)]
    known = {each.name: each for each in waiting}
    while waiting:
        for name in waiting.pop().dependency:
            if name not in known:
                for raw in _files(await _reflected(plane, file_by_filename=name)):
                    found = descriptor_pb2.FileDescriptorProto.FromString(raw)
                    known[found.name] = found
                    waiting.append(found)
    pool = descriptor_pool.DescriptorPool()

    def add(name: str) -> None:
        if name in known:
            file = known.pop(name)
            for each in file.dependency:
                add(each)
            pool.Add(file)  # pyright: ignore[reportUnknownMemberType]

    for name in list(known):
        add(name)
    if symbol.endswith("Reason"):
        assert pool.FindEnumTypeByName(symbol).values_by_name["ERROR_REASON_VM_NOT_FOUND"]
    elif symbol.endswith("Service"):
        assert pool.FindServiceByName(symbol).methods_by_name["StartVm"]
    else:
        assert pool.FindMessageTypeByName(symbol).fields


def _files(response: reflection_pb2.ServerReflectionResponse) -> Iterable[bytes]:
    assert not response.HasField("error_response"), response.error_response
    return response.file_descriptor_response.file_descriptor_proto


def raw(plane: Plane, method: str) -> Any:
    """A call that takes and gives bytes."""
    channel: Any = plane.channel
    return channel.unary_unary(f"/chronovisor.v1.VmService/{method}")


async def test_a_method_of_no_service_is_unimplemented(plane: Plane) -> None:
    call = raw(plane, "Explode")
    with pytest.raises(aio.AioRpcError) as caught:
        await call(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_body_that_is_no_message_is_refused_and_the_server_lives_on(plane: Plane) -> None:
    call = raw(plane, "CreateVm")
    with pytest.raises(aio.AioRpcError):
        await call(b"\xff\xff\xff")
    listed = await plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent="projects/-"))
    assert not listed.vms
