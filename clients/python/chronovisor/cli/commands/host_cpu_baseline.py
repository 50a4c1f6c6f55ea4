"""`chronovisor host cpu-baseline`: the CPU models that all hosts offer, with which VMs can move between all."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from chronovisor.cli.output import say, show_document
from chronovisor.cli.session import as_of, session
from chronovisor.cli.settings import settings_of
from chronovisor.client import Client
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1 import host_pb2, host_service_pb2

MODEL = "cpu.model."
GONE = (host_pb2.HOST_STATE_DECOMMISSIONED,)


def cpu_baseline(
    ctx: typer.Context,
    filter_: Annotated[
        str, typer.Option("--filter", metavar="FILTER", help='Of these hosts alone, such as: zone = "eu-1a"')
    ] = "",
    architecture: Annotated[str, typer.Option("--arch", help="Of hosts of this architecture alone.")] = "",
) -> None:
    """List the CPU models that every host can offer: a VM that has one of them can move between all of them."""
    with session(ctx) as client:
        hosts = _hosts(ctx, client, filter_, architecture)
    models = {host.name: frozenset(_models(host)) for host in hosts}
    first, *others = models.values() or [frozenset[str]()]
    common = sorted(first.intersection(*others))
    if settings_of(ctx).is_data:
        show_document(ctx, {"cpu_models": common, "hosts": sorted(models)})
        return
    _show(common, models)


def _hosts(ctx: typer.Context, client: Client, filter_: str, architecture: str) -> list[host_pb2.Host]:
    request = as_of(ctx, host_service_pb2.ListHostsRequest(page_size=1000, filter=filter_))
    found = [host for page in pages(client.hosts.ListHosts, request) for host in page.hosts]
    return [
        host
        for host in found
        if host.state not in GONE and (not architecture or host.platform.architecture == architecture)
    ]


def _models(host: host_pb2.Host) -> Sequence[str]:
    return [trait.removeprefix(MODEL) for trait in host.traits if trait.startswith(MODEL)]


def _show(common: Sequence[str], models: Mapping[str, frozenset[str]]) -> None:
    if not models:
        say("No hosts.")
        return
    silent = sorted(last_part(name) for name, offered in models.items() if not offered)
    if silent:
        say(f"These report no CPU models: {', '.join(silent)}.")
    elif not common:
        say("No CPU model is common to all of these hosts.")
    else:
        say(f"{len(common)} CPU models on all of {len(models)} hosts. For a VM: --cpu-model MODEL")
        say("\n".join(f"  {model}" for model in common))
