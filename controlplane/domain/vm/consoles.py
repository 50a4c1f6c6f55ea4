"""The stream of a VM's console sessions. Its own: who looks at a console does not change the VM. Performs no I/O."""

from chronovisor.events.v1 import event_pb2 as ev

CONSOLES = "consoles"


def consoles_stream(vm_uid: str) -> str:
    """The stream that says who opened which console of a VM, and when that was closed."""
    return f"{CONSOLES}/{vm_uid}"


def subject_of(stream: str) -> str:
    """The stream of what a stream is about: of a VM's consoles, the VM's."""
    kind, _, uid = stream.partition("/")
    return f"vms/{uid}" if kind == CONSOLES else stream


def project_in(event: ev.Event) -> str:
    """The uid of the project that an event of a console is of; empty for any other event."""
    return event.console_opened.project_uid or event.console_closed.project_uid
