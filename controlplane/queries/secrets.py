"""When VMs were destroyed whose secrets are kept, and whether these, or people, are forgotten. Blocks: use a thread."""

from collections.abc import Collection, Mapping

from controlplane.domain.access.people import people_stream
from controlplane.domain.time import micros_of
from controlplane.domain.vm.secrets import EndOfVm, secrets_stream
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import Ledger


def ends_of(ledger: Ledger, vm_uids: Collection[str]) -> Mapping[str, EndOfVm]:
    """Of those that are destroyed, by uid. A VM that this ledger does not know is another's, or never came to be."""
    found: dict[str, EndOfVm] = {}
    for uid in vm_uids:
        if (ended := ledger.last_of_stream(f"vms/{uid}", [TOPICS["vm_deleted"]])) is not None:
            is_forgotten = ledger.last_of_stream(secrets_stream(uid)) is not None
            found[uid] = EndOfVm(micros_of(ended.event.commit_time), is_forgotten)
    return found


def forgotten_people(ledger: Ledger, pseudonyms: Collection[str]) -> list[str]:
    """Those of whom it is recorded that they are forgotten."""
    return [each for each in pseudonyms if ledger.last_of_stream(people_stream(each)) is not None]
