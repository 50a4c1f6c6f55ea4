"""`chronovisor network`: networks of VMs, and the addresses that VMs hold of them."""

from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from chronovisor.cli.commands.changes import Label, paths_of, write_entries
from chronovisor.cli.commands.network_reach import reach, show_map
from chronovisor.cli.completion import complete_network
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_one, show_page, view
from chronovisor.cli.options.mutations import Reason, ValidateOnly, show_changed
from chronovisor.cli.options.network import NetworkKinds
from chronovisor.cli.output import labels_text, local_time, show_facts
from chronovisor.cli.session import as_of, network_name, project_name, session
from chronovisor.cli.settings import listed, settings_of
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1 import network_pb2
from chronovisor.v1 import network_service_pb2 as api

app = typer.Typer(add_completion=False, no_args_is_help=True)
Name = Annotated[
    str, typer.Argument(autocompletion=complete_network, metavar="NAME", help="The network: web, or shop/web.")
]
Etag = Annotated[str, typer.Option("--etag", metavar="ETAG", help="Only if the network is still as this etag says.")]
Reserve = Annotated[
    list[str] | None,
    typer.Option(
        "--reserve",
        metavar="ADDRESSES",
        help="VMs get these only where they name them: an address, a prefix, or 10.1.0.2-10.1.0.9. Repeatable.",
    ),
]


