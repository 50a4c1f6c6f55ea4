"""Server reflection, v1 and v1alpha, which finds methods and fields by name too. Serves what this process has loaded.

The library has v1alpha alone, whose messages v1 has, too; and its pool finds no method by its name.
"""

from collections.abc import Iterable
from typing import Any, cast

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

_V1ALPHA = reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"]


def _v1() -> ServiceDescriptor:
    """The service grpc.reflection.v1.ServerReflection, made of v1alpha's file, into the pool that is served."""
    file = descriptor_pb2.FileDescriptorProto()
    reflection_pb2.DESCRIPTOR.CopyToProto(file)
    old = f".{file.package}."
    file.name, file.package = "grpc/reflection/v1/reflection.proto", "grpc.reflection.v1"
    new = f".{file.package}."
    for message in file.message_type:
        for field in message.field:
            if field.type_name:
                field.type_name = field.type_name.replace(old, new)
    for method in file.service[0].method:
        method.input_type = method.input_type.replace(old, new)
        method.output_type = method.output_type.replace(old, new)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindServiceByName(f"{file.package}.ServerReflection")


V1 = _v1()
SERVICES = (V1, _V1ALPHA)


class _Reflection(reflection.aio.ReflectionServicer):  # pyright: ignore
    def _file_containing_symbol(self, request: object, fully_qualified_name: str) -> Any:
        """Of a method or a field, the file of its service or message."""
        parent, _, name = fully_qualified_name.rpartition(".")
        symbol = parent if _has_part(parent, name) else fully_qualified_name
        return super()._file_containing_symbol(request, symbol)  # pyright: ignore


def _has_part(parent: str, name: str) -> bool:
    """Whether `parent` is a service with such a method, or a message with such a field or oneof."""
    pool = descriptor_pool.Default()
    try:
        return name in pool.FindServiceByName(parent).methods_by_name
    except KeyError:
        pass
    try:
        message = pool.FindMessageTypeByName(parent)
    except KeyError:
        return False
    return name in message.fields_by_name or name in message.oneofs_by_name


def add_reflection(services: Iterable[str], server: aio.Server) -> None:
    """Serves the descriptors of these services, by their full names, and of reflection itself."""
    reflecting: Any = _Reflection([*services, *(each.full_name for each in SERVICES)])  # pyright: ignore
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflecting, server)  # pyright: ignore[reportUnknownMemberType]
    handler = grpc.stream_stream_rpc_method_handler(
        reflecting.ServerReflectionInfo,
        request_deserializer=cast("Any", reflection_pb2.ServerReflectionRequest.FromString),
        response_serializer=cast("Any", reflection_pb2.ServerReflectionResponse.SerializeToString),
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(V1.full_name, {"ServerReflectionInfo": handler}),)
    )
