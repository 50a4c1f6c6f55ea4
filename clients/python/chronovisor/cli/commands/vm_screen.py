"""`chronovisor vm screen` and `vm screenshot`: the screen of a VM for a viewer of this machine, and what it shows."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_vm
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.options.mutations import Reason
from chronovisor.cli.screens import ScreenCall, address_of, listening, serve
from chronovisor.cli.session import session, short_name, vm_name
from chronovisor.cli.settings import Misused, named
from chronovisor.program import Terminated, why
from chronovisor.v1 import console_service_pb2 as api

Name = Annotated[
    str, typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1.")
]


@named
def open_screen(
    ctx: typer.Context,
    name: Name,
    watch: Annotated[bool, typer.Option("--watch", help="Watch alone: keys and the pointer are left out.")] = False,
    take_over: Annotated[bool, typer.Option("--take-over", help="Write in place of whoever does.")] = False,
    port: Annotated[int, typer.Option("--port", metavar="PORT", help="Of 127.0.0.1; by default a free one.")] = 0,
    socket: Annotated[
        str, typer.Option("--socket", metavar="PATH", help="A unix socket in its place, for this user alone.")
    ] = "",
    ticket: Annotated[
        bool, typer.Option("--ticket", help="Print a ticket that opens it once, within 30 s, and leave.")
    ] = False,
    reason: Reason = "",
) -> None:
    """Have a VNC viewer of this machine see a VM's screen: prints where it is, until you leave with ^C."""
    if watch and take_over:
        raise Misused("--watch and --take-over contradict each other")
    if bool(port) + bool(socket) + ticket > 1:
        raise Misused("--port, --socket and --ticket contradict each other")
    writes = api.CONSOLE_MODE_TAKE_OVER if take_over else api.CONSOLE_MODE_WRITE
    mode = api.CONSOLE_MODE_UNSPECIFIED if watch else writes
    with session(ctx) as client:
        opening = api.ScreenOpening(name=vm_name(ctx, name), mode=mode, reason=reason)
        if ticket:
            print(client.consoles.create_ticket(opening).ticket)
            return
        try:
            # Refused before anything listens.
            first = ScreenCall(client, opening)
            with listening(port, socket) as listener:
                print(
                    f"The screen of {short_name(ctx, opening.name)} is at {address_of(listener)}: ^C leaves it.",
                    flush=True,
                )
                serve(listener, first, lambda: ScreenCall(client, opening))
        except Terminated:
            raise typer.Exit(Exit.TERMINATED) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None


@named
def screenshot(
    ctx: typer.Context,
    name: Name,
    to: Annotated[str, typer.Option("--to", metavar="FILE", help="Where to write the PNG image; - for stdout.")],
) -> None:
    """Write what a VM's screen shows now to a file, as PNG."""
    if to == "-" and sys.stdout.isatty():
        raise Misused("an image is nothing for a terminal: give --to a file")
    with session(ctx) as client:
        image = client.consoles.screenshot(vm_name(ctx, name)).png
    if to == "-":
        sys.stdout.buffer.write(image)
        return
    try:
        Path(to).write_bytes(image)
    except OSError as error:
        raise Misused(f"{to} cannot be written: {why(error)}") from None
    print(f"{to} has {len(image):,} bytes.")
