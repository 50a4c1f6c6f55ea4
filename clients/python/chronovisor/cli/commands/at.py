"""`chronovisor at`: the commands that read, as of a past moment."""

from typing import TYPE_CHECKING, Annotated

import typer
import typer.core

from chronovisor.cli.commands import (
    capacity,
    host,
    image,
    network,
    network_reach,
    project,
    security_group,
    service_account,
    utilization,
    vm,
)
from chronovisor.cli.options import times
from chronovisor.cli.options.times import Instant, parse_past
from chronovisor.cli.settings import parsed, settings_of

if TYPE_CHECKING:
    from typer._click.core import Command, Context


class At(typer.core.TyperGroup):
    """Takes `at 10m ago vm list` as it is spoken."""

    def resolve_command(self, ctx: "Context", args: list[str]) -> "tuple[str | None, Command | None, list[str]]":
        return super().resolve_command(ctx, args[1:] if args[0] == "ago" and len(args) > 1 else args)


# `-2h` is a time, not an option.
app = typer.Typer(cls=At, add_completion=False, no_args_is_help=True, context_settings={"ignore_unknown_options": True})


@app.callback()
def at(
    ctx: typer.Context,
    when: Annotated[Instant, typer.Argument(parser=parsed(parse_past), metavar=times.METAVAR, help=f"{times.HELP}.")],
) -> None:
    """See what was, at any moment of the past."""
    settings_of(ctx).when = when


def _reading(name: str, lists: object, shows: object, words: str) -> typer.Typer:
    noun = typer.Typer(add_completion=False, no_args_is_help=True)
    noun.command("list")(lists)  # pyright: ignore[reportArgumentType]
    noun.command("show")(shows)  # pyright: ignore[reportArgumentType]
    noun.command("get", hidden=True)(shows)  # pyright: ignore[reportArgumentType]
    app.add_typer(noun, name=name, help=words)
    return noun


_reading("vm", vm.list_vms, vm.show, "VMs, as they were.")
_reading("host", host.list_hosts, host.show, "Hosts, as they were.")
_reading("project", project.list_projects, project.show, "Projects, as they were.")
_networks = _reading("network", network.list_networks, network.show, "Networks, as they were.")
_networks.command("addresses")(network.addresses)
_networks.command("reach")(network_reach.reach)
_networks.command("map")(network_reach.show_map)
_reading("security-group", security_group.list_groups, security_group.show, "Security groups, as they were.")
_reading("service-account", service_account.list_accounts, service_account.show, "Service accounts, as they were.")
_reading("image", image.list_images, image.show, "Images, as they were.")
app.command("utilization")(utilization.utilization)
_capacity = typer.Typer(add_completion=False, no_args_is_help=True)
_capacity.callback()(capacity.capacity)
_capacity.command("check")(capacity.check)
app.add_typer(_capacity, name="capacity", help="Whether what would have failed could have been placed again.")
