"""The methods of the API by their full names, and their messages as proto JSON.

Those of this client; or, where CHRONOVISOR_CONFORMANCE_PROTOS names a set of descriptors, of a client that was
generated from that: so an older one is played, without its code.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chronovisor.v1 import (
    access_service_pb2,
    agent_service_pb2,
    console_service_pb2,
    history_service_pb2,
    host_service_pb2,
    image_service_pb2,
    metrics_service_pb2,
    network_service_pb2,
    privacy_service_pb2,
    project_service_pb2,
    service_account_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
)
from google.longrunning import operations_pb2
from google.protobuf import descriptor_pb2, json_format, message_factory
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.rpc import error_details_pb2

PROTOS = "CHRONOVISOR_CONFORMANCE_PROTOS"
Json = dict[str, Any]
_FILES = (
    access_service_pb2,
    agent_service_pb2,
    console_service_pb2,
    history_service_pb2,
    host_service_pb2,
    image_service_pb2,
    metrics_service_pb2,
    network_service_pb2,
    operations_pb2,
    privacy_service_pb2,
    project_service_pb2,
    service_account_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
)


def _services(files: list[FileDescriptor]) -> Mapping[str, ServiceDescriptor]:
    return {each.full_name: each for file in files for each in file.services_by_name.values()}


def _older(path: Path) -> Mapping[str, ServiceDescriptor]:
    pool = DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file
    for file in files:
        pool.Add(file)  # pyright: ignore[reportUnknownMemberType]
    # What statuses carry, which no file of the API imports.
    pool.AddSerializedFile(error_details_pb2.DESCRIPTOR.serialized_pb)
    return _services([pool.FindFileByName(file.name) for file in files])


TODAY = _services([file.DESCRIPTOR for file in _FILES])
CALLED = _older(Path(os.environ[PROTOS])) if PROTOS in os.environ else TODAY


def method_of(name: str, services: Mapping[str, ServiceDescriptor] = CALLED) -> MethodDescriptor:
    """Raises ValueError for one that this client does not have."""
    service, _, method = name.partition("/")
    if service not in services or method not in services[service].methods_by_name:
        raise ValueError(f"this client has no method {name}")
    return services[service].methods_by_name[method]


def request_of(method: MethodDescriptor, request: Json) -> Any:
    """Raises json_format.ParseError for what is not a request of the method."""
    return json_format.ParseDict(request, message_factory.GetMessageClass(method.input_type)())


def json_of(message: Message) -> Json:
    """As proto JSON, with all that was not set."""
    pool: Any = message.DESCRIPTOR.file.pool
    return json_format.MessageToDict(message, always_print_fields_with_no_presence=True, descriptor_pool=pool)
