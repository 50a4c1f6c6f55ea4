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
    ledger: Ledger, history_reader: HistoryReader, uid_of_name: Callable[[], str], asked: page_tokens.PageRequest
) -> Page[Step]:
    """A page of the life of a VM: the one that the first page found by its name. Raises what that raises, InvalidField.

    Of the life before the page, the last row is read. It must be written already where the page `goes_on`.
    """
    uid, done = _last_of(asked)
    uid = uid or uid_of_name()
    size = page_tokens.size_of(asked.size)
    stream, steps = f"vms/{uid}", list[Step]()
    after = sum(each.position for each in ledger.at_addresses([(stream, done)])) if done else 0
    # One more than wanted: it tells whether there is another page.
    found = ledger.of_stream(stream, after, size + 1)
    vm = history_reader.vms_from([after])[after] if done else None
    for recorded in found[:size]:
        before, vm = vm, vms.evolve(vm, recorded.event, recorded.version)
        steps.append(Step(recorded, before, vm))
    more = len(found) > size
    token = page_tokens.token_for(f"{uid}.{steps[-1].recorded.version}", asked.bound_to) if more else ""
    return Page(steps, token)


def goes_on(asked: page_tokens.PageRequest) -> bool:
    """Whether it is a later page, which begins with a row. Raises InvalidField."""
    return _last_of(asked)[1] > 0


def _last_of(asked: page_tokens.PageRequest) -> tuple[str, int]:
    """The VM's uid, and the version that the page before ended with; empty and 0 for the first page."""
    uid, _, version = page_tokens.last_of(asked.token, asked.bound_to).rpartition(".")
    return uid, int(version or 0)
