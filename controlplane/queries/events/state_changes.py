"""What is not as it was: resources at two positions, side by side. Blocks. Compares no fields."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Aggregate
from controlplane.domain.service_account.aggregate import ServiceAccount
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.projections.history.history_view import HistoryView, ProjectVms
from controlplane.queries.events.scan import Window
from controlplane.queries.identity import VMS, host_then, project_then

# Resources that are read at once.
TOGETHER = 200


class Change(NamedTuple):
    """One resource at both ends of a window; None where it was not there. `stream` says which it is."""

    stream: str
    before: Aggregate | None
    after: Aggregate | None


def changes(view: HistoryView, scope: str, window: Window, last: str) -> Iterator[Change]:
    """What may have changed in the window, after the stream `last`, in the order of their streams.

    `scope` is a VM's, a host's or a project's name, or empty for all. What came and went in the window is there at
    neither end. Raises NotFound.
    """
    begin, end = view.at(window.after), view.at(window.to)
    streams = [stream for stream in _streams(begin, end, scope) if stream > last]
    ends: dict[str, tuple[_Read, _Read]] = {
        "hosts": (begin.hosts_of, end.hosts_of),
        "projects": (begin.projects_of, end.projects_of),
        "serviceAccounts": (begin.service_accounts_of, end.service_accounts_of),
        "vms": (begin.vms_of, end.vms_of),
    }
    for kind, (read_before, read_after) in ends.items():
        all_uids = [stream.partition("/")[2] for stream in streams if stream.startswith(f"{kind}/")]
        for start in range(0, len(all_uids), TOGETHER):
            uids = all_uids[start : start + TOGETHER]
            before, after = read_before(uids), read_after(uids)
            for uid in uids:
                yield Change(f"{kind}/{uid}", _living(before.get(uid)), _living(after.get(uid)))


_Read = Callable[[Sequence[str]], Mapping[str, Aggregate]]


def _living(found: Aggregate | None) -> Aggregate | None:
    if isinstance(found, ServiceAccount):
        return None if found.is_deleted else found
    return None if isinstance(found, Vm) and found.state is VmState.DELETED else found


def _streams(begin: HistoryView, end: HistoryView, scope: str) -> list[str]:
    if scope.startswith("hosts/"):
        return [f"hosts/{host_then(end, scope).uid}"]
    if "/vms/" in scope:
        return _vm_streams(begin, end, scope)
    after = begin.position
    if scope:
        project = project_then(end, scope)
        vms = end.changed("vms", after, ProjectVms(f"{project.name}/vms/", project.uid))
        accounts = end.changed("service_accounts", after, ProjectVms(f"{project.name}/serviceAccounts/", project.uid))
        of_accounts = [f"serviceAccounts/{uid}" for uid in accounts]
        return [f"projects/{project.uid}", *of_accounts, *(f"vms/{uid}" for uid in vms)]
    hosts = {*end.changed("hosts", after), *end.holders_changed(after)}
    kinds = {
        "hosts": sorted(hosts),
        "projects": end.changed("projects", after),
        "serviceAccounts": end.changed("service_accounts", after),
        "vms": end.changed("vms", after),
    }
    return [f"{kind}/{uid}" for kind, uids in kinds.items() for uid in uids]


def _vm_streams(begin: HistoryView, end: HistoryView, name: str) -> list[str]:
    """Of the VM that has the name at the end, and of that project's that had it at the beginning, if another."""
    last = VMS.then(end, name)
    uids = {last.uid}
    with contextlib.suppress(NotFound):
        first = VMS.then(begin, name)
        if first.project_uid == last.project_uid:
            uids.add(first.uid)
    return sorted(f"vms/{uid}" for uid in uids)
