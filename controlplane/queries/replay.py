"""A VM's life step by step: each event, with the VM before and after it. Blocks."""

from collections.abc import Callable
from typing import NamedTuple

from controlplane.domain import vm as vms
from controlplane.domain.fleet import Recorded
from controlplane.domain.vm import Vm
from controlplane.ledger.store import Ledger
from controlplane.queries import pages
from controlplane.queries.pages import Page


class Step(NamedTuple):
    """One event; the VM is None before its first."""

    recorded: Recorded
    before: Vm | None
    after: Vm


def replay(ledger: Ledger, uid_of_name: Callable[[], str], asked: pages.Asked) -> Page[Step]:
    """A page of the life of a VM: the one that the first page found by its name. Raises what that raises, InvalidField.

    Each page is folded from the VM's first event: a life is short beside a ledger.
    """
    uid, _, version = pages.last_of(asked.token, asked.bound_to).rpartition(".")
    uid = uid or uid_of_name()
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
