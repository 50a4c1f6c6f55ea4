"""A call of each RPC, where a VM has a long history: by method, and what is special about it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import grpc
from chronovisor.v1 import access_service_pb2 as access
from chronovisor.v1 import (
    agent_service_pb2,
    console_service_pb2,
    host_credentials_pb2,
    host_pb2,
    image_pb2,
    ledger_check_pb2,
    network_pb2,
    project_pb2,
    rebalance_pb2,
    service_account_pb2,
    signed_head_pb2,
    spare_capacity_pb2,
    timeline_pb2,
    utilization_check_pb2,
    vm_pb2,
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
from chronovisor.v1 import vm_service_pb2 as vms
from chronovisor.v1.agent_service_pb2_grpc import AgentServiceStub
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import DEFAULT, NOWHERE, Plane, a_host, a_vm, vm_name
from tests.support.long_life import GONE_UID, NAME, UID

PAGE = 10
HOST = "hosts/node-1"
CI = f"{DEFAULT}/serviceAccounts/ci"
NETWORK, GROUP = f"{DEFAULT}/networks/web", f"{DEFAULT}/securityGroups/web"
DISK = f"{DEFAULT}/images/disk"
Call = Callable[[Plane, int], Awaitable[object]]
Request = Message | Callable[[int], Message]
COSTED: dict[tuple[str, str], Call] = {}


def of(method: str, variant: str = "") -> Callable[[Call], Call]:
    """Makes a function a call of a method, such as `VmService.GetVm`."""

    def mark(call: Call) -> Call:
        COSTED[method, variant] = call
        return call

    return mark


def _unary(service: str, stub: str, method: str, request: Request, variant: str = "") -> None:
    """A request, or a function that makes one of where the ledger is. A refusal is an answer, too."""

    async def call(plane: Plane, head: int) -> None:
        made = request(head) if callable(request) else request
        try:
            await getattr(getattr(plane, stub), method)(made)
        except aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.INTERNAL:
                raise

    COSTED[f"{service}.{method}", variant] = call


_vms, _hosts = partial(_unary, "VmService", "vms"), partial(_unary, "HostService", "hosts")
_projects, _history = partial(_unary, "ProjectService", "projects"), partial(_unary, "HistoryService", "history")
_accounts = partial(_unary, "ServiceAccountService", "accounts")
_networks = partial(_unary, "NetworkService", "networks")
_images = partial(_unary, "ImageService", "images")
_access, _iam = partial(_unary, "AccessService", "access"), partial(_unary, "IAMPolicy", "iam")
_privacy = partial(_unary, "PrivacyService", "privacy")
_metrics = partial(_unary, "MetricsService", "metrics")
_utilization = partial(_unary, "UtilizationService", "utilization")
_operations = partial(_unary, "Operations", "operations")

_vms("CreateVm", vms.CreateVmRequest(parent=DEFAULT, vm_id="new", vm=a_vm()))
_vms("GetVm", vms.GetVmRequest(name=NAME))
_vms("GetVm", vms.GetVmRequest(name=vm_name(GONE_UID)), "of one that is destroyed")
_vms("GetVm", lambda head: vms.GetVmRequest(name=NAME, at_position=head // 2), "then")
_vms("GetVm", lambda head: vms.GetVmRequest(name=NAME, read_time=_half_time(head)), "at a time")
_vms("GetVmSecrets", vms.GetVmSecretsRequest(name=NAME))
_vms("ListVms", vms.ListVmsRequest(parent="projects/-", page_size=PAGE, show_deleted=True))
_vms("ListVms", lambda head: vms.ListVmsRequest(parent=DEFAULT, page_size=PAGE, at_position=head // 2), "then")
_vms(
    "UpdateVm", vms.UpdateVmRequest(vm=vm_pb2.Vm(name=NAME, labels={"a": "b"}), update_mask=FieldMask(paths=["labels"]))
)
_vms("StartVm", vms.StartVmRequest(name=NAME), "with nothing to do")
_vms("RebootVm", vms.RebootVmRequest(name=NAME))
_vms("PauseVm", vms.PauseVmRequest(name=NAME))
_vms("ResumeVm", vms.ResumeVmRequest(name=NAME))
_vms("StopVm", vms.StopVmRequest(name=NAME))
_vms("StopVm", vms.StopVmRequest(name=NAME), "again")
_vms("MigrateVm", vms.MigrateVmRequest(name=NAME))
_vms("ExplainPlacement", vms.ExplainPlacementRequest(name=NAME))
_vms("ExplainPlacement", vms.ExplainPlacementRequest(parent=DEFAULT, vm=a_vm()), "of one that there is not")
_vms(
    "BatchCreateVms", vms.BatchCreateVmsRequest(parent=DEFAULT, requests=[vms.CreateVmRequest(vm_id="two", vm=a_vm())])
)
_vms("BatchStartVms", vms.BatchStartVmsRequest(parent=DEFAULT, requests=[vms.StartVmRequest(name=vm_name("new"))]))
_vms("BatchStopVms", vms.BatchStopVmsRequest(parent=DEFAULT, requests=[vms.StopVmRequest(name=vm_name("new"))]))
_vms("BatchDeleteVms", vms.BatchDeleteVmsRequest(parent=DEFAULT, requests=[vms.DeleteVmRequest(name=vm_name("two"))]))

_hosts("RegisterHost", hosts.RegisterHostRequest(host_id="node-3", host=a_host()))
_hosts("CheckHost", hosts.CheckHostRequest(name=HOST))
_hosts("CreateHostToken", host_credentials_pb2.CreateHostTokenRequest(host_id="node-9"))
_hosts("GetHostCredentials", host_credentials_pb2.GetHostCredentialsRequest(name=HOST))
_hosts("RevokeHostCredentials", host_credentials_pb2.RevokeHostCredentialsRequest(name=HOST))
_hosts("GetHost", hosts.GetHostRequest(name=HOST))
_hosts("GetHost", lambda head: hosts.GetHostRequest(name=HOST, at_position=head // 2), "then")
_hosts("ListHosts", hosts.ListHostsRequest(page_size=PAGE))
_hosts("ListHosts", lambda head: hosts.ListHostsRequest(page_size=PAGE, at_position=head // 2), "then")
_hosts(
    "UpdateHost",
    hosts.UpdateHostRequest(host=host_pb2.Host(name="hosts/node-3", zone="b"), update_mask=FieldMask(paths=["zone"])),
)
_hosts("CordonHost", hosts.CordonHostRequest(name="hosts/node-3"))
_hosts("UncordonHost", hosts.UncordonHostRequest(name="hosts/node-3"))
_hosts("DrainHost", hosts.DrainHostRequest(name="hosts/node-3"))
_hosts("FenceHost", hosts.FenceHostRequest(name="hosts/node-3"))
_hosts("DecommissionHost", hosts.DecommissionHostRequest(name="hosts/node-3"))
_hosts("ReplaceHostMachine", hosts.ReplaceHostMachineRequest(name="hosts/node-3"))
_hosts("ReconcileHost", hosts.ReconcileHostRequest(name=HOST))
_hosts("ListUnexpectedGuests", hosts.ListUnexpectedGuestsRequest(parent=HOST))
_hosts("RunRebalance", rebalance_pb2.RunRebalanceRequest())
_hosts("PlanRebalance", rebalance_pb2.PlanRebalanceRequest(goal=rebalance_pb2.PlanRebalanceRequest.GOAL_FREE_HOSTS))

_projects("CreateProject", projects.CreateProjectRequest(project_id="other", project=project_pb2.Project()))
_projects("GetProject", projects.GetProjectRequest(name=DEFAULT))
_projects("ListProjects", projects.ListProjectsRequest(page_size=PAGE))
_projects(
    "UpdateProject",
    projects.UpdateProjectRequest(
        project=project_pb2.Project(name="projects/other", display_name="x"),
        update_mask=FieldMask(paths=["display_name"]),
    ),
)
_projects("DeleteProject", projects.DeleteProjectRequest(name="projects/other"))

_accounts("CreateServiceAccount", accounts.CreateServiceAccountRequest(parent=DEFAULT, service_account_id="ci"))
_accounts("GetServiceAccount", accounts.GetServiceAccountRequest(name=CI))
_accounts("ListServiceAccounts", accounts.ListServiceAccountsRequest(parent=DEFAULT, page_size=PAGE))
_accounts(
    "UpdateServiceAccount",
    accounts.UpdateServiceAccountRequest(
        service_account=service_account_pb2.ServiceAccount(name=CI, display_name="x"),
        update_mask=FieldMask(paths=["display_name"]),
    ),
)
_accounts("CreateServiceAccountToken", accounts.CreateServiceAccountTokenRequest(parent=CI))
_accounts("ListServiceAccountTokens", accounts.ListServiceAccountTokensRequest(parent=CI, page_size=PAGE))
_accounts("RevokeServiceAccountToken", accounts.RevokeServiceAccountTokenRequest(name=f"{CI}/tokens/000000000000"))
_accounts("DeleteServiceAccount", accounts.DeleteServiceAccountRequest(name=CI))

_networks(
    "CreateNetwork",
    networks.CreateNetworkRequest(
        parent=DEFAULT, network_id="web", network=network_pb2.Network(ipv4_cidr="10.1.0.0/24")
    ),
)
_networks("GetNetwork", networks.GetNetworkRequest(name=NETWORK))
_networks("ListNetworks", networks.ListNetworksRequest(parent=DEFAULT, page_size=PAGE))
_networks(
    "UpdateNetwork",
    networks.UpdateNetworkRequest(
        network=network_pb2.Network(name=NETWORK, description="x"), update_mask=FieldMask(paths=["description"])
    ),
)
_networks("ListNetworkAddresses", networks.ListNetworkAddressesRequest(parent=NETWORK, page_size=PAGE))
_networks("CheckReach", networks.CheckReachRequest(parent=DEFAULT, source=NAME, destination="10.1.0.5"))
_networks("ListReach", networks.ListReachRequest(parent=NETWORK, page_size=PAGE))
_networks("DeleteNetwork", networks.DeleteNetworkRequest(name=NETWORK))
_networks(
    "CreateSecurityGroup",
    networks.CreateSecurityGroupRequest(
        parent=DEFAULT,
        security_group_id="web",
        security_group=network_pb2.SecurityGroup(rules=[network_pb2.SecurityRule(remote_group=GROUP)]),
    ),
)
_networks("GetSecurityGroup", networks.GetSecurityGroupRequest(name=GROUP))
_networks("ListSecurityGroups", networks.ListSecurityGroupsRequest(parent=DEFAULT, page_size=PAGE))
_networks(
    "UpdateSecurityGroup",
    networks.UpdateSecurityGroupRequest(
        security_group=network_pb2.SecurityGroup(name=GROUP, description="x"),
        update_mask=FieldMask(paths=["description"]),
    ),
)
_networks("DeleteSecurityGroup", networks.DeleteSecurityGroupRequest(name=GROUP))


@of("ImageService.UploadImage")
async def _upload(plane: Plane, _head: int) -> None:
    await plane.begin_image()


_images("ImportImage", images.ImportImageRequest(parent=DEFAULT, image_id="new", source_uri=f"{NOWHERE}disk"))
_images("CreateImage", images.CreateImageRequest(parent=DEFAULT, image_id="golden", source_vm=vm_name("web")))
_images("GetImage", images.GetImageRequest(name=DISK))
_images("ListImages", images.ListImagesRequest(parent=DEFAULT, page_size=PAGE))
_images(
    "UpdateImage",
    images.UpdateImageRequest(
        image=image_pb2.Image(name=DISK, description="x"), update_mask=FieldMask(paths=["description"])
    ),
)
_images("DeprecateImage", images.DeprecateImageRequest(name=DISK, state=image_pb2.IMAGE_STATE_DEPRECATED))
_images("DeleteImage", images.DeleteImageRequest(name=DISK))

_access("WhoAmI", access.WhoAmIRequest())
_access("ListRoles", access.ListRolesRequest())
_access(
    "ExplainAccess",
    lambda head: access.ExplainAccessRequest(
        resource=DEFAULT, principal="user:anna", permission="vms.get", at_position=head // 2
    ),
)
_access("CreateRole", access.CreateRoleRequest(role_id="starter", role=access.Role(permissions=["vms.start"])))
_access("UpdateRole", access.UpdateRoleRequest(role=access.Role(name="roles/starter", permissions=["vms.stop"])))
_access("DeleteRole", access.DeleteRoleRequest(name="roles/starter"))
_iam("GetIamPolicy", iam_policy_pb2.GetIamPolicyRequest(resource=DEFAULT))
_iam(
    "SetIamPolicy",
    iam_policy_pb2.SetIamPolicyRequest(
        resource=DEFAULT,
        policy=policy_pb2.Policy(bindings=[policy_pb2.Binding(role="roles/viewer", members=["user:anna"])]),
    ),
)
_iam("TestIamPermissions", iam_policy_pb2.TestIamPermissionsRequest(resource=DEFAULT, permissions=["vms.get"]))
_privacy("ForgetPerson", privacy.ForgetPersonRequest(person="user:nobody"))

_metrics("GetMetrics", metrics.GetMetricsRequest(include_vms=True))
_metrics("GetMetrics", metrics.GetMetricsRequest(project=DEFAULT), "of a project")

_utilization("GetUtilization", utilization.GetUtilizationRequest(scope="fleet"))
_utilization(
    "GetUtilization", lambda head: utilization.GetUtilizationRequest(scope=HOST, at_position=head // 2), "then"
)
_utilization("GetUtilization", utilization.GetUtilizationRequest(scope="fleet", selector="!zone"), "by selector")
_utilization("ListUtilization", utilization.ListUtilizationRequest(group_by="hosts", page_size=PAGE))
_utilization("GetUtilizationCheck", utilization_check_pb2.GetUtilizationCheckRequest())
_utilization("CheckSpareCapacity", spare_capacity_pb2.CheckSpareCapacityRequest())
_utilization("CheckSpareCapacity", lambda head: spare_capacity_pb2.CheckSpareCapacityRequest(at_position=head), "then")
_utilization("ListSamples", utilization.ListSamplesRequest(name=NAME))
for scope, group_by in (("fleet", ""), (DEFAULT, "vms"), (NAME, "labels.n")):
    usage = utilization.GetUsageRequest(scope=scope, group_by=group_by, page_size=PAGE)
    usage.start_time.seconds, usage.end_time.seconds = 1_750_000_000, 1_750_000_030
    _utilization("GetUsage", usage, f"of {scope} by {group_by}")

_history("ListEvents", history.ListEventsRequest(parent=NAME, page_size=PAGE))
_history("ListEvents", history.ListEventsRequest(parent=NAME, page_size=PAGE, newest_first=True), "newest first")
_history(
    "ListEvents", history.ListEventsRequest(parent=NAME, page_size=PAGE, event_types=["VmStarted"]), "of a rare type"
)
_history("ListEvents", history.ListEventsRequest(chain_of=f"vms/{UID}@2", page_size=PAGE), "of a chain")
_history("ListEvents", history.ListEventsRequest(of_request_id=f"{UID}-1", parent=NAME, page_size=PAGE), "of a request")
_history("ReplayVm", history.ReplayVmRequest(name=NAME, page_size=PAGE))
_history("ReplayVm", lambda head: history.ReplayVmRequest(name=NAME, page_size=PAGE, at_position=head // 2), "then")
_history("DiffState", lambda head: history.DiffStateRequest(scope=NAME, from_position=head // 2, page_size=PAGE))
_history("DiffState", lambda head: history.DiffStateRequest(from_position=head // 2, page_size=PAGE), "of the fleet")
_history("GetTimeline", timeline_pb2.GetTimelineRequest(name=NAME, buckets=PAGE, max_marks=PAGE))
_history("GetTimeline", timeline_pb2.GetTimelineRequest(buckets=PAGE, max_marks=PAGE), "of the fleet")
_history("GetSeal", history.GetSealRequest())
_history("ProveEvent", lambda head: history.ProveEventRequest(position=head - 1), "near the end")
_history("GetSignedHead", signed_head_pb2.GetSignedHeadRequest())
_history("GetConsistencyProof", lambda head: signed_head_pb2.GetConsistencyProofRequest(from_size=head // 2))
_history("GetInclusionProof", lambda head: signed_head_pb2.GetInclusionProofRequest(position=head // 2))
_history("VerifyLedger", lambda head: history.VerifyLedgerRequest(from_position=head, to_position=head), "of the end")

_history("GetLedgerCheck", ledger_check_pb2.GetLedgerCheckRequest())

_operations("ListOperations", longrunning.ListOperationsRequest(page_size=PAGE))
_operations("ListOperations", longrunning.ListOperationsRequest(page_size=PAGE, filter="done = false"), "that run")
_operations("ListOperations", longrunning.ListOperationsRequest(name=NAME, page_size=PAGE), "of a VM")
_operations("ListOperations", longrunning.ListOperationsRequest(page_size=PAGE, filter="verb = StartVm"), "of a verb")
_operations("GetOperation", longrunning.GetOperationRequest(name=f"operations/{UID}.2"), "of long ago")
_operations("GetOperation", longrunning.GetOperationRequest(name=f"operations/{UID}.3"), "that nobody requested")
_operations("WaitOperation", longrunning.WaitOperationRequest(name=f"operations/{UID}.2", timeout=Duration(seconds=1)))
_operations("DeleteOperation", longrunning.DeleteOperationRequest(name=f"operations/{UID}.2"))
_operations("CancelOperation", longrunning.CancelOperationRequest(name=f"operations/{UID}.2"))


def _half_time(_head: int) -> Timestamp:
    return Timestamp(seconds=1_750_000_010)


async def _until_caught_up(call: Any) -> None:
    async for message in call:
        if message.WhichOneof("message") == "caught_up":
            return


@of("HistoryService.WatchEvents", "after an old position")
async def _watch_events(plane: Plane, head: int) -> None:
    await _until_caught_up(
        plane.history.WatchEvents(history.WatchEventsRequest(parent=NAME, after_position=head - PAGE))
    )


@of("VmService.WatchVms", "after an old position")
async def _watch_vms(plane: Plane, head: int) -> None:
    await _until_caught_up(plane.vms.WatchVms(vms.WatchVmsRequest(parent=DEFAULT, after_position=head - PAGE)))


@of("UtilizationService.WatchUtilization", "after an old position")
async def _watch_utilization(plane: Plane, head: int) -> None:
    request = utilization.WatchUtilizationRequest(scope="fleet", after_position=head - PAGE)
    await _until_caught_up(plane.utilization.WatchUtilization(request))


@of("HistoryService.WhatIf")
async def _what_if(plane: Plane, head: int) -> None:
    """It replays the ledger, in a process of its own: what the server itself reads for it is bounded."""
    async for _ in plane.history.WhatIf(what_if_pb2.WhatIfRequest(from_position=head - PAGE, to_position=head)):
        pass


@of("VmService.ExecuteCommands")
async def _execute(plane: Plane, _head: int) -> None:
    async def commands() -> AsyncIterator[vms.ExecuteCommandsRequest]:
        yield vms.ExecuteCommandsRequest(start_vm=vms.StartVmRequest(name=vm_name("new")))

    async for _ in plane.vms.ExecuteCommands(commands()):
        pass


@of("AgentService.OpenSession")
async def _connect(plane: Plane, _head: int) -> None:
    async with connected(plane, "node-2"):
        await asyncio.sleep(0)


_vms("DeleteVm", vms.DeleteVmRequest(name=vm_name("new")))


@of("ConsoleService.OpenSerialConsole")
async def _open_console(plane: Plane, _head: int) -> None:
    request = console_service_pb2.OpenSerialConsoleRequest()
    request.open.name = vm_name("new")
    await _refused(plane.consoles.OpenSerialConsole(iter([request])).read())


@of("ConsoleService.ReadConsoleLog")
async def _read_console_log(plane: Plane, _head: int) -> None:
    request = console_service_pb2.ReadConsoleLogRequest(name=vm_name("new"))
    await _refused(plane.consoles.ReadConsoleLog(request).read())


@of("ConsoleService.OpenScreen")
async def _open_screen(plane: Plane, _head: int) -> None:
    request = console_service_pb2.OpenScreenRequest()
    request.open.name = vm_name("new")
    await _refused(plane.consoles.OpenScreen(iter([request])).read())


@of("ConsoleService.OpenPort")
async def _open_port(plane: Plane, _head: int) -> None:
    request = console_service_pb2.OpenPortRequest()
    request.open.name, request.open.port = vm_name("new"), 22
    await _refused(plane.consoles.OpenPort(iter([request])).read())


@of("ConsoleService.GetScreenshot")
async def _get_screenshot(plane: Plane, _head: int) -> None:
    request = console_service_pb2.GetScreenshotRequest(name=vm_name("new"))
    await _refused(plane.consoles.GetScreenshot(request))


@of("ConsoleService.RunProgram")
async def _run_program(plane: Plane, _head: int) -> None:
    request = console_service_pb2.RunProgramRequest(name=vm_name("new"), program="id")
    await _refused(plane.consoles.RunProgram(request))


@of("ConsoleService.CreateConsoleTicket")
async def _create_console_ticket(plane: Plane, _head: int) -> None:
    request = console_service_pb2.CreateConsoleTicketRequest()
    request.serial_console.name = vm_name("new")
    await _refused(plane.consoles.CreateConsoleTicket(request))


@of("AgentService.FetchImage")
async def _fetch_image(plane: Plane, _head: int) -> None:
    """Of an image that no guest of the host is made from."""
    request = agent_service_pb2.FetchImageRequest(host=HOST, sha256="00" * 32)
    with contextlib.suppress(aio.AioRpcError):
        async for _ in AgentServiceStub(plane.channel).FetchImage(request):
            break


@of("AgentService.OpenTunnel")
async def _open_tunnel(plane: Plane, _head: int) -> None:
    tunnel = agent_service_pb2.TunnelData(tunnel_id="none")
    await _refused(AgentServiceStub(plane.channel).OpenTunnel(iter([tunnel])).read())


@of("AgentService.EnrollHost")
async def _enroll(plane: Plane, _head: int) -> None:
    request = host_credentials_pb2.EnrollHostRequest(host_id="node-9", token="cvht_none", csr=b"none")
    await _refused(AgentServiceStub(plane.channel).EnrollHost(request))


@of("AgentService.RenewHostCertificate")
async def _renew(plane: Plane, _head: int) -> None:
    request = host_credentials_pb2.RenewHostCertificateRequest(csr=b"none")
    await _refused(AgentServiceStub(plane.channel).RenewHostCertificate(request))


async def _refused(call: Awaitable[object]) -> None:
    with contextlib.suppress(aio.AioRpcError):
        await call
