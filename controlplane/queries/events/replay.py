"""A VM's life step by step: each event, with the VM before and after it. Blocks."""

from collections.abc import Callable
from typing import NamedTuple

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm import evolve as vms
from controlplane.domain.vm.aggregate import Vm
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.queries import page_tokens
from controlplane.queries.page_tokens import Page


class Step(NamedTuple):
    """One event; the VM is None before its first."""

    recorded: RecordedEvent
    before: Vm | None
    after: Vm


def replay(
    ledger: Ledger, reader: HistoryReader, uid_of_name: Callable[[], str], request: page_tokens.PageRequest
) -> Page[Step]:
    """A page of the life of a VM: the one that the first page found by its name. Raises what that raises, InvalidField.

    Of the life before the page, the last row is read. It must be written already where the page `goes_on`.
    """
    uid, done = _last_of(request)
    uid = uid or uid_of_name()
    size = page_tokens.size_of(request.size)
    stream, steps = f"vms/{uid}", list[Step]()
    after = sum(each.position for each in ledger.at_addresses([(stream, done)])) if done else 0
    # One more than the page shows whether there is another.
    found = ledger.of_stream(stream, after, size + 1)
    vm: Vm | None = None
    if done:
        with reader.view(after) as view:
            vm = view.vms_from([after])[after]
    for recorded in found[:size]:
        before, vm = vm, vms.evolve(vm, recorded.event, recorded.version)
        steps.append(Step(recorded, before, vm))
    if steps:
        page_tokens.require_visible(steps[0].after.project_uid)
    more = len(found) > size
    token = page_tokens.token_for(f"{uid}.{steps[-1].recorded.version}", request.bound_to) if more else ""
    return Page(steps, token)


def goes_on(request: page_tokens.PageRequest) -> bool:
    """Whether it is a later page, which begins with a row. Raises InvalidField."""
    return _last_of(request)[1] > 0


def _last_of(request: page_tokens.PageRequest) -> tuple[str, int]:
    """The VM's uid, and the version that the page before ended with; empty and 0 for the first page."""
    uid, _, version = page_tokens.last_of(request.token, request.bound_to).rpartition(".")
    return uid, int(version or 0)
