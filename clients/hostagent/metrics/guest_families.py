"""Guests by power, and what the host and its guests use, from the newest readings and samples. Reads no hypervisor."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from hostagent.drivers.base import Guest, Power, Samples

SECOND_US = 1_000_000
LABELS = ("project", "vm", "uid", "host")
# The same names as the control plane's: whoever scrapes agents need not scrape VMs there. Name, help, field, how many
# of it one is, and whether it is a counter.
SAMPLED: Sequence[tuple[str, str, str, int, bool]] = (
    ("vm_cpu_seconds", "CPU time that the guest has used since it was started.", "cpu_us", SECOND_US, True),
    ("vm_memory_used_bytes", "Memory of the machine that the guest uses.", "memory_bytes", 1, False),
    ("vm_disk_used_bytes", "Bytes that the VM's disk takes on its host.", "disk_bytes", 1, False),
    ("vm_disk_read_bytes", "Bytes that the guest has read from its disks.", "disk_read_bytes", 1, True),
    ("vm_disk_written_bytes", "Bytes that the guest has written to its disks.", "disk_written_bytes", 1, True),
    ("vm_network_receive_bytes", "Bytes that the guest has received.", "network_received_bytes", 1, True),
    ("vm_network_transmit_bytes", "Bytes that the guest has sent.", "network_sent_bytes", 1, True),
)
OF_HOST: Sequence[tuple[str, str, str, int, bool]] = (
    ("host_cpu_busy_seconds", "CPU time that the host has spent on work.", "cpu_us", SECOND_US, True),
    ("host_cpu_seconds", "CPU time that the host has had, idle or not.", "cpu_total_us", SECOND_US, True),
    ("host_memory_used_bytes", "Memory of the host that is in use.", "memory_bytes", 1, False),
    ("host_disk_used_bytes", "Bytes in use where guests' disks are.", "disk_bytes", 1, False),
)


def families(host_id: str, guests: Sequence[Guest], samples: Samples | None) -> Iterator[Metric]:
    powers = Counter(guest.power for guest in guests)
    by_power = GaugeMetricFamily("chronovisor_agent_guests", "Guests by what the hypervisor says.", labels=["power"])
    for power in Power:
        by_power.add_metric([power.value], powers[power])
    yield by_power
    if samples is None:
        return
    taken = GaugeMetricFamily("chronovisor_agent_sample_timestamp_seconds", "When samples were taken last, since 1970.")
    taken.add_metric([], samples.taken_ns / 1e9)
    yield taken
    yield from _sampled(OF_HOST, ("host",), [((host_id,), samples.host)])
    names = {guest.ref: guest.vm_name for guest in guests}
    measured = [
        (_labels(host_id, names[each.ref], each.ref.vm_uid), each) for each in samples.guests if each.ref in names
    ]
    yield from _sampled(SAMPLED, LABELS, measured)


def _sampled(
    rows: Sequence[tuple[str, str, str, int, bool]],
    labels: Sequence[str],
    measured: Iterable[tuple[Sequence[str], object]],
) -> Iterator[Metric]:
    measured = list(measured)
    for name, help_text, field, size, counts in rows:
        make = CounterMetricFamily if counts else GaugeMetricFamily
        family = make(f"chronovisor_{name}", help_text, labels=labels)
        for values, sample in measured:
            if (amount := getattr(sample, field)) is not None:
                family.add_metric(values, amount / size)
        yield family


def _labels(host_id: str, vm_name: str, vm_uid: str) -> Sequence[str]:
    project, _, vm = vm_name.removeprefix("projects/").partition("/vms/")
    return project, vm, vm_uid, host_id
