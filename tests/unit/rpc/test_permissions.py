"""The permission of every method, from the descriptors: each has one, and none changes unseen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chronovisor.v1 import access_pb2
from chronovisor.v1.access_pb2 import MethodPermission
from google.protobuf.descriptor import Descriptor, MethodDescriptor

from controlplane.rpc.access.methods import GOOGLE
from controlplane.runtime.services import API, SERVICES

GOLDEN = Path(__file__).parent / "golden" / "permissions.txt"


def methods() -> Iterator[MethodDescriptor]:
    """Those of our own protos. Those of Google's have theirs in a table of the server."""
    for service in SERVICES:
        if service.full_name.startswith(f"{API}."):
            yield from service.methods


def permission_of(method: MethodDescriptor) -> MethodPermission:
    return method.GetOptions().Extensions[access_pb2.permission]


def line(method: MethodDescriptor) -> str:
    return worded(method.full_name.rpartition(".v1.")[2], permission_of(method))


def worded(method: str, permission: MethodPermission) -> str:
    rule = MethodPermission.Rule.Name(permission.rule).removeprefix("RULE_")
    parts = (
        permission.name,
        f"on {permission.resource}" if permission.resource else "",
        rule if permission.rule else "",
        f"and {permission.also} where {permission.also_when}" if permission.also else "",
        f"and {permission.uses} on other projects of {permission.uses_in}" if permission.uses else "",
        "sensitive" if permission.sensitive else "",
    )
    return f"{method}: {', '.join(each for each in parts if each)}"


@pytest.mark.parametrize("method", [*methods()], ids=lambda method: method.name)
def test_every_method_declares_its_permission(method: MethodDescriptor) -> None:
    assert method.GetOptions().HasExtension(access_pb2.permission)
    permission = permission_of(method)
    needs_name = permission.rule in (MethodPermission.RULE_UNSPECIFIED, MethodPermission.RULE_FILTERED)
    assert bool(permission.name) is needs_name or permission.rule == MethodPermission.RULE_EACH


def field_at(message: Descriptor, path: str) -> bool:
    first, _, rest = path.partition(".")
    field = message.fields_by_name.get(first)
    if field is None:
        return False
    return not rest or (field.message_type is not None and field_at(field.message_type, rest))


@pytest.mark.parametrize("method", [*methods()], ids=lambda method: method.name)
def test_the_fields_that_permissions_name_are_the_requests_own(method: MethodDescriptor) -> None:
    permission = permission_of(method)
    for path in (permission.resource, permission.also_when, permission.uses_in):
        assert not path or field_at(method.input_type, path), path
    assert bool(permission.also) is bool(permission.also_when)
    assert bool(permission.uses) is bool(permission.uses_in)


def test_no_permission_has_changed_unseen() -> None:
    """`buf breaking` does not look at options. Who changes one on purpose changes the golden file, too."""
    of_google = (worded(name, permission) for name, permission in GOOGLE.items())
    assert "\n".join((*sorted(map(line, methods())), *sorted(of_google))) == GOLDEN.read_text().strip()
