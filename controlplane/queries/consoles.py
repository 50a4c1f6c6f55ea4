"""The last event of a VM's console sessions. Blocks: use a thread."""

from controlplane.domain.time import Micros, micros_of
from controlplane.domain.vm.consoles import consoles_stream
from controlplane.ledger.store import Ledger


def last_console_event(ledger: Ledger, vm_uid: str) -> tuple[int, Micros] | None:
    """Its version and time; None where no console was ever opened."""
    found = ledger.last_of_stream(consoles_stream(vm_uid))
    return (found.version, micros_of(found.event.commit_time)) if found else None
