"""Events of consoles, in words."""

from collections.abc import Callable, Mapping

from chronovisor.cli.text.units import seconds_text
from chronovisor.events.v1 import event_pb2 as ev

_KINDS = {
    ev.CONSOLE_KIND_SERIAL: "serial console",
    ev.CONSOLE_KIND_LOG: "console log",
    ev.CONSOLE_KIND_SCREEN: "screen",
}


# Of those that are written to.
def _name(payload: ev.ConsoleOpened | ev.ConsoleClosed) -> str:
    if payload.kind == ev.CONSOLE_KIND_PORT:
        return f"connection to port {payload.port}"
    return _KINDS.get(payload.kind, "console")


_TYPED = (ev.CONSOLE_KIND_SERIAL, ev.CONSOLE_KIND_SCREEN)
_MODES = {ev.CONSOLE_MODE_WRITE: " to write", ev.CONSOLE_MODE_TAKE_OVER: " to write, in place of whoever did"}


def _opened(event: ev.Event) -> str:
    payload = event.console_opened
    watches = " to watch" if payload.kind in _TYPED else ""
    return f"{_name(payload)} opened{_MODES.get(payload.mode, watches)}"


def _closed(event: ev.Event) -> str:
    payload = event.console_closed
    typed = f"{payload.input_bytes:,} bytes typed, " if payload.kind in _TYPED else ""
    shown = f"{payload.output_bytes:,} shown"
    if payload.kind == ev.CONSOLE_KIND_PORT:
        typed, shown = f"{payload.input_bytes:,} bytes sent, ", f"{payload.output_bytes:,} received"
    if not payload.HasField("duration"):
        # Of a server that was killed.
        return f"{_name(payload)} closed: {payload.why}"
    lasted = seconds_text(payload.duration.ToMicroseconds() / 1_000_000)
    why = f": {payload.why}" if payload.why else ""
    return f"{_name(payload)} closed after {lasted}, {typed}{shown}{why}"


def _looked(event: ev.Event) -> str:
    return f"screenshot taken, {event.console_screenshot_taken.size_bytes:,} bytes"


def _runs(event: ev.Event) -> str:
    return f"program run in the guest: {event.console_program_requested.program}"


def _given(event: ev.Event) -> str:
    payload = event.console_ticket_created
    return f"ticket given for the {_KINDS.get(payload.kind, 'console')}{_MODES.get(payload.mode, ' to watch')}"


CONSOLE_WORDS: Mapping[str, Callable[[ev.Event], str]] = {
    "console_opened": _opened,
    "console_closed": _closed,
    "console_screenshot_taken": _looked,
    "console_ticket_created": _given,
    "console_program_requested": _runs,
}
