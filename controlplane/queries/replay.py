"""A VM's life step by step: each event, with the VM before and after it. Blocks."""

from typing import NamedTuple

from controlplane.domain import vm as vms
from controlplane.domain.fleet import Recorded
from controlplane.domain.vm import Vm
from controlplane.ledger.store import Ledger
from controlplane.projections.inventory import Inventory
from controlplane.queries import folds, pages
from controlplane.queries.pages import Page


class Step(NamedTuple):
    """One event; the VM is None before its first."""

    recorded: Recorded
    before: Vm | None
    after: Vm


def replay(inventory: Inventory, ledger: Ledger, name: str, at: int | None, asked: pages.Asked) -> Page[Step]:
    """A page of the life of the VM that had this name at a position, or now. Raises NotFound, InvalidField.

    Each page is folded from the VM's first event: a life is short beside a ledger.
    """
    uid, _, version = pages.last_of(asked.token, asked.bound_to).rpartition(".")
    uid = uid or folds.uid_named(inventory, ledger, name, at)
    done, size = int(version or 0), pages.size_of(asked.size)
    steps: list[Step] = []
    vm: Vm | None = None
    for recorded in ledger.whole_stream(f"vms/{uid}"):
        before, vm = vm, vms.evolve(vm, recorded.event, recorded.version)
        if recorded.version <= done:
            continue
        if len(steps) == size:
            token = pages.token_for(f"{uid}.{steps[-1].recorded.version}", asked.bound_to)
            return Page(steps, token)
        steps.append(Step(recorded, before, vm))
    return Page(steps, "")
