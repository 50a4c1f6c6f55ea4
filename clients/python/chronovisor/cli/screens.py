"""A VM's screen at a socket of this machine, for one viewer after the other."""

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

from chronovisor.cli.settings import Misused
from chronovisor.cli.text.safe_text import printable
from chronovisor.program import why
from chronovisor.v1 import console_service_pb2 as api

_READ_BYTES = 32 << 10


class ScreenCall:
    """One open screen. Raises ChronovisorError where it is refused."""

    def __init__(self, client: Any, opening: api.ScreenOpening) -> None:
        self._opening = opening
        self._viewer: socket.socket | None = None
        self._is_viewed = threading.Event()
        self._has_gone = False
        self._call: Any = client.consoles.OpenScreen(self._requests())
        self._opened: api.ScreenOpened = next(self._call).opened

    def show(self, viewer: socket.socket) -> bool:
        """Until the viewer goes, or the screen ends: whether the viewer went."""
        self._say_who_writes(self._opened)
        self._viewer = viewer
        self._is_viewed.set()
        try:
            for message in self._call:
                match message.WhichOneof("message"):
                    case "data":
                        viewer.sendall(message.data)
                    case "writer_changed":
                        self._say_who_writes(message.writer_changed)
                    case "ended":
                        _note(f"The screen has ended: {message.ended.text}")
                        return False
                    case _:
                        pass
        except OSError:
            pass
        except Exception:
            # Its going cancels the call.
            if not self._has_gone:
                raise
        finally:
            self.close()
            # Whoever waits for what it sends waits no more.
            with contextlib.suppress(OSError):
                viewer.shutdown(socket.SHUT_RDWR)
        return True

    def close(self) -> None:
        self._call.cancel()
        self._is_viewed.set()

    def _requests(self) -> Iterator[api.OpenScreenRequest]:
        yield api.OpenScreenRequest(open=self._opening)
        self._is_viewed.wait()
        with contextlib.suppress(OSError):
            while self._viewer and (data := self._viewer.recv(_READ_BYTES)):
                yield api.OpenScreenRequest(data=data)
        self._has_gone = True
        self._call.cancel()

    def _say_who_writes(self, who: api.ScreenOpened | api.ConsoleWriterChanged) -> None:
        if who.written_by and self._opening.mode:
            _note(f"{who.written_by} writes, and you watch: --take-over writes instead.")


@contextlib.contextmanager
def listening(port: int, path: str) -> Generator[socket.socket]:
    """At a port of this machine alone, or at a unix socket of this user alone. Raises Misused."""
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    try:
        if path:
            before = os.umask(0o177)
            try:
                listener.bind(path)
            finally:
                os.umask(before)
        else:
            listener.bind(("127.0.0.1", port))
        listener.listen(1)
    except OSError as error:
        listener.close()
        raise Misused(f"{path or f'127.0.0.1:{port}'} cannot be listened at: {why(error)}") from None
    try:
        yield listener
    finally:
        listener.close()
        if path:
            Path(path).unlink(missing_ok=True)


def address_of(listener: socket.socket) -> str:
    """As viewers take it."""
    name = listener.getsockname()
    return name if isinstance(name, str) else f"{name[0]}:{name[1]}"


def serve(listener: socket.socket, first: ScreenCall, opened: Callable[[], ScreenCall]) -> None:
    """One viewer after the other, until the screen ends. `first` is open already."""
    call: ScreenCall | None = first
    try:
        while True:
            viewer, _ = listener.accept()
            call = call or opened()
            with viewer:
                if not call.show(viewer):
                    return
            call.close()
            call = None
    finally:
        if call:
            call.close()


def _note(text: str) -> None:
    print(printable(text), file=sys.stderr, flush=True)
