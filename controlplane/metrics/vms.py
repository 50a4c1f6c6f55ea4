"""What VMs use, by name, from their agents' samples; and what projects hold. Copies on the loop, builds on a thread."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from prometheus_client.core import Metric

from controlplane.domain.project.aggregate import Project
from controlplane.domain.resources import ADDRESSES, IMAGE_MIB, Resources
from controlplane.domain.samples import ABSENT, InterfaceSample, Sample
from controlplane.domain.time import SECOND
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.metrics.families import counters, gauge, gauges
from controlplane.metrics.fleet import UNITS
from controlplane.queries.reads import Reads

# What projects hold, in Prometheus' units.
PROJECT_UNITS = {**UNITS, ADDRESSES: ("addresses", "address", 1), IMAGE_MIB: ("images", "byte", 1 << 20)}
LABELS = ("project", "vm", "uid", "host")
# What one answer has room for: of more VMs the first by name are exported, and how many are left out is a metric.
MOST_VMS = 2_000


class MeasuredVm(NamedTuple):
    """A VM, and the newest sample of the guest that it has now, if there is one."""

    vm: Vm
    sample: Sample | None
    interfaces: Sequence[InterfaceSample]

    @property
    def labels(self) -> Sequence[str]:
        project, _, name = self.vm.name.removeprefix("projects/").partition("/vms/")
        return project, name, self.vm.uid, self.vm.host.removeprefix("hosts/")


# Of samples: name, help, the field, how many of it one is, and whether it is a counter.
SAMPLED: Sequence[tuple[str, str, str, int, bool]] = (
    ("vm_cpu_seconds", "CPU time that the guest has used since it was started.", "cpu", SECOND, True),
    ("vm_memory_used_bytes", "Memory of the machine that the guest uses.", "memory", 1, False),
    ("vm_disk_used_bytes", "Bytes that the VM's disk takes on its host.", "disk", 1, False),
    ("vm_disk_read_bytes", "Bytes that the guest has read from its disks.", "disk_read", 1, True),
    ("vm_disk_written_bytes", "Bytes that the guest has written to its disks.", "disk_written", 1, True),
    ("vm_network_receive_bytes", "Bytes that the guest has received.", "received", 1, True),
    ("vm_network_transmit_bytes", "Bytes that the guest has sent.", "sent", 1, True),
)


# Of network cards: the field, to which way frames went, and why they were stopped.
STOPPED: Sequence[tuple[str, str, str]] = (
    ("refused", "receive", "rules"),
    ("unsent", "transmit", "rules"),
    ("spoofed", "transmit", "spoofed"),
)


class VmMetrics:
    """By name: only what is requested, and may be seen."""

    def __init__(self, reads: Reads, most_vms: int = MOST_VMS) -> None:
        self._reads = reads
        self._most_vms = most_vms

    def captured(
        self, project_uids: Collection[str] | None, *, with_vms: bool, with_projects: bool
    ) -> Callable[[], Iterable[Metric]]:
        """Of some projects, or of all for None. On the event loop; what is returned may be called on a thread."""
        inventory = self._reads.inventory
        projects = [each for each in inventory.projects.values() if project_uids is None or each.uid in project_uids]
        vms = [each for each in inventory.vms.values() if project_uids is None or each.project_uid in project_uids]
        scopes = self._reads.utilization.scopes
        held = {each.name: scopes[each.name].allocated for each in projects if each.name in scopes}
        exported = sorted(vms, key=lambda vm: vm.name)[: self._most_vms] if with_vms else []
        measured = [MeasuredVm(vm, self._newest(vm), self._reads.metrics.report(vm.uid).interfaces) for vm in exported]

        def families() -> Iterator[Metric]:
            if with_projects:
                yield from _project_families(projects, vms, held)
            if with_vms:
                yield from _vm_families(measured)
                yield gauge("vms_left_out", "VMs that had no room in this answer.", len(vms) - len(measured))

        return families

    def _newest(self, vm: Vm) -> Sample | None:
        sample = self._reads.metrics.newest(vm.uid)
        return sample if sample and sample.incarnation == vm.incarnation else None


def _vm_families(measured: Sequence[MeasuredVm]) -> Iterator[Metric]:
    yield gauges(
        "vm_info",
        "1 for each VM, with its state.",
        (*LABELS, "state"),
        (((*each.labels, each.vm.state.name), 1) for each in measured),
    )
    resources = [(each.labels, each.vm.spec.resources) for each in measured]
    yield gauges("vm_vcpus", "Virtual CPUs that the VM has.", LABELS, ((at, has.vcpus) for at, has in resources))
    yield gauges(
        "vm_memory_bytes", "Memory that the VM has.", LABELS, ((at, has.memory_mib << 20) for at, has in resources)
    )
    yield gauges("vm_disk_bytes", "Size of the VM's disk.", LABELS, ((at, has.disk_gib << 30) for at, has in resources))
    yield gauges(
        "vm_sample_timestamp_seconds",
        "When the VM was measured last, since 1970.",
        LABELS,
        ((each.labels, each.sample.taken / SECOND) for each in measured if each.sample),
    )
    for name, help_text, field, size, counts in SAMPLED:
        make = counters if counts else gauges
        yield make(name, help_text, LABELS, _sampled(measured, field, size))
    yield counters(
        "vm_network_stopped_frames",
        "Frames that the rules of a network card's security groups have stopped.",
        (*LABELS, "card", "direction", "why"),
        (
            ((*each.labels, str(card.place), direction, why), amount)
            for each in measured
            for card in each.interfaces
            for field, direction, why in STOPPED
            if (amount := getattr(card, field)) != ABSENT
        ),
    )


def _sampled(measured: Sequence[MeasuredVm], field: str, size: int) -> Iterator[tuple[Sequence[str], float]]:
    for each in measured:
        if each.sample and (amount := getattr(each.sample, field)) != ABSENT:
            yield each.labels, amount / size


def _project_families(projects: Sequence[Project], vms: Sequence[Vm], held: dict[str, Resources]) -> Iterator[Metric]:
    counts = Counter((vm.project_uid, vm.state) for vm in vms)
    yield gauges(
        "project_vms",
        "VMs of a project by state.",
        ("project", "state"),
        (
            ((_id(each), state.name), counts[each.uid, state])
            for each in projects
            for state in VmState
            if state is not VmState.DELETED
        ),
    )
    yield gauges(
        "project_allocated",
        "What a project holds.",
        ("project", "resource", "unit"),
        (row for each in projects for row in _amounts(_id(each), held.get(each.name, Resources()), zeros=True)),
    )
    yield gauges(
        "project_quota",
        "What a project may hold, of classes that have a quota.",
        ("project", "resource", "unit"),
        (row for each in projects for row in _amounts(_id(each), each.quota, zeros=False)),
    )


def _amounts(project: str, amounts: Resources, *, zeros: bool) -> Iterator[tuple[Sequence[str], float]]:
    for name, (resource, unit, size) in PROJECT_UNITS.items():
        if zeros or amounts.of(name):
            yield (project, resource, unit), amounts.of(name) * size


def _id(project: Project) -> str:
    return project.name.removeprefix("projects/")
