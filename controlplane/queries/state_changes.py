"""What is not as it was: hosts, projects and VMs at two positions, side by side. Blocks. Compares no fields."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Aggregate
from controlplane.domain.vm import Vm
from controlplane.domain.vm_states import VmState
from controlplane.projections.timeline import Timeline
from controlplane.queries import past
from controlplane.queries.event_scan import Window
from controlplane.queries.vm_uids import uid_then


class Change(NamedTuple):
    """One host, project or VM at both ends of a window; None where it was not there. `stream` says which it is."""

    stream: str
    before: Aggregate | None
    after: Aggregate | None


def changes(timeline: Timeline, scope: str, window: Window, last: str) -> Iterator[Change]:
    """What may have changed in the window, after the stream `last`, in the order of their streams.

    `scope` is a VM's, a host's or a project's name, or empty for all. Raises NotFound.
    """
    for stream in _streams(timeline, scope, window):
        if stream > last:
            before, after = _at(timeline, stream, window.after), _at(timeline, stream, window.to)
            if before is not None or after is not None:
                yield Change(stream, before, after)


def _at(timeline: Timeline, stream: str, at: int) -> Aggregate | None:
    """None before it came, and once it is destroyed."""
    kind, _, uid = stream.partition("/")
    match kind:
        case "vms":
            found = timeline.vm(uid, at)
            return None if isinstance(found, Vm) and found.state is VmState.DELETED else found
        case "hosts":
            return timeline.host(uid, at)
        case _:
            return timeline.project(uid, at)


def _streams(timeline: Timeline, scope: str, window: Window) -> list[str]:
    if scope.startswith("hosts/"):
        return [f"hosts/{past.host(timeline, scope, window.to).uid}"]
    if "/vms/" in scope:
        return _vm_streams(timeline, scope, window)
    if scope:
        own = past.project(timeline, scope, window.to).uid
        vms = timeline.changed("vms", *window, prefix=f"{scope}/vms/")
        return [f"projects/{own}", *(f"vms/{uid}" for uid in vms)]
    hosts = {*timeline.changed("hosts", *window), *timeline.holders_changed(*window)}
    kinds = {"hosts": sorted(hosts)} | {kind: timeline.changed(kind, *window) for kind in ("projects", "vms")}
    return [f"{kind}/{uid}" for kind, uids in kinds.items() for uid in uids]


def _vm_streams(timeline: Timeline, name: str, window: Window) -> list[str]:
    """Of the VM that has the name at the end, and of the one that had it at the beginning, if that was another."""
    uids = {uid_then(timeline, name, window.to)}
    with contextlib.suppress(NotFound):
        uids.add(uid_then(timeline, name, window.after))
    return sorted(f"vms/{uid}" for uid in uids)
