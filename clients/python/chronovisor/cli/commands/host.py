"""`chronovisor host`: the machines that run VMs. Lists and shows them; what changes them is in `host_changes`."""

from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from chronovisor.cli.commands import (
    host_changes,
    host_cpu_baseline,
    host_credentials,
    host_drain,
    host_reconcile,
    samples,
)
from chronovisor.cli.completion import complete_host
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, SortBy, show_one, show_page, view
from chronovisor.cli.options.chosen import Selector
from chronovisor.cli.output import labels_text, local_time, show_facts
from chronovisor.cli.session import as_of, host_name, session
from chronovisor.cli.settings import PEOPLE, listed, named, settings_of
from chronovisor.cli.text.isolation import isolation_text
from chronovisor.cli.text.units import amount_text, resources_text, seconds_text
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1 import host_pb2, host_service_pb2
from chronovisor.v1.resources_pb2 import ResourceInventory, Resources

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command("list")
@listed
def list_hosts(
    ctx: typer.Context,
    filter_: Annotated[
        str, typer.Option("--filter", metavar="FILTER", help='Such as: state = "ACTIVE" AND zone = "eu-1a"')
    ] = "",
    selector: Selector = "",
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """List hosts, with what is held of what they offer."""
    settings = settings_of(ctx)
    requested = view(ctx, tables.hosts(past=settings.when is not None), columns, sort_by, selector=selector)
    request = host_service_pb2.ListHostsRequest(page_size=1000, filter=filter_)
    found = host_service_pb2.ListHostsResponse()
    with session(ctx) as client:
        for page in pages(client.hosts.ListHosts, as_of(ctx, request)):
            found.hosts.extend(page.hosts)
            found.position = page.position
    show_page(ctx, requested, found, "hosts", "No hosts yet. Start an agent on a machine: chronovisor-agent.")
    if found.hosts and settings.output in PEOPLE and not columns:
        print("\nVCPUS, MEMORY and DISK are allocated/capacity.")


@app.command()
@listed
def show(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(autocompletion=complete_host, metavar="NAME", help="The host: node-1, or hosts/node-1.")
    ],
) -> None:
    """Show one host."""
    with session(ctx) as client:
        host = client.hosts.GetHost(as_of(ctx, host_service_pb2.GetHostRequest(name=host_name(name))))
    past = settings_of(ctx).when is not None
    show_one(ctx, tables.hosts(past=past), host, lambda: show_facts(host_facts(host, _agent_text(ctx, host))))


app.command("samples")(listed(samples.of_host))
app.command()(listed(host_reconcile.reconcile))
app.command("cpu-baseline")(listed(host_cpu_baseline.cpu_baseline))
for _change in (
    host_changes.register,
    host_changes.update,
    host_changes.cordon,
    host_changes.uncordon,
    host_drain.drain,
    host_changes.fence,
    host_changes.replace,
    host_changes.decommission,
    host_credentials.revoke,
):
    app.command()(named(_change))
app.command()(host_credentials.credentials)
app.add_typer(host_credentials.tokens, name="token")


def _agent_text(ctx: typer.Context, host: host_pb2.Host) -> str:
    # Nothing remembers whether it was connected.
    return "" if settings_of(ctx).when else "connected" if host.agent_connected else "away"


def host_facts(host: host_pb2.Host, agent: str) -> list[tuple[str, str]]:
    """What it is shown by: names and values, some of them empty."""
    runs = host.platform
    return [
        ("name", host.name),
        ("uid", host.uid),
        ("state", tables.host_state(host)),
        ("agent", agent),
        ("clock", _clock_text(host.clock_offset) if host.HasField("clock_offset") else ""),
        ("refused agent", _refusal_text(host.refused_agent) if host.HasField("refused_agent") else ""),
        ("capacity", resources_text(host.capacity)),
        ("allocated", resources_text(host.allocated)),
        ("overcommitted", _overcommitted_text(host)),
        *((f"inventory of {name}", _inventory_text(name, each)) for name, each in sorted(host.inventory.items())),
        *((f"NUMA node {number}", _node_text(node)) for number, node in enumerate(host.numa_nodes)),
        ("zone", host.zone),
        ("labels", labels_text(list(host.labels.items()))),
        ("traits", ", ".join(host.traits)),
        ("isolation", isolation_text(host.traits) or "none is known: its agent measured nothing"),
        ("dedicated to", host.dedicated_project),
        *(("violation", each) for each in host.violations),
        *(("unexpected guest", _guest_text(each)) for each in host.unexpected_guests),
        ("unexpected guests", _more_guests(host)),
        ("guests", "not reported since the restore" if host.guests_unreported else ""),
        ("machine", ", ".join(each for each in (runs.architecture, runs.cpu_model) if each)),
        ("machine identity", ", ".join(each[: each.find(":") + 9] for each in host.machine_ids)),
        ("hypervisor", ", ".join(each for each in (runs.hypervisor, runs.virt_type) if each)),
        ("agent version", runs.agent_version),
        ("images", ", ".join(runs.images)),
        ("registered", local_time(host.create_time)),
        ("updated", local_time(host.update_time)),
        ("etag", host.etag),
    ]


def _clock_text(offset: Duration) -> str:
    """Nothing where the host's clock agrees with the ledger's time: messages take a moment, too."""
    off_s = offset.ToTimedelta().total_seconds()
    if abs(off_s) <= 1:
        return ""
    return f"{seconds_text(abs(off_s))} {'ahead' if off_s > 0 else 'behind'}; corrected in what its agent reports"


def _overcommitted_text(host: host_pb2.Host) -> str:
    if not host.HasField("overcommitted"):
        return ""
    return f"by {resources_text(host.overcommitted)}: nothing that needs more of it is placed here"


def _refusal_text(refused: host_pb2.AgentRefusal) -> str:
    times = "" if refused.count == 1 else f", {refused.count} times"
    return f"{refused.reason} at {local_time(refused.refuse_time)}{times}, from {refused.peer}: {refused.message}"


def _guest_text(guest: host_pb2.UnexpectedGuest) -> str:
    state = host_reconcile.guest_state(guest)
    return f"{guest.vm or guest.vm_uid}, {state}, incarnation {guest.incarnation}: {host_reconcile.what_now(guest)}"


def _more_guests(host: host_pb2.Host) -> str:
    hidden = host.unexpected_guest_count - len(host.unexpected_guests)
    return f"{hidden} more: chronovisor host reconcile {last_part(host.name)}" if hidden > 0 else ""


def _inventory_text(name: str, each: ResourceInventory) -> str:
    ratio = f", times {each.allocation_ratio:g}" if each.HasField("allocation_ratio") else ""
    units = {"at least": each.min_unit, "at most": each.max_unit, "in steps of": each.step_size}
    limits = ", ".join(f"{words} {amount_text(name, amount)}" for words, amount in units.items() if amount)
    a_vm = f"; a VM takes {limits}" if limits else ""
    return f"{amount_text(name, each.total)}, {amount_text(name, each.reserved)} reserved{ratio}{a_vm}"


def _node_text(node: host_pb2.NumaNode) -> str:
    has = Resources(vcpus=node.vcpus, memory_mib=node.memory_mib)
    return f"{resources_text(has)}; holds {resources_text(node.allocated)}"
