"""Tunnels that the control plane requests: what a guest writes, is typed, shows and serves, each through a call."""

import asyncio
import hashlib
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from typing import Any, BinaryIO, Protocol, cast

import grpc
import grpc.aio
from chronovisor.v1 import agent_service_pb2 as pb

from hostagent.drivers.base import (
    ConsoleLog,
    Driver,
    DriverError,
    GuestChanged,
    GuestPort,
    GuestRef,
    Program,
    ScreenPort,
    SerialPort,
    VmUid,
)

log = logging.getLogger(__name__)
# At once, of all guests together: what is requested beyond that is not opened.
MOST_TUNNELS = 256
CHUNK_BYTES = 32 << 10
# Of one screenshot, and so many at once.
MOST_SCREENSHOT_BYTES = 7 << 19
MOST_SCREENSHOTS = 4
# Programs in guests at once. The others wait.
MOST_PROGRAMS = 16
# Disks that are flattened at once. The others wait.
MOST_DISKS = 1
DISK_BYTES = 1 << 20
# How often it is reported how far a disk is, in seconds.
REPORT_EVERY_S = 2.0
# How long what a guest writes is gathered, so that there is no message for each byte.
GATHER_S = 0.01
# How often a log is looked at, at the latest.
LOOK_S = 0.25
# How often a guest is looked at whose screen was closed.
CLOSING_LOOKS = 4
# How often a guest is looked at that a connection leads to: one that is gone closes none.
GONE_LOOK_S = 2.0

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
        self._screenshots = asyncio.Semaphore(MOST_SCREENSHOTS)
        self._programs = asyncio.Semaphore(MOST_PROGRAMS)
        self._disks = asyncio.Semaphore(MOST_DISKS)

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
        ref = GuestRef(uid, request.incarnation)
        try:
            sender = _LogSender(tunnel, self._driver.console_log(uid))
            match request.kind:
                case pb.TUNNEL_KIND_CONSOLE_LOG:
                    is_sent = await _first_of(sender.send(request.offset, request.follow), tunnel.closed())
                    return pb.TunnelEnd() if is_sent == 0 else None
                case pb.TUNNEL_KIND_SERIAL:
                    port = await self._driver.open_serial(ref)
                    await _carry_serial(tunnel, port, sender, request.offset)
                    return None
                case pb.TUNNEL_KIND_SCREEN:
                    screen = await self._driver.open_screen(ref)
                    is_closed = await _carry_screen(tunnel, screen)
                    return await self._why_closed(ref) if is_closed else None
                case pb.TUNNEL_KIND_PORT:
                    port = await self._driver.open_port(ref, request.port)
                    gone = self._until_gone(ref)
                    is_closed = await _carry_port(tunnel, port, gone, half_closes=request.half_closes)
                    return pb.TunnelEnd() if is_closed else None
                case pb.TUNNEL_KIND_SCREENSHOT:
                    is_sent = await _first_of(self._send_screenshot(tunnel, ref), tunnel.closed())
                    return pb.TunnelEnd() if is_sent == 0 else None
                case pb.TUNNEL_KIND_PROGRAM:
                    is_sent = await _first_of(self._run_program(tunnel, ref, request.program), tunnel.closed())
                    return pb.TunnelEnd() if is_sent == 0 else None
                case pb.TUNNEL_KIND_DISK:
                    disk = _DiskSender(tunnel, self._driver, self._disks)
                    is_sent = await _first_of(disk.send(ref, request.most_bytes), tunnel.closed())
                    return pb.TunnelEnd(sha256=disk.digest.digest()) if is_sent == 0 else None
                case _:
                    return pb.TunnelEnd(error=f"this agent knows no tunnel of kind {request.kind}")
        except GuestChanged as error:
            return pb.TunnelEnd(error=str(error), guest_ended=True)
        except DriverError as error:
            return pb.TunnelEnd(error=str(error))

    async def _until_gone(self, ref: GuestRef) -> None:
        """Raises GuestChanged once the guest does not run here any more."""
        while True:
            await asyncio.sleep(GONE_LOOK_S)
            guest = await self._driver.get_guest(ref.vm_uid)
            if guest is None or guest.ref != ref or not guest.power.is_active:
                raise GuestChanged("the guest does not run here any more")

    async def _why_closed(self, ref: GuestRef) -> pb.TunnelEnd:
        """Of a screen that the hypervisor has closed: as it ends, it may do so before it says so."""
        for _ in range(CLOSING_LOOKS):
            guest = await self._driver.get_guest(ref.vm_uid)
            if guest is None or guest.ref != ref or not guest.power.is_active:
                raise GuestChanged("the guest does not run here any more")
            await asyncio.sleep(LOOK_S)
        return pb.TunnelEnd(error="the hypervisor has closed the screen: open it again")

    async def _send_screenshot(self, tunnel: "_Tunnel", ref: GuestRef) -> None:
        async with self._screenshots:
            await _send_whole(tunnel, await self._driver.screenshot(ref, MOST_SCREENSHOT_BYTES))

    async def _run_program(self, tunnel: "_Tunnel", ref: GuestRef, requested: pb.Program) -> None:
        timeout_s = requested.timeout.ToMilliseconds() / 1000
        program = Program(requested.path, tuple(requested.arguments), requested.input, timeout_s)
        async with self._programs:
            end = await self._driver.run_program(ref, program)
        await _send_whole(tunnel, pb.ProgramEnd(**asdict(end)).SerializeToString())


