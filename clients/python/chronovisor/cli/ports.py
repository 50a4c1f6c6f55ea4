"""Connections to ports of VMs: of what this process reads and writes, and of whoever connects to this machine."""

import contextlib
import queue
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from chronovisor.cli.settings import Misused
from chronovisor.cli.text.safe_text import printable
from chronovisor.errors import ChronovisorError
from chronovisor.program import why
from chronovisor.v1 import console_service_pb2 as api

LOOPBACK = "127.0.0.1"
_READ_BYTES = 32 << 10
# Of what was read and is not sent yet, in readings.
_MOST_WAITING = 4


class Forward(NamedTuple):
    """A port of this machine's loopback address, 0 for a free one, and the VM's that it leads to."""

    here: int
    there: int


class PortCall:
    """One connection. Raises ChronovisorError where it is refused."""

    def __init__(self, client: Any, opening: api.PortOpening) -> None:
        self._opening = opening
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._is_over = threading.Event()
        self._call: Any = client.consoles.OpenPort(self._requests())
        next(self._call)

    def carry(
        self, read: Callable[[], bytes], write: Callable[[bytes], object], end_output: Callable[[], object]
    ) -> str:
        """Until it ends: why, unless the VM has closed it. `read` gives nothing at its end. Raises ChronovisorError.

        `end_output` is called where the VM has sent all, and still takes what is read. Only with `half_closes`.
        """
        threading.Thread(target=self._read, args=(read,), name="sent to a port", daemon=True).start()
        try:
            for message in self._call:
                if message.HasField("ended"):
                    has_closed = message.ended.reason == api.CONSOLE_END_REASON_PORT_CLOSED
                    return "" if has_closed else message.ended.text
                if message.output_ended:
                    end_output()
                else:
                    write(message.data)
        finally:
            self.close()
        return ""

    def close(self) -> None:
        self._is_over.set()
        self._call.cancel()

    def _read(self, read: Callable[[], bytes]) -> None:
        with contextlib.suppress(OSError):
            while data := read():
                self._wait(data)
        self._wait(None)

    def _wait(self, data: bytes | None) -> None:
        """Until there is room for it, or it is over."""
        while not self._is_over.is_set():
            with contextlib.suppress(queue.Full):
                self._waiting.put(data, timeout=1.0)
                return

    def _requests(self) -> Iterator[api.OpenPortRequest]:
        yield api.OpenPortRequest(open=self._opening)
        while not self._is_over.is_set():
            with contextlib.suppress(queue.Empty):
                data = self._waiting.get(timeout=1.0)
                if data is None:
                    return
                yield api.OpenPortRequest(data=data)


class Forwarding:
    """A port of this machine that leads to one of a VM."""

    def __init__(self, client: Any, name: str, forward: Forward, reason: str) -> None:
        """Raises Misused where it cannot be listened at."""
        self._client = client
        self._opening = api.PortOpening(name=name, port=forward.there, reason=reason, half_closes=True)
        self._listener = socket.socket()
        try:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((LOOPBACK, forward.here))
            self._listener.listen()
        except OSError as error:
            self._listener.close()
            raise Misused(f"{LOOPBACK}:{forward.here} cannot be listened at: {why(error)}") from None

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def begin(self) -> None:
        threading.Thread(target=self._serve, name=f"port {self.port}", daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, connection: socket.socket) -> None:
        with connection:
            try:
                ended = PortCall(self._client, self._opening).carry(
                    lambda: connection.recv(_READ_BYTES),
                    connection.sendall,
                    lambda: connection.shutdown(socket.SHUT_WR),
                )
            except OSError:
                # Whoever had connected has gone.
                return
            except ChronovisorError as error:
                ended = str(error)
            finally:
                # A thread still reads from it, which keeps it open.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            if ended:
                note(f"A connection to port {self._opening.port} has ended: {ended}")


def note(text: str) -> None:
    """On stderr."""
    print(printable(text), file=sys.stderr, flush=True)
