"""Which resources a command is about: names, or a selector of their labels."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_vm
from chronovisor.cli.selectors import parse_selector
from chronovisor.cli.session import project_name, vm_name
from chronovisor.cli.settings import Misused, settings_of
from chronovisor.client import Client
from chronovisor.paging import pages
from chronovisor.v1 import vm_service_pb2

Names = Annotated[
    list[str] | None,
    typer.Argument(
        autocompletion=complete_vm,
        metavar="NAME",
        help="The VMs: web-1, or projects/shop/vms/web-1.",
        show_default=False,
    ),
]
Selector = Annotated[
    str,
    typer.Option("--selector", "-l", metavar="SELECTOR", help="Those with such labels: app=web,tier!=test"),
]


def labels_rule(selector: str) -> Callable[[Mapping[str, str]], bool]:
    """Raises Misused."""
    try:
        return parse_selector(selector)
    except ValueError as error:
        raise Misused(f"--selector: {error}") from None


def chosen_vms(ctx: typer.Context, client: Client, names: Sequence[str] | None, selector: str) -> list[str]:
    """Whole names, each once, in the order given; those that the selector finds in the run's project."""
    if bool(names) == bool(selector):
        raise Misused("Give one of NAME... and --selector")
    if names:
        return list(dict.fromkeys(vm_name(ctx, each) for each in names))
    holds = labels_rule(selector)
    parent = project_name(settings_of(ctx).project)
    request = vm_service_pb2.ListVmsRequest(parent=parent, page_size=1000, view=vm_service_pb2.VM_VIEW_BASIC)
    return [vm.name for page in pages(client.vms.ListVms, request) for vm in page.vms if holds(vm.labels)]
