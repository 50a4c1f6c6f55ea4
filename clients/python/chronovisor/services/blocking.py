"""The services of the blocking client: what each method of `services` returns there."""

from collections.abc import Iterator

from google.longrunning.operations_pb2 import ListOperationsResponse

from chronovisor.events.v1.event_pb2 import Event
from chronovisor.operations import OperationsStub
from chronovisor.paging import Pager
from chronovisor.services.base import Operation, Outcome
from chronovisor.services.history import HistoryCalls
from chronovisor.services.hosts import HostCalls
from chronovisor.services.operations import OperationCalls
from chronovisor.services.projects import ProjectCalls
from chronovisor.services.utilization import UtilizationCalls
from chronovisor.services.vms import VmCalls
from chronovisor.streams.resumable import Watch
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
from chronovisor.v1.host_pb2 import Host, UnexpectedGuest
from chronovisor.v1.host_service_pb2 import ListHostsResponse, ListUnexpectedGuestsResponse
from chronovisor.v1.host_service_pb2_grpc import HostServiceStub
from chronovisor.v1.ledger_check_pb2 import LedgerCheck
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.project_service_pb2 import ListProjectsResponse
from chronovisor.v1.project_service_pb2_grpc import ProjectServiceStub
from chronovisor.v1.rebalance_pb2 import PlanRebalanceResponse
from chronovisor.v1.sample_pb2 import MeasuredSample
from chronovisor.v1.utilization_check_pb2 import UtilizationCheck
from chronovisor.v1.utilization_service_pb2 import GetUsageResponse, ListUtilizationResponse, Usage, Utilization
from chronovisor.v1.utilization_service_pb2_grpc import UtilizationServiceStub
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.v1.vm_service_pb2 import ExecuteCommandsResponse, ListVmsResponse, PlacementExplanation, VmChange
from chronovisor.v1.vm_service_pb2_grpc import VmServiceStub
from chronovisor.v1.what_if_pb2 import WhatIfResponse
from chronovisor.verify import Row


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
    ],
):
    """VMs: create, start, stop, destroy, and the rest of their lives; also by the API's own names, as `StartVm`."""


class Hosts(
    HostServiceStub,
    HostCalls[
        Host,
        Pager[Host, ListHostsResponse],
        Pager[UnexpectedGuest, ListUnexpectedGuestsResponse],
        PlanRebalanceResponse,
    ],
):
    """Hosts: what they offer, and whether they take VMs; also by the API's own names, as `CordonHost`."""


class Projects(ProjectServiceStub, ProjectCalls[Project, Pager[Project, ListProjectsResponse]]):
    """Projects and their quotas; also by the API's own names, as `CreateProject`."""


class Utilizations(
    UtilizationServiceStub,
    UtilizationCalls[
        Utilization,
        Pager[Utilization, ListUtilizationResponse],
        Watch[Utilization],
        Pager[Usage, GetUsageResponse],
        list[MeasuredSample],
        UtilizationCheck,
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
        Seal,
        VerifyLedgerResponse,
        LedgerCheck,
        Row,
        Iterator[WhatIfResponse],
    ],
):
    """Events, past states, proofs; also by the API's own names, as `ProveEvent`."""


class Operations(
    OperationsStub,
    OperationCalls[Operation, Pager[Operation, ListOperationsResponse], Vm, None],
):
    """Work that is under way; also by the API's own names, as `WaitOperation`."""
