"""What is not as it was: hosts, projects and VMs at two positions, side by side. Blocks. Compares no fields."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Aggregate
from controlplane.ledger.store import Ledger
from controlplane.projections.inventory import Inventory
from controlplane.queries import folds
from controlplane.queries.event_scan import Window
from controlplane.queries.inventory import host, project


class Change(NamedTuple):
    """One host, project or VM at both ends of a window; None where it was not there. `stream` says which it is."""

    stream: str
    before: Aggregate | None
    after: Aggregate | None


def changes(inventory: Inventory, ledger: Ledger, scope: str, window: Window, last: str) -> Iterator[Change]:
    """What events in the window are about, after the stream `last`, in the order of their streams.

    `scope` is a VM's, a host's or a project's name, or empty for all. Raises NotFound.
    """
    for stream in _streams(inventory, ledger, scope, window):
        if stream > last:
            before, after = folds.states_at(ledger, stream, window)
            if (before is not None or after is not None) and _is_in(before or after, scope):
                yield Change(stream, before, after)


def _is_in(aggregate: Aggregate | None, scope: str) -> bool:
    if not scope.startswith("projects/") or "/vms/" in scope:
        return True
    return aggregate is not None and (aggregate.name == scope or aggregate.name.startswith(f"{scope}/"))


def _streams(inventory: Inventory, ledger: Ledger, scope: str, window: Window) -> list[str]:
    if scope.startswith("hosts/"):
        found = host(inventory, scope)
        if not folds.exists(ledger, f"hosts/{found.uid}", window.to):
            raise NotFound("host", scope)
        return [f"hosts/{found.uid}"]
    if "/vms/" in scope:
        return _vm_streams(inventory, ledger, scope, window)
    if scope and not folds.exists(ledger, f"projects/{project(inventory, scope).uid}", window.to):
        raise NotFound("project", scope)
    return [f"{kind}/{uid}" for kind, uids in folds.changed(ledger, *window).items() for uid in uids]


def _vm_streams(inventory: Inventory, ledger: Ledger, name: str, window: Window) -> list[str]:
    """Of the VM that has the name at the end, and of the one that had it at the beginning, if that was another."""
    uids = {folds.uid_named(inventory, ledger, name, window.to)}
    with contextlib.suppress(NotFound):
        uids.add(folds.uid_named(inventory, ledger, name, window.after))
    return sorted(f"vms/{uid}" for uid in uids)
