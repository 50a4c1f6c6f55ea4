"""The stream to the control plane: connects for ever, sends what is in the outbox, hands on what is desired."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Protocol, cast

import grpc
import grpc.aio
from chronovisor.retry import Backoff
from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import agent_service_pb2_grpc as rpc
from chronovisor.v1.agent_networks_pb2 import DesiredAddressGroup, DesiredNetwork, DesiredNetworks
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from hostagent.control.desired_state import NotUnderstood, desired_guest
from hostagent.control.image_fetcher import ImageCall
from hostagent.control.renewals import Renewals
from hostagent.control.reporter import Outbox
from hostagent.control.tunnels import TunnelCall
from hostagent.converge.reconcile import DesiredGuest

log = logging.getLogger(__name__)
# What another try in a second will hardly change.
_LASTING = (
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
)
_DEFAULT_HEARTBEAT_S = 5.0
_LONGEST_RETRY_S = 60.0
_Stream = grpc.aio.StreamStreamCall[pb.ConnectRequest, pb.ConnectResponse]


class Receiver(Protocol):
    """What a connection means to the agent."""

    # The control plane knows this host. Reports go into `outbox` from now on, the inventory first.
    async def welcomed(self, outbox: Outbox) -> None: ...

    def disconnected(self) -> None: ...

    def desired_state(self, guests: list[DesiredGuest]) -> None: ...

    def desired(self, guest: DesiredGuest) -> None: ...

    # Of networks: without a card on any, hosts are sent none of these.
    def desired_networks(self, message: DesiredNetworks) -> None: ...

    def desired_network(self, message: DesiredNetwork) -> None: ...

    def desired_address_group(self, message: DesiredAddressGroup) -> None: ...

    # Everything is to be read and reported once more.
    def refresh(self) -> None: ...

    # A tunnel is to be opened.
    def open_tunnel(self, request: pb.TunnelRequest) -> None: ...


class Unexpected(Exception):
    """The control plane does not follow the protocol."""


class Calls(Protocol):
    """How a stream is opened: see SessionCalls."""

    def begin(self, messages: AsyncIterator[pb.ConnectRequest], actor: str) -> _Stream: ...

    def try_other_name(self) -> bool: ...

    def open_tunnel(self, actor: str) -> TunnelCall: ...


class SessionCalls:
    """AgentService.OpenSession, or Connect, as older control planes name it, once they do not know the other."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._open = rpc.AgentServiceStub(channel).OpenSession
        self._connect = cast("Any", channel.stream_stream)(
            "/chronovisor.v1.AgentService/Connect",
            request_serializer=pb.ConnectRequest.SerializeToString,
            response_deserializer=pb.ConnectResponse.FromString,
        )
        self._is_older = False
        self._tunnel = rpc.AgentServiceStub(channel).OpenTunnel
        self._fetch = rpc.AgentServiceStub(channel).FetchImage

    def open_tunnel(self, actor: str) -> TunnelCall:
        return self._tunnel(metadata=(("chronovisor-actor", actor),))

    def fetch_image(self, request: pb.FetchImageRequest, actor: str) -> ImageCall:
        return self._fetch(request, metadata=(("chronovisor-actor", actor),))

    def begin(self, messages: AsyncIterator[pb.ConnectRequest], actor: str) -> _Stream:
        call = self._connect if self._is_older else self._open
        return call(messages, metadata=(("chronovisor-actor", actor),))

    def try_other_name(self) -> bool:
        """After UNIMPLEMENTED: whether there is another name to try at once. Once both were tried, there is none."""
        self._is_older = not self._is_older
        return self._is_older


