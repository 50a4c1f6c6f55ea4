"""One connection to a control plane, for threads: its services. What is added to every call is in `layer`."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, overload

from chronovisor import operations
from chronovisor.channels import LayeredChannel
from chronovisor.connection import DEFAULT_SERVER, SERVER_VARIABLE, Connection, Pem, connection
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.retry import RetryPolicy
from chronovisor.services.base import BLOCKING, OnStatus
from chronovisor.services.blocking import (
    Access,
    Consoles,
    Histories,
    Hosts,
    Images,
    Metrics,
    Networks,
    Operations,
    Privacy,
    Projects,
    ServiceAccounts,
    Utilizations,
    Vms,
)
from chronovisor.streams import requests
from chronovisor.streams.resumable import Watch
from chronovisor.v1.history_service_pb2 import WatchEventsRequest
from chronovisor.v1.utilization_service_pb2 import Utilization, WatchUtilizationRequest
from chronovisor.v1.vm_service_pb2 import VmChange, WatchVmsRequest

__all__ = ["DEFAULT_SERVER", "SERVER_VARIABLE", "Client", "connect"]


class Client:
    """The services of one control plane. Safe to share between threads. Close it, or use it in a `with`.

    Each service has methods with plain values, `client.vms.start("shop/web-1")`, and the API's own with requests,
    `client.vms.StartVm(StartVmRequest(...))`. Every call carries the actor, has a deadline, gets a `request_id` where
    it changes something and has none, is tried again while the server is UNAVAILABLE, and raises ChronovisorError (of
    `chronovisor.errors`) when it fails.
    """

    def __init__(self, to: Connection) -> None:
        # For stubs of your own: their calls are as those of the stubs here.
        self.channel = LayeredChannel(to.layer, to.endpoints)
        context = to.context(BLOCKING, operations.OperationsStub(self.channel))
        self.vms = Vms.on(self.channel, context)
        self.hosts = Hosts.on(self.channel, context)
        self.projects = Projects.on(self.channel, context)
        self.service_accounts = ServiceAccounts.on(self.channel, context)
        self.images = Images.on(self.channel, context)
        self.networks = Networks.on(self.channel, context)
        self.access = Access.on(self.channel, context)
        self.utilization = Utilizations.on(self.channel, context)
        self.history = Histories.on(self.channel, context)
        self.metrics = Metrics.on(self.channel, context)
        self.consoles = Consoles.on(self.channel, context)
        self.privacy = Privacy.on(self.channel, context)
        self.operations = Operations.on(self.channel, context)

    def wait(
        self,
        operation: operations.Operation | str,
        timeout_s: float | None = None,
        step_s: float = 30.0,
        on_step: Callable[[operations.Operation], None] | None = None,
    ) -> operations.Operation:
        """Waits until an operation is done; returns it as it ended. See `chronovisor.operations.wait`.

        Raises OperationFailed, WaitTimeout (after `timeout_s`; None: never), ChronovisorError.
        """
        return operations.wait(self.operations, operation, timeout_s, step_s, on_step)

    @overload
    def watch(self, request: WatchEventsRequest, *, on_status: OnStatus = None) -> Watch[Event]: ...
    @overload
    def watch(self, request: WatchVmsRequest, *, on_status: OnStatus = None) -> Watch[VmChange]: ...
    @overload
    def watch(self, request: WatchUtilizationRequest, *, on_status: OnStatus = None) -> Watch[Utilization]: ...
    def watch(
        self, request: WatchEventsRequest | WatchVmsRequest | WatchUtilizationRequest, *, on_status: OnStatus = None
    ) -> Watch[Any]:
        """What a request of the API watches, resumed by itself over every interruption, without a gap or a repeat."""
        if isinstance(request, WatchUtilizationRequest):
            return self.utilization.resumed(request, on_status)
        return (self.vms if isinstance(request, WatchVmsRequest) else self.history).resumed(request, on_status)

    def watch_events(
        self,
        parent: str = "",
        *,
        event_types: Sequence[str] = (),
        after: int | None = None,
        on_status: OnStatus = None,
    ) -> Watch[Event]:
        """As `history.watch`, of a resource that is named in full."""
        return self.watch(requests.events_request(parent, event_types, after), on_status=on_status)

    def watch_vms(
        self,
        parent: str = "projects/-",
        *,
        filter: str = "",
        after: int | None = 0,
        on_status: OnStatus = None,
    ) -> Watch[VmChange]:
        """As `vms.watch`, of a project that is named in full."""
        # Here 0 is the snapshot, and None what comes next.
        request = requests.vms_request(parent, filter, after or None, snapshot=after is not None)
        return self.watch(request, on_status=on_status)

    def watch_utilization(
        self,
        scope: str = "fleet",
        *,
        resource_classes: Sequence[str] = (),
        minimum_change: float = 0.0,
        minimum_interval: timedelta = timedelta(),
        after: int = 0,
        start: int | datetime | None = None,
        step: timedelta = timedelta(),
        on_status: OnStatus = None,
    ) -> Watch[Utilization]:
        """As `utilization.watch`."""
        request = requests.utilization_request(
            scope, resource_classes, minimum_change, minimum_interval, after or None, start, step
        )
        return self.watch(request, on_status=on_status)

    def close(self) -> None:
        """Ends the connection and every call on it."""
        self.channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connect(
    server: str | Sequence[str] | None = None,
    *,
    actor: str | None = None,
    project: str | None = None,
    timeout_s: float = 10.0,
    retry: RetryPolicy | None = None,
    tls: bool | None = None,
    ca: Pem | None = None,
    certificate: Pem | None = None,
    key: Pem | None = None,
    server_name: str | None = None,
    token: str | Callable[[], str] | None = None,
    token_file: str | os.PathLike[str] | None = None,
) -> Client:
    """A client of the control plane at `server`. Nothing is sent before the first call.

    server: `host:port`, `unix:/path`, or several, which are tried in their order; by default the environment's
        CHRONOVISOR_SERVER (separated by commas), else the socket of a control plane on this machine, else
        127.0.0.1:7460.
    actor: who calls, as `user:NAME` or `service:NAME`; by default the user that runs the program. Self-declared.
    project: of VMs that are named by their id alone; by default the environment's CHRONOVISOR_PROJECT, else `default`.
    timeout_s: seconds for one call with all its retries, where the call itself gives no `timeout`.
    ca, certificate, key: PEM, as a file's path or as bytes; by default files of the environment's CHRONOVISOR_CA_FILE,
        CHRONOVISOR_CERT_FILE, CHRONOVISOR_KEY_FILE. With any of them, or `tls=True`, the connection is by TLS; `ca` is
        who must have signed the server's certificate, `certificate` and `key` are the client's own.
    server_name: in the server's certificate, where it is not that of the address.
    token, token_file: sent with every call: the token, a function that returns it, called for each, or a file, which
        is read again when it has changed; by default the environment's CHRONOVISOR_TOKEN or CHRONOVISOR_TOKEN_FILE.
        Where the server no longer takes it, and the function or the file has another one by then, the call is repeated
        once. Refused over plain text, unless the server is on this machine.
    Raises ValueError for what cannot be used together or sent, OSError for files that cannot be read.
    """
    return Client(
        connection(
            server,
            actor=actor,
            project=project,
            timeout_s=timeout_s,
            retry=retry,
            tls=tls,
            ca=ca,
            certificate=certificate,
            key=key,
            server_name=server_name,
            token=token,
            token_file=token_file,
        )
    )
