"""Log entries as lines: for people, or JSON. Each is one line, whatever words of others and tracebacks are in it."""

import json
import logging
import re
from datetime import UTC, datetime

from chronovisor.logs.fields import Fields, of_record
from chronovisor.logs.secrets import without_secrets

# Of a traceback in one line.
_BREAK = " | "
_LINES = re.compile(r"\s*[\n\r\x0b\x0c\x85\u2028\u2029]\s*")
# Of one text: a caller's may be megabytes.
LONGEST = 16_384


class _Lines(logging.Formatter):
    """`constant`: fields of every entry of this process."""

    def __init__(self, constant: Fields | None = None) -> None:
        super().__init__()
        self._constant = constant or {}

    def _fields(self, record: logging.LogRecord) -> dict[str, str | int]:
        found = of_record(record, self._constant)
        return {name: value if isinstance(value, int) else one_line(value) for name, value in found.items()}

    def _error(self, record: logging.LogRecord) -> str:
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        parts += [record.stack_info] if record.stack_info else []
        return "\n".join(parts)


class HumanLines(_Lines):
    """`2026-11-29T21:00:00.123Z WARNING controlplane.processes.leases: hosts are lost later  position=12`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in self._fields(record).items())
        error = self._error(record)
        trace = f"{_BREAK}{one_line(error, _BREAK)}" if error else ""
        message = one_line(record.getMessage())
        return f"{time_of(record)} {record.levelname} {record.name}: {message}{' ' * bool(fields)}{fields}{trace}"


class JsonLines(_Lines):
    """An object: time, level, module, message, the fields that are known, and as `error` the traceback, if any."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, str | int] = {
            "time": time_of(record),
            "level": record.levelname.lower(),
            "module": record.name,
            "message": one_line(record.getMessage()),
            **self._fields(record),
        }
        if error := self._error(record):
            entry["error"] = bounded(without_secrets(error))
        # JSON escapes what would end the line; what a terminal would obey, too.
        return json.dumps(entry)


def time_of(record: logging.LogRecord) -> str:
    """RFC 3339, in UTC."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def one_line(text: str, between: str = " ") -> str:
    """Without secrets, in one line of printable characters. Secrets go first: some have lines."""
    text = _LINES.sub(between, bounded(without_secrets(text)).strip())
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def bounded(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"
