"""`chronovisor network reach` and `network map`: who reaches whom, and by which rules, now or at any past moment."""

from ipaddress import ip_network
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_network, complete_vm
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_page, view
from chronovisor.cli.options.network import Protocols
from chronovisor.cli.options.past import At, read_at
from chronovisor.cli.output import say, show_facts, show_message
from chronovisor.cli.session import as_of, network_name, project_name, session, vm_name
from chronovisor.cli.settings import listed, settings_of
from chronovisor.cli.text.reach import path_facts, verdict_text
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1 import network_pb2
from chronovisor.v1 import network_service_pb2 as api

_END = "A VM such as web-1, or shop/web-1; or an address or a prefix."
Port = Annotated[int, typer.Option(metavar="PORT", help="At this port, of TCP or UDP; 0: at all of them.")]
Protocol = Annotated[Protocols | None, typer.Option(help="By default tcp where there is a --port, else all there is.")]


def reach(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(autocompletion=complete_vm, metavar="FROM", help=_END)],
    destination: Annotated[str, typer.Argument(autocompletion=complete_vm, metavar="TO", help=_END)],
    port: Port = 0,
    protocol: Protocol = None,
    at: At = None,
) -> None:
    """Say whether one reaches another, and which rules decide it. Exits with 1 where it does not."""
    settings = settings_of(ctx)
    read_at(settings, at)
    ends = [_end(ctx, each) for each in (source, destination)]
    project = next((each.partition("/vms/")[0] for each in ends if "/vms/" in each), project_name(settings.project))
    request = api.CheckReachRequest(
        parent=project, source=ends[0], destination=ends[1], port=port, protocol=_number(protocol)
    )
    with session(ctx) as client:
        found = client.networks.CheckReach(as_of(ctx, request))
    if settings.is_data:
        show_message(ctx, found)
    else:
        for path in found.paths:
            show_facts(path_facts(path))
            say("")
        say(verdict_text(found, source, destination))
    if not found.allowed:
        raise typer.Exit(Exit.NO)


def _end(ctx: typer.Context, given: str) -> str:
    """The whole name of a VM; an address as it is."""
    try:
        ip_network(given, strict=False)
    except ValueError:
        return vm_name(ctx, given)
    return given


def _number(protocol: Protocols | None) -> network_pb2.IpProtocol.ValueType:
    return protocol.number if protocol else network_pb2.IP_PROTOCOL_UNSPECIFIED


@listed
def show_map(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(autocompletion=complete_network, metavar="NAME", help="The network: web, or shop/web.")
    ],
    port: Port = 0,
    protocol: Protocol = None,
    filter_: Filter = "",
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """List which VMs of a network reach which others, and by what."""
    requested = view(ctx, tables.edges(), columns, sort_by, filter_)
    full = network_name(ctx, name)
    request = api.ListReachRequest(parent=full, port=port, protocol=_number(protocol), page_size=1000)
    found = api.ListReachResponse()
    with session(ctx) as client:
        for page in pages(client.networks.ListReach, as_of(ctx, request)):
            found.edges.extend(page.edges)
            found.position = page.position
    show_page(ctx, requested, found, "edges", f"No VM reaches another over {last_part(full)}.")
