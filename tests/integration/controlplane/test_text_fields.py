"""Each string of each request has a rule, or stands in a list that says why not: a new field is in neither."""

import fnmatch
import re
import time
from collections.abc import Mapping
from typing import Any

import grpc
import pytest
from chronovisor.v1 import access_service_pb2 as access
from chronovisor.v1 import (
    history_service_pb2,
    host_credentials_pb2,
    host_service_pb2,
    image_pb2,
    image_service_pb2,
    network_pb2,
    network_service_pb2,
    project_service_pb2,
    rebalance_pb2,
    service_account_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
    what_if_pb2,
)
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.longrunning import operations_pb2 as longrunning
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpc import aio

from controlplane.runtime.services import SERVICES
from tests.integration.controlplane.plane import DEFAULT, NOWHERE, WAIT_S, Plane, a_host, a_vm, refusal_of
from tests.integration.controlplane.string_fields import Path, is_reached, string_paths, with_text

VM, HOST, CI = f"{DEFAULT}/vms/web", "hosts/node-1", f"{DEFAULT}/serviceAccounts/ci"
NETWORK, GROUP = f"{DEFAULT}/networks/web", f"{DEFAULT}/securityGroups/web"
DISK = f"{DEFAULT}/images/disk"
METHODS = {f"{service.name}.{each.name}": each for service in SERVICES for each in service.methods}
CASES = [
    (name, path) for name, method in METHODS.items() if is_reached(method) for path in string_paths(method.input_type)
]
# Method and path, and why its text is not looked at. A `*` stands for anything.
WITHOUT_A_RULE: Mapping[str, str] = {
    "*.etag": "compared with the resource's own, and never kept: ETAG_MISMATCH",
    "*.vm.name": "the server's own, unless an update names the VM by it",
    "*.host.name": "the server's own, unless an update names the host by it",
    "*.project.name": "the server's own, unless an update names the project by it",
    "AccessService.CreateRole role.name": "the server's own",
    "IAMPolicy.* policy.bindings.condition.location": "Google's, and never kept",
    "IAMPolicy.* policy.audit_configs.*": "refused, whatever it has",
    "*.service_account.name": "the server's own, unless an update names the account by it",
    "*.network.name": "the server's own, unless an update names the network by it",
    "*.security_group.name": "the server's own, unless an update names the group by it",
    "*.image.name": "the server's own, unless an update names the image by it",
    "NetworkService.UpdateNetwork network.ipv*": "what a network is connected to never changes",
    "NetworkService.UpdateNetwork network.bridge": "what a network is connected to never changes",
    "HostService.UpdateHost host.platform.*": "an agent's to say: no update changes it",
}
HERE: Mapping[str, Message] = {
    "AccessService.ExplainAccess": access.ExplainAccessRequest(resource="/", principal="user:a", permission="vms.get"),
    "AccessService.CreateRole": access.CreateRoleRequest(role_id="new", role=access.Role(permissions=["vms.get"])),
    "AccessService.UpdateRole": access.UpdateRoleRequest(role=access.Role(name="roles/new", permissions=["vms.get"])),
    "IAMPolicy.SetIamPolicy": iam_policy_pb2.SetIamPolicyRequest(resource="/", policy=policy_pb2.Policy()),
    "IAMPolicy.TestIamPermissions": iam_policy_pb2.TestIamPermissionsRequest(resource="/"),
    "VmService.CreateVm": vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="new", vm=a_vm()),
    "VmService.UpdateVm": vm_service_pb2.UpdateVmRequest(),
    "VmService.ListVms": vm_service_pb2.ListVmsRequest(parent=DEFAULT),
    "VmService.WatchVms": vm_service_pb2.WatchVmsRequest(parent=DEFAULT),
    "VmService.ExplainPlacement": vm_service_pb2.ExplainPlacementRequest(parent=DEFAULT),
    "HostService.RegisterHost": host_service_pb2.RegisterHostRequest(host_id="node-2", host=a_host()),
    "HostService.UpdateHost": host_service_pb2.UpdateHostRequest(),
    "HostService.ListUnexpectedGuests": host_service_pb2.ListUnexpectedGuestsRequest(parent="hosts/-"),
    "HostService.PlanRebalance": rebalance_pb2.PlanRebalanceRequest(),
    "HostService.RunRebalance": rebalance_pb2.RunRebalanceRequest(),
    "HostService.RevokeHostCredentials": host_credentials_pb2.RevokeHostCredentialsRequest(name=HOST),
    "AgentService.EnrollHost": host_credentials_pb2.EnrollHostRequest(host_id="node-9", token="cvht_", csr=b"none"),
    "ProjectService.UpdateProject": project_service_pb2.UpdateProjectRequest(),
    "ServiceAccountService.CreateServiceAccount": service_account_service_pb2.CreateServiceAccountRequest(
        parent=DEFAULT, service_account_id="robot"
    ),
    "ServiceAccountService.ListServiceAccounts": service_account_service_pb2.ListServiceAccountsRequest(parent=DEFAULT),
    "ServiceAccountService.CreateServiceAccountToken": service_account_service_pb2.CreateServiceAccountTokenRequest(
        parent=CI
    ),
    "ServiceAccountService.ListServiceAccountTokens": service_account_service_pb2.ListServiceAccountTokensRequest(
        parent=CI
    ),
    "NetworkService.CreateNetwork": network_service_pb2.CreateNetworkRequest(
        parent=DEFAULT, network_id="new", network=network_pb2.Network(ipv4_cidr="10.1.0.0/24")
    ),
    "NetworkService.ListNetworks": network_service_pb2.ListNetworksRequest(parent=DEFAULT),
    "NetworkService.ListNetworkAddresses": network_service_pb2.ListNetworkAddressesRequest(parent=NETWORK),
    "NetworkService.CheckReach": network_service_pb2.CheckReachRequest(
        parent=DEFAULT, source=VM, destination="10.1.0.5"
    ),
    "NetworkService.ListReach": network_service_pb2.ListReachRequest(parent=NETWORK),
    "NetworkService.CreateSecurityGroup": network_service_pb2.CreateSecurityGroupRequest(
        parent=DEFAULT, security_group_id="new"
    ),
    "NetworkService.ListSecurityGroups": network_service_pb2.ListSecurityGroupsRequest(parent=DEFAULT),
    "ImageService.ImportImage": image_service_pb2.ImportImageRequest(
        parent=DEFAULT, image_id="new", source_uri=f"{NOWHERE}disk"
    ),
    "ImageService.ListImages": image_service_pb2.ListImagesRequest(parent=DEFAULT),
    "ImageService.DeprecateImage": image_service_pb2.DeprecateImageRequest(
        name=DISK, state=image_pb2.IMAGE_STATE_READY
    ),
    "UtilizationService.ListUtilization": utilization_service_pb2.ListUtilizationRequest(group_by="hosts"),
    "UtilizationService.GetUsage": utilization_service_pb2.GetUsageRequest(),
    "HistoryService.ReplayVm": history_service_pb2.ReplayVmRequest(name=VM),
    "HistoryService.WhatIf": what_if_pb2.WhatIfRequest(),
    "Operations.ListOperations": longrunning.ListOperationsRequest(name="operations"),
}
# Updates: the field that has the resource, its name, and what the mask names where another field is looked at.
UPDATED = {
    "VmService.UpdateVm": ("vm", VM, "labels"),
    "ProjectService.UpdateProject": ("project", DEFAULT, "labels"),
    "ServiceAccountService.UpdateServiceAccount": ("service_account", CI, "disabled"),
    "NetworkService.UpdateNetwork": ("network", NETWORK, "labels"),
    "NetworkService.UpdateSecurityGroup": ("security_group", GROUP, "labels"),
    "ImageService.UpdateImage": ("image", DISK, "labels"),
    "HostService.UpdateHost": ("host", HOST, "labels"),
}
BAD = {
    "nul": "x\0y",
    "escape sequence": "\x1b[2Jx",
    "c1": "x\x9b31my",
    "direction": "a\u202eb",
    "non-character": "a\uffffb",
}


