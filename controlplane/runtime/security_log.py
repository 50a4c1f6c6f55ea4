"""The security log: refusals, and reads that are sensitive, as JSON lines in a file that is bounded.

Never of a credential or a secret. More than `most_a_second` lines are counted, not written: a flood fills no disk.
"""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from queue import SimpleQueue
from time import time

from controlplane.domain.access.principal import Principal
from controlplane.domain.text import bounded

MOST_A_SECOND = 200
MOST_BYTES, FILES = 10 << 20, 5
LONGEST = 500


class SecurityLog:
    """Writes on a thread of its own. Without a file, lines go to the log of the server."""

    def __init__(self, file: Path | None, most_a_second: int = MOST_A_SECOND, now: Callable[[], float] = time) -> None:
        self._now = now
        self._most = most_a_second
        self._second, self._written, self._left_out = 0, 0, 0
        self._logger = logging.Logger("security", logging.INFO)
        self._listener: QueueListener | None = None
        if file is None:
            self._logger.addHandler(logging.NullHandler())
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=MOST_BYTES, backupCount=FILES, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(message)s"))
        queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
        self._logger.addHandler(QueueHandler(queue))
        self._listener = QueueListener(queue, handler)
        self._listener.start()

    def refused(self, principal: str, address: str, method: str, reason: str, detail: str) -> None:
        """Somebody was refused for who they are, or are not."""
        self._write("refused", principal, address, method, reason=reason, detail=detail)

    def read(self, principal: Principal, method: str, resource: str) -> None:
        """Somebody read what is sensitive."""
        proof = f"{principal.proof.kind} {principal.proof.detail}".strip()
        self._write("read", principal.name, principal.address, method, resource=resource or "/", proof=proof)

    def _write(self, event: str, principal: str, address: str, method: str, **more: str) -> None:
        now = self._now()
        if int(now) != self._second:
            left_out, self._left_out = self._left_out, 0
            self._second, self._written = int(now), 0
            if left_out:
                self._line(now, {"event": "left out", "lines": left_out})
        if self._written >= self._most:
            self._left_out += 1
            return
        self._written += 1
        texts = {"principal": principal, "address": address, "method": method.lstrip("/"), **more}
        self._line(now, {"event": event, **{key: bounded(value, LONGEST) for key, value in texts.items() if value}})

    def _line(self, now: float, fields: dict[str, str | int]) -> None:
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        self._logger.info(json.dumps({"time": at, **fields}, ensure_ascii=False))

    def close(self) -> None:
        if self._listener:
            self._listener.stop()
            for each in self._listener.handlers:
                each.close()
            self._listener = None
