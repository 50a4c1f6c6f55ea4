"""`chronovisor metrics`: what Prometheus scrapes, as text."""

import sys
from typing import Annotated

import typer

from chronovisor.cli.output import show_message
from chronovisor.cli.session import session
from chronovisor.cli.settings import Output, named, settings_of
from chronovisor.v1.metrics_service_pb2 import GetMetricsRequest

app = typer.Typer(add_completion=False)


@app.command()
@named
def metrics(
    ctx: typer.Context,
    project: Annotated[str, typer.Option(metavar="PROJECT", help="Of one project and its VMs alone.")] = "",
    vms: Annotated[bool, typer.Option("--vms", help="Also what each VM uses, by name.")] = False,
    open_metrics: Annotated[bool, typer.Option("--open-metrics", help="In the format of OpenMetrics 1.0.")] = False,
) -> None:
    """Print the metrics of the control plane and the fleet, as Prometheus scrapes them."""
    name = f"projects/{project.removeprefix('projects/')}" if project else ""
    request = GetMetricsRequest(project=name, include_vms=vms, open_metrics=open_metrics)
    with session(ctx) as client:
        found = client.metrics.GetMetrics(request)
    if settings_of(ctx).output in (Output.JSON, Output.YAML):
        show_message(ctx, found)
        return
    sys.stdout.write(found.data.decode())
