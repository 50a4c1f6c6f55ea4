"""The stream of a VM's console sessions. Its own: who looks at a console does not change the VM. Performs no I/O."""

from typing import TypeAlias

from chronovisor.events.v1 import event_pb2 as ev

CONSOLES = "consoles"
ConsoleEvent: TypeAlias = (
    ev.ConsoleOpened
    | ev.ConsoleClosed
    | ev.ConsoleScreenshotTaken
    | ev.ConsoleTicketCreated
    | ev.ConsoleProgramRequested
)
_PREFIX = "console_"


def consoles_stream(vm_uid: str) -> str:
    """The stream that says who opened which console of a VM, and when that was closed."""
    return f"{CONSOLES}/{vm_uid}"


def subject_of(stream: str) -> str:
    """The stream of what a stream is about: of a VM's consoles, the VM's."""
    kind, _, uid = stream.partition("/")
    return f"vms/{uid}" if kind == CONSOLES else stream


def session_changes(event: ev.Event) -> tuple[tuple[str, bool], ...]:
    """The console session that an event begins (True) or ends, by its id; none for any other event."""
    match event.WhichOneof("payload"):
        case "console_opened":
            return ((event.console_opened.session, True),)
        case "console_closed":
            return ((event.console_closed.session, False),)
        case _:
            return ()


def project_in(event: ev.Event) -> str:
    """The uid of the project that an event of a console is of; empty for any other event."""
    payload = event.WhichOneof("payload") or ""
    return getattr(event, payload).project_uid if payload.startswith(_PREFIX) else ""
