"""`chronovisor placement`: why a VM is where it is, and where one would go."""

from typing import Annotated

import typer

from chronovisor.cli.completion import complete_vm
from chronovisor.cli.output import Column, local_time, say, show_facts, show_message, show_table
from chronovisor.cli.session import session, short_name, vm_name
from chronovisor.cli.settings import settings_of
from chronovisor.names import last_part
from chronovisor.v1.vm_service_pb2 import ExplainPlacementRequest, PlacementExplanation

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def placement() -> None:
    """Why VMs are where they are."""


@app.command()
def explain(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1."),
    ],
) -> None:
    """Say why a VM was placed where it was, as it was decided then."""
    whole = vm_name(ctx, name)
    with session(ctx) as client:
        found = client.vms.ExplainPlacement(ExplainPlacementRequest(name=whole)).explanation
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        show_explanation(found, short_name(ctx, whole))


def show_explanation(found: PlacementExplanation, name: str) -> None:
    """The decision, what came next, and what was turned down, for people."""
    considered = f"{found.hosts_considered} host{'' if found.hosts_considered == 1 else 's'}"
    if not found.host:
        say(f"{name} fits on none of {considered}.")
        _show_turned_down(found)
        rows = [
            [last_part(each.host), f"{each.missing} more {each.rule}" if each.missing else each.rule]
            for each in found.nearest
        ]
        if rows:
            show_table([Column("NEAREST", foldable=True), Column("LACKS, OR BREAKS", foldable=True)], rows, "")
        return
    nodes = ", ".join(str(each) for each in found.numa_nodes)
    show_facts(
        [
            ("vm", name),
            ("host", found.host),
            ("NUMA nodes", nodes),
            ("policy", f"{found.policy}, of {considered}"),
            ("score", f"{found.score:.4f}"),
            ("expected to end", local_time(found.expected_end)),
            ("its host by", local_time(found.host_expected_end)),
            ("image", "was there already" if found.host in found.image_hosts else ""),
            ("position", str(found.position)),
            ("decided", local_time(found.decide_time)),
        ]
    )
    images = [Column("IMAGE")] if found.image_hosts else []
    rows = [
        [
            last_part(each.host),
            f"{each.score:.4f}",
            *(["there" if each.host in found.image_hosts else "-"] if images else []),
        ]
        for each in found.alternatives
    ]
    if rows:
        show_table([Column("NEXT BEST", foldable=True), Column("SCORE", right=True), *images], rows, "")
    _show_turned_down(found)


def _show_turned_down(found: PlacementExplanation) -> None:
    rows = [
        [rule, str(count)] for rule, count in sorted(found.turned_down.items(), key=lambda each: (-each[1], each[0]))
    ]
    if rows:
        show_table([Column("TURNED DOWN BY", foldable=True), Column("HOSTS", right=True)], rows, "")
