"""What was measured of a VM or a host lately, as text: `vm samples`, `host samples`, and a line of `vm show`."""

from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple

import typer

from chronovisor.cli.completion import complete_host, complete_vm
from chronovisor.cli.output import Column, age, local_time, show_message, show_table
from chronovisor.cli.session import host_name, session, vm_name
from chronovisor.cli.settings import settings_of
from chronovisor.cli.text.units import bytes_text
from chronovisor.client import Client
from chronovisor.errors import ChronovisorError
from chronovisor.names import last_part
from chronovisor.v1.sample_pb2 import MeasuredSample
from chronovisor.v1.utilization_service_pb2 import ListSamplesRequest, ListSamplesResponse
from chronovisor.v1.vm_pb2 import Vm


class _Measure(NamedTuple):
    """One column: its title, and what it says of a sample; `-` for what was not measured."""

    title: str
    text: Callable[[MeasuredSample], str]


def _cpus(of: MeasuredSample) -> str:
    return f"{of.used_vcpus:.2f}" if of.HasField("used_vcpus") else "-"


def _memory(of: MeasuredSample) -> str:
    return bytes_text(of.sample.memory_bytes) if of.sample.HasField("memory_bytes") else "-"


def _disk(of: MeasuredSample) -> str:
    return bytes_text(of.sample.disk_bytes) if of.sample.HasField("disk_bytes") else "-"


def _read(of: MeasuredSample) -> str:
    return bytes_text(of.disk_read_bytes_per_second) if of.HasField("disk_read_bytes_per_second") else "-"


def _written(of: MeasuredSample) -> str:
    return bytes_text(of.disk_written_bytes_per_second) if of.HasField("disk_written_bytes_per_second") else "-"


def _received(of: MeasuredSample) -> str:
    measured = of.HasField("network_received_bytes_per_second")
    return bytes_text(of.network_received_bytes_per_second) if measured else "-"


def _sent(of: MeasuredSample) -> str:
    return bytes_text(of.network_sent_bytes_per_second) if of.HasField("network_sent_bytes_per_second") else "-"


_MEASURES = (
    _Measure("CPUS", _cpus),
    _Measure("MEMORY", _memory),
    _Measure("DISK", _disk),
    _Measure("READ/S", _read),
    _Measure("WRITTEN/S", _written),
    _Measure("RECEIVED/S", _received),
    _Measure("SENT/S", _sent),
)


def of_vm(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1."),
    ],
) -> None:
    """Show what a VM used lately: CPU time, memory, disk. The last ten minutes, where agents measure every 10 s."""
    _samples(ctx, vm_name(ctx, name))


def of_host(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(autocompletion=complete_host, metavar="NAME", help="The host: node-1.")],
) -> None:
    """Show what a host used lately, all that runs on it: CPU time, memory, disk."""
    _samples(ctx, host_name(name))


def _samples(ctx: typer.Context, name: str) -> None:
    with session(ctx) as client:
        found = client.utilization.ListSamples(ListSamplesRequest(name=name))
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        _show(found, f"Nothing was measured of {last_part(name)} lately.")


def _show(found: ListSamplesResponse, empty: str) -> None:
    """A line a sample, the newest last. What none of them has gets no column."""
    shown = [(each, [each.text(sample) for sample in found.samples]) for each in _MEASURES]
    shown = [(each, texts) for each, texts in shown if any(text != "-" for text in texts)]
    columns = [Column("WHEN"), *(Column(each.title, right=True) for each, _ in shown)]
    times = [local_time(each.sample.sample_time) for each in found.samples]
    show_table(columns, list(zip(times, *(texts for _, texts in shown), strict=True)), empty)


def used_text(client: Client, vm: Vm) -> str:
    """What a VM that is there used when it was last measured; empty where nothing is known of that."""
    try:
        samples = client.utilization.ListSamples(ListSamplesRequest(name=vm.name)).samples
    except ChronovisorError:
        # It may have been destroyed just now, and an older server keeps no samples. The VM itself is to be shown.
        return ""
    return _last_text(samples)


def _last_text(samples: Sequence[MeasuredSample]) -> str:
    if not samples:
        return ""
    last = samples[-1]
    words = {"vCPUs": _cpus(last), "memory": _memory(last), "disk": _disk(last)}
    parts = [f"{text} {what}" for what, text in words.items() if text != "-"]
    return f"{', '.join(parts)}, {age(last.sample.sample_time)} ago" if parts else ""
