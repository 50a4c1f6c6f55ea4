"""A report on a fleet, with pandas: `report.py [--hours 24] [--html FILE]`. In an editor each `# %%` is a cell.

Utilization over time, usage by project, and the busiest hosts, of the control plane that CHRONOVISOR_SERVER names.
"""

# What pandas says of its types has gaps.
# pyright: basic, reportMissingImports=false

# %% Set-up: pip install 'chronovisor[examples]'
import argparse
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import chronovisor
import pandas as pd
from chronovisor import Client
from chronovisor.v1.utilization_service_pb2 import Utilization

BARS = " ▁▂▃▄▅▆▇█"


def eta_of(totals: Utilization) -> dict[str, float]:
    return {each.resource_class: each.eta for each in totals.classes}


# %% Utilization over time: the totals as of then, and each change since, thinned to one a step
def utilization_over_time(client: Client, since: datetime, step: timedelta) -> pd.DataFrame:
    """Eta of each class by time. What was before the ledger's first event is not there."""
    with client.utilization.watch(start=since, step=step) as watch:
        totals = list(watch.until_caught_up())
    rows = [{"time": each.read_time.ToDatetime(UTC), **eta_of(each)} for each in totals]
    # Now as well: a class may not have changed for hours.
    rows.append({"time": datetime.now(UTC), **eta_of(client.utilization.get())})
    # A step has the last value that was before its end.
    return pd.DataFrame(rows).set_index("time").resample(step).last().ffill()


# %% Usage by project: what each held, times how long
def usage_by_project(client: Client, since: datetime, until: datetime) -> pd.DataFrame:
    """Units x hours of each class, the project with the most vCPUs first."""
    usages = client.utilization.usage(since, until, group_by="projects")
    rows = [
        {
            "project": usage.group.removeprefix("projects/"),
            **{each.resource_class: (each.unit_seconds + each.unit_micros / 1e6) / 3600 for each in usage.classes},
        }
        for usage in usages
    ]
    frame = pd.DataFrame(rows, columns=None if rows else ["project", "vcpus"]).set_index("project").fillna(0.0)
    return frame.sort_values("vcpus", ascending=False)


# %% The busiest hosts, now
def busiest_hosts(client: Client, count: int = 10) -> pd.DataFrame:
    """Eta of each class, by the fullest one."""
    rows = [
        {"host": each.scope.removeprefix("hosts/"), "VMs": each.running_vms, **eta_of(each)}
        for each in client.utilization.list("hosts")
    ]
    frame = pd.DataFrame(rows, columns=None if rows else ["host", "VMs"]).set_index("host")
    fullest = frame.drop(columns="VMs").max(axis=1)
    return frame.assign(fullest=fullest).sort_values("fullest", ascending=False).head(count)


# %% The report
def sparkline(values: Iterable[float]) -> str:
    return "".join(BARS[round(min(max(value, 0.0), 1.0) * (len(BARS) - 1))] for value in values)


def as_text(over_time: pd.DataFrame, usage: pd.DataFrame, hosts: pd.DataFrame) -> str:
    lines = ["Utilization over time"]
    for name in over_time.columns:
        values = [float(each) for each in over_time[name]]
        lines.append(f"{name:>12} {sparkline(values)} {values[-1]:7.1%} now, {max(values):.1%} at most")
    lines += ["", "Usage by project, in units x hours", usage.to_string(float_format="{:,.3f}".format)]
    lines += ["", "Busiest hosts", hosts.to_string(float_format="{:.1%}".format)]
    return "\n".join(lines)


def as_html(over_time: pd.DataFrame, usage: pd.DataFrame, hosts: pd.DataFrame) -> str:
    tables = (
        ("Utilization over time", over_time.to_html(float_format="{:.1%}".format)),
        ("Usage by project, in units x hours", usage.to_html(float_format="{:,.3f}".format)),
        ("Busiest hosts", hosts.to_html(float_format="{:.1%}".format)),
    )
    body = "".join(f"<h2>{escape(title)}</h2>{table}" for title, table in tables)
    return f"<!doctype html><meta charset=utf-8><title>Fleet report</title><h1>Fleet report</h1>{body}\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A report on a fleet.")
    parser.add_argument("--hours", type=float, default=24.0, help="how far back; 24 by default")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write HTML instead of text")
    given = parser.parse_args(arguments)
    # Not ahead of the server's clock: usage is of what was.
    until = datetime.now(UTC)
    since = until - timedelta(hours=given.hours)
    with chronovisor.connect() as client:
        # The ledger is younger than that, perhaps.
        first = next(iter(client.history.events(page_size=1)))
        begun = max(since, first.commit_time.ToDatetime(UTC))
        step = max((until - begun) / 60, timedelta(seconds=1))
        report = (
            utilization_over_time(client, begun, step),
            usage_by_project(client, begun, until),
            busiest_hosts(client),
        )
    if given.html:
        given.html.write_text(as_html(*report), encoding="utf-8")
        print(f"wrote {given.html}")
    else:
        print(as_text(*report))
    return 0


# %%
if __name__ == "__main__":
    raise SystemExit(main())
