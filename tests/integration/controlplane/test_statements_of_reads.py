"""How many SQL statements a read needs: the same for a fleet of any size, whatever is on its page."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest
from chronovisor.v1 import access_service_pb2 as access
from chronovisor.v1 import history_service_pb2 as history
from chronovisor.v1 import (
    host_credentials_pb2,
    ledger_check_pb2,
    metrics_service_pb2,
    rebalance_pb2,
    signed_head_pb2,
    spare_capacity_pb2,
    timeline_pb2,
    utilization_check_pb2,
    what_if_pb2,
)
from chronovisor.v1 import host_service_pb2 as hosts
from chronovisor.v1 import image_service_pb2 as images
from chronovisor.v1 import network_service_pb2 as networks
from chronovisor.v1 import project_service_pb2 as projects
from chronovisor.v1 import service_account_service_pb2 as accounts
from chronovisor.v1 import utilization_service_pb2 as utilization
from chronovisor.v1 import vm_service_pb2 as vms
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from controlplane.runtime.services import SERVICES
from tests.integration.controlplane.counted import WAIT_S, counting, settled
from tests.integration.controlplane.plane import Plane, a_vm, running
from tests.support import sized_fleet
from tests.support.sized_fleet import ACCOUNT, GONE, GROUP, HOST, IMAGE, NETWORK, PROJECT, VM, VM_UID, ZONE

# Of many, all events are still fewer than one reading of a scan takes.
FEW, MANY = 3, 30
MOST = 1000
# They change something, or are to.
NO_READS = {
    "AgentService.EnrollHost",
    "AgentService.RenewHostCertificate",
    "AgentService.FetchImage",
    # Reads that the ledger is to have.
    "ConsoleService.GetScreenshot",
    "ConsoleService.ReadConsoleLog",
    "ConsoleService.CreateConsoleTicket",
    "AccessService.CreateRole",
    "AccessService.UpdateRole",
    "AccessService.DeleteRole",
    "IAMPolicy.SetIamPolicy",
    "PrivacyService.ForgetPerson",
    "Operations.CancelOperation",
    "Operations.DeleteOperation",
}
STUBS = {
    "AccessService": "access",
    "IAMPolicy": "iam",
    "VmService": "vms",
    "HostService": "hosts",
    "ProjectService": "projects",
    "ServiceAccountService": "accounts",
    "NetworkService": "networks",
    "ImageService": "images",
    "UtilizationService": "utilization",
    "HistoryService": "history",
    "MetricsService": "metrics",
    "Operations": "operations",
}
Made = Callable[[int], Message]


def _usage(scope: str, group_by: str) -> utilization.GetUsageRequest:
    usage = utilization.GetUsageRequest(scope=scope, group_by=group_by, page_size=MOST)
    usage.start_time.seconds, usage.end_time.seconds = 1_749_999_000, 1_750_000_010
    return usage


# Of each read RPC, by what is special about them: requests, made of the ledger's last position.
READS: dict[str, dict[str, Made]] = {
    "VmService.GetVm": {
        "now": lambda _: vms.GetVmRequest(name=VM),
        "destroyed": lambda _: vms.GetVmRequest(name=GONE.replace("gone-0", "31234567-89ab-4cde-8f01-000000000000")),
        "then": lambda head: vms.GetVmRequest(name=VM, at_position=head),
    },
    "VmService.GetVmSecrets": {"now": lambda _: vms.GetVmSecretsRequest(name=VM)},
    "VmService.ListVms": {
        "all": lambda _: vms.ListVmsRequest(parent="projects/-", page_size=MOST, show_deleted=True),
        "then": lambda head: vms.ListVmsRequest(parent=PROJECT, page_size=MOST, at_position=head),
    },
    "VmService.ExplainPlacement": {
        "recorded": lambda _: vms.ExplainPlacementRequest(name=VM),
        "of a new one": lambda _: vms.ExplainPlacementRequest(parent=PROJECT, vm=a_vm()),
    },
    "VmService.WatchVms": {
        "from now": lambda _: vms.WatchVmsRequest(parent=PROJECT),
        "after the beginning": lambda _: vms.WatchVmsRequest(parent=PROJECT, after_position=1),
    },
    "HostService.GetHostCredentials": {
        "now": lambda _: host_credentials_pb2.GetHostCredentialsRequest(name=HOST),
    },
    "HostService.GetHost": {
        "now": lambda _: hosts.GetHostRequest(name=HOST),
        "then": lambda head: hosts.GetHostRequest(name=HOST, at_position=head),
    },
    "HostService.ListHosts": {
        "now": lambda _: hosts.ListHostsRequest(page_size=MOST),
        "then": lambda head: hosts.ListHostsRequest(page_size=MOST, at_position=head),
    },
    "HostService.CheckHost": {"now": lambda _: hosts.CheckHostRequest(name=HOST)},
    "HostService.ListUnexpectedGuests": {
        "all": lambda _: hosts.ListUnexpectedGuestsRequest(parent="hosts/-", page_size=MOST)
    },
    "HostService.PlanRebalance": {
        "violations": lambda _: rebalance_pb2.PlanRebalanceRequest(
            goal=rebalance_pb2.PlanRebalanceRequest.GOAL_VIOLATIONS
        )
    },
    "ProjectService.GetProject": {
        "now": lambda _: projects.GetProjectRequest(name=PROJECT),
        "then": lambda head: projects.GetProjectRequest(name=PROJECT, at_position=head),
    },
    "ProjectService.ListProjects": {"all": lambda _: projects.ListProjectsRequest(page_size=MOST)},
    "ImageService.GetImage": {
        "now": lambda _: images.GetImageRequest(name=IMAGE),
        "then": lambda head: images.GetImageRequest(name=IMAGE, at_position=head),
    },
    "ImageService.ListImages": {
        "all": lambda _: images.ListImagesRequest(parent="projects/-", page_size=MOST),
        "then": lambda head: images.ListImagesRequest(parent=PROJECT, page_size=MOST, at_position=head),
    },
    "ServiceAccountService.GetServiceAccount": {
        "now": lambda _: accounts.GetServiceAccountRequest(name=ACCOUNT),
        "then": lambda head: accounts.GetServiceAccountRequest(name=ACCOUNT, at_position=head),
    },
    "ServiceAccountService.ListServiceAccounts": {
        "all": lambda _: accounts.ListServiceAccountsRequest(parent="projects/-", page_size=MOST),
        "then": lambda head: accounts.ListServiceAccountsRequest(parent=PROJECT, page_size=MOST, at_position=head),
    },
    "ServiceAccountService.ListServiceAccountTokens": {
        "now": lambda _: accounts.ListServiceAccountTokensRequest(parent=ACCOUNT, page_size=MOST),
        "then": lambda head: accounts.ListServiceAccountTokensRequest(parent=ACCOUNT, page_size=MOST, at_position=head),
    },
    "NetworkService.GetNetwork": {
        "now": lambda _: networks.GetNetworkRequest(name=NETWORK),
        "then": lambda head: networks.GetNetworkRequest(name=NETWORK, at_position=head),
    },
    "NetworkService.ListNetworks": {
        "all": lambda _: networks.ListNetworksRequest(parent="projects/-", page_size=MOST),
        "then": lambda head: networks.ListNetworksRequest(parent=PROJECT, page_size=MOST, at_position=head),
    },
    "NetworkService.ListNetworkAddresses": {
        "now": lambda _: networks.ListNetworkAddressesRequest(parent=NETWORK, page_size=MOST),
        "then": lambda head: networks.ListNetworkAddressesRequest(parent=NETWORK, page_size=MOST, at_position=head),
    },
    "NetworkService.CheckReach": {
        "now": lambda _: networks.CheckReachRequest(parent=PROJECT, source=VM, destination="10.1.0.5"),
        "then": lambda head: networks.CheckReachRequest(
            parent=PROJECT, source=VM, destination="10.1.0.5", at_position=head
        ),
    },
    "NetworkService.ListReach": {
        "now": lambda _: networks.ListReachRequest(parent=NETWORK, page_size=MOST),
        "then": lambda head: networks.ListReachRequest(parent=NETWORK, page_size=MOST, at_position=head),
    },
    "NetworkService.GetSecurityGroup": {
        "now": lambda _: networks.GetSecurityGroupRequest(name=GROUP),
        "then": lambda head: networks.GetSecurityGroupRequest(name=GROUP, at_position=head),
    },
    "NetworkService.ListSecurityGroups": {
        "all": lambda _: networks.ListSecurityGroupsRequest(parent="projects/-", page_size=MOST),
        "then": lambda head: networks.ListSecurityGroupsRequest(parent=PROJECT, page_size=MOST, at_position=head),
    },
    "UtilizationService.GetUtilization": {
        "now": lambda _: utilization.GetUtilizationRequest(scope="fleet"),
        "then": lambda head: utilization.GetUtilizationRequest(scope=PROJECT, at_position=head),
        "by selector": lambda _: utilization.GetUtilizationRequest(scope="fleet", selector="zone=a"),
        "by selector, then": lambda head: utilization.GetUtilizationRequest(
            scope=ZONE, selector="!rack", at_position=head
        ),
    },
    "UtilizationService.ListUtilization": {
        group_by: lambda head, group_by=group_by: utilization.ListUtilizationRequest(
            group_by=group_by, page_size=MOST, at_position=head
        )
        for group_by in ("hosts", "zones", "projects")
    },
    "UtilizationService.WatchUtilization": {
        "after the beginning": lambda _: utilization.WatchUtilizationRequest(scope=PROJECT, after_position=2),
        "from a position": lambda head: utilization.WatchUtilizationRequest(scope="fleet", from_position=head // 2),
    },
    "UtilizationService.GetUsage": {
        "by project": lambda _: _usage("fleet", "projects"),
        "by VM": lambda _: _usage(PROJECT, "vms"),
    },
    "MetricsService.GetMetrics": {
        "all": lambda _: metrics_service_pb2.GetMetricsRequest(include_vms=True),
        "of a project": lambda _: metrics_service_pb2.GetMetricsRequest(project=PROJECT),
    },
    "UtilizationService.ListSamples": {"of a host": lambda _: utilization.ListSamplesRequest(name=HOST)},
    "UtilizationService.GetUtilizationCheck": {"last": lambda _: utilization_check_pb2.GetUtilizationCheckRequest()},
    "UtilizationService.CheckSpareCapacity": {
        "now": lambda _: spare_capacity_pb2.CheckSpareCapacityRequest(),
        "then": lambda head: spare_capacity_pb2.CheckSpareCapacityRequest(at_position=head),
    },
    "HistoryService.ListEvents": {
        "of all": lambda _: history.ListEventsRequest(page_size=MOST),
        "of all, newest first": lambda _: history.ListEventsRequest(page_size=MOST, newest_first=True),
        "of a project": lambda _: history.ListEventsRequest(parent=PROJECT, page_size=MOST),
        "of a project, newest first": lambda _: history.ListEventsRequest(
            parent=PROJECT, page_size=MOST, newest_first=True
        ),
        "of a VM": lambda _: history.ListEventsRequest(parent=VM, page_size=MOST),
        "of a chain": lambda _: history.ListEventsRequest(chain_of=f"vms/{VM_UID}@2", page_size=MOST),
        "of a batch's chain": lambda _: history.ListEventsRequest(
            chain_of=f"requests/{sized_fleet.BATCH_REQUEST}@1", page_size=MOST
        ),
        "of a batch": lambda _: history.ListEventsRequest(
            of_request_id=sized_fleet.BATCH_REQUEST, parent=PROJECT, page_size=MOST
        ),
    },
    "HistoryService.WatchEvents": {
        "of a project": lambda _: history.WatchEventsRequest(parent=PROJECT, after_position=1),
    },
    "HistoryService.ReplayVm": {
        "now": lambda _: history.ReplayVmRequest(name=VM, page_size=MOST),
        "then": lambda head: history.ReplayVmRequest(name=VM, page_size=MOST, at_position=head),
    },
    "HistoryService.DiffState": {
        "of all": lambda head: history.DiffStateRequest(from_position=head // 2, page_size=MOST),
        "of a project": lambda _: history.DiffStateRequest(scope=PROJECT, from_position=1, page_size=MOST),
    },
    "HistoryService.GetTimeline": {
        "of all": lambda _: timeline_pb2.GetTimelineRequest(buckets=MOST),
        "of a project": lambda head: timeline_pb2.GetTimelineRequest(
            name=PROJECT, max_marks=MOST, at_position=head // 2
        ),
    },
    "AccessService.WhoAmI": {"now": lambda _: access.WhoAmIRequest()},
    "AccessService.ListRoles": {"all": lambda _: access.ListRolesRequest()},
    "AccessService.ExplainAccess": {
        "on the root": lambda _: access.ExplainAccessRequest(resource="/", principal="user:anna", permission="vms.get"),
        "then": lambda head: access.ExplainAccessRequest(
            resource=PROJECT, principal="user:anna", permission="vms.get", at_position=head
        ),
    },
    "IAMPolicy.GetIamPolicy": {"of a project": lambda _: iam_policy_pb2.GetIamPolicyRequest(resource=PROJECT)},
    "IAMPolicy.TestIamPermissions": {
        "on a project": lambda _: iam_policy_pb2.TestIamPermissionsRequest(resource=PROJECT, permissions=["vms.get"])
    },
    "HistoryService.GetSeal": {"last": lambda _: history.GetSealRequest()},
    "HistoryService.ProveEvent": {"near the end": lambda head: history.ProveEventRequest(position=head - 1)},
    "HistoryService.GetSignedHead": {"last": lambda _: signed_head_pb2.GetSignedHeadRequest()},
    "HistoryService.GetConsistencyProof": {
        "from the middle": lambda head: signed_head_pb2.GetConsistencyProofRequest(from_size=head // 2)
    },
    "HistoryService.GetInclusionProof": {
        "in the middle": lambda head: signed_head_pb2.GetInclusionProofRequest(position=head // 2)
    },
    "HistoryService.VerifyLedger": {
        "the end": lambda head: history.VerifyLedgerRequest(from_position=head, to_position=head)
    },
    "HistoryService.GetLedgerCheck": {"last": lambda _: ledger_check_pb2.GetLedgerCheckRequest()},
    "HistoryService.WhatIf": {
        "the end": lambda head: what_if_pb2.WhatIfRequest(from_position=head - 1, to_position=head)
    },
    "Operations.ListOperations": {
        "all": lambda _: longrunning.ListOperationsRequest(page_size=MOST),
        "of a VM": lambda _: longrunning.ListOperationsRequest(name=VM, page_size=MOST),
    },
    "Operations.GetOperation": {
        "now": lambda _: longrunning.GetOperationRequest(name=f"operations/{VM_UID}.2"),
        "of a destroyed VM": lambda _: longrunning.GetOperationRequest(
            name="operations/31234567-89ab-4cde-8f01-000000000000.2"
        ),
    },
    "Operations.WaitOperation": {
        "that has ended": lambda _: longrunning.WaitOperationRequest(
            name=f"operations/{VM_UID}.2", timeout=Duration(seconds=1)
        )
    },
}


def reads() -> set[str]:
    """The RPCs that change nothing: those that take one request, and no request_id."""
    return {
        f"{service.name}.{method.name}"
        for service in SERVICES
        for method in service.methods
        if not method.client_streaming and "request_id" not in method.input_type.fields_by_name
    } - NO_READS


async def _until_caught_up(call: AsyncIterator[Any]) -> None:
    async for message in call:
        # A what-if just ends.
        if message.DESCRIPTOR.name.startswith("Watch") and message.WhichOneof("message") == "caught_up":
            return


async def statements(plane: Plane, method: str, request: Message) -> int:
    service, _, name = method.partition(".")
    call = getattr(getattr(plane, STUBS[service]), name)(request)
    with counting(plane) as counted:
        reading = _until_caught_up(call) if hasattr(call, "__aiter__") else call
        await asyncio.wait_for(cast("Any", reading), WAIT_S)
        await settled(plane)
    return counted.statements


async def counted_reads(url: str, size: int) -> dict[str, int]:
    """Statements by RPC and request, in a fleet of some size."""
    head = sized_fleet.write(url, size)
    found: dict[str, int] = {}
    async with running(url) as plane:
        await settled(plane)
        for method, requests in READS.items():
            for variant, made in requests.items():
                # The first of a kind reads what is kept from then on, such as specs.
                await statements(plane, method, made(head))
                found[f"{method}, {variant}"] = await statements(plane, method, made(head))
    return found


async def first_reads(url: str) -> dict[str, int]:
    """Statements of lists, each the first read of a server that has just started: specs are read, too."""
    found: dict[str, int] = {}
    for method in ("VmService.ListVms", "HostService.ListHosts", "Operations.ListOperations"):
        for variant, made in READS[method].items():
            async with running(url) as plane:
                await settled(plane)
                head = plane.control_plane.reads.position
                found[f"{method}, {variant}"] = await statements(plane, method, made(head))
    return found


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    return {size: f"sqlite:///{tmp_path_factory.mktemp('sized') / f'{size}.db'}" for size in (FEW, MANY)}


async def test_a_read_needs_as_many_statements_in_a_large_fleet_as_in_a_small_one(urls: dict[int, str]) -> None:
    few, many = [await counted_reads(urls[size], size) for size in (FEW, MANY)]
    more = {read: (few[read], many[read]) for read in few if many[read] > few[read]}
    assert more == {}
    few, many = [await first_reads(urls[size]) for size in (FEW, MANY)]
    assert {read: (few[read], many[read]) for read in few if many[read] > few[read]} == {}


def test_no_read_is_left_out() -> None:
    assert set(READS) == reads()
