"""One libvirt connection and the threads that may block on it. Opens it again when it broke; knows no domains."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import libvirt
from chronovisor.tracing import current, within

from hostagent.drivers.base import DriverError, GuestChanged, GuestRefused, HypervisorUnavailable, StepFailed

log = logging.getLogger(__name__)
T = TypeVar("T")
_PERMANENT = (
    libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
    libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
    libvirt.VIR_ERR_INVALID_ARG,
    libvirt.VIR_ERR_NO_SUPPORT,
    libvirt.VIR_ERR_XML_DETAIL,
    libvirt.VIR_ERR_XML_ERROR,
    libvirt.VIR_ERR_XML_INVALID_SCHEMA,
)
# A daemon that hangs is noticed after interval * count seconds.
_KEEPALIVE_INTERVAL_S = 5
_KEEPALIVE_COUNT = 3
_event_loop = threading.Lock()
_event_loop_runs = threading.Event()


def ensure_event_loop() -> None:
    """Starts libvirt's event loop, once a process: it can't be stopped, nor moved to another asyncio loop."""
    with _event_loop:
        if _event_loop_runs.is_set():
            return
        libvirt.registerErrorHandler(_quiet, None)
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=_run_events, name="libvirt-events", daemon=True).start()
        _event_loop_runs.set()


def _quiet(_context: None, _error: tuple[object, ...]) -> None:
    """libvirt prints every error on stderr otherwise; each is raised as well."""


def _run_events() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()


class Connection:
    """Runs blocking calls on its own threads, at most `workers` at once.

    `on_open` runs on such a thread each time the connection was opened, `on_close` on libvirt's when it broke.
    """

    def __init__(
        self,
        uri: str,
        name: str,
        *,
        workers: int,
        on_open: Callable[[libvirt.virConnect], None] | None = None,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self._uri = uri
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix=f"libvirt-{name}")
        self._on_open = on_open
        self._on_close = on_close
        self._lock = threading.Lock()
        self._connection: libvirt.virConnect | None = None

    async def call(self, work: Callable[[libvirt.virConnect], T], *, timeout_s: float | None = None) -> T:
        """Returns what `work` returns. Raises DriverError.

        Cancelling waits for the call to end, so that no two steps ever work on one guest; a `timeout_s` does not.
        """
        if span := current():
            with within(span.begin("libvirt", {"code.function.name": _name_of(work)})):
                return await self._call(work, timeout_s)
        return await self._call(work, timeout_s)

    async def _call(self, work: Callable[[libvirt.virConnect], T], timeout_s: float | None) -> T:
        running = asyncio.get_running_loop().run_in_executor(self._executor, self._work, work)
        try:
            return await asyncio.wait_for(asyncio.shield(running), timeout_s)
        except TimeoutError:
            running.add_done_callback(_outcome_seen)
            raise HypervisorUnavailable(f"libvirt at {self._uri} has not answered for {timeout_s:g} s") from None
        except asyncio.CancelledError:
            await asyncio.wait([running])
            _outcome_seen(running)
            raise

    def close(self) -> None:
        """Blocks until calls under way have ended."""
        self._executor.shutdown(cancel_futures=True)
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)

    def _work(self, work: Callable[[libvirt.virConnect], T]) -> T:
        connection = self._opened()
        try:
            return work(connection)
        except libvirt.libvirtError as error:
            if not _is_alive(connection):
                self._forget(connection)
                raise HypervisorUnavailable(_words(error)) from error
            raise _translated(error) from error

    def _opened(self) -> libvirt.virConnect:
        with self._lock:
            if self._connection is not None and not _is_alive(self._connection):
                broken, self._connection = self._connection, None
                _close(broken)
            if self._connection is None:
                self._connection = self._open()
            return self._connection

    def _open(self) -> libvirt.virConnect:
        try:
            connection = libvirt.open(self._uri)
            connection.registerCloseCallback(self._closed, None)
            if self._on_open is not None:
                self._on_open(connection)
        except libvirt.libvirtError as error:
            raise HypervisorUnavailable(_words(error)) from error
        try:
            connection.setKeepAlive(_KEEPALIVE_INTERVAL_S, _KEEPALIVE_COUNT)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:  # A hypervisor within this process needs none.
                raise HypervisorUnavailable(_words(error)) from error
        return connection

    def _closed(self, _connection: libvirt.virConnect, reason: int, _opaque: None) -> None:
        if reason != libvirt.VIR_CONNECT_CLOSE_REASON_CLIENT and self._on_close is not None:
            self._on_close()

    def _forget(self, connection: libvirt.virConnect) -> None:
        with self._lock:
            if self._connection is connection:
                self._connection = None
                _close(connection)


def _is_alive(connection: libvirt.virConnect) -> bool:
    try:
        return connection.isAlive() == 1
    except libvirt.libvirtError:
        return False


def _close(connection: libvirt.virConnect) -> None:
    try:
        connection.unregisterCloseCallback()
        connection.close()
    except libvirt.libvirtError as error:
        log.debug("closing a broken connection: %s", error)


def _outcome_seen(running: asyncio.Future[T]) -> None:
    """asyncio complains of failures that nobody awaits."""
    if not running.cancelled():
        running.exception()


def _words(error: libvirt.libvirtError) -> str:
    return error.get_error_message() or str(error)


def _translated(error: libvirt.libvirtError) -> DriverError:
    code = error.get_error_code()
    if code == libvirt.VIR_ERR_NO_DOMAIN:
        return GuestChanged(_words(error))
    if code in _PERMANENT:
        return GuestRefused(_words(error))
    return StepFailed(_words(error))


def _name_of(work: object) -> str:
    """The function that calls libvirt, without what is around it."""
    function = work.func if isinstance(work, partial) else work  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return str(getattr(function, "__qualname__", "")).replace(".<locals>", "")  # pyright: ignore[reportUnknownArgumentType]
