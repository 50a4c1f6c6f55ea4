"""Tunnels that the control plane requests: what a guest writes and is typed, through calls that this agent opens."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, cast

import grpc
import grpc.aio
from chronovisor.v1 import agent_service_pb2 as pb

from hostagent.drivers.base import ConsoleLog, Driver, DriverError, GuestChanged, GuestRef, SerialPort, VmUid

log = logging.getLogger(__name__)
# At once, of all guests together: what is requested beyond that is not opened.
MOST_TUNNELS = 256
CHUNK_BYTES = 32 << 10
# How long what a guest writes is gathered, so that there is no message for each byte.
GATHER_S = 0.01
# How often a log is looked at, at the latest.
LOOK_S = 0.25

# What reading gives at the end of a call.
_END: Any = vars(grpc.aio)["EOF"]

TunnelCall = grpc.aio.StreamStreamCall[pb.TunnelData, pb.TunnelData]


class TunnelCalls(Protocol):
    """How a tunnel is opened: see SessionCalls."""

    def open_tunnel(self, actor: str) -> TunnelCall: ...


class Tunnels:
    """Those of one agent. Each is a task, and ends with its call."""

    def __init__(self, calls: TunnelCalls, driver: Driver, actor: str) -> None:
        self._calls, self._driver, self._actor = calls, driver, actor
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, request: pb.TunnelRequest) -> None:
        if len(self._tasks) >= MOST_TUNNELS:
            log.warning("a tunnel is not opened: there are %d", len(self._tasks))
            return
        task = asyncio.create_task(self._carry(request), name=f"tunnel of {request.vm_uid}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, request: pb.TunnelRequest) -> None:
        call = self._calls.open_tunnel(self._actor)
        tunnel = _Tunnel(call)
        try:
            await tunnel.send(pb.TunnelData(tunnel_id=request.tunnel_id))
            end = await self._end_of(request, tunnel)
            if end is not None:
                await tunnel.send(pb.TunnelData(end=end))
                await call.done_writing()
                # Not before the control plane has it all.
                await tunnel.closed()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError) as error:
            log.debug("a tunnel was lost: %s", error)
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) and task.cancelling():
                raise
            # gRPC makes it of a call that has ended.
        finally:
            await tunnel.end()

    async def _end_of(self, request: pb.TunnelRequest, tunnel: "_Tunnel") -> pb.TunnelEnd | None:
        """Carries until it ends: why it did; None where the control plane has closed it."""
        uid = VmUid(request.vm_uid)
        try:
            sender = _LogSender(tunnel, self._driver.console_log(uid))
            match request.kind:
                case pb.TUNNEL_KIND_CONSOLE_LOG:
                    is_sent = await _first_of(sender.send(request.offset, request.follow), tunnel.closed())
                    return pb.TunnelEnd() if is_sent == 0 else None
                case pb.TUNNEL_KIND_SERIAL:
                    port = await self._driver.open_serial(GuestRef(uid, request.incarnation))
                    await _carry_serial(tunnel, port, sender, request.offset)
                    return None
                case _:
                    return pb.TunnelEnd(error=f"this agent knows no tunnel of kind {request.kind}")
        except GuestChanged as error:
            return pb.TunnelEnd(error=str(error), guest_ended=True)
        except DriverError as error:
            return pb.TunnelEnd(error=str(error))


class _Tunnel:
    """A call whose messages are sent one after the other, as fast as they are taken; and read ahead by one.

    gRPC cancels a call with a reading or a writing of it that is cancelled: neither ever is.
    """

    def __init__(self, call: TunnelCall) -> None:
        self._call = call
        self._lock = asyncio.Lock()
        self._received: asyncio.Queue[bytes] = asyncio.Queue(1)
        self._closed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def send(self, message: pb.TunnelData) -> None:
        await asyncio.shield(asyncio.ensure_future(self._send(message)))

    async def receive(self) -> bytes:
        return await self._received.get()

    async def closed(self) -> None:
        """Returns when the control plane has closed it, or it was lost."""
        await self._closed.wait()

    async def end(self) -> None:
        self._call.cancel()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _send(self, message: pb.TunnelData) -> None:
        async with self._lock:
            await self._call.write(message)

    async def _read(self) -> None:
        try:
            while (message := cast("Any", await self._call.read())) is not _END:
                await self._received.put(message.data)
        except grpc.aio.AioRpcError as error:
            log.debug("a tunnel was lost: %s", error.details())
        finally:
            self._closed.set()


class _LogSender:
    """What a log has, from an offset on."""

    def __init__(self, tunnel: _Tunnel, console_log: ConsoleLog) -> None:
        self._tunnel, self._log = tunnel, console_log
        # Of what comes next. None: nothing was sent yet.
        self._next: int | None = None

    async def send(self, offset: int, follow: bool, look: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """A negative offset counts from the end. `look` returns once there may be more, at the latest in so long."""
        extent = await self._log.extent()
        begin = min(extent.end, offset if offset >= 0 else max(0, extent.end + offset))
        await self._send(begin)
        while follow:
            await look(LOOK_S)
            await asyncio.sleep(GATHER_S)
            await self.send_rest()

    async def send_rest(self) -> None:
        """All that is there by now."""
        if self._next is not None:
            await self._send(self._next)

    async def _send(self, begin: int) -> None:
        extent = await self._log.extent()
        # One that has begun anew goes on from its end.
        place = min(max(begin, extent.oldest), extent.end)
        while self._next is None or place < extent.end:
            data = await self._log.read(place, CHUNK_BYTES) if place < extent.end else b""
            self._next = place + len(data)
            await self._tunnel.send(
                pb.TunnelData(data=data, offset=place, oldest_offset=extent.oldest, end_offset=extent.end)
            )
            if not data:
                return
            place, extent = self._next, await self._log.extent()
            place = max(place, extent.oldest)


async def _carry_serial(tunnel: _Tunnel, port: SerialPort, sender: _LogSender, offset: int) -> None:
    """Returns when the control plane has closed it. Raises GuestChanged once the guest has ended."""
    try:
        await _first_of(sender.send(offset, True, port.written), _type(tunnel, port), tunnel.closed())
    except GuestChanged:
        # Its last words, too.
        await sender.send_rest()
        raise
    finally:
        port.close()


async def _type(tunnel: _Tunnel, port: SerialPort) -> None:
    """Gives the guest what is typed, as fast as it takes it."""
    while True:
        data = await tunnel.receive()
        await port.write(data)
        await tunnel.send(pb.TunnelData(taken=len(data)))


async def _first_of(*work: Coroutine[Any, Any, None]) -> int:
    """Does all until one is done: which. The others are broken off. Raises what that one does."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        return min(tasks.index(task) for task in done)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
