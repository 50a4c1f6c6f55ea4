"""What is typed into a console: the terminal's keys as they are, until `~.` at the beginning of a line."""

import contextlib
import os
import queue
import sys
import termios
import threading
import tty
from collections.abc import Generator, Iterator

_READ_BYTES = 4096
# Of what was typed and is not sent yet, in readings.
_MOST_WAITING = 16
_LINE_ENDS = b"\r\n"


class Escapes:
    """Finds `~.` where a line begins, as ssh does. `~~` is one `~`."""

    def __init__(self) -> None:
        self._at_begin = True
        self._tilde = False

    def take(self, data: bytes) -> tuple[bytes, bool]:
        """What is to be sent of it, and whether the console is to be left then."""
        sent = bytearray()
        for byte in data:
            if self._tilde:
                self._tilde = False
                if byte == ord("."):
                    return bytes(sent), True
                if byte != ord("~"):
                    sent += b"~"
                sent.append(byte)
                self._at_begin = byte in _LINE_ENDS
            elif self._at_begin and byte == ord("~"):
                self._tilde = True
            else:
                sent.append(byte)
                self._at_begin = byte in _LINE_ENDS
        return bytes(sent), False


class Typed:
    """Reads standard input on a thread of its own. `left`: by `~.`, not because there is no more of it."""

    def __init__(self) -> None:
        self.left = False
        self.ended = threading.Event()
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)

    def begin(self) -> None:
        threading.Thread(target=self._read, name="typed", daemon=True).start()

    def end(self) -> None:
        """Whoever iterates is to stop."""
        self.ended.set()
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)

    def __iter__(self) -> Iterator[bytes]:
        while not self.ended.is_set():
            with contextlib.suppress(queue.Empty):
                data = self._waiting.get(timeout=1.0)
                if data is None:
                    return
                yield data

    def _read(self) -> None:
        escapes = Escapes()
        while not self.ended.is_set():
            data = _read_input()
            sent, self.left = escapes.take(data)
            if sent:
                self._waiting.put(sent)
            if self.left or not data:
                self._waiting.put(None)
                return


def _read_input() -> bytes:
    """Empty at its end, and where there is none."""
    try:
        return os.read(sys.stdin.fileno(), _READ_BYTES)
    except (AttributeError, OSError, ValueError):
        return b""


@contextlib.contextmanager
def raw_terminal() -> Generator[None]:
    """Every key goes to the guest, ^C too. As it was, afterwards. Without a terminal, nothing changes."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
