"""A what-if's summary for people: then, if, and the difference."""

from pathlib import Path

from chronovisor.cli.output import Column, local_time, say, show_table
from chronovisor.names import last_part
from chronovisor.v1.what_if_pb2 import WhatIfSummary

_COLUMNS = (
    Column(""),
    Column("THEN", right=True),
    Column("IF", right=True),
    Column("DIFFERENCE", right=True),
)
_TITLES = {"vcpus": "vCPU", "memory_mib": "memory", "disk_gib": "disk"}
_MANY_HOURS = 10
_NOT_RECORDED = "not recorded"


def show_what_if(summary: WhatIfSummary, picture: Path | None) -> None:
    """The table, and what to know beside it."""
    window = f"positions {summary.from_position} to {summary.to_position}"
    times = f"{local_time(summary.from_time)} to {local_time(summary.to_time)}"
    say(f"{window}, {times}: {summary.requests:,} requests replayed, {summary.starts:,} of them starts\n")
    show_table(_COLUMNS, _rows(summary), "Nothing happened.")
    for note in _notes(summary):
        say(note)
    if picture:
        say(f"\nDrawn in {picture}")


def _rows(summary: WhatIfSummary) -> list[list[str]]:
    was, would = summary.was, summary.would
    refused = sum(summary.refused.values())
    rows = [
        ["starts refused", _NOT_RECORDED, f"{refused:,}", f"{refused:+,}"],
        ["VMs left out at the end", "0", f"{summary.left_out:,}", f"{summary.left_out:+,}"],
        ["starts on another host", "", f"{summary.elsewhere:,}", ""],
        ["hosts in use, peak", *_compared(was.peak_hosts_in_use, would.peak_hosts_in_use)],
        ["host-hours", *_compared(was.host_hours, would.host_hours, 1 if was.host_hours >= _MANY_HOURS else 4)],
    ]
    means = {each.resource_class: each for each in would.classes}
    for then in was.classes:
        now = means.pop(then.resource_class, None)
        title = _TITLES.get(then.resource_class, then.resource_class)
        if not then.unit_hours and not (now and now.unit_hours):
            continue
        rows.append([f"{title} eta, mean", *_percent(then.eta, now.eta if now else 0.0)])
        rows.append([f"{title} eta of hosts in use", *_percent(then.eta_in_use, now.eta_in_use if now else 0.0)])
    return rows


def _compared(was: float, would: float, digits: int = 0) -> list[str]:
    change = f"{would - was:+,.{digits}f}"
    share = f" ({(would - was) / was:+.1%})" if was else ""
    return [f"{was:,.{digits}f}", f"{would:,.{digits}f}", change + share]


def _percent(was: float, would: float) -> list[str]:
    return [f"{was:.1%}", f"{would:.1%}", f"{100 * (would - was):+.1f} points"]


def _notes(summary: WhatIfSummary) -> list[str]:
    notes: list[str] = []
    if summary.HasField("drift"):
        same = "Nothing was changed, and the replay gives what happened, to the host."
        drift = (
            f"DRIFT: nothing was changed, and {summary.drift:,} starts come out otherwise. This version decides"
            " otherwise than the one that wrote the record, and other comparisons are off by as much."
        )
        notes.append(drift if summary.drift else same)
    if summary.displaced:
        notes.append(f"{summary.displaced:,} VMs ran on hosts that are taken away, and were placed anew.")
    if summary.refusals:
        notes.append("\nRefused first:")
        notes += [
            f"  {each.position}  {last_part(each.vm)}: {each.message} ({each.reason})" for each in summary.refusals
        ]
    return [f"\n{notes[0]}", *notes[1:]] if notes else []