def exemption(method: str, path: Path) -> str:
    return next((why for pattern, why in WITHOUT_A_RULE.items() if _fits(f"{method} {path}", pattern)), "")


def _fits(field: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(field, pattern.replace("*.", "* ", 1)) or fnmatch.fnmatchcase(field, pattern)


def base_of(name: str, path: Path) -> Message:
    """A request that is good but for the field: what is checked before it must not be what is refused."""
    base = HERE.get(name)
    made: Any = message_factory.GetMessageClass(METHODS[name].input_type)()
    if base is not None:
        made.CopyFrom(base)
    first = path.parts[0]
    if name in UPDATED:
        field, resource, other = UPDATED[name]
        getattr(made, field).name = resource
        made.update_mask.paths[:] = [".".join(path.parts[1:2])] if first == field else [other]
    elif name == "UtilizationService.GetUsage":
        made.start_time.seconds, made.end_time.seconds = 1, int(time.time()) - 1
    elif name.startswith("VmService.Batch"):
        made.parent = DEFAULT
    elif name == "VmService.ExplainPlacement" and first == "parent":
        made.vm.CopyFrom(a_vm())
    elif name == "HistoryService.WhatIf" and first == "add_hosts":
        more = made.add_hosts.add(count=1)
        if path.parts[1] == "host":
            more.host.CopyFrom(a_host())
    if first == "update_mask":
        made.ClearField("update_mask")
    return made


async def call(plane: Plane, method: MethodDescriptor, request: Message) -> None:
    path = f"/{method.containing_service.full_name}/{method.name}"
    channel: Any = plane.channel
    answer = message_factory.GetMessageClass(method.output_type)
    coders = {"request_serializer": type(request).SerializeToString, "response_deserializer": answer.FromString}
    if method.server_streaming:
        async for _ in channel.unary_stream(path, **coders)(request, timeout=WAIT_S):
            return
    else:
        await channel.unary_unary(path, **coders)(request, timeout=WAIT_S)


def fields_of(paths: list[str]) -> set[str]:
    return {re.sub(r"\[[^]]*\]", "", each, flags=re.DOTALL) for each in paths}


async def test_each_string_of_each_request_has_a_rule_or_a_reason_to_have_none(plane: Plane) -> None:
    await plane.register()
    await plane.create()
    unruled: list[str] = []
    for name, path in CASES:
        method = METHODS[name]
        if exemption(name, path) and not (path.parts[-1] == "name" and name.partition(".")[2].startswith("Update")):
            continue
        request = with_text(base_of(name, path), path, "x\0y")
        try:
            await call(plane, method, request)
            unruled.append(f"{name} {path}: taken")
        except aio.AioRpcError as error:
            refusal = refusal_of(error)
            expected = path.field.partition("update_mask")[1] or path.field
            if refusal.code is not grpc.StatusCode.INVALID_ARGUMENT or expected not in fields_of(refusal.fields):
                unruled.append(f"{name} {path}: {refusal.code.name} {refusal.fields}")
    assert not unruled, "\n".join(unruled)


def test_what_has_no_rule_is_there() -> None:
    fields = [f"{name} {path}" for name, path in CASES]
    assert not [pattern for pattern in WITHOUT_A_RULE if not any(_fits(field, pattern) for field in fields)]


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
async def test_text_that_a_terminal_obeys_is_refused_and_shown_in_letters(plane: Plane, text: str) -> None:
    made = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm(), reason=text)
    made.vm.labels["team"] = text
    made.vm.labels[text] = "x"
    with pytest.raises(aio.AioRpcError) as caught:
        await plane.vms.CreateVm(made)
    found = refusal_of(caught.value)
    assert fields_of(found.fields) == {"reason", "vm.labels"}
    assert found.message.isprintable()
    assert all(each.isprintable() for each in found.fields)
    assert text.encode() not in found.status.SerializeToString()


async def test_prose_may_have_lines_and_labels_may_have_any_script(plane: Plane) -> None:
    made = vm_service_pb2.CreateVmRequest(
        parent=DEFAULT, vm_id="web", vm=a_vm(), reason="why:\n\t- 日本, नी, 👩\u200d💻"
    )
    made.vm.labels.update({"team": "東京 Ünïcode 🚀", "empty": "", "markup": "[red]=1+1[/red]"})
    await plane.vms.CreateVm(made)
    assert dict((await plane.get()).labels) == dict(made.vm.labels)


async def test_a_label_is_in_one_form(plane: Plane) -> None:
    made = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm())
    made.vm.labels["team"] = "cafe\u0301"
    for refused_call in (
        plane.vms.CreateVm(made),
        plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent=DEFAULT, filter='labels.team="cafe\u0301"')),
    ):
        with pytest.raises(aio.AioRpcError) as caught:
            await refused_call
        assert "NFC" in refusal_of(caught.value).message
