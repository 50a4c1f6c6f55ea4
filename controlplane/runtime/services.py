"""The services of the API, by their descriptors: what the control plane serves, and what the gateway hands on."""

from chronovisor.v1 import (
    access_service_pb2,
    agent_service_pb2,
    console_service_pb2,
    error_reason_pb2,
    history_service_pb2,
    host_service_pb2,
    image_service_pb2,
    metrics_service_pb2,
    network_service_pb2,
    operations_pb2,
    privacy_service_pb2,
    project_service_pb2,
    service_account_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
)
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2 as longrunning
from google.rpc import error_details_pb2

SERVICES = (
    access_service_pb2.DESCRIPTOR.services_by_name["AccessService"],
    vm_service_pb2.DESCRIPTOR.services_by_name["VmService"],
    console_service_pb2.DESCRIPTOR.services_by_name["ConsoleService"],
    host_service_pb2.DESCRIPTOR.services_by_name["HostService"],
    project_service_pb2.DESCRIPTOR.services_by_name["ProjectService"],
    service_account_service_pb2.DESCRIPTOR.services_by_name["ServiceAccountService"],
    network_service_pb2.DESCRIPTOR.services_by_name["NetworkService"],
    image_service_pb2.DESCRIPTOR.services_by_name["ImageService"],
    utilization_service_pb2.DESCRIPTOR.services_by_name["UtilizationService"],
    history_service_pb2.DESCRIPTOR.services_by_name["HistoryService"],
    metrics_service_pb2.DESCRIPTOR.services_by_name["MetricsService"],
    privacy_service_pb2.DESCRIPTOR.services_by_name["PrivacyService"],
    agent_service_pb2.DESCRIPTOR.services_by_name["AgentService"],
    longrunning.DESCRIPTOR.services_by_name["Operations"],
    iam_policy_pb2.DESCRIPTOR.services_by_name["IAMPolicy"],
)
# All that this API has is in it, whatever the version.
API = "chronovisor"
# Loaded so that reflection describes them, such as messages that only travel inside google.protobuf.Any.
IN_ANY = (operations_pb2.OperationMetadata, error_reason_pb2.ErrorDetails, error_details_pb2.ErrorInfo)
