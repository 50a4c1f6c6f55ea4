"""What is not as it was: resources at two positions, side by side. Blocks. Compares no fields."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Aggregate
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import IN_PROJECTS, RESOURCE_KINDS
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.projections.history.history_view import HistoryView, ProjectPart
from controlplane.queries.events.scan import Window
from controlplane.queries.identity import CHILDREN, Child, host_then, project_then

# Resources that are read at once.
TOGETHER = 200


class Change(NamedTuple):
    """One resource at both ends of a window; None where it was not there. `stream` says which it is."""

    stream: str
    before: Aggregate | None
    after: Aggregate | None


def changes(view: HistoryView, scope: str, window: Window, last: str) -> Iterator[Change]:
    """What may have changed in the window, after the stream `last`, in the order of their streams.

    `scope` is the name of a host, a project or something in a project, or empty for all. What came and went in the
    window is there at neither end. Raises NotFound.
    """
    begin, end = view.at(window.after), view.at(window.to)
    streams = [stream for stream in _streams(begin, end, scope) if stream > last]
    ends: dict[str, tuple[_Read, _Read]] = {
        "hosts": (begin.hosts_of, end.hosts_of),
        "projects": (begin.projects_of, end.projects_of),
        "vms": (begin.vms_of, end.vms_of),
    }
    for collection, of_kind in RESOURCE_KINDS.items():
        ends[collection] = (partial(begin.resources_of, of_kind), partial(end.resources_of, of_kind))
    for kind, (read_before, read_after) in sorted(ends.items()):
        all_uids = [stream.partition("/")[2] for stream in streams if stream.startswith(f"{kind}/")]
        for start in range(0, len(all_uids), TOGETHER):
            uids = all_uids[start : start + TOGETHER]
            before, after = read_before(uids), read_after(uids)
            for uid in uids:
                yield Change(f"{kind}/{uid}", _living(before.get(uid)), _living(after.get(uid)))


_Read = Callable[[Sequence[str]], Mapping[str, Aggregate]]


def _living(found: Aggregate | None) -> Aggregate | None:
    if isinstance(found, Vm):
        return None if found.state is VmState.DELETED else found
    return found if found is None or isinstance(found, Host | Project) or not found.is_deleted else None


def _streams(begin: HistoryView, end: HistoryView, scope: str) -> list[str]:
    if scope.startswith("hosts/"):
        return [f"hosts/{host_then(end, scope).uid}"]
    for collection, child in CHILDREN.items():
        if f"/{collection}/" in scope:
            return _child_streams(child, begin, end, scope)
    after = begin.position
    if scope:
        project = project_then(end, scope)
        inside = {each: end.changed(each, after, ProjectPart.of(project, each)) for each in IN_PROJECTS}
        return [f"projects/{project.uid}", *_named(inside)]
    kinds = {each: end.changed(each, after) for each in ("hosts", "projects", *IN_PROJECTS)}
    kinds["hosts"] = sorted({*kinds["hosts"], *end.holders_changed(after)})
    return _named(kinds)


def _named(uids: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"{kind}/{uid}" for kind, some in uids.items() for uid in some]


def _child_streams(child: Child[Any], begin: HistoryView, end: HistoryView, name: str) -> list[str]:
    """Of what has the name at the end, and of that project's that had it at the beginning, if another."""
    last = child.then(end, name)
    uids = {last.uid}
    with contextlib.suppress(NotFound):
        first = child.then(begin, name)
        if first.project_uid == last.project_uid:
            uids.add(first.uid)
    return sorted(child.stream(uid) for uid in uids)
