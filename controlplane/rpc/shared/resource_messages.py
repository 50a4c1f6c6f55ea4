"""A resource of a project as its kind's message of the API: one row a kind."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from controlplane.domain.resource_kinds import SERVICE_ACCOUNTS, ProjectResource
from controlplane.rpc.service_account.messages import account_message

# By collection.
MESSAGES: Mapping[str, Callable[[Any], Message]] = {
    SERVICE_ACCOUNTS.collection: account_message,
}


def resource_message(resource: ProjectResource) -> Message:
    return MESSAGES[resource.name.split("/")[-2]](resource)
