"""What the comments of methods list is so: reasons that many methods share are met by each that lists them."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias

import pytest
from chronovisor.v1 import access_service_pb2 as access
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import (
    console_service_pb2,
    host_credentials_pb2,
    host_pb2,
    image_pb2,
    network_pb2,
    project_pb2,
    rebalance_pb2,
    service_account_pb2,
    signed_head_pb2,
    spare_capacity_pb2,
    timeline_pb2,
    vm_pb2,
    vm_service_pb2,
    what_if_pb2,
)
from chronovisor.v1 import history_service_pb2 as history
from chronovisor.v1 import host_service_pb2 as hosts
from chronovisor.v1 import image_service_pb2 as images
from chronovisor.v1 import metrics_service_pb2 as metrics
from chronovisor.v1 import network_service_pb2 as networks
from chronovisor.v1 import privacy_service_pb2 as privacy
from chronovisor.v1 import project_service_pb2 as projects
from chronovisor.v1 import service_account_service_pb2 as accounts
from chronovisor.v1 import utilization_service_pb2 as utilization
from chronovisor.v1.agent_service_pb2_grpc import AgentServiceStub
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from controlplane.domain.errors import LedgerUntrusted
from docs import api_reference
from tests.integration.controlplane.plane import DEFAULT, NOWHERE, WAIT_S, Plane, a_host, a_vm, refusal_of, vm_name

WEB, NODE, CI = vm_name("web"), "hosts/node-1", f"{DEFAULT}/serviceAccounts/ci"
NETWORK, GROUP = f"{DEFAULT}/networks/web", f"{DEFAULT}/securityGroups/web"
DISK = f"{DEFAULT}/images/disk"
TOKEN = "tokens/000000000000"
PAST = Timestamp(seconds=1)
Metadata: TypeAlias = tuple[tuple[str, str], ...]

# A request that is valid, of every method that lists a reason of those that are met here.
REQUESTS: dict[str, Message] = {
    "CreateVm": vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="new", vm=a_vm()),
    "BatchCreateVms": vm_service_pb2.BatchCreateVmsRequest(
        parent="projects/-", requests=[vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="new", vm=a_vm())]
    ),
    "BatchStartVms": vm_service_pb2.BatchStartVmsRequest(
        parent="projects/-", requests=[vm_service_pb2.StartVmRequest(name=WEB)]
    ),
    "BatchStopVms": vm_service_pb2.BatchStopVmsRequest(
        parent="projects/-", requests=[vm_service_pb2.StopVmRequest(name=WEB)]
    ),
    "BatchDeleteVms": vm_service_pb2.BatchDeleteVmsRequest(
        parent="projects/-", requests=[vm_service_pb2.DeleteVmRequest(name=WEB)]
    ),
    "ExecuteCommands": vm_service_pb2.ExecuteCommandsRequest(stop_vm=vm_service_pb2.StopVmRequest(name=WEB)),
    "OpenSerialConsole": console_service_pb2.OpenSerialConsoleRequest(
        open=console_service_pb2.SerialConsoleOpening(name=WEB)
    ),
    "OpenScreen": console_service_pb2.OpenScreenRequest(open=console_service_pb2.ScreenOpening(name=WEB)),
    "OpenPort": console_service_pb2.OpenPortRequest(open=console_service_pb2.PortOpening(name=WEB, port=22)),
    "GetScreenshot": console_service_pb2.GetScreenshotRequest(name=WEB),
    "RunProgram": console_service_pb2.RunProgramRequest(name=WEB, program="id"),
    "CreateConsoleTicket": console_service_pb2.CreateConsoleTicketRequest(
        serial_console=console_service_pb2.SerialConsoleOpening(name=WEB)
    ),
    "ReadConsoleLog": console_service_pb2.ReadConsoleLogRequest(name=WEB),
    "OpenTunnel": agents.TunnelData(tunnel_id="none"),
    "GetVm": vm_service_pb2.GetVmRequest(name=WEB),
    "ListVms": vm_service_pb2.ListVmsRequest(parent=DEFAULT),
    "UpdateVm": vm_service_pb2.UpdateVmRequest(vm=vm_pb2.Vm(name=WEB, labels={"a": "b"})),
    "StartVm": vm_service_pb2.StartVmRequest(name=WEB),
    "StopVm": vm_service_pb2.StopVmRequest(name=WEB),
    "RebootVm": vm_service_pb2.RebootVmRequest(name=WEB),
    "PauseVm": vm_service_pb2.PauseVmRequest(name=WEB),
    "ResumeVm": vm_service_pb2.ResumeVmRequest(name=WEB),
    "MigrateVm": vm_service_pb2.MigrateVmRequest(name=WEB),
    "DeleteVm": vm_service_pb2.DeleteVmRequest(name=WEB),
    "GetVmSecrets": vm_service_pb2.GetVmSecretsRequest(name=WEB),
    "WatchVms": vm_service_pb2.WatchVmsRequest(parent=DEFAULT),
    "ExplainPlacement": vm_service_pb2.ExplainPlacementRequest(parent=DEFAULT, vm=a_vm()),
    "RegisterHost": hosts.RegisterHostRequest(host_id="node-2", host=a_host()),
    "GetHost": hosts.GetHostRequest(name=NODE),
    "CheckHost": hosts.CheckHostRequest(name=NODE),
    "ListHosts": hosts.ListHostsRequest(),
    "UpdateHost": hosts.UpdateHostRequest(host=host_pb2.Host(name=NODE, labels={"a": "b"})),
    "CordonHost": hosts.CordonHostRequest(name=NODE),
    "UncordonHost": hosts.UncordonHostRequest(name=NODE),
    "DrainHost": hosts.DrainHostRequest(name=NODE),
    "FenceHost": hosts.FenceHostRequest(name=NODE, method=host_pb2.FENCE_METHOD_OPERATOR),
    "DecommissionHost": hosts.DecommissionHostRequest(name=NODE),
    "ReplaceHostMachine": hosts.ReplaceHostMachineRequest(name=NODE),
    "ListUnexpectedGuests": hosts.ListUnexpectedGuestsRequest(parent=NODE),
    "ReconcileHost": hosts.ReconcileHostRequest(name=NODE, action=hosts.ReconcileHostRequest.ACTION_STOP),
    "CreateHostToken": host_credentials_pb2.CreateHostTokenRequest(host_id="node-9"),
    "GetHostCredentials": host_credentials_pb2.GetHostCredentialsRequest(name=NODE),
    "RevokeHostCredentials": host_credentials_pb2.RevokeHostCredentialsRequest(name=NODE),
    "PlanRebalance": rebalance_pb2.PlanRebalanceRequest(),
    "RunRebalance": rebalance_pb2.RunRebalanceRequest(),
    "ExplainAccess": access.ExplainAccessRequest(resource=DEFAULT, principal="user:anna", permission="vms.get"),
    "CreateRole": access.CreateRoleRequest(role_id="starter", role=access.Role(permissions=["vms.start"])),
    "UpdateRole": access.UpdateRoleRequest(role=access.Role(name="roles/known", permissions=["vms.start"])),
    "DeleteRole": access.DeleteRoleRequest(name="roles/known"),
    "GetMetrics": metrics.GetMetricsRequest(project=DEFAULT),
    "ForgetPerson": privacy.ForgetPersonRequest(person="user:nobody"),
    "CreateProject": projects.CreateProjectRequest(project_id="shop"),
    "GetProject": projects.GetProjectRequest(name=DEFAULT),
    "ListProjects": projects.ListProjectsRequest(),
    "UpdateProject": projects.UpdateProjectRequest(project=project_pb2.Project(name=DEFAULT, display_name="Shop")),
    "DeleteProject": projects.DeleteProjectRequest(name="projects/shop"),
    "CreateServiceAccount": accounts.CreateServiceAccountRequest(parent=DEFAULT, service_account_id="robot"),
    "GetServiceAccount": accounts.GetServiceAccountRequest(name=CI),
    "ListServiceAccounts": accounts.ListServiceAccountsRequest(parent=DEFAULT),
    "UpdateServiceAccount": accounts.UpdateServiceAccountRequest(
        service_account=service_account_pb2.ServiceAccount(name=CI, display_name="CI")
    ),
    "DeleteServiceAccount": accounts.DeleteServiceAccountRequest(name=CI),
    "CreateServiceAccountToken": accounts.CreateServiceAccountTokenRequest(parent=CI),
    "ListServiceAccountTokens": accounts.ListServiceAccountTokensRequest(parent=CI),
    "RevokeServiceAccountToken": accounts.RevokeServiceAccountTokenRequest(name=f"{CI}/{TOKEN}"),
    "CreateNetwork": networks.CreateNetworkRequest(
        parent=DEFAULT, network_id="new", network=network_pb2.Network(ipv4_cidr="10.1.0.0/24")
    ),
    "GetNetwork": networks.GetNetworkRequest(name=NETWORK),
    "ListNetworks": networks.ListNetworksRequest(parent=DEFAULT),
    "UpdateNetwork": networks.UpdateNetworkRequest(network=network_pb2.Network(name=NETWORK, description="x")),
    "DeleteNetwork": networks.DeleteNetworkRequest(name=NETWORK),
    "ListNetworkAddresses": networks.ListNetworkAddressesRequest(parent=NETWORK),
    "CheckReach": networks.CheckReachRequest(parent=DEFAULT, source=WEB, destination="10.1.0.5"),
    "ListReach": networks.ListReachRequest(parent=NETWORK),
    "CreateSecurityGroup": networks.CreateSecurityGroupRequest(parent=DEFAULT, security_group_id="new"),
    "GetSecurityGroup": networks.GetSecurityGroupRequest(name=GROUP),
    "ListSecurityGroups": networks.ListSecurityGroupsRequest(parent=DEFAULT),
    "UpdateSecurityGroup": networks.UpdateSecurityGroupRequest(
        security_group=network_pb2.SecurityGroup(name=GROUP, description="x")
    ),
    "DeleteSecurityGroup": networks.DeleteSecurityGroupRequest(name=GROUP),
    "FetchImage": agents.FetchImageRequest(host=NODE, sha256="00" * 32),
    "UploadImage": images.UploadImageRequest(open=images.ImageOpening(parent=DEFAULT, image_id="new")),
    "ImportImage": images.ImportImageRequest(parent=DEFAULT, image_id="newer", source_uri=f"{NOWHERE}disk"),
    "CreateImage": images.CreateImageRequest(parent=DEFAULT, image_id="golden", source_vm=WEB),
    "GetImage": images.GetImageRequest(name=DISK),
    "ListImages": images.ListImagesRequest(parent=DEFAULT),
    "UpdateImage": images.UpdateImageRequest(image=image_pb2.Image(name=DISK, description="a disk")),
    "DeprecateImage": images.DeprecateImageRequest(name=DISK, state=image_pb2.IMAGE_STATE_DEPRECATED),
    "DeleteImage": images.DeleteImageRequest(name=DISK),
    "GetUtilization": utilization.GetUtilizationRequest(),
    "ListUtilization": utilization.ListUtilizationRequest(group_by="hosts"),
    "WatchUtilization": utilization.WatchUtilizationRequest(),
    "CheckSpareCapacity": spare_capacity_pb2.CheckSpareCapacityRequest(),
    "GetUsage": utilization.GetUsageRequest(start_time=PAST, end_time=Timestamp(seconds=2)),
    "ListSamples": utilization.ListSamplesRequest(name=WEB),
    "ListEvents": history.ListEventsRequest(),
    "WatchEvents": history.WatchEventsRequest(),
    "ReplayVm": history.ReplayVmRequest(name=WEB),
    "DiffState": history.DiffStateRequest(),
    "GetTimeline": timeline_pb2.GetTimelineRequest(),
    "GetSeal": history.GetSealRequest(),
    "VerifyLedger": history.VerifyLedgerRequest(),
    "ProveEvent": history.ProveEventRequest(position=1),
    "GetSignedHead": signed_head_pb2.GetSignedHeadRequest(),
    "GetConsistencyProof": signed_head_pb2.GetConsistencyProofRequest(),
    "GetInclusionProof": signed_head_pb2.GetInclusionProofRequest(position=1),
    "WhatIf": what_if_pb2.WhatIfRequest(),
    "OpenSession": agents.ConnectRequest(hello=agents.AgentHello(host_id="node-3", host=a_host())),
    "ListOperations": longrunning.ListOperationsRequest(name="operations"),
    "CancelOperation": longrunning.CancelOperationRequest(name="operations/1.2"),
}
POSITIONS = ("at_position", "after_position", "from_position", "position")
AHEAD = 1 << 40


def listing(reason: str) -> list[str]:
    """The methods that list a reason, in full."""
    return [method for method, listed in api_reference.errors_by_method().items() if reason in listed]


def named(method: str, name: str) -> Iterator[Message]:  # noqa: PLR0912 - a field each
    """The method's request with a name in each field that can have one."""
    request = REQUESTS[method.rpartition("/")[2]]
    if "open" in request.DESCRIPTOR.fields_by_name:
        opening: Any = _copied(request)
        setattr(opening.open, "parent" if method.endswith("UploadImage") else "name", name)
        yield opening
    if "serial_console" in request.DESCRIPTOR.fields_by_name:
        changed: Any = _copied(request)
        changed.serial_console.name = name
        yield changed
    for field in ("name", "parent", "resource", "scope", "subject", "source", "destination_host", "source_vm"):
        if field in request.DESCRIPTOR.fields_by_name:
            changed = _copied(request)
            setattr(changed, field, f"{name}/{TOKEN}" if method.endswith("RevokeServiceAccountToken") else name)
            if method.endswith("CreateImage") and field == "parent":
                changed.source_vm = f"{name}/vms/web"
            yield changed
    for field in (
        "vm",
        "host",
        "project",
        "role",
        "service_account",
        "image",
        "network",
        "security_group",
        "requests",
        "like",
        "without_hosts",
    ):
        if (described := request.DESCRIPTOR.fields_by_name.get(field)) is None:
            continue
        changed = _copied(request)
        if field == "without_hosts":
            changed.without_hosts.append(name)
        elif described.message_type is None:
            setattr(changed, field, name)
        else:
            value = getattr(changed, field)
            inner = value[0] if described.is_repeated else value
            if "parent" in inner.DESCRIPTOR.fields_by_name:
                inner.parent = name
            else:
                inner.name = name
        yield changed
    if method.endswith("PlanRebalance"):
        yield rebalance_pb2.PlanRebalanceRequest(zone="nowhere")
    if method.endswith("RunRebalance"):
        yield rebalance_pb2.RunRebalanceRequest(zone="nowhere")
    if method.endswith("CheckSpareCapacity"):
        yield spare_capacity_pb2.CheckSpareCapacityRequest(zone="nowhere")


