"""`chronovisor vm port` and `vm forward`: ports of a VM, through the control plane, wherever it is."""

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_vm
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.options.mutations import Reason
from chronovisor.cli.ports import LOOPBACK, Forward, Forwarding, PortCall, note
from chronovisor.cli.session import session, short_name, vm_name
from chronovisor.cli.settings import named, parsed
from chronovisor.program import Terminated
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1.vm_service_pb2 import GetVmRequest

_READ_BYTES = 32 << 10
_MOST_PORT = (1 << 16) - 1
Name = Annotated[
    str, typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1.")
]


def parse_forward(text: str) -> Forward:
    """From `8080:80`, or `80` for a free port of this machine. Raises ValueError."""
    here, colon, there = text.rpartition(":")
    numbers = [int(each) if each.isdecimal() else -1 for each in (here if colon else "0", there)]
    if not (0 <= numbers[0] <= _MOST_PORT and 0 < numbers[1] <= _MOST_PORT):
        raise ValueError(f"{text!r} is no port such as 8080:80, or 80")
    return Forward(*numbers)


@named
def port(
    ctx: typer.Context,
    name: Name,
    number: Annotated[int, typer.Argument(metavar="PORT", min=1, max=_MOST_PORT, help="A TCP port of the VM.")],
    reason: Reason = "",
) -> None:
    """Connect standard input and output to a TCP port of a VM, as `nc` does: also for OpenSSH's ProxyCommand."""
    with session(ctx) as client:
        # At a terminal nobody says that all is typed.
        half_closes = not sys.stdin.isatty()
        opening = api.PortOpening(name=vm_name(ctx, name), port=number, reason=reason, half_closes=half_closes)
        try:
            ended = PortCall(client, opening).carry(
                lambda: os.read(sys.stdin.fileno(), _READ_BYTES), _write, _end_output
            )
        except BrokenPipeError:
            # Whoever reads has gone.
            ended = ""
        except Terminated:
            raise typer.Exit(Exit.TERMINATED) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None
    if ended:
        note(f"The connection has ended: {ended}")


@named
def forward(
    ctx: typer.Context,
    name: Name,
    ports: Annotated[
        list[Forward],
        typer.Argument(
            parser=parsed(parse_forward),
            metavar="PORT:PORT",
            help="A port of this machine and the VM's that it leads to; or the VM's alone, for a free one here.",
        ),
    ],
    reason: Reason = "",
) -> None:
    """Have ports of 127.0.0.1 lead to TCP ports of a VM: prints which, until you leave with ^C."""
    with session(ctx) as client, contextlib.ExitStack() as open_ports:
        vm = client.vms.GetVm(GetVmRequest(name=vm_name(ctx, name)))
        for each in ports:
            made = Forwarding(client, vm.name, each, reason)
            open_ports.callback(made.close)
            made.begin()
            print(f"{LOOPBACK}:{made.port} leads to port {each.there} of {short_name(ctx, vm.name)}.", flush=True)
        try:
            threading.Event().wait()
        except Terminated:
            raise typer.Exit(Exit.TERMINATED) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _end_output() -> None:
    """Whoever reads it learns that there is no more."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
