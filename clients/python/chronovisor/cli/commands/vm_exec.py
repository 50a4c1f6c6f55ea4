"""`chronovisor vm exec`: a program in a VM, by its guest agent."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_vm
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.options.mutations import Reason
from chronovisor.cli.output import show_message
from chronovisor.cli.session import session, vm_name
from chronovisor.cli.settings import Misused, named, parsed, settings_of
from chronovisor.cli.text.units import parse_seconds
from chronovisor.program import why

# As shells have it of a program that a signal ended.
SIGNALLED = 128


@named
def run_program(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1."),
    ],
    command: Annotated[
        list[str], typer.Argument(metavar="-- PROGRAM", help="The program in the guest, and its arguments.")
    ],
    stdin: Annotated[
        str, typer.Option("--input", metavar="FILE", help="What it reads, at most 64 KiB; - for stdin.")
    ] = "",
    wait: Annotated[
        float,
        typer.Option(
            "--within", parser=parsed(parse_seconds), metavar="TIME", help="How long its end is waited for, 1s to 10m."
        ),
    ] = 60.0,
    reason: Reason = "",
) -> None:
    """Run a program in a VM, by its guest agent: what it writes is written, and its exit code is the command's."""
    with session(ctx) as client:
        end = client.consoles.run_program(vm_name(ctx, name), *command, input=_input(stdin), wait_s=wait, reason=reason)
    if settings_of(ctx).is_data:
        show_message(ctx, end)
    else:
        sys.stdout.buffer.write(end.output)
        sys.stdout.flush()
        sys.stderr.buffer.write(end.errors)
        sys.stderr.flush()
    if end.truncated:
        print("It wrote more than is shown here.", file=sys.stderr)
    if end.runs_on:
        print("It has not ended in time, and runs on.", file=sys.stderr)
        raise typer.Exit(Exit.STILL_RUNNING)
    raise typer.Exit(SIGNALLED + end.signal if end.signal else end.exit_code)


def _input(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes() if path else b""
    except OSError as error:
        raise Misused(f"{path} cannot be read: {why(error)}") from None