@app.command("list")
@listed
def list_networks(
    ctx: typer.Context,
    all_projects: Annotated[bool, typer.Option("--all-projects", "-A", help="Of all projects.")] = False,
    filter_: Filter = "",
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """List networks."""
    past = settings_of(ctx).when is not None
    requested = view(ctx, tables.networks(past=past, with_project=all_projects), columns, sort_by, filter_)
    parent = "projects/-" if all_projects else project_name(settings_of(ctx).project)
    request = as_of(ctx, api.ListNetworksRequest(parent=parent, page_size=1000))
    found = api.ListNetworksResponse()
    with session(ctx) as client:
        for page in pages(client.networks.ListNetworks, request):
            found.networks.extend(page.networks)
            found.position = page.position
    show_page(ctx, requested, found, "networks", f"No networks in {'any project' if all_projects else parent}.")


@app.command()
@listed
def show(ctx: typer.Context, name: Name) -> None:
    """Show one network."""
    request = as_of(ctx, api.GetNetworkRequest(name=network_name(ctx, name)))
    with session(ctx) as client:
        network = client.networks.GetNetwork(request)
    past = settings_of(ctx).when is not None
    show_one(ctx, tables.networks(past=past), network, lambda: _show(network))


def _show(network: network_pb2.Network) -> None:
    bridge = f"{network.bridge}, VLAN {network.vlan}" if network.vlan else network.bridge
    show_facts(
        [
            ("name", network.name),
            ("uid", network.uid),
            ("kind", tables.network_kind(network)),
            ("IPv4", network.ipv4_cidr),
            ("IPv6", network.ipv6_cidr),
            ("gateway", ", ".join(each for each in (network.ipv4_gateway, network.ipv6_gateway) if each)),
            ("bridge", bridge),
            ("MTU", str(network.mtu)),
            ("reserved", ", ".join(network.reserved_ranges)),
            ("domain", network.dns_domain),
            ("number", str(network.vni)),
            ("description", network.description),
            ("labels", labels_text(list(network.labels.items()))),
            ("created", local_time(network.create_time)),
            ("updated", local_time(network.update_time)),
            ("etag", network.etag),
        ]
    )


@app.command()
@listed
def addresses(
    ctx: typer.Context, name: Name, filter_: Filter = "", columns: Columns = "", sort_by: SortBy = ""
) -> None:
    """List which VM holds which addresses of a network."""
    requested = view(ctx, tables.addresses(), columns, sort_by, filter_)
    full = network_name(ctx, name)
    request = as_of(ctx, api.ListNetworkAddressesRequest(parent=full, page_size=1000))
    found = api.ListNetworkAddressesResponse()
    with session(ctx) as client:
        for page in pages(client.networks.ListNetworkAddresses, request):
            found.addresses.extend(page.addresses)
            found.position = page.position
    show_page(ctx, requested, found, "addresses", f"No VM holds an address of {last_part(full)}.")


app.command()(reach)
app.command("map")(show_map)


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new network's id: 1 to 63 of a-z, 0-9 and '-'.")],
    ipv4: Annotated[str, typer.Option(metavar="CIDR", help="Its VMs' IPv4 addresses, such as 10.1.0.0/24.")] = "",
    ipv6: Annotated[str, typer.Option(metavar="CIDR", help="Their IPv6 addresses, such as fd00:1::/64.")] = "",
    kind: Annotated[NetworkKinds, typer.Option(help="What it is connected to.")] = NetworkKinds.NAT,
    ipv4_gateway: Annotated[str, typer.Option(metavar="ADDRESS", help="Instead of the first address.")] = "",
    ipv6_gateway: Annotated[str, typer.Option(metavar="ADDRESS", help="Instead of the first address.")] = "",
    reserve: Reserve = None,
    mtu: Annotated[int, typer.Option(metavar="BYTES", help="1280 to 9000; 0: 1450, and 1500 of bridged.")] = 0,
    bridge: Annotated[str, typer.Option(metavar="NAME", help="Of bridged: the hosts' bridge.")] = "",
    vlan: Annotated[int, typer.Option(metavar="ID", help="Of bridged: the VLAN there. 0: none.")] = 0,
    description: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    label: Label = None,
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Create a network. Nothing of it is on any host before a VM has a card on it."""
    parent, _, network_id = network_name(ctx, name).partition("/networks/")
    network = network_pb2.Network(
        kind=kind.number,
        ipv4_cidr=ipv4,
        ipv6_cidr=ipv6,
        ipv4_gateway=ipv4_gateway,
        ipv6_gateway=ipv6_gateway,
        reserved_ranges=reserve,
        mtu=mtu,
        bridge=bridge,
        vlan=vlan,
        description=description,
        labels=dict(label or []),
    )
    request = api.CreateNetworkRequest(
        parent=parent, network_id=network_id, network=network, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        created = client.networks.CreateNetwork(request)
    show_changed(ctx, created, "created", validate_only)


@app.command()
def update(
    ctx: typer.Context,
    name: Name,
    reserve: Reserve = None,
    no_reserve: Annotated[bool, typer.Option("--no-reserve", help="Without the reserved addresses it has.")] = False,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")] = None,
    label: Label = None,
    no_label: Annotated[list[str] | None, typer.Option(metavar="KEY", help="Take this label away. Repeatable.")] = None,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Change what a network reserves, its description and labels. Its addresses never change."""
    paths = paths_of(
        "--reserve 10.1.0.2-10.1.0.9",
        reserved_ranges=reserve or no_reserve,
        description=description is not None,
        labels=label or no_label,
    )
    with session(ctx) as client:
        network = client.networks.GetNetwork(api.GetNetworkRequest(name=network_name(ctx, name)))
        if reserve or no_reserve:
            # All that are reserved are those that are given.
            network.reserved_ranges[:] = reserve or []
        network.description = network.description if description is None else description
        write_entries(network.labels, label, no_label)
        # Without an etag of the caller's own: what was read here must not have changed in between.
        network.etag = etag or network.etag
        request = api.UpdateNetworkRequest(
            network=network, update_mask=FieldMask(paths=paths), validate_only=validate_only, reason=reason
        )
        updated = client.networks.UpdateNetwork(request)
    show_changed(ctx, updated, "updated", validate_only)


@app.command()
def delete(
    ctx: typer.Context, name: Name, etag: Etag = "", validate_only: ValidateOnly = False, reason: Reason = ""
) -> None:
    """Delete a network that no VM has a card on. Its history stays, and its name can be taken again."""
    request = api.DeleteNetworkRequest(
        name=network_name(ctx, name), etag=etag, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        deleted = client.networks.DeleteNetwork(request)
    show_changed(ctx, deleted, "deleted", validate_only)
