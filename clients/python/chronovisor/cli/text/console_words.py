"""Events of consoles, in words."""

from collections.abc import Callable, Mapping

from chronovisor.cli.text.units import seconds_text
from chronovisor.events.v1 import event_pb2 as ev

_KINDS = {ev.CONSOLE_KIND_SERIAL: "serial console", ev.CONSOLE_KIND_LOG: "console log"}
_MODES = {ev.CONSOLE_MODE_WRITE: " to write", ev.CONSOLE_MODE_TAKE_OVER: " to write, in place of whoever did"}


def _opened(event: ev.Event) -> str:
    payload = event.console_opened
    watches = " to watch" if payload.kind == ev.CONSOLE_KIND_SERIAL else ""
    return f"{_KINDS.get(payload.kind, 'console')} opened{_MODES.get(payload.mode, watches)}"


def _closed(event: ev.Event) -> str:
    payload = event.console_closed
    typed = f"{payload.input_bytes:,} bytes typed, " if payload.kind == ev.CONSOLE_KIND_SERIAL else ""
    lasted = seconds_text(payload.duration.ToMicroseconds() / 1_000_000)
    why = f": {payload.why}" if payload.why else ""
    return f"{_KINDS.get(payload.kind, 'console')} closed after {lasted}, {typed}{payload.output_bytes:,} shown{why}"


CONSOLE_WORDS: Mapping[str, Callable[[ev.Event], str]] = {"console_opened": _opened, "console_closed": _closed}
