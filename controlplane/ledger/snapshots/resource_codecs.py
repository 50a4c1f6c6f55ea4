"""How each kind of a project's resources is kept in snapshots and in the read database's rows: one row a kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from google.protobuf.message import Message

from controlplane.domain.resource_kinds import IMAGES, NETWORKS, SECURITY_GROUPS, SERVICE_ACCOUNTS, R, ResourceKind
from controlplane.ledger.snapshots.image_codec import image_message, image_of
from controlplane.ledger.snapshots.network_codecs import (
    network_message,
    network_of,
    security_group_message,
    security_group_of,
)
from controlplane.ledger.snapshots.service_account_codec import service_account_message, service_account_of


@dataclass(frozen=True, eq=False)
class ResourceCodec(Generic[R]):
    """`state` is the kind's message in `snapshot.proto`; `FleetChunk` has a list of them, by the kind's plural."""

    kind: ResourceKind[R]
    state: type[Message]
    message_of: Callable[[R], Message]
    resource_of: Callable[[Any], R]

    def field_of(self, chunk: pb.FleetChunk) -> Any:
        """The chunk's list of these messages."""
        return getattr(chunk, self.kind.plural)

    def encoded(self, resource: R) -> bytes:
        return self.message_of(resource).SerializeToString(deterministic=True)

    def decoded(self, data: bytes) -> R:
        """As it was encoded, but that it lives, always."""
        return self.resource_of(self.state.FromString(data))


_ROWS = (
    ResourceCodec(SERVICE_ACCOUNTS, pb.ServiceAccountState, service_account_message, service_account_of),
    ResourceCodec(NETWORKS, pb.NetworkState, network_message, network_of),
    ResourceCodec(SECURITY_GROUPS, pb.SecurityGroupState, security_group_message, security_group_of),
    ResourceCodec(IMAGES, pb.ImageState, image_message, image_of),
)
# By collection.
CODECS: Mapping[str, ResourceCodec[Any]] = {each.kind.collection: each for each in _ROWS}