def _copied(request: Message) -> Any:
    changed = type(request)()
    changed.CopyFrom(request)
    return changed


async def answers(plane: Plane, method: str, request: Message, metadata: Metadata = ()) -> str:
    """The reason that a call is refused for; empty where it is answered."""
    service, _, name = method.partition("/")
    stubs: dict[str, Any] = {
        "chronovisor.v1.AccessService": plane.access,
        "chronovisor.v1.AgentService": AgentServiceStub(plane.channel),
        "chronovisor.v1.VmService": plane.vms,
        "chronovisor.v1.HostService": plane.hosts,
        "chronovisor.v1.MetricsService": plane.metrics,
        "chronovisor.v1.PrivacyService": plane.privacy,
        "chronovisor.v1.ProjectService": plane.projects,
        "chronovisor.v1.ServiceAccountService": plane.accounts,
        "chronovisor.v1.NetworkService": plane.networks,
        "chronovisor.v1.ImageService": plane.images,
        "chronovisor.v1.UtilizationService": plane.utilization,
        "chronovisor.v1.ConsoleService": plane.consoles,
        "chronovisor.v1.HistoryService": plane.history,
        "google.longrunning.Operations": plane.operations,
    }
    call: Callable[..., Any] = getattr(stubs[service], name)

    async def one() -> AsyncIterator[Message]:
        yield request

    try:
        if name in ("OpenSession", "OpenTunnel", "OpenSerialConsole", "OpenScreen", "OpenPort"):
            async for _ in call(one(), metadata=metadata, timeout=WAIT_S):
                break
        elif name == "UploadImage":
            async for _ in call(one(), metadata=metadata, timeout=WAIT_S):
                pass
        elif name == "ExecuteCommands":
            async for response in call(one(), metadata=metadata, timeout=WAIT_S):
                assert response.HasField("operation") or response.HasField("error")
        elif name.startswith("Watch") or name in ("WhatIf", "ReadConsoleLog", "FetchImage"):
            async for _ in call(request, metadata=metadata, timeout=WAIT_S):
                break
        else:
            await call(request, metadata=metadata, timeout=WAIT_S)
    except aio.AioRpcError as error:
        return refusal_of(error).reason
    return ""


