"""The services of asyncio's client: what each method of `services` returns there."""

from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING, Any

from google.api.httpbody_pb2 import HttpBody
from google.longrunning.operations_pb2 import ListOperationsResponse

from chronovisor.events.v1.event_pb2 import Event
from chronovisor.operations import AsyncOperationsStub
from chronovisor.paging import AsyncPager
from chronovisor.services.access import AccessCalls
from chronovisor.services.base import AsyncOperation, Outcome
from chronovisor.services.consoles import ConsoleCalls
from chronovisor.services.history import HistoryCalls
from chronovisor.services.hosts import HostCalls
from chronovisor.services.images import ImageCalls
from chronovisor.services.metrics import MetricsCalls
from chronovisor.services.networks import NetworkCalls
from chronovisor.services.operations import OperationCalls
from chronovisor.services.privacy import PrivacyCalls
from chronovisor.services.projects import ProjectCalls
from chronovisor.services.service_accounts import ServiceAccountCalls
from chronovisor.services.utilization import UtilizationCalls
from chronovisor.services.vms import VmCalls
from chronovisor.streams.resumable import AsyncWatch
from chronovisor.v1.access_service_pb2 import ExplainAccessResponse, Role, WhoAmIResponse
from chronovisor.v1.console_service_pb2 import (
    ConsoleTicket,
    GetScreenshotResponse,
    OpenPortResponse,
    OpenScreenResponse,
    OpenSerialConsoleResponse,
    ReadConsoleLogResponse,
    RunProgramResponse,
)
from chronovisor.v1.history_service_pb2 import (
    DiffStateResponse,
    FieldChange,
    ListEventsResponse,
    ReplayStep,
    ReplayVmResponse,
    Seal,
    VerifyLedgerResponse,
)
from chronovisor.v1.host_credentials_pb2 import HostCredentials, HostToken
from chronovisor.v1.host_pb2 import Host, UnexpectedGuest
from chronovisor.v1.host_service_pb2 import CheckHostResponse, ListHostsResponse, ListUnexpectedGuestsResponse
from chronovisor.v1.image_pb2 import Image
from chronovisor.v1.image_service_pb2 import ListImagesResponse, UploadImageResponse
from chronovisor.v1.ledger_check_pb2 import LedgerCheck
from chronovisor.v1.network_pb2 import Network, SecurityGroup
from chronovisor.v1.network_service_pb2 import (
    CheckReachResponse,
    HeldAddress,
    ListNetworkAddressesResponse,
    ListNetworksResponse,
    ListReachResponse,
    ListSecurityGroupsResponse,
    ReachEdge,
)
from chronovisor.v1.privacy_service_pb2 import ForgetPersonResponse
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.project_service_pb2 import ListProjectsResponse
from chronovisor.v1.rebalance_pb2 import PlanRebalanceResponse, Rebalance
from chronovisor.v1.sample_pb2 import MeasuredSample
from chronovisor.v1.service_account_pb2 import ServiceAccount, ServiceAccountToken
from chronovisor.v1.service_account_service_pb2 import (
    CreateServiceAccountTokenResponse,
    ListServiceAccountsResponse,
    ListServiceAccountTokensResponse,
)
from chronovisor.v1.signed_head_pb2 import ConsistencyProof, InclusionProof, SignedHead
from chronovisor.v1.spare_capacity_pb2 import CheckSpareCapacityResponse
from chronovisor.v1.timeline_pb2 import GetTimelineResponse
from chronovisor.v1.utilization_check_pb2 import UtilizationCheck
from chronovisor.v1.utilization_service_pb2 import GetUsageResponse, ListUtilizationResponse, Usage, Utilization
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.v1.vm_service_pb2 import (
    ExecuteCommandsResponse,
    ListVmsResponse,
    PlacementExplanation,
    VmChange,
    VmSecrets,
)
from chronovisor.v1.what_if_pb2 import WhatIfResponse
from chronovisor.verify import Row

