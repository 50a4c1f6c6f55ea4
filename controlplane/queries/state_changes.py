"""What is not as it was: hosts, projects and VMs at two positions, side by side. Blocks. Compares no fields."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Aggregate
from controlplane.domain.vm import Vm
from controlplane.domain.vm_states import VmState
from controlplane.projections.timeline import ProjectVms, Timeline
from controlplane.queries import past
from controlplane.queries.event_scan import Window
from controlplane.queries.identity import project_then, vm_then

# VMs that are read at once.
TOGETHER = 200


class Change(NamedTuple):
    """One host, project or VM at both ends of a window; None where it was not there. `stream` says which it is."""

    stream: str
    before: Aggregate | None
    after: Aggregate | None


def changes(timeline: Timeline, scope: str, window: Window, last: str) -> Iterator[Change]:
    """What may have changed in the window, after the stream `last`, in the order of their streams.

    `scope` is a VM's, a host's or a project's name, or empty for all. What came and went in the window is there at
    neither end. Raises NotFound.
    """
    streams = [stream for stream in _streams(timeline, scope, window) if stream > last]
    for stream in streams:
        kind, _, uid = stream.partition("/")
        if kind == "hosts":
            yield Change(stream, *(timeline.host(uid, at, holdings=False) for at in window))
        elif kind == "projects":
            yield Change(stream, *(timeline.project(uid, at) for at in window))
    vms = [stream.removeprefix("vms/") for stream in streams if stream.startswith("vms/")]
    for start in range(0, len(vms), TOGETHER):
        uids = vms[start : start + TOGETHER]
        before, after = (timeline.vms_of(uids, at) for at in window)
        for uid in uids:
            yield Change(f"vms/{uid}", _living(before.get(uid)), _living(after.get(uid)))


def _living(vm: Vm | None) -> Vm | None:
    return None if vm is None or vm.state is VmState.DELETED else vm


def _streams(timeline: Timeline, scope: str, window: Window) -> list[str]:
    if scope.startswith("hosts/"):
        return [f"hosts/{past.host(timeline, scope, window.to).uid}"]
    if "/vms/" in scope:
        return _vm_streams(timeline, scope, window)
    if scope:
        project = project_then(timeline, scope, window.to)
        vms = timeline.changed("vms", *window, ProjectVms(f"{project.name}/vms/", project.uid))
        return [f"projects/{project.uid}", *(f"vms/{uid}" for uid in vms)]
    hosts = {*timeline.changed("hosts", *window), *timeline.holders_changed(*window)}
    kinds = {"hosts": sorted(hosts)} | {kind: timeline.changed(kind, *window) for kind in ("projects", "vms")}
    return [f"{kind}/{uid}" for kind, uids in kinds.items() for uid in uids]


def _vm_streams(timeline: Timeline, name: str, window: Window) -> list[str]:
    """Of the VM that has the name at the end, and of that project's that had it at the beginning, if another."""
    last = vm_then(timeline, name, window.to)
    uids = {last.uid}
    with contextlib.suppress(NotFound):
        first = vm_then(timeline, name, window.after)
        if first.project_uid == last.project_uid:
            uids.add(first.uid)
    return sorted(f"vms/{uid}" for uid in uids)
