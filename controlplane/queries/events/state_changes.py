"""What is not as it was: hosts, projects and VMs at two positions, side by side. Blocks. Compares no fields."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Aggregate
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.projections.history.history_reader import HistoryReader, ProjectVms
from controlplane.queries import as_of
from controlplane.queries.events.scan import Window
from controlplane.queries.identity import project_then, vm_then

# Resources that are read at once.
TOGETHER = 200


class Change(NamedTuple):
    """One host, project or VM at both ends of a window; None where it was not there. `stream` says which it is."""

    stream: str
    before: Aggregate | None
    after: Aggregate | None


def changes(history_reader: HistoryReader, scope: str, window: Window, last: str) -> Iterator[Change]:
    """What may have changed in the window, after the stream `last`, in the order of their streams.

    `scope` is a VM's, a host's or a project's name, or empty for all. What came and went in the window is there at
    neither end. Raises NotFound.
    """
    streams = [stream for stream in _streams(history_reader, scope, window) if stream > last]
    reads: dict[str, Callable[[Sequence[str], int], Mapping[str, Aggregate]]] = {
        "hosts": history_reader.hosts_of,
        "projects": history_reader.projects_of,
        "vms": history_reader.vms_of,
    }
    for kind, read in reads.items():
        all_uids = [stream.partition("/")[2] for stream in streams if stream.startswith(f"{kind}/")]
        for start in range(0, len(all_uids), TOGETHER):
            uids = all_uids[start : start + TOGETHER]
            before, after = (read(uids, at) for at in window)
            for uid in uids:
                yield Change(f"{kind}/{uid}", _living(before.get(uid)), _living(after.get(uid)))


def _living(found: Aggregate | None) -> Aggregate | None:
    return None if isinstance(found, Vm) and found.state is VmState.DELETED else found


def _streams(history_reader: HistoryReader, scope: str, window: Window) -> list[str]:
    if scope.startswith("hosts/"):
        return [f"hosts/{as_of.host(history_reader, scope, window.to).uid}"]
    if "/vms/" in scope:
        return _vm_streams(history_reader, scope, window)
    if scope:
        project = project_then(history_reader, scope, window.to)
        vms = history_reader.changed("vms", *window, ProjectVms(f"{project.name}/vms/", project.uid))
        return [f"projects/{project.uid}", *(f"vms/{uid}" for uid in vms)]
    hosts = {*history_reader.changed("hosts", *window), *history_reader.holders_changed(*window)}
    kinds = {"hosts": sorted(hosts)} | {kind: history_reader.changed(kind, *window) for kind in ("projects", "vms")}
    return [f"{kind}/{uid}" for kind, uids in kinds.items() for uid in uids]


def _vm_streams(history_reader: HistoryReader, name: str, window: Window) -> list[str]:
    """Of the VM that has the name at the end, and of that project's that had it at the beginning, if another."""
    last = vm_then(history_reader, name, window.to)
    uids = {last.uid}
    with contextlib.suppress(NotFound):
        first = vm_then(history_reader, name, window.after)
        if first.project_uid == last.project_uid:
            uids.add(first.uid)
    return sorted(f"vms/{uid}" for uid in uids)