async def _send_whole(tunnel: "_Tunnel", data: bytes) -> None:
    for start in range(0, len(data), CHUNK_BYTES):
        await tunnel.send(pb.TunnelData(data=data[start : start + CHUNK_BYTES]))


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


class _DiskSender:
    """A disk as one file: how far it is, then its bytes."""

    def __init__(self, tunnel: _Tunnel, driver: Driver, turn: asyncio.Semaphore) -> None:
        self._tunnel, self._driver, self._turn = tunnel, driver, turn
        self._done, self._total = 0, 0
        self.digest = hashlib.sha256()

    async def send(self, ref: GuestRef, most: int) -> None:
        making = asyncio.ensure_future(self._made(ref, most))
        try:
            while not making.done():
                await self._tunnel.send(pb.TunnelData(offset=self._done, end_offset=self._total))
                await asyncio.wait([making], timeout=REPORT_EVERY_S)
            with await making as file:
                await self._send(file)
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)

    async def _made(self, ref: GuestRef, most: int) -> BinaryIO:
        async with self._turn:
            return await self._driver.flatten_disk(ref, most, self._heard)

    def _heard(self, done: int, total: int) -> None:
        self._done, self._total = done, total

    async def _send(self, file: BinaryIO) -> None:
        size, sent = file.seek(0, os.SEEK_END), 0
        file.seek(0)
        while data := await asyncio.to_thread(self._read, file):
            sent += len(data)
            await self._tunnel.send(pb.TunnelData(data=data, offset=sent, end_offset=size))

    def _read(self, file: BinaryIO) -> bytes:
        data = file.read(DISK_BYTES)
        self.digest.update(data)
        return data


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


async def _carry_screen(tunnel: _Tunnel, port: ScreenPort) -> bool:
    """Returns whether the hypervisor has closed it, and not the control plane."""
    try:
        return await _first_of(_show(tunnel, port), _type(tunnel, port), tunnel.closed()) == 0
    finally:
        port.close()


async def _carry_port(tunnel: _Tunnel, port: GuestPort, gone: Coroutine[Any, Any, None], *, half_closes: bool) -> bool:
    """Returns whether the guest has closed it, and not the control plane. Raises what `gone` does."""
    giving = asyncio.ensure_future(_give(tunnel, port))

    async def carried() -> None:
        await _show(tunnel, port)
        if half_closes and not giving.done():
            await tunnel.send(pb.TunnelData(output_ended=True))
            await giving

    try:
        await tunnel.send(pb.TunnelData())
        return await _first_of(carried(), tunnel.closed(), gone) == 0
    finally:
        port.close()
        giving.cancel()
        await asyncio.gather(giving, return_exceptions=True)


async def _give(tunnel: _Tunnel, port: GuestPort) -> None:
    """Sends a guest what there is for it, as fast as it takes it. Returns when that is all, or it takes no more."""
    while data := await tunnel.receive():
        if not await port.write(data):
            return
        await tunnel.send(pb.TunnelData(taken=len(data)))
    port.end_input()


async def _show(tunnel: _Tunnel, port: ScreenPort | GuestPort) -> None:
    """Sends what comes from there, as fast as it is taken. Returns once it is closed there."""
    while data := await port.read(CHUNK_BYTES):
        await tunnel.send(pb.TunnelData(data=data))


async def _type(tunnel: _Tunnel, port: SerialPort | ScreenPort) -> None:
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