class Session:
    """Keeps one stream to the control plane open."""

    def __init__(
        self,
        calls: Calls,
        hello: Callable[[], pb.AgentHello],
        receiver: Receiver,
        renewals: Renewals,
        *,
        server: str,
        retry_most_s: float = 15.0,
    ) -> None:
        self._calls = calls
        self._hello = hello
        self._receiver = receiver
        self._renewals = renewals
        self._server = server
        self._backoff = Backoff(first_s=0.2, most_s=retry_most_s)
        self._stream: _Stream | None = None
        self._logged = ""

    def reconnect(self) -> None:
        """Ends the present stream, so that a new hello is sent."""
        if self._stream is not None:
            self._stream.cancel()

    async def run(self) -> None:
        """Connects again and again until cancelled."""
        while True:
            wait_s, why = await self._connect_once()
            if not why:
                log.info("what the host offers has changed: saying hello anew")
            elif why != self._logged:
                log.warning("not connected to %s: %s; guests run on, trying again", self._server, why)
            self._logged = why
            await asyncio.sleep(wait_s)

    async def _connect_once(self) -> tuple[float, str]:
        """Returns how long to wait before the next try, and why this connection ended; nothing if we ended it."""
        try:
            await self._talk()
        except grpc.aio.AioRpcError as error:
            _raise_if_cancelled()
            if error.code() is grpc.StatusCode.UNIMPLEMENTED and self._calls.try_other_name():
                return 0.0, f"{error.code().name}: {error.details()}"
            lasting = error.code() in _LASTING
            wait_s = _retry_after_s(error) or self._backoff.longest_s() if lasting else self._backoff.next_s()
            return wait_s, f"{error.code().name}: {error.details()}"
        except Unexpected as error:
            return self._backoff.longest_s(), str(error)
        except asyncio.CancelledError:
            _raise_if_cancelled()
            return self._backoff.next_s(), ""
        return self._backoff.next_s(), "the control plane ended the stream"

    async def _talk(self) -> None:
        hello = self._hello()
        outbox = Outbox()
        outbox.put_nowait(pb.ConnectRequest(hello=hello))
        self._stream = stream = self._calls.begin(self._drain(outbox), f"agent:{hello.host_id}")
        try:
            messages = aiter(stream)
            welcome = self._welcome(await anext(messages, None))
            self._backoff.reset()
            await self._receiver.welcomed(outbox)
            beats = asyncio.create_task(_beat(outbox, welcome.heartbeat_interval.ToTimedelta().total_seconds()))
            try:
                async for message in messages:
                    self._hand_on(message)
            finally:
                self._receiver.disconnected()
                beats.cancel()
        finally:
            self._stream = None
            stream.cancel()
            outbox.put_nowait(None)  # gRPC goes on waiting for requests, even for those of a stream that has ended.

    def _welcome(self, first: pb.ConnectResponse | None) -> pb.AgentWelcome:
        kind = first.WhichOneof("message") if first else None
        if first is None or kind != "welcome":
            raise Unexpected(f"the control plane answered hello with {kind or 'the end of the stream'}")
        self._logged = ""
        self._renewals.welcomed(first.welcome)
        log.info("connected to %s as %s", self._server, first.welcome.host)
        return first.welcome

    def _hand_on(self, message: pb.ConnectResponse) -> None:
        match message.WhichOneof("message"):
            case "desired_state":
                self._receiver.desired_state(_understood(message.desired_state.guests))
            case "desired_guest":
                for guest in _understood([message.desired_guest]):
                    self._receiver.desired(guest)
            case "desired_networks":
                self._receiver.desired_networks(message.desired_networks)
            case "desired_network":
                self._receiver.desired_network(message.desired_network)
            case "desired_address_group":
                self._receiver.desired_address_group(message.desired_address_group)
            case "lease_renewal":
                self._renewals.renewed(message.lease_renewal)
            case "inventory_request":
                self._receiver.refresh()
            case "tunnel_request":
                self._receiver.open_tunnel(message.tunnel_request)
            case None:
                # What a newer control plane says.
                return
            case other:
                log.warning("ignored: a message of kind %s", other)

    async def _drain(self, outbox: Outbox) -> AsyncIterator[pb.ConnectRequest]:
        while (message := await outbox.get()) is not None:
            # Before it is: the lease that its answer renews is never counted from too late.
            self._renewals.sent(message)
            yield message


def _raise_if_cancelled() -> None:
    """Distinguishes an end of this task from an end of its stream: gRPC makes either one out of the other."""
    if (task := asyncio.current_task()) and task.cancelling():
        raise asyncio.CancelledError


def _retry_after_s(error: grpc.aio.AioRpcError) -> float:
    """The retry delay of the control plane, in seconds; 0 when it sent none."""
    retry = error_details_pb2.RetryInfo()
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            with contextlib.suppress(DecodeError):
                if any(each.Unpack(retry) for each in status_pb2.Status.FromString(value).details):
                    return min(max(0.0, retry.retry_delay.ToTimedelta().total_seconds()), _LONGEST_RETRY_S)
    return 0.0


async def _beat(outbox: Outbox, interval_s: float) -> None:
    """The first at once: the hello may have waited long for its connection, and its lease be over."""
    while True:
        beat = pb.AgentHeartbeat()
        beat.send_time.GetCurrentTime()
        outbox.put_nowait(pb.ConnectRequest(heartbeat=beat))
        await asyncio.sleep(interval_s or _DEFAULT_HEARTBEAT_S)


def _understood(messages: Iterable[pb.DesiredGuest]) -> list[DesiredGuest]:
    guests: list[DesiredGuest] = []
    for message in messages:
        try:
            guests.append(desired_guest(message))
        except NotUnderstood as error:
            log.warning("ignored: %s; is the control plane newer than this agent?", error)
    return guests