@pytest.fixture
async def small(plane: Plane) -> Plane:
    """A host, a VM that is stopped, a service account, a network, a security group, a role and an empty project."""
    await plane.register()
    await plane.create()
    await plane.projects.CreateProject(projects.CreateProjectRequest(project_id="shop"))
    known = access.CreateRoleRequest(role_id="known", role=access.Role(permissions=["vms.get"]))
    await plane.access.CreateRole(known)
    account = accounts.CreateServiceAccountRequest(parent=DEFAULT, service_account_id="ci")
    await plane.accounts.CreateServiceAccount(account)
    network = network_pb2.Network(ipv4_cidr="10.1.0.0/24")
    await plane.networks.CreateNetwork(networks.CreateNetworkRequest(parent=DEFAULT, network_id="web", network=network))
    group = networks.CreateSecurityGroupRequest(parent=DEFAULT, security_group_id="web")
    await plane.networks.CreateSecurityGroup(group)
    await plane.begin_image()
    return plane


async def test_whoever_does_not_say_who_calls_in_the_right_form_is_refused(small: Plane) -> None:
    for method in listing("INVALID_ACTOR"):
        request = REQUESTS[method.rpartition("/")[2]]
        assert await answers(small, method, request, (("chronovisor-actor", "alice"),)) == "INVALID_ACTOR", method


