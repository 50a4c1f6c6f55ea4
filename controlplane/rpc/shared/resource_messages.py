"""A resource of a project as its kind's message of the API: one row a kind."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from controlplane.domain.resource_kinds import IMAGES, NETWORKS, SECURITY_GROUPS, SERVICE_ACCOUNTS, ProjectResource
from controlplane.rpc.image.messages import image_message
from controlplane.rpc.network.messages import network_message, security_group_message
from controlplane.rpc.service_account.messages import account_message

# By collection.
MESSAGES: Mapping[str, Callable[[Any], Message]] = {
    SERVICE_ACCOUNTS.collection: account_message,
    NETWORKS.collection: network_message,
    SECURITY_GROUPS.collection: security_group_message,
    IMAGES.collection: image_message,
}


def resource_message(resource: ProjectResource) -> Message:
    return MESSAGES[resource.name.split("/")[-2]](resource)
