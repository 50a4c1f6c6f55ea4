"""What the stream of a VM's console sessions says. Blocks: use a thread."""

from controlplane.domain.time import Micros, micros_of
from controlplane.domain.vm.consoles import consoles_stream
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import HIGHEST, Ledger

# Of the programs that were requested last, so many are looked through for a request's id.
_LOOKED_THROUGH = 1000


def last_console_event(ledger: Ledger, vm_uid: str) -> tuple[int, Micros] | None:
    """Its version and time; None where no console was ever opened."""
    found = ledger.last_of_stream(consoles_stream(vm_uid))
    return (found.version, micros_of(found.event.commit_time)) if found else None


def program_was_requested(ledger: Ledger, vm_uid: str, request_id: str) -> bool:
    """Whether a request of this id has had a program run in the VM lately."""
    topics = [TOPICS["console_program_requested"]]
    found = ledger.newest_of_stream(consoles_stream(vm_uid), 0, _LOOKED_THROUGH, HIGHEST, topics)
    return any(each.event.request_id == request_id for each in found)
