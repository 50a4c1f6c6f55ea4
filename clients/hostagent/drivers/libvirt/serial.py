"""A guest's serial port as libvirt has it: a terminal of the host. QEMU writes all that comes from it to its log, too.

It is opened directly, not as a stream of libvirt: that takes any amount at once, and then cannot be closed before the
guest has taken it all.
"""

import asyncio
import contextlib
import os
import tty
from xml.etree import ElementTree

import libvirt

from hostagent.drivers.base import GuestChanged, GuestRef, GuestRefused, StepFailed
from hostagent.drivers.libvirt.domains import current

_READ_BYTES = 64 << 10


def pty_of(connection: libvirt.virConnect, ref: GuestRef) -> str:
    """The terminal of an active guest. Raises GuestChanged, GuestRefused."""
    domain, _ = current(connection, ref)
    if not domain.isActive():
        raise GuestChanged("the guest does not run")
    found = ElementTree.fromstring(domain.XMLDesc()).find("devices/serial[@type='pty']/source")
    path = found.get("path", "") if found is not None else ""
    if not path:
        raise GuestRefused("the guest was started by an agent without consoles: it has one from its next start on")
    return path


class PtyPort:
    """See SerialPort."""

    def __init__(self, path: str) -> None:
        """On the event loop. Raises StepFailed."""
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise StepFailed(f"the guest's serial port {path} cannot be opened: {error.strerror}") from error
        tty.setraw(self._fd)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._readable)
        self._written = asyncio.Event()
        self._room = asyncio.Event()
        self._has_ended = self._is_closed = False

    async def write(self, data: bytes) -> None:
        while data:
            self._require_running()
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                await self._until_writable()
            except OSError:
                self._ended()

    async def written(self, wait_s: float) -> None:
        self._require_running()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._written.wait(), wait_s)
        self._written.clear()
        self._require_running()

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            os.close(self._fd)

    def _readable(self) -> None:
        """What the guest writes is drained, so that it never waits for anybody: its log has it."""
        try:
            if not os.read(self._fd, _READ_BYTES):
                self._ended()
        except BlockingIOError:
            return
        except OSError:
            self._ended()
        self._written.set()

    async def _until_writable(self) -> None:
        self._room.clear()
        self._loop.add_writer(self._fd, self._room.set)
        try:
            await self._room.wait()
        finally:
            if not self._is_closed:
                self._loop.remove_writer(self._fd)

    def _ended(self) -> None:
        """The other end is closed: QEMU has ended."""
        self._has_ended = True
        self._loop.remove_reader(self._fd)
        self._written.set()
        self._room.set()

    def _require_running(self) -> None:
        if self._has_ended:
            raise GuestChanged("the guest does not run here any more")
