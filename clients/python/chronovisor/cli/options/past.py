"""What of the past a command is about: the moment that it reads, or the part of a history, and whose."""

from typing import Annotated

import typer

from chronovisor.cli.completion import (
    complete_host,
    complete_image,
    complete_network,
    complete_project,
    complete_security_group,
    complete_vm,
)
from chronovisor.cli.options import times
from chronovisor.cli.options.times import Instant, parse_past
from chronovisor.cli.settings import Misused, Settings, parsed

At = Annotated[
    Instant | None,
    typer.Option("--at", parser=parsed(parse_past), metavar=times.METAVAR, help=f"As of then. {times.HELP}."),
]
Until = Annotated[
    Instant | None,
    typer.Option("--to", parser=parsed(parse_past), metavar=times.METAVAR, help="Only what came up to this."),
]
AnyVm = Annotated[
    str, typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM; a destroyed one too, or its uid.")
]
AnyHost = Annotated[
    str, typer.Argument(autocompletion=complete_host, metavar="NAME", help="The host: node-1, or hosts/node-1.")
]
AnyProject = Annotated[
    str, typer.Argument(autocompletion=complete_project, metavar="NAME", help="The project: shop, or projects/shop.")
]

AnyNetwork = Annotated[
    str, typer.Argument(autocompletion=complete_network, metavar="NAME", help="The network: web, or shop/web.")
]
AnySecurityGroup = Annotated[
    str, typer.Argument(autocompletion=complete_security_group, metavar="NAME", help="The group: ssh, or shop/ssh.")
]
AnyImage = Annotated[
    str, typer.Argument(autocompletion=complete_image, metavar="NAME", help="The image: web, or shop/web.")
]


def read_at(settings: Settings, at: Instant | None) -> None:
    """Has the command read as of then, as `at TIME` before it does. Raises Misused for both."""
    if at is not None:
        if settings.when is not None:
            raise Misused("--at goes without `at TIME` before the command")
        settings.when = at
