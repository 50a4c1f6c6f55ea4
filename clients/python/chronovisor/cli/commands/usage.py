"""`chronovisor usage`: what was held, times how long: a bill, exact to the microsecond."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from chronovisor.cli.completion import complete_project
from chronovisor.cli.listing.view import write_csv
from chronovisor.cli.options.times import Instant, parse_instant
from chronovisor.cli.output import Column, local_time, say, show_message, show_table
from chronovisor.cli.session import WALK_S, project_name, session, vm_name
from chronovisor.cli.settings import Misused, Output, parsed, settings_of, written_as
from chronovisor.cli.text.units import seconds_text
from chronovisor.paging import pages
from chronovisor.v1.utilization_service_pb2 import ClassUsage, GetUsageRequest, GetUsageResponse, Usage

app = typer.Typer(add_completion=False)

_METAVAR = "TIME"
_GROUPS = {"project": "projects", "vm": "vms", "": ""}
_BASE = ("vcpus", "memory_mib", "disk_gib")
_TITLES = {
    "vcpus": "vCPU-HOURS",
    "memory_mib": "GiB-HOURS",
    "disk_gib": "DISK GiB-HOURS",
    "addresses": "ADDRESS-HOURS",
    "image_mib": "IMAGE GiB-HOURS",
}
_MIB_A_GIB = 1024


@app.command()
@written_as(Output.CSV)
def usage(
    ctx: typer.Context,
    begin: Annotated[
        Instant,
        typer.Option(
            "--from",
            parser=parsed(parse_instant),
            metavar=_METAVAR,
            help="The first moment that counts, such as 2026-11-01T00:00 or 7d.",
        ),
    ],
    end: Annotated[
        Instant | None,
        typer.Option(
            "--to", parser=parsed(parse_instant), metavar=_METAVAR, help="The first that does not; default: now."
        ),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="project|vm|labels.KEY", help="One line each; without it, one for all.")
    ] = "",
    of_project: Annotated[
        str,
        typer.Option(
            "--of-project",
            autocompletion=complete_project,
            metavar="NAME",
            help="Of one project alone: the last that had the name; any other by its uid.",
        ),
    ] = "",
    of_vm: Annotated[
        str,
        typer.Option(
            "--of-vm", metavar="NAME", help="Of one VM alone: the last that had the name; any other by its uid."
        ),
    ] = "",
) -> None:
    """Show what was held, times how long: vCPU-hours, GiB-hours and so on. The same request has one answer, always."""
    request = GetUsageRequest(scope=_scope(ctx, of_project, of_vm), group_by=_GROUPS.get(by, by), page_size=1000)
    request.start_time.CopyFrom(_time("--from", begin))
    request.end_time.CopyFrom(_time("--to", end or parse_instant("now")))
    found = GetUsageResponse()
    with session(ctx, WALK_S) as client:
        for page in pages(client.utilization.GetUsage, request):
            found.usages.extend(page.usages)
            found.position = found.position or page.position
            if not found.HasField("clock_offset") and page.HasField("clock_offset"):
                found.clock_offset.CopyFrom(page.clock_offset)
            if not found.clock_steps:
                found.clock_steps.extend(page.clock_steps)
    settings = settings_of(ctx)
    if settings.is_data:
        show_message(ctx, found)
    elif settings.output is Output.CSV:
        _show_csv(found.usages)
    else:
        _show(found.usages, by)
        _show_other_sides(found.usages)
        _show_clock(found)


def _scope(ctx: typer.Context, project: str, vm: str) -> str:
    if project and vm:
        raise Misused("Give one of --of-project and --of-vm")
    return vm_name(ctx, vm) if vm else project_name(project) if project else "fleet"


def _time(option: str, instant: Instant) -> Timestamp:
    if instant.timestamp is None:
        raise Misused(f"{option}: must be a time: what was held is summed over time, not over positions")
    return instant.timestamp


def _classes(usages: Sequence[Usage]) -> list[str]:
    held = (each for usage in usages for each in (*usage.classes, *usage.also_held_while_migrating))
    others = {each.resource_class for each in held} - set(_BASE)
    return [*_BASE, *sorted(others)]


def hours(each: ClassUsage | None) -> float:
    """Hours of a unit; of memory, of a GiB."""
    if each is None:
        return 0.0
    in_hours = (each.unit_seconds + each.unit_micros / 1e6) / 3600
    return in_hours / _MIB_A_GIB if each.resource_class in ("memory_mib", "image_mib") else in_hours


def _show(usages: Sequence[Usage], by: str) -> None:
    classes = _classes(usages)
    titles = [_TITLES.get(name, f"{name}-HOURS") for name in classes]
    columns = [Column((by or "scope").upper(), foldable=True), *(Column(title, right=True) for title in titles)]
    shared = _shared_names(usages)
    rows: list[list[str]] = []
    sums = dict.fromkeys(classes, 0.0)
    for usage in usages:
        by_class = {each.resource_class: hours(each) for each in usage.classes}
        name = _group(usage, by) + (f" ({usage.uid})" if usage.group in shared else "")
        rows.append([name, *(f"{by_class.get(name, 0.0):,.3f}" for name in classes)])
        for name, amount in by_class.items():
            sums[name] += amount
    if len(usages) > 1:
        rows.append(["all", *(f"{sums[name]:,.3f}" for name in classes)])
    show_table(columns, rows, "Nothing was held.")


def _show_other_sides(usages: Sequence[Usage]) -> None:
    """What is in no row of the table: a VM that is moved counts once."""
    sums: defaultdict[str, float] = defaultdict(float)
    for usage in usages:
        for each in usage.also_held_while_migrating:
            sums[each.resource_class] += hours(each)
    if sums:
        amounts = ", ".join(f"{amount:,.3f} {_TITLES.get(name, f'{name}-HOURS')}" for name, amount in sums.items())
        say(f"While VMs were moved, the other host of each held beside that: {amounts}.")


def _shared_names(usages: Sequence[Usage]) -> set[str]:
    """Of VMs or projects: names that more than one had."""
    counts = Counter(usage.group for usage in usages if usage.uid)
    return {name for name, count in counts.items() if count > 1}


def _show_clock(found: GetUsageResponse) -> None:
    for step in found.clock_steps:
        skipped = seconds_text(step.skipped.ToMilliseconds() / 1000)
        say(f"The clock was set {skipped} ahead at {local_time(step.time)}: what was skipped is not counted.")
    if found.HasField("clock_offset"):
        off_s = found.clock_offset.ToMilliseconds() / 1000
        way = "ahead of" if off_s > 0 else "behind"
        say(f"The server's wall clock is {seconds_text(abs(off_s))} {way} the ledger's time, which is the window's.")


def _group(usage: Usage, by: str) -> str:
    if not by:
        return "all"
    if by == "vm":
        return usage.group.removeprefix("projects/").replace("/vms/", "/")
    return usage.group.removeprefix("projects/") or "(without)"


def _show_csv(usages: Sequence[Usage]) -> None:
    """Exact: unit-seconds with six digits. What was also held while VMs were moved has columns where there is any."""
    classes, moved = _classes(usages), any(usage.also_held_while_migrating for usage in usages)
    rows: list[list[str]] = []
    for usage in usages:
        by_class = {each.resource_class: f"{each.unit_seconds}.{each.unit_micros:06}" for each in usage.classes}
        beside = {
            each.resource_class: f"{each.unit_seconds}.{each.unit_micros:06}"
            for each in usage.also_held_while_migrating
        }
        amounts = [some.get(name, "0.000000") for some in (by_class, *([beside] * moved)) for name in classes]
        rows.append([usage.group, usage.uid, *amounts])
    titles = [f"{name}_seconds" for name in classes]
    titles += [f"{name}_seconds_also_held" for name in classes] * moved
    write_csv(["group", "uid", *titles], rows)
