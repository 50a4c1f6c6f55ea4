"""The services of the blocking client: what each method of `services` returns there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from google.api.httpbody_pb2 import HttpBody
from google.longrunning.operations_pb2 import ListOperationsResponse

from chronovisor.events.v1.event_pb2 import Event
from chronovisor.operations import OperationsStub
from chronovisor.paging import Pager
from chronovisor.services.access import AccessCalls
from chronovisor.services.base import Operation, Outcome
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
from chronovisor.streams.resumable import Watch
from chronovisor.v1.access_service_pb2 import ExplainAccessResponse, Role, WhoAmIResponse
from chronovisor.v1.access_service_pb2_grpc import AccessServiceStub
from chronovisor.v1.console_service_pb2 import (
    ConsoleTicket,
    GetScreenshotResponse,
    OpenPortResponse,
    OpenScreenResponse,
    OpenSerialConsoleResponse,
    ReadConsoleLogResponse,
    RunProgramResponse,
)
from chronovisor.v1.console_service_pb2_grpc import ConsoleServiceStub
from chronovisor.v1.history_service_pb2 import (
    DiffStateResponse,
    FieldChange,
    ListEventsResponse,
    ReplayStep,
    ReplayVmResponse,
    Seal,
    VerifyLedgerResponse,
)
from chronovisor.v1.history_service_pb2_grpc import HistoryServiceStub
from chronovisor.v1.host_credentials_pb2 import HostCredentials, HostToken
from chronovisor.v1.host_pb2 import Host, UnexpectedGuest
from chronovisor.v1.host_service_pb2 import CheckHostResponse, ListHostsResponse, ListUnexpectedGuestsResponse
from chronovisor.v1.host_service_pb2_grpc import HostServiceStub
from chronovisor.v1.image_pb2 import Image
from chronovisor.v1.image_service_pb2 import ListImagesResponse, UploadImageResponse
from chronovisor.v1.image_service_pb2_grpc import ImageServiceStub
from chronovisor.v1.ledger_check_pb2 import LedgerCheck
from chronovisor.v1.metrics_service_pb2_grpc import MetricsServiceStub
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
from chronovisor.v1.network_service_pb2_grpc import NetworkServiceStub
from chronovisor.v1.privacy_service_pb2 import ForgetPersonResponse
from chronovisor.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.project_service_pb2 import ListProjectsResponse
from chronovisor.v1.project_service_pb2_grpc import ProjectServiceStub
from chronovisor.v1.rebalance_pb2 import PlanRebalanceResponse, Rebalance
from chronovisor.v1.sample_pb2 import MeasuredSample
from chronovisor.v1.service_account_pb2 import ServiceAccount, ServiceAccountToken
from chronovisor.v1.service_account_service_pb2 import (
    CreateServiceAccountTokenResponse,
    ListServiceAccountsResponse,
    ListServiceAccountTokensResponse,
)
from chronovisor.v1.service_account_service_pb2_grpc import ServiceAccountServiceStub
from chronovisor.v1.signed_head_pb2 import ConsistencyProof, InclusionProof, SignedHead
from chronovisor.v1.spare_capacity_pb2 import CheckSpareCapacityResponse
from chronovisor.v1.timeline_pb2 import GetTimelineResponse
from chronovisor.v1.utilization_check_pb2 import UtilizationCheck
from chronovisor.v1.utilization_service_pb2 import GetUsageResponse, ListUtilizationResponse, Usage, Utilization
from chronovisor.v1.utilization_service_pb2_grpc import UtilizationServiceStub
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.v1.vm_service_pb2 import (
    ExecuteCommandsResponse,
    ListVmsResponse,
    PlacementExplanation,
    VmChange,
    VmSecrets,
)
from chronovisor.v1.vm_service_pb2_grpc import VmServiceStub
from chronovisor.v1.what_if_pb2 import WhatIfResponse
from chronovisor.verify import Row

if TYPE_CHECKING:
    from google.iam.v1.policy_pb2 import Policy
else:
    # Of a package that is loaded when it is used.
    Policy = Any


class Vms(
    VmServiceStub,
    VmCalls[
        Vm,
        Operation,
        Pager[Vm, ListVmsResponse],
        Watch[VmChange],
        list[Outcome[Operation]],
        Iterator[ExecuteCommandsResponse],
        PlacementExplanation,
        VmSecrets,
    ],
):
    """VMs: create, start, stop, destroy, and the rest of their lives; also by the API's own names, as `StartVm`."""


