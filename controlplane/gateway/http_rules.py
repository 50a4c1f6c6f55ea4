"""Which HTTP verb and path mean which method: google.api.http of the protos, and what Google's own services lack."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from controlplane.gateway.path_template import PathTemplate, parse_template

_HTTP: Any = annotations_pb2.http
# Beside the rules of protos that are not ours to annotate. The root is `/`, which many proxies drop from a path's end:
# its policy is reached without it, too.
BESIDE: Mapping[str, http_pb2.HttpRule] = {
    "google.longrunning.Operations.WaitOperation": http_pb2.HttpRule(post="/v1/{name=operations/**}:wait", body="*"),
    "google.longrunning.Operations.ListOperations": http_pb2.HttpRule(
        get="/v1/{name=projects/*/vms/*}/operations",
        additional_bindings=[http_pb2.HttpRule(get="/v1/{name=hosts/*}/operations")],
    ),
    "google.iam.v1.IAMPolicy.SetIamPolicy": http_pb2.HttpRule(post="/v1:setIamPolicy", body="*"),
    "google.iam.v1.IAMPolicy.GetIamPolicy": http_pb2.HttpRule(post="/v1:getIamPolicy", body="*"),
    "google.iam.v1.IAMPolicy.TestIamPermissions": http_pb2.HttpRule(post="/v1:testIamPermissions", body="*"),
}


@dataclass(frozen=True, slots=True)
class Binding:
    """One way to a method: the HTTP verb, the path, and the field that is the body, `*` for all that the path lacks."""

    method: MethodDescriptor
    verb: str
    template: PathTemplate
    body: str


def rule_of(method: MethodDescriptor) -> http_pb2.HttpRule | None:
    """The rule in the proto, with its additional ones in it. None: HTTP with JSON does not reach the method."""
    options = method.GetOptions()
    return cast("http_pb2.HttpRule", options.Extensions[_HTTP]) if options.HasExtension(_HTTP) else None


def bindings_of(services: Sequence[ServiceDescriptor]) -> Iterator[Binding]:
    """Of each method, its primary one first."""
    for service in services:
        for method in service.methods:
            for rule in (rule_of(method), BESIDE.get(method.full_name)):
                if rule is not None:
                    yield from _bindings(method, rule)


def _bindings(method: MethodDescriptor, rule: http_pb2.HttpRule) -> Iterator[Binding]:
    for each in (rule, *rule.additional_bindings):
        verb = each.WhichOneof("pattern")
        assert verb is not None, method.full_name
        yield Binding(method, verb.upper(), parse_template(getattr(each, verb)), each.body)
