"""The API as its descriptors have it: the methods, and whether the keys of requests and patterns are fields of it.

Of today's protos, or of an older set of descriptors. Reads no values.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from chronovisor.v1 import (
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
from google.longrunning import operations_pb2 as longrunning_pb2
from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pool import Default, DescriptorPool
from google.rpc import error_details_pb2

FILES = (
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
    longrunning_pb2,
    operations_pb2,
)
RELEASES = Path(__file__).resolve().parents[2] / "protos" / "releases"
# What the oldest clients were generated from.
OLDEST = min(RELEASES.glob("*.binpb"), key=lambda file: [int(number) for number in re.findall(r"\d+", file.stem)])
# Messages with a form of their own in JSON, and those whose fields depend on what is in them.
_OPAQUE = "google.protobuf."
_WATCHED = {"WatchEvents": "chronovisor.events.v1.Event", "WatchVms": "chronovisor.v1.VmChange"}
_UTILIZATION = "chronovisor.v1.Utilization"
# By a field of google.longrunning.Operation.
_CARRIED = {"metadata": "chronovisor.v1.OperationMetadata", "response": "chronovisor.v1.Vm"}


class Mismatch(Exception):
    """Something that the API does not have."""


class Api:
    """One state of the protos: `files` are the names of those with services."""

    def __init__(self, pool: DescriptorPool, files: Iterable[str]) -> None:
        self.pool = pool
        self._services = {
            service.full_name: service
            for name in files
            for service in pool.FindFileByName(name).services_by_name.values()
        }

    def services(self) -> list[ServiceDescriptor]:
        """All services of the API, with that of operations."""
        return list(self._services.values())

    def method_of(self, name: str) -> MethodDescriptor:
        """The method of a full name such as `chronovisor.v1.VmService/GetVm`. Raises Mismatch."""
        service, _, method = name.partition("/")
        found = self._services.get(service)
        if found is None or method not in found.methods_by_name:
            raise Mismatch(f"there is no method {name!r}")
        return found.methods_by_name[method]

    def request_class(self, name: str) -> Any:
        """Of a method. Raises Mismatch."""
        return message_factory.GetMessageClass(self.method_of(name).input_type)

    def response_class(self, name: str) -> Any:
        """Of a method. Raises Mismatch."""
        return message_factory.GetMessageClass(self.method_of(name).output_type)

    def check(self, kind: str, step: dict[str, Any], watched: Mapping[str, str]) -> None:
        """Raises Mismatch for a method or a field that there is not. `watched`: methods of watches, by their names."""
        if kind in ("collect", "stop"):
            if step[kind] not in watched:
                raise Mismatch(f"no step before it watches as {step[kind]!r}")
            item = self._message(_WATCHED.get(self.method_of(watched[step[kind]]).name, _UTILIZATION))
            _check(step.get("until"), item, "until", self.pool)
            _check(step.get("response"), item, "response", self.pool)
        if kind == "wait":
            _check(step.get("response"), self._message("chronovisor.v1.Vm"), "response", self.pool)
        if kind not in ("call", "list", "watch", "stream"):
            return
        method = self.method_of(step[kind])
        for request in step.get("requests", [step.get("request")]):
            _check(request, method.input_type, "request", self.pool)
        response = step.get("response")
        if kind == "list":
            if "next_page_token" not in method.output_type.fields_by_name:
                raise Mismatch(f"{method.full_name} has no pages")
            field = {each.json_name: each for each in method.output_type.fields}.get(step["items"])
            if field is None or field.message_type is None:
                raise Mismatch(f"{method.output_type.full_name} has no list {step['items']!r}")
            _check(response, field.message_type, "response", self.pool)
        else:
            _check(response, method.output_type, "response", self.pool)

    def has_all_of(self, steps: Iterable[dict[str, Any]], kinds: Iterable[str]) -> bool:
        """Whether every method and field of these steps is in it."""
        watched: dict[str, str] = {}
        try:
            for step in steps:
                self.check(next(kind for kind in kinds if kind in step), step, watched)
                if "watch" in step:
                    watched[step["as"]] = step["watch"]
        except Mismatch:
            return False
        return True

    def _message(self, name: str) -> Descriptor:
        return self.pool.FindMessageTypeByName(name)


TODAY = Api(Default(), [each.DESCRIPTOR.name for each in FILES])


@cache
def older(path: Path = OLDEST) -> Api:
    """The API as of a release, the oldest by default."""
    pool = DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file
    for file in files:
        pool.Add(file)  # pyright: ignore[reportUnknownMemberType]
    # Those of errors, which no file imports.
    pool.AddSerializedFile(error_details_pb2.DESCRIPTOR.serialized_pb)
    return Api(pool, [each.name for each in files if each.service])


def _check(value: Any, message: Descriptor, path: str, pool: DescriptorPool) -> None:
    for where, given, kind in _keys(value, message, path, pool):
        # A pattern.
        if given.startswith("$") or given == "@type":
            continue
        names = {each.name for each in kind.fields} | {each.json_name for each in kind.fields}
        if given not in names:
            raise Mismatch(f"{where}: {kind.full_name} has no field {given!r}")


def _keys(value: Any, message: Descriptor, path: str, pool: DescriptorPool) -> Iterator[tuple[str, str, Descriptor]]:
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _keys(each, message, path, pool)
    if not isinstance(value, dict) or message.full_name.startswith(_OPAQUE):
        return
    fields = {name: each for each in message.fields for name in (each.name, each.json_name)}
    for key, each in cast("dict[str, Any]", value).items():
        if key in ("$contains", "$not"):
            yield from _keys(each, message, path, pool)
            continue
        yield path, str(key), message
        field = fields.get(str(key))
        if field is None or field.message_type is None:
            continue
        if message.full_name == "google.longrunning.Operation" and key in _CARRIED:
            # What is in the Any, whose type the descriptor does not say. A host says that it is none of the default's.
            named = str(cast("dict[str, Any]", each).get("@type", "")) if isinstance(each, dict) else ""
            carried = pool.FindMessageTypeByName(named.rpartition("/")[2] or _CARRIED[key])
            yield from _keys(each, carried, f"{path}.{key}", pool)
            continue
        if field.message_type.GetOptions().map_entry:
            of = field.message_type.fields_by_name["value"].message_type
            values = list(cast("dict[str, Any]", each).values()) if isinstance(each, dict) else []
            if of is not None:
                yield from _keys(values, of, f"{path}.{key}", pool)
        else:
            yield from _keys(each, field.message_type, f"{path}.{key}", pool)