class Hosts(
    HostServiceStub,
    HostCalls[
        Host,
        Pager[Host, ListHostsResponse],
        Pager[UnexpectedGuest, ListUnexpectedGuestsResponse],
        CheckHostResponse,
        PlanRebalanceResponse,
        Operation[Host],
        Operation[Rebalance],
        HostToken,
        HostCredentials,
    ],
):
    """Hosts: what they offer, and whether they take VMs; also by the API's own names, as `CordonHost`."""


class Projects(ProjectServiceStub, ProjectCalls[Project, Pager[Project, ListProjectsResponse]]):
    """Projects and their quotas; also by the API's own names, as `CreateProject`."""


class ServiceAccounts(
    ServiceAccountServiceStub,
    ServiceAccountCalls[
        ServiceAccount,
        Pager[ServiceAccount, ListServiceAccountsResponse],
        CreateServiceAccountTokenResponse,
        ServiceAccountToken,
        Pager[ServiceAccountToken, ListServiceAccountTokensResponse],
    ],
):
    """Service accounts and their tokens; also by the API's own names, as `CreateServiceAccount`."""


class Images(
    ImageServiceStub,
    ImageCalls[Image, Pager[Image, ListImagesResponse], Iterator[UploadImageResponse], Operation[Image]],
):
    """The disks that VMs are cloned from; also by the API's own names, as `UploadImage`."""


class Networks(
    NetworkServiceStub,
    NetworkCalls[
        Network,
        Pager[Network, ListNetworksResponse],
        Pager[HeldAddress, ListNetworkAddressesResponse],
        CheckReachResponse,
        Pager[ReachEdge, ListReachResponse],
        SecurityGroup,
        Pager[SecurityGroup, ListSecurityGroupsResponse],
    ],
):
    """Networks of VMs and security groups; also by the API's own names, as `CreateNetwork`."""


class Metrics(MetricsServiceStub, MetricsCalls[HttpBody]):
    """What Prometheus scrapes; also by the API's own name, as `GetMetrics`."""


class Consoles(
    ConsoleServiceStub,
    ConsoleCalls[
        Iterator[OpenSerialConsoleResponse],
        Iterator[ReadConsoleLogResponse],
        Iterator[OpenScreenResponse],
        GetScreenshotResponse,
        ConsoleTicket,
        Iterator[OpenPortResponse],
        RunProgramResponse,
    ],
):
    """The consoles of VMs; also by the API's own names, as `OpenSerialConsole`."""


class Privacy(PrivacyServiceStub, PrivacyCalls[ForgetPersonResponse]):
    """What the ledger knows of people; also by the API's own names, as `ForgetPerson`."""


class Access(
    AccessServiceStub,
    AccessCalls[
        WhoAmIResponse,
        ExplainAccessResponse,
        list[Role],
        Role,
        Policy,
        list[str],
    ],
):
    """Who may do what, roles, and policies; also by the API's own names, as `ExplainAccess`."""


class Utilizations(
    UtilizationServiceStub,
    UtilizationCalls[
        Utilization,
        Pager[Utilization, ListUtilizationResponse],
        Watch[Utilization],
        Pager[Usage, GetUsageResponse],
        list[MeasuredSample],
        UtilizationCheck,
        CheckSpareCapacityResponse,
    ],
):
    """Totals, utilization, usage; also by the API's own names, as `GetUsage`."""


class Histories(
    HistoryServiceStub,
    HistoryCalls[
        Pager[Event, ListEventsResponse],
        Watch[Event],
        Pager[ReplayStep, ReplayVmResponse],
        Pager[FieldChange, DiffStateResponse],
        GetTimelineResponse,
        Seal,
        VerifyLedgerResponse,
        LedgerCheck,
        Row,
        SignedHead,
        ConsistencyProof,
        InclusionProof,
        Iterator[WhatIfResponse],
    ],
):
    """Events, past states, proofs; also by the API's own names, as `ProveEvent`."""


class Operations(
    OperationsStub,
    OperationCalls[Operation[Any], Pager[Operation[Any], ListOperationsResponse], Any, None],
):
    """Work that is under way; also by the API's own names, as `WaitOperation`."""
