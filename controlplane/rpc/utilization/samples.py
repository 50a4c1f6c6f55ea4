"""Samples that agents measure: from heartbeats, and to responses. Keeps nothing."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Literal

from chronovisor.v1 import agent_service_pb2, sample_pb2
from chronovisor.v1.utilization_service_pb2 import ListSamplesRequest, ListSamplesResponse
from google.protobuf.duration_pb2 import Duration

from controlplane.domain.host.aggregate import Host
from controlplane.domain.samples import ABSENT, GuestReport, InterfaceSample, Rates, Sample, rates
from controlplane.domain.time import END_OF_TIME_S, SECOND, Micros, micros_of, seconds_of, timestamp_of
from controlplane.queries.reads import Reads
from controlplane.rpc.host.requests import NAME as HOST_NAME
from controlplane.rpc.shared.validate import named
from controlplane.rpc.vm.interfaces import MOST_INTERFACES
from controlplane.rpc.vm.requests import NAME as VM_NAME

log = logging.getLogger(__name__)
EVERY_S = 10.0
# How often an agent may say that it takes samples.
SHORTEST_S, LONGEST_S = 0.1, 3600.0
# As google.protobuf.Duration: 10,000 years.
LONGEST_CPU_S = 315_576_000_000
# An exabyte: more than any host has, and than any counter of one reaches.
LARGEST_BYTES = 1 << 60
MOST_ADDRESSES = 64
AMOUNTS = {
    "memory": "memory_bytes",
    "disk": "disk_bytes",
    "disk_read": "disk_read_bytes",
    "disk_written": "disk_written_bytes",
    "received": "network_received_bytes",
    "sent": "network_sent_bytes",
}
INTERFACE_AMOUNTS = {
    "received": "received_bytes",
    "sent": "sent_bytes",
    "refused": "refused_frames",
    "unsent": "unsent_frames",
    "spoofed": "spoofed_frames",
}


def take_samples(
    reads: Reads, host: Host, heartbeat: agent_service_pb2.AgentHeartbeat, ours: Callable[[Micros], Micros]
) -> None:
    """Those of the host and of VMs that are on it. What makes no sense, or is of another host's VM, is left out.

    `ours` makes a time of the host's clock one of the ledger's.
    """
    refused = 0
    if heartbeat.HasField("host_sample"):
        sample = sample_of(heartbeat.host_sample, ours)
        refused += sample is None or not reads.metrics.take_host(host, sample)
    every_s = seconds_of(heartbeat.sample_interval)
    if not SHORTEST_S <= every_s <= LONGEST_S:
        every_s = EVERY_S
    zone = reads.utilization.zone_of(host.uid)
    for each in heartbeat.guest_samples:
        vm, sample = reads.inventory.vms.get(each.vm_uid), sample_of(each.sample, ours, each.incarnation)
        taken = False
        if vm and sample and vm.host_uid == host.uid:
            report = GuestReport(addresses_of(each), interfaces_of(each))
            taken = reads.metrics.take_vm(vm, zone, sample, every_s, report)
        refused += not taken
    if refused:
        log.debug("%s: %d samples do not count", host.name, refused)


def addresses_of(message: sample_pb2.GuestSample) -> tuple[str, ...]:
    """Those that are any, as they are written."""
    found: dict[str, None] = {}
    for each in message.addresses[:MOST_ADDRESSES]:
        with suppress(ValueError):
            found[str(ip_address(each))] = None
    return tuple(found)


def interfaces_of(message: sample_pb2.GuestSample) -> tuple[InterfaceSample, ...]:
    """Those that make sense, in order of their index; of two with one index, the last."""
    found: dict[int, InterfaceSample] = {}
    for each in message.interfaces[:MOST_INTERFACES]:
        amounts = _set_fields(each, INTERFACE_AMOUNTS)
        if 0 <= each.index < MOST_INTERFACES and all(0 <= amount <= LARGEST_BYTES for amount in amounts.values()):
            found[each.index] = InterfaceSample(each.index, **amounts)
    return tuple(sorted(found.values()))


def interface_messages(interfaces: Iterable[InterfaceSample]) -> Iterator[sample_pb2.InterfaceSample]:
    for each in interfaces:
        message = sample_pb2.InterfaceSample(index=each.place)
        _set_amounts(message, each, INTERFACE_AMOUNTS)
        yield message


def sample_of(message: sample_pb2.Sample, ours: Callable[[Micros], Micros], incarnation: int = 0) -> Sample | None:
    """None for one that no clock and no counter can have."""
    taken = message.sample_time
    cpu, cpu_total = (
        _micros(message, "cpu_time", message.cpu_time),
        _micros(message, "cpu_total_time", message.cpu_total_time),
    )
    if (
        not 0 < taken.seconds < END_OF_TIME_S
        or not 0 <= taken.nanos < 1_000_000_000
        or cpu is None
        or cpu_total is None
    ):
        return None
    amounts = _set_fields(message, AMOUNTS)
    if incarnation < 0 or any(not 0 <= amount <= LARGEST_BYTES for amount in amounts.values()):
        return None
    return Sample(ours(micros_of(taken)), incarnation, cpu, cpu_total, **amounts)


def _set_fields(message: Any, fields: Mapping[str, str]) -> dict[str, int]:
    """Those that are set. The type checker knows no field by a name that is not written out."""
    return {name: getattr(message, field) for name, field in fields.items() if message.HasField(field)}


def _set_amounts(message: Any, amounts: Any, fields: Mapping[str, str]) -> None:
    for name, field in fields.items():
        if (amount := getattr(amounts, name)) != ABSENT:
            setattr(message, field, amount)


def _micros(message: sample_pb2.Sample, field: Literal["cpu_time", "cpu_total_time"], duration: Duration) -> int | None:
    """ABSENT where the field is not set; None for nonsense."""
    if not message.HasField(field):
        return ABSENT
    if not (0 <= duration.seconds <= LONGEST_CPU_S and 0 <= duration.nanos < 1_000_000_000):
        return None
    return duration.seconds * SECOND + duration.nanos // 1000


def list_samples(reads: Reads, request: ListSamplesRequest) -> ListSamplesResponse:
    """Raises InvalidField, NotFound."""
    named(request.name, HOST_NAME if request.name.startswith("hosts/") else VM_NAME)
    found = reads.current.samples(request.name)
    return ListSamplesResponse(samples=_messages(found))


def _messages(found: Iterable[Sample]) -> Iterator[sample_pb2.MeasuredSample]:
    before: Sample | None = None
    for sample in found:
        yield measured_message(sample, rates(before, sample))
        before = sample


def measured_message(sample: Sample, grown: Rates) -> sample_pb2.MeasuredSample:
    return sample_pb2.MeasuredSample(
        sample=_message(sample),
        incarnation=sample.incarnation,
        used_vcpus=grown.vcpus,
        disk_read_bytes_per_second=grown.disk_read,
        disk_written_bytes_per_second=grown.disk_written,
        network_received_bytes_per_second=grown.received,
        network_sent_bytes_per_second=grown.sent,
    )


def _message(sample: Sample) -> sample_pb2.Sample:
    message = sample_pb2.Sample(sample_time=timestamp_of(sample.taken))
    for duration, micros in ((message.cpu_time, sample.cpu), (message.cpu_total_time, sample.cpu_total)):
        if micros != ABSENT:
            duration.FromMicroseconds(micros)
    _set_amounts(message, sample, AMOUNTS)
    return message
