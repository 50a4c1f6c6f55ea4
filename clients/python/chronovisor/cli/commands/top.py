"""`chronovisor top`: the whole fleet in one terminal, as it changes, and as it was at any moment. Changes nothing."""

import importlib
import sys
from typing import Any

import typer

from chronovisor.addresses import addresses
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.session import session
from chronovisor.cli.settings import Misused, Output, settings_of
from chronovisor.cli.text.error_text import show
from chronovisor.v1.access_service_pb2 import WhoAmIRequest

app = typer.Typer(add_completion=False)


@app.command()
def top(ctx: typer.Context) -> None:
    """See the whole fleet in this terminal, as it changes: eta, the busiest hosts, VMs, hosts, events, operations.

    Keys step back in time, by an event, a minute or an hour; everything is then as it was. `?` shows all keys.
    """
    screen = _screen(ctx)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Misused("top needs a terminal; for programs there are utilization --follow and history follow")
    settings = settings_of(ctx)
    with session(ctx) as client:
        # What is wrong with the connection is better shown before the screen is cleared.
        client.access.WhoAmI(WhoAmIRequest())
        screen.Top(client, ", ".join(addresses(settings.server or None))).run()


top.forms = frozenset({Output.TABLE})  # pyright: ignore[reportFunctionMemberAccess]


def _screen(ctx: typer.Context) -> Any:
    try:
        # It takes a fifth of a second to load.
        return importlib.import_module("chronovisor.cli.top.app")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        text = "The screen needs more than the command line: pip install 'chronovisor[client,top]'."
        show("NOT_INSTALLED", text, "", settings_of(ctx))
        raise typer.Exit(Exit.INTERNAL) from None
