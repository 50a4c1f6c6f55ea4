"""What an agent and its guardian say to each other: one JSON object a line."""

import json
import socket
from typing import Any, NamedTuple, cast

LONGEST = 4096


class Order(NamedTuple):
    """From the agent. Without anything set, only an answer is expected."""

    # A lease so long was granted; 0: there is none, and nothing to watch for.
    length_s: float | None = None
    # What was sent then has been answered.
    renewed_at: float | None = None
    # `hand over`: another guardian waits for the lock, and for the device; `for good`: none does.
    end: str = ""

    def line(self) -> bytes:
        return _line(self._asdict())

    @classmethod
    def parse(cls, line: bytes) -> "Order":
        """Raises ValueError."""
        found = _object(line)
        return cls(_number(found, "length_s"), _number(found, "renewed_at"), str(found.get("end") or ""))


class State(NamedTuple):
    """From the guardian, in answer to each order."""

    pid: int
    # None: it has no lease to watch.
    expires_at: float | None
    length_s: float
    # The name of what is due.
    due: str
    # What was promised when it was started.
    timeout_s: float

    def line(self) -> bytes:
        return _line(self._asdict())

    @classmethod
    def parse(cls, line: bytes) -> "State":
        """Raises ValueError."""
        found = _object(line)
        return cls(
            pid=int(_number(found, "pid") or 0),
            expires_at=_number(found, "expires_at"),
            length_s=_number(found, "length_s") or 0.0,
            due=str(found.get("due")),
            timeout_s=_number(found, "timeout_s") or 0.0,
        )


def read_line(from_: socket.socket) -> bytes:
    """Raises OSError, or ValueError for what is no line."""
    line = b""
    while not line.endswith(b"\n"):
        more = from_.recv(LONGEST)
        if not more or len(line) > LONGEST:
            raise ValueError(f"{line[:80]!r}: no whole line")
        line += more
    return line


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    found: object = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError(f"{line[:80]!r}: no object")
    return cast("dict[str, Any]", found)


def _number(fields: dict[str, Any], name: str) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name}: no number")
    return float(value)