if TYPE_CHECKING:
    from google.iam.v1.policy_pb2 import Policy

    # One class at run time; which of the two it is typed as depends on the channel.
    from chronovisor.v1.access_service_pb2_grpc import AccessServiceAsyncStub
    from chronovisor.v1.console_service_pb2_grpc import ConsoleServiceAsyncStub
    from chronovisor.v1.history_service_pb2_grpc import HistoryServiceAsyncStub
    from chronovisor.v1.host_service_pb2_grpc import HostServiceAsyncStub
    from chronovisor.v1.image_service_pb2_grpc import ImageServiceAsyncStub
    from chronovisor.v1.metrics_service_pb2_grpc import MetricsServiceAsyncStub
    from chronovisor.v1.network_service_pb2_grpc import NetworkServiceAsyncStub
    from chronovisor.v1.privacy_service_pb2_grpc import PrivacyServiceAsyncStub
    from chronovisor.v1.project_service_pb2_grpc import ProjectServiceAsyncStub
    from chronovisor.v1.service_account_service_pb2_grpc import ServiceAccountServiceAsyncStub
    from chronovisor.v1.utilization_service_pb2_grpc import UtilizationServiceAsyncStub
    from chronovisor.v1.vm_service_pb2_grpc import VmServiceAsyncStub
else:
    # Of a package that is loaded when it is used.
    Policy = Any
    from chronovisor.v1.access_service_pb2_grpc import AccessServiceStub as AccessServiceAsyncStub
    from chronovisor.v1.console_service_pb2_grpc import ConsoleServiceStub as ConsoleServiceAsyncStub
    from chronovisor.v1.history_service_pb2_grpc import HistoryServiceStub as HistoryServiceAsyncStub
    from chronovisor.v1.host_service_pb2_grpc import HostServiceStub as HostServiceAsyncStub
    from chronovisor.v1.image_service_pb2_grpc import ImageServiceStub as ImageServiceAsyncStub
    from chronovisor.v1.metrics_service_pb2_grpc import MetricsServiceStub as MetricsServiceAsyncStub
    from chronovisor.v1.network_service_pb2_grpc import NetworkServiceStub as NetworkServiceAsyncStub
    from chronovisor.v1.privacy_service_pb2_grpc import PrivacyServiceStub as PrivacyServiceAsyncStub
    from chronovisor.v1.project_service_pb2_grpc import ProjectServiceStub as ProjectServiceAsyncStub
    from chronovisor.v1.service_account_service_pb2_grpc import (
        ServiceAccountServiceStub as ServiceAccountServiceAsyncStub,
    )
    from chronovisor.v1.utilization_service_pb2_grpc import UtilizationServiceStub as UtilizationServiceAsyncStub
    from chronovisor.v1.vm_service_pb2_grpc import VmServiceStub as VmServiceAsyncStub


class Vms(
    VmServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    VmCalls[
        Awaitable[Vm],
        Awaitable[AsyncOperation],
        AsyncPager[Vm, ListVmsResponse],
        AsyncWatch[VmChange],
        Awaitable[list[Outcome[AsyncOperation]]],
        AsyncIterator[ExecuteCommandsResponse],
        Awaitable[PlacementExplanation],
        Awaitable[VmSecrets],
    ],
):
    """VMs: create, start, stop, destroy, and the rest of their lives; also by the API's own names, as `StartVm`."""


class Hosts(
    HostServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    HostCalls[
        Awaitable[Host],
        AsyncPager[Host, ListHostsResponse],
        AsyncPager[UnexpectedGuest, ListUnexpectedGuestsResponse],
        Awaitable[CheckHostResponse],
        Awaitable[PlanRebalanceResponse],
        Awaitable[AsyncOperation[Host]],
        Awaitable[AsyncOperation[Rebalance]],
        Awaitable[HostToken],
        Awaitable[HostCredentials],
    ],
):
    """Hosts: what they offer, and whether they take VMs; also by the API's own names, as `CordonHost`."""


class Projects(
    ProjectServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    ProjectCalls[Awaitable[Project], AsyncPager[Project, ListProjectsResponse]],
):
    """Projects and their quotas; also by the API's own names, as `CreateProject`."""


