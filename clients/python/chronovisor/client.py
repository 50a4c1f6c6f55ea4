"""One connection to a control plane: its services as typed stubs. Rules of sending are in `transport`."""

import getpass
import ipaddress
import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType

import grpc

from chronovisor import keepalive, operations
from chronovisor.call_interceptor import CallInterceptor
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.retry import RetryPolicy
from chronovisor.streams import requests
from chronovisor.streams.resumable import Status, Watch
from chronovisor.v1.history_service_pb2_grpc import HistoryServiceStub
from chronovisor.v1.host_service_pb2_grpc import HostServiceStub
from chronovisor.v1.project_service_pb2_grpc import ProjectServiceStub
from chronovisor.v1.utilization_service_pb2 import Utilization
from chronovisor.v1.utilization_service_pb2_grpc import UtilizationServiceStub
from chronovisor.v1.vm_service_pb2 import VmChange
from chronovisor.v1.vm_service_pb2_grpc import VmServiceStub

SERVER_VARIABLE = "CHRONOVISOR_SERVER"
DEFAULT_SERVER = "127.0.0.1:7460"


class Client:
    """The services of one control plane. Safe to share between threads. Close it, or use it in a `with`.

    Every call on a stub carries the actor, has a deadline, gets a `request_id` where it changes something and has none,
    is tried again while the server is UNAVAILABLE, and raises ChronovisorError (of `chronovisor.errors`) when it fails.
    """

    def __init__(self, channel: grpc.Channel, actor: str, timeout_s: float, retry: RetryPolicy) -> None:
        self._channel = channel
        intercepted = grpc.intercept_channel(channel, CallInterceptor(actor, timeout_s, retry))
        # For stubs of your own: their calls are as those of the stubs here.
        self.channel = intercepted
        self.vms = VmServiceStub(intercepted)
        self.hosts = HostServiceStub(intercepted)
        self.projects = ProjectServiceStub(intercepted)
        self.utilization = UtilizationServiceStub(intercepted)
        self.history = HistoryServiceStub(intercepted)
        self.operations = operations.OperationsStub(intercepted)
        self._retry = retry

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

    def watch_events(
        self,
        parent: str = "",
        *,
        event_types: Sequence[str] = (),
        after: int | None = None,
        on_status: Callable[[Status], None] | None = None,
    ) -> Watch[Event]:
        """Events as they are committed, each once and in order, over every interruption.

        parent: a VM, a host, a project, or all. after: a position, 0 for the first event on, None for what comes next.
        """
        return requests.watch_events(self.history, self._retry, parent, event_types, after, on_status)

    def watch_vms(
        self,
        parent: str = "projects/-",
        *,
        filter: str = "",
        after: int | None = 0,
        on_status: Callable[[Status], None] | None = None,
    ) -> Watch[VmChange]:
        """VMs as they are and as they change: what ListVms gives, kept up. One that is `gone` is to be dropped.

        after: a position, 0 to begin with all VMs as they are, None for the changes that come next.
        """
        return requests.watch_vms(self.vms, self._retry, parent, filter, after, on_status)

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
        on_status: Callable[[Status], None] | None = None,
    ) -> Watch[Utilization]:
        """The totals of a scope as they are, and as they change.

        after: resume after a position. start: begin with the totals of that past position or time, and all changes
        since, of which `step` leaves the last in so much time.
        """
        request = requests.utilization_request(
            scope, resource_classes, minimum_change, minimum_interval, after, start, step
        )
        return requests.watch_utilization(self.utilization, self._retry, request, on_status)

    def close(self) -> None:
        """Ends the connection and every call on it."""
        self._channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connect(
    server: str | None = None,
    *,
    actor: str | None = None,
    timeout_s: float = 10.0,
    retry: RetryPolicy | None = None,
) -> Client:
    """A client of the control plane at `server`, as `host:port`. Nothing is sent before the first call.

    server: default, the environment's CHRONOVISOR_SERVER, else 127.0.0.1:7460.
    actor: who calls, as `user:NAME` or `service:NAME`; default, the user that runs the program. Self-declared.
    timeout_s: seconds for one call with all its retries, where the call itself gives no `timeout`.
    Raises ValueError for an actor that cannot be sent.
    """
    target = server or os.environ.get(SERVER_VARIABLE) or DEFAULT_SERVER
    who = actor or f"user:{getpass.getuser()}"
    if not (who.isascii() and who.isprintable()):
        raise ValueError(f"actor must be printable ASCII, such as user:alice, not {who!r}")
    options: list[tuple[str, int]] = [
        # One mechanism retries, and it is not the channel's.
        ("grpc.enable_retries", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 2000),
        ("grpc.max_receive_message_length", 64 * 1024 * 1024),
        *keepalive.CHANNEL_OPTIONS,
        # An http_proxy in the environment is for the way out, not for this machine.
        ("grpc.enable_http_proxy", int(not _is_loopback(target))),
    ]
    return Client(grpc.insecure_channel(target, options=options), who, timeout_s, retry or RetryPolicy())


def _is_loopback(target: str) -> bool:
    host = target.rpartition(":")[0].strip("[]") or target
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
