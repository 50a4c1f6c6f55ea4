"""Who may be meant by rules between VMs: those that hold compute by their labels, hosts by what makes their domains."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.rules import HOST
from controlplane.domain.placement.selectors import TRAIT, Op, Selector
from controlplane.domain.vm.aggregate import Vm

Labels = tuple[tuple[str, str], ...]


class _ByPair:
    """Uids by key and value."""

    def __init__(self) -> None:
        self._of: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def of(self, key: str) -> Mapping[str, Collection[str]]:
        return self._of.get(key, {})

    def change(self, uid: str, before: Labels, after: Labels) -> None:
        for key, value in before:
            uids = self._of[key][value]
            uids.discard(uid)
            if not uids:
                del self._of[key][value]
        for key, value in after:
            self._of[key][value].add(uid)


class Neighbours:
    """Kept up with every change of a VM or a host. Tenants do not see each other: VMs are kept by project."""

    def __init__(self) -> None:
        self._vms: defaultdict[str, _ByPair] = defaultdict(_ByPair)
        self._hosts = _ByPair()

    def put_vm(self, before: Vm | None, after: Vm) -> None:
        was, now = _counted(before), _counted(after)
        if was != now:
            self._vms[after.project_uid].change(after.uid, was, now)

    def put_host(self, before: Host | None, after: Host) -> None:
        was, now = _domains(before), _domains(after)
        if was != now:
            self._hosts.change(after.uid, was, now)

    def candidates(self, project_uid: str, selector: Selector) -> Iterator[str]:
        """The uids of all VMs that the selector may match. It always has a term that requires a label."""
        by_pair = self._vms.get(project_uid)
        required = next((term for term in selector.terms if term.op in (Op.IN, Op.EXISTS)), None)
        if by_pair is None or required is None:
            return
        by_value = by_pair.of(required.key)
        values: Iterable[str] = required.values if required.op is Op.IN else by_value
        for value in values:
            yield from by_value.get(value, ())

    def domains(self, key: str) -> Mapping[str, Collection[str]]:
        """The uids of the hosts of each domain, by its name. Not of `host`: each host is one."""
        return self._hosts.of(key)


def _counted(vm: Vm | None) -> Labels:
    return vm.labels if vm is not None and vm.labels and vm.holds_compute else ()


def _domains(host: Host | None) -> Labels:
    if host is None or host.state is HostState.DECOMMISSIONED:
        return ()
    words = host.words
    return tuple((key, word) for key, word in words.items() if key != HOST and not key.startswith(TRAIT))
