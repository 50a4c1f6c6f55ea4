"""Checks the keys of requests and patterns in scenarios against the API's descriptors. Reads no values."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from chronovisor.v1 import (
    agent_service_pb2,
    history_service_pb2,
    host_service_pb2,
    operations_pb2,
    project_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
)
from google.longrunning import operations_pb2 as longrunning_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor, ServiceDescriptor

FILES = (
    agent_service_pb2,
    history_service_pb2,
    host_service_pb2,
    project_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
    longrunning_pb2,
    operations_pb2,
)
# Messages with a form of their own in JSON, and those whose fields depend on what is in them.
_OPAQUE = "google.protobuf."
_WATCHED = {"WatchEvents": "chronovisor.events.v1.Event", "WatchVms": "chronovisor.v1.VmChange"}
_UTILIZATION = "chronovisor.v1.Utilization"


class Mismatch(Exception):
    """Something that the API does not have."""


def services() -> list[ServiceDescriptor]:
    """All services of the API, with that of operations."""
    return [service for file in FILES for service in file.DESCRIPTOR.services_by_name.values()]


def method_of(name: str) -> MethodDescriptor:
    """The method of a full name such as `chronovisor.v1.VmService/GetVm`. Raises Mismatch."""
    service, _, method = name.partition("/")
    found = {each.full_name: each for each in services()}.get(service)
    if found is None or method not in found.methods_by_name:
        raise Mismatch(f"there is no method {name!r}")
    return found.methods_by_name[method]


def check(kind: str, step: dict[str, Any], watched: Mapping[str, str]) -> None:
    """Raises Mismatch for a method or a field that there is not. `watched`: methods of watches, by their names."""
    if kind in ("collect", "stop"):
        if step[kind] not in watched:
            raise Mismatch(f"no step before it watches as {step[kind]!r}")
        item = _message(_WATCHED.get(method_of(watched[step[kind]]).name, _UTILIZATION))
        _check(step.get("until"), item, "until")
        _check(step.get("response"), item, "response")
    if kind == "wait":
        _check(step.get("response"), _message("chronovisor.v1.Vm"), "response")
    if kind not in ("call", "list", "watch", "stream"):
        return
    method = method_of(step[kind])
    for request in step.get("requests", [step.get("request")]):
        _check(request, method.input_type, "request")
    response = step.get("response")
    if kind == "list":
        field = {_json_name(each): each for each in method.output_type.fields}.get(step["items"])
        if field is None or field.message_type is None:
            raise Mismatch(f"{method.output_type.full_name} has no list {step['items']!r}")
        _check(response, field.message_type, "response")
    else:
        _check(response, method.output_type, "response")


def _check(value: Any, message: Descriptor, path: str) -> None:
    for where, given, kind in _keys(value, message, path):
        # A pattern.
        if given.startswith("$") or given == "@type":
            continue
        names = {each.name for each in kind.fields} | {_json_name(each) for each in kind.fields}
        if given not in names:
            raise Mismatch(f"{where}: {kind.full_name} has no field {given!r}")


def _keys(value: Any, message: Descriptor, path: str) -> Iterator[tuple[str, str, Descriptor]]:
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _keys(each, message, path)
    if not isinstance(value, dict) or message.full_name.startswith(_OPAQUE):
        return
    fields = {name: each for each in message.fields for name in (each.name, _json_name(each))}
    for key, each in cast("dict[str, Any]", value).items():
        if key in ("$contains", "$not"):
            yield from _keys(each, message, path)
            continue
        yield path, str(key), message
        field = fields.get(str(key))
        if field is None or field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            of = field.message_type.fields_by_name["value"].message_type
            values = list(cast("dict[str, Any]", each).values()) if isinstance(each, dict) else []
            if of is not None:
                yield from _keys(values, of, f"{path}.{key}")
        else:
            yield from _keys(each, field.message_type, f"{path}.{key}")


def _json_name(field: FieldDescriptor) -> str:
    return field.json_name


def _message(name: str) -> Descriptor:
    return descriptor_pool.Default().FindMessageTypeByName(name)
