"""The set-up that is looked at: settings, one connection, and answers that several checks need, read once."""

import re
from dataclasses import dataclass, field
from functools import cached_property

import grpc
from google.longrunning import operations_pb2

from chronovisor.addresses import addresses
from chronovisor.cli.doctor.machine import Machine, Room
from chronovisor.cli.session import connected
from chronovisor.cli.settings import Misused, Settings
from chronovisor.client import Client
from chronovisor.endpoints import Endpoint, tls_of
from chronovisor.errors import ChronovisorError
from chronovisor.paging import pages
from chronovisor.program import why
from chronovisor.retry import RetryPolicy
from chronovisor.sign_in.failures import SignInFailed
from chronovisor.v1.access_service_pb2 import WhoAmIRequest, WhoAmIResponse
from chronovisor.v1.host_pb2 import HOST_STATE_DECOMMISSIONED, Host
from chronovisor.v1.host_service_pb2 import ListHostsRequest
from chronovisor.v1.metrics_service_pb2 import GetMetricsRequest
from chronovisor.v1.utilization_check_pb2 import GetUtilizationCheckRequest, UtilizationCheck

_VERSION = re.compile(r'^chronovisor_build_info\{version="([^"]*)"\}', re.MULTILINE)
_ROOM = re.compile(r"^chronovisor_ledger_disk(|_free)_bytes (\S+)$", re.MULTILINE)
# For one answer. What takes longer is a finding.
ANSWER_S = 5.0


class NotConnected(Exception):
    """There is nothing to call, and why."""


@dataclass
class SetUp:
    """Close it. `away` is why the control plane is not called again; empty: it is."""

    settings: Settings
    machine: Machine = field(default_factory=Machine)
    away: str = ""
    _client: Client | None = None

    @property
    def client(self) -> Client:
        """Raises NotConnected."""
        if self.away:
            raise NotConnected(self.away)
        if self._client is None:
            try:
                timeout_s = self.settings.timeout or ANSWER_S
                self._client = connected(self.settings, timeout_s, RetryPolicy(attempts=1))
            except (ValueError, OSError, Misused, SignInFailed) as error:
                raise NotConnected(f"no connection can be made: {why(error)}") from error
        return self._client

    def close(self) -> None:
        if self._client:
            self._client.close()

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where the control plane is, by the settings. Raises ValueError, OSError."""
        settings = self.settings
        secured = tls_of(
            ca=settings.ca_file or None, certificate=settings.cert_file or None, key=settings.key_file or None
        )
        found = addresses(settings.server or None)
        return tuple(Endpoint(each, None if each.startswith("unix:") else secured) for each in found)

    @cached_property
    def is_local(self) -> bool:
        """Whether the control plane is on this machine."""
        return all(each.is_local for each in self.endpoints)

    @cached_property
    def caller(self) -> WhoAmIResponse:
        return self.client.access.WhoAmI(WhoAmIRequest())

    @cached_property
    def metrics(self) -> str:
        """Of the control plane; empty where it has none, or shows them to others alone."""
        try:
            return self.client.metrics.GetMetrics(GetMetricsRequest()).data.decode()
        except ChronovisorError as error:
            if error.code in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED):
                return ""
            raise

    @cached_property
    def server_version(self) -> str:
        """As its metrics have it; empty where they do not."""
        found = _VERSION.search(self.metrics)
        return found[1] if found else ""

    @cached_property
    def ledger_room(self) -> Room | None:
        """Of the disk that the ledger is on, as the control plane's metrics have it; None where they do not."""
        try:
            found = {name: int(float(value)) for name, value in _ROOM.findall(self.metrics)}
        except (ChronovisorError, NotConnected):
            return None
        return Room(found[""], found["_free"]) if len(found) == 2 else None

    @cached_property
    def hosts(self) -> list[Host]:
        """All that were not decommissioned."""
        request = ListHostsRequest(page_size=1000)
        found = pages(self.client.hosts.ListHosts, request)
        return [host for page in found for host in page.hosts if host.state != HOST_STATE_DECOMMISSIONED]

    @cached_property
    def totals(self) -> UtilizationCheck:
        return self.client.utilization.GetUtilizationCheck(GetUtilizationCheckRequest())

    @cached_property
    def operations(self) -> list[operations_pb2.Operation]:
        """Those under way."""
        request = operations_pb2.ListOperationsRequest(name="operations", page_size=1000, filter="done = false")
        return [each for page in pages(self.client.operations.ListOperations, request) for each in page.operations]
