"""The user data of a VM, as the ledger has it: encrypted. Blocks: use a thread."""

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.vm.aggregate import UserData
from controlplane.ledger.store import Ledger


def recorded_user_data(ledger: Ledger, vm_uid: str, known: UserData) -> ev.SealedText:
    """What the event has that set it."""
    (recorded,) = ledger.at_addresses([(f"vms/{vm_uid}", known.version)])
    event = recorded.event
    return event.vm_created.user_data if event.HasField("vm_created") else event.vm_updated.user_data
