"""What was measured of a VM or a host lately, as text: `vm samples`, `host samples`, and a line of `vm show`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, cast

import typer

from chronovisor.cli.completion import complete_host, complete_vm
from chronovisor.cli.listing.fields import Field, Listing, rfc3339
from chronovisor.cli.listing.view import Columns, SortBy, show_page, view
from chronovisor.cli.output import age, local_time
from chronovisor.cli.session import host_name, session, vm_name
from chronovisor.cli.settings import Output, settings_of
from chronovisor.cli.text.units import bytes_text
from chronovisor.client import Client
from chronovisor.errors import ChronovisorError
from chronovisor.names import last_part
from chronovisor.v1.sample_pb2 import MeasuredSample
from chronovisor.v1.utilization_service_pb2 import ListSamplesRequest
from chronovisor.v1.vm_pb2 import Vm


def _cpus(of: MeasuredSample) -> str:
    return f"{of.used_vcpus:.2f}" if of.HasField("used_vcpus") else "-"


def _memory(of: MeasuredSample) -> str:
    return bytes_text(of.sample.memory_bytes) if of.sample.HasField("memory_bytes") else "-"


def _disk(of: MeasuredSample) -> str:
    return bytes_text(of.sample.disk_bytes) if of.sample.HasField("disk_bytes") else "-"


def _rate(name: str, title: str) -> Field[MeasuredSample]:
    """Bytes a second."""

    def value(of: MeasuredSample) -> float | None:
        return getattr(of, name) if of.HasField(cast("Any", name)) else None

    def text(of: MeasuredSample) -> str:
        rate = value(of)
        return "-" if rate is None else bytes_text(rate)

    return Field(name, value, text, title, right=True)


_TABLE: Listing[MeasuredSample] = Listing(
    (
        Field(
            "time",
            lambda of: rfc3339(of.sample.sample_time.seconds, of.sample.sample_time),
            lambda of: local_time(of.sample.sample_time),
            "WHEN",
        ),
        Field("used_vcpus", lambda of: of.used_vcpus if of.HasField("used_vcpus") else None, _cpus, "CPUS", right=True),
        Field(
            "memory_bytes",
            lambda of: of.sample.memory_bytes if of.sample.HasField("memory_bytes") else None,
            _memory,
            "MEMORY",
            right=True,
        ),
        Field(
            "disk_bytes",
            lambda of: of.sample.disk_bytes if of.sample.HasField("disk_bytes") else None,
            _disk,
            "DISK",
            right=True,
        ),
        _rate("disk_read_bytes_per_second", "READ/S"),
        _rate("disk_written_bytes_per_second", "WRITTEN/S"),
        _rate("network_received_bytes_per_second", "RECEIVED/S"),
        _rate("network_sent_bytes_per_second", "SENT/S"),
    ),
    lambda of: of.sample.sample_time.ToJsonString(),
    MeasuredSample.DESCRIPTOR,
)


def of_vm(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1."),
    ],
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """Show what a VM used lately: CPU time, memory, disk. The last ten minutes, where agents measure every 10 s."""
    _samples(ctx, vm_name(ctx, name), columns, sort_by)


def of_host(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(autocompletion=complete_host, metavar="NAME", help="The host: node-1.")],
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """Show what a host used lately, all that runs on it: CPU time, memory, disk."""
    _samples(ctx, host_name(name), columns, sort_by)


def _samples(ctx: typer.Context, name: str, columns: str, sort_by: str) -> None:
    settings = settings_of(ctx)
    requested = view(ctx, _TABLE, columns, sort_by)
    with session(ctx) as client:
        found = client.utilization.ListSamples(ListSamplesRequest(name=name))
    if settings.output is Output.TABLE and not columns:
        # What none of them has gets no column.
        shown = [each for each in requested.fields if any(each.shown(sample) != "-" for sample in found.samples)]
        requested = replace(requested, fields=shown)
    show_page(ctx, requested, found, "samples", f"Nothing was measured of {last_part(name)} lately.")


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