class ServiceAccounts(
    ServiceAccountServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    ServiceAccountCalls[
        Awaitable[ServiceAccount],
        AsyncPager[ServiceAccount, ListServiceAccountsResponse],
        Awaitable[CreateServiceAccountTokenResponse],
        Awaitable[ServiceAccountToken],
        AsyncPager[ServiceAccountToken, ListServiceAccountTokensResponse],
    ],
):
    """Service accounts and their tokens; also by the API's own names, as `CreateServiceAccount`."""


class Images(
    ImageServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    ImageCalls[
        Awaitable[Image],
        AsyncPager[Image, ListImagesResponse],
        AsyncIterator[UploadImageResponse],
        Awaitable[AsyncOperation[Image]],
    ],
):
    """The disks that VMs are cloned from; also by the API's own names, as `UploadImage`."""


class Networks(
    NetworkServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    NetworkCalls[
        Awaitable[Network],
        AsyncPager[Network, ListNetworksResponse],
        AsyncPager[HeldAddress, ListNetworkAddressesResponse],
        Awaitable[CheckReachResponse],
        AsyncPager[ReachEdge, ListReachResponse],
        Awaitable[SecurityGroup],
        AsyncPager[SecurityGroup, ListSecurityGroupsResponse],
    ],
):
    """Networks of VMs and security groups; also by the API's own names, as `CreateNetwork`."""


class Metrics(
    MetricsServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    MetricsCalls[Awaitable[HttpBody]],
):
    """What Prometheus scrapes; also by the API's own name, as `GetMetrics`."""


class Consoles(
    ConsoleServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    ConsoleCalls[
        AsyncIterator[OpenSerialConsoleResponse],
        AsyncIterator[ReadConsoleLogResponse],
        AsyncIterator[OpenScreenResponse],
        Awaitable[GetScreenshotResponse],
        Awaitable[ConsoleTicket],
        AsyncIterator[OpenPortResponse],
        Awaitable[RunProgramResponse],
    ],
):
    """The consoles of VMs; also by the API's own names, as `OpenSerialConsole`."""


class Privacy(
    PrivacyServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    PrivacyCalls[Awaitable[ForgetPersonResponse]],
):
    """What the ledger knows of people; also by the API's own names, as `ForgetPerson`."""


class Access(
    AccessServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    AccessCalls[
        Awaitable[WhoAmIResponse],
        Awaitable[ExplainAccessResponse],
        Awaitable[list[Role]],
        Awaitable[Role],
        Awaitable[Policy],
        Awaitable[list[str]],
    ],
):
    """Who may do what, roles, and policies; also by the API's own names, as `ExplainAccess`."""


class Utilizations(
    UtilizationServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    UtilizationCalls[
        Awaitable[Utilization],
        AsyncPager[Utilization, ListUtilizationResponse],
        AsyncWatch[Utilization],
        AsyncPager[Usage, GetUsageResponse],
        Awaitable[list[MeasuredSample]],
        Awaitable[UtilizationCheck],
        Awaitable[CheckSpareCapacityResponse],
    ],
):
    """Totals, utilization, usage; also by the API's own names, as `GetUsage`."""


class Histories(
    HistoryServiceAsyncStub,  # pyright: ignore[reportGeneralTypeIssues]
    HistoryCalls[
        AsyncPager[Event, ListEventsResponse],
        AsyncWatch[Event],
        AsyncPager[ReplayStep, ReplayVmResponse],
        AsyncPager[FieldChange, DiffStateResponse],
        Awaitable[GetTimelineResponse],
        Awaitable[Seal],
        Awaitable[VerifyLedgerResponse],
        Awaitable[LedgerCheck],
        Awaitable[Row],
        Awaitable[SignedHead],
        Awaitable[ConsistencyProof],
        Awaitable[InclusionProof],
        AsyncIterator[WhatIfResponse],
    ],
):
    """Events, past states, proofs; also by the API's own names, as `ProveEvent`."""


class Operations(
    AsyncOperationsStub,
    OperationCalls[
        Awaitable[AsyncOperation[Any]],
        AsyncPager[AsyncOperation[Any], ListOperationsResponse],
        Awaitable[Any],
        Awaitable[None],
    ],
):
    """Work that is under way; also by the API's own names, as `WaitOperation`."""
