"""The client for asyncio: `chronovisor.aio.connect()`. The same names and values as the blocking one's, awaited."""

import os
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, cast, overload

from chronovisor.channels import AsyncLayeredChannel
from chronovisor.connection import Connection, Pem, connection
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.operations import OperationsStub
from chronovisor.paging import AsyncPager as Pager
from chronovisor.retry import RetryPolicy
from chronovisor.services.awaitable import (
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
from chronovisor.services.base import AWAITED, OnStatus
from chronovisor.services.base import AsyncOperation as Operation
from chronovisor.streams.resumable import AsyncWatch as Watch
from chronovisor.v1.history_service_pb2 import WatchEventsRequest
from chronovisor.v1.utilization_service_pb2 import Utilization, WatchUtilizationRequest
from chronovisor.v1.vm_service_pb2 import VmChange, WatchVmsRequest

__all__ = ["Client", "Operation", "Pager", "Watch", "connect"]


class Client:
    """The services of one control plane, for one event loop. Close it, or use it in an `async with`.

    As the blocking client: `await client.vms.start("shop/web-1")`, `async for vm in client.vms.list()`, and the API's
    own methods with requests. A task that is cancelled ends its call on the server, too.
    """

    def __init__(self, to: Connection) -> None:
        # For stubs of your own: their calls are as those of the stubs here.
        self.channel = AsyncLayeredChannel(to.layer, to.endpoints)
        # The stub's class is one, and takes channels of both worlds.
        context = to.context(AWAITED, OperationsStub(cast("Any", self.channel)))
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

    async def close(self) -> None:
        """Ends the connection and every call on it."""
        await self.channel.close()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


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
    token: str | Callable[[], str | Awaitable[str]] | None = None,
    token_file: str | os.PathLike[str] | None = None,
) -> Client:
    """A client of the control plane at `server`. Nothing is sent before the first call, and no event loop is needed.

    Options as of `chronovisor.connect`. A `token` provider may be a coroutine function. Raises ValueError for what
    cannot be used together or sent, OSError for files that cannot be read.
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