async def test_an_untrusted_ledger_takes_no_command(small: Plane) -> None:
    small.control_plane.writer.distrust(LedgerUntrusted(7, "its seal does not hold"))
    for method in listing("LEDGER_UNTRUSTED"):
        if method.endswith(("CancelOperation", "EnrollHost", "RenewHostCertificate")) or "ConsoleService" in method:
            # Only of an operation or a guest that runs, or with a token: see test_host_operations, test_joining.
            continue
        request = REQUESTS[method.rpartition("/")[2]]
        assert await answers(small, method, request) == "LEDGER_UNTRUSTED", method


async def test_an_id_of_another_request_is_refused(small: Plane) -> None:
    request_id = str(uuid.uuid4())
    used = projects.CreateProjectRequest(project_id="used", request_id=request_id)
    await small.projects.CreateProject(used)
    for method in listing("REQUEST_ID_REUSED"):
        if "ConsoleService" in method:
            # Only of a guest that runs, and of an id of its own: see test_programs_in_guests.
            continue
        request = _copied(REQUESTS[method.rpartition("/")[2]])
        (request.open if method.endswith("UploadImage") else request).request_id = request_id
        assert await answers(small, method, request) == "REQUEST_ID_REUSED", method


async def test_a_position_that_is_not_there_yet_is_ahead(small: Plane) -> None:
    for method in listing("POSITION_AHEAD"):
        request = _copied(REQUESTS[method.rpartition("/")[2]])
        if method.endswith("ListOperations"):
            request.filter = f"at_position = {AHEAD}"
        else:
            field = next(each for each in POSITIONS if each in request.DESCRIPTOR.fields_by_name)
            setattr(request, field, AHEAD)
        assert await answers(small, method, request) == "POSITION_AHEAD", method


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        ("VM_NOT_FOUND", vm_name("nobody")),
        ("HOST_NOT_FOUND", "hosts/nobody"),
        ("PROJECT_NOT_FOUND", "projects/nobody"),
        ("SERVICE_ACCOUNT_NOT_FOUND", f"{DEFAULT}/serviceAccounts/nobody"),
        ("IMAGE_NOT_FOUND", f"{DEFAULT}/images/nobody"),
        ("ROLE_NOT_FOUND", "roles/nobody"),
        ("ZONE_NOT_FOUND", "zones/nowhere"),
    ],
)
async def test_what_is_not_there_is_not_found_by_each_method_that_looks_for_it(
    small: Plane, reason: str, name: str
) -> None:
    for method in listing(reason):
        if method.endswith("ReconcileHost") and reason == "VM_NOT_FOUND":
            # Only of a guest that is there: see test_unexpected_guests.
            continue
        if method.endswith("UploadImage") and reason == "IMAGE_NOT_FOUND":
            # Only of one that was deleted meanwhile: see test_images.
            continue
        met = {await answers(small, method, request) for request in named(method, name)}
        assert reason in met, (method, met)
