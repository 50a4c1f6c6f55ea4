"""Every method of the API by its descriptor: a request of it that names a resource, and the call of it as bytes."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpc import aio

from controlplane.rpc.access.methods import MethodRule, rules_of
from controlplane.runtime.services import API, SERVICES
from tests.integration.controlplane.plane import Refusal, refusal_of
from tests.integration.controlplane.tenants import Metadata
from tests.support.waiting import WAIT_S

RULES: Mapping[str, MethodRule] = rules_of(SERVICES)
# How long a stream is listened to that says nothing.
IDLE_S = 0.3
# Of a stream, more messages are not looked at.
MOST_MESSAGES = 500
# Fields that name something other than the service's own kind of resource.
_KINDS = {
    "parent": "project",
    "requests.parent": "project",
    "scope": "project",
    "project": "project",
    "resource": "project",
    "ServiceAccountService.name": "account",
    "ServiceAccountService.service_account.name": "account",
    "ImageService.name": "image",
    "ImageService.image.name": "image",
    "UploadImage.open.parent": "project",
    "CreateServiceAccountToken.parent": "account",
    "ListServiceAccountTokens.parent": "account",
    "RevokeServiceAccountToken.name": "token",
    "NetworkService.name": "network",
    "NetworkService.network.name": "network",
    "NetworkService.security_group.name": "security_group",
    "GetSecurityGroup.name": "security_group",
    "DeleteSecurityGroup.name": "security_group",
    "ListNetworkAddresses.parent": "network",
    "ListReach.parent": "network",
    "ProjectService.name": "project",
    "Operations.name": "operation",
}


@dataclass(frozen=True)
class Method:
    """One method, and what it demands."""

    descriptor: MethodDescriptor
    rule: MethodRule

    @property
    def name(self) -> str:
        """Such as `VmService.StartVm`."""
        service = self.descriptor.containing_service
        assert service is not None
        return f"{service.name}.{self.descriptor.name}"

    @property
    def path(self) -> str:
        service = self.descriptor.containing_service
        assert service is not None
        return f"/{service.full_name}/{self.descriptor.name}"

    @property
    def kind(self) -> str:
        """Of what resource its request has the name, such as `project`, `vm` or `image`; or none."""
        if not self.rule.paths:
            return ""
        path = ".".join(self.rule.paths)
        service, method = self.name.split(".")
        for key in (f"{method}.{path}", f"{service}.{path}", path):
            if key in _KINDS:
                return _KINDS[key]
        return "vm"

    def request(self, resource: str = "", **fields: object) -> Any:
        """One that names a resource, and that changes nothing where it can say so."""
        made: Any = message_factory.GetMessageClass(self.descriptor.input_type)()
        if self.rule.paths:
            _put(made, self.rule.paths, resource)
        for name, value in {"validate_only": True, **fields}.items():
            if name in self.descriptor.input_type.fields_by_name:
                setattr(made, name, value)
        return made


def _put(message: Any, path: tuple[str, ...], value: str) -> None:
    for name in path[:-1]:
        inner = getattr(message, name)
        message = inner if isinstance(inner, Message) else inner.add()
    setattr(message, path[-1], value)


def methods() -> Iterator[Method]:
    """Those of our own protos, and Google's of operations and policies."""
    others = (operations_pb2.DESCRIPTOR, iam_policy_pb2.DESCRIPTOR)
    services = [each for each in SERVICES if each.full_name.startswith(f"{API}.")]
    for file in others:
        services += file.services_by_name.values()
    found = {each.full_name: each for each in services}
    for service in found.values():
        for each in service.methods:
            yield Method(each, RULES[f"/{service.full_name}/{each.name}"])


@dataclass
class Answered:
    """All that came back: messages and metadata as bytes, and the refusal, if it was one."""

    messages: list[bytes] = field(default_factory=list[bytes])
    refusal: Refusal | None = None

    @property
    def code(self) -> grpc.StatusCode:
        return self.refusal.code if self.refusal else grpc.StatusCode.OK

    @property
    def reason(self) -> str:
        return self.refusal.reason if self.refusal else ""

    @property
    def is_denied(self) -> bool:
        return self.code in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)


async def call(channel: aio.Channel, method: Method, request: Message, metadata: Metadata = ()) -> Answered:
    """Calls it, and listens until nothing more comes."""
    found, raw = Answered(), request.SerializeToString()
    outgoing = _once(raw) if method.descriptor.client_streaming else raw
    kinds = [
        ("unary", "stream")[each] for each in (method.descriptor.client_streaming, method.descriptor.server_streaming)
    ]
    made: Any = getattr(channel, "_".join(kinds))(method.path)(outgoing, metadata=metadata)
    try:
        if method.descriptor.server_streaming:
            await _listen(made, found)
        else:
            found.messages.append(await asyncio.wait_for(made, WAIT_S))
    except aio.AioRpcError as error:
        found.refusal = refusal_of(error)
        found.messages.append(found.refusal.status.SerializeToString())
    for metadata_of in (made.initial_metadata, made.trailing_metadata):
        if made.done():
            found.messages += [_bytes(value) for _, value in await metadata_of() or ()]
    made.cancel()
    return found


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


async def _once(raw: bytes) -> AsyncIterator[bytes]:
    yield raw
    await asyncio.sleep(IDLE_S)


async def _listen(made: Any, found: Answered) -> None:
    # It comes once the call is admitted, or with the refusal.
    await asyncio.wait_for(made.initial_metadata(), WAIT_S)
    while len(found.messages) < MOST_MESSAGES:
        try:
            message = await asyncio.wait_for(made.read(), IDLE_S)
        except TimeoutError:
            return
        if not isinstance(message, bytes):
            return
        found.messages.append(message)
