"""`--user-data`: what a VM's guest is given at its first boot, from a file. Its text is in no message to people."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from chronovisor.cli.settings import Misused
from chronovisor.program import why

# As the control plane takes it.
MOST_BYTES = 64 << 10
STDIN = "-"

UserData = Annotated[
    str,
    typer.Option(
        "--user-data",
        metavar="FILE",
        help="What cloud-init gets at the first boot, kept encrypted; - for standard input.",
    ),
]


def read_user_data(file: str) -> bytes:
    """The content of a file, or of standard input. Raises Misused, without any of it."""
    try:
        return user_data_in(file)
    except ValueError as error:
        raise Misused(str(error)) from None


def user_data_in(file: str) -> bytes:
    """As `read_user_data`. Raises ValueError."""
    try:
        content = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {file}: {why(error)}") from None
    if not content:
        raise ValueError(f"{file} is empty: user data is at least one byte")
    if len(content) > MOST_BYTES:
        raise ValueError(f"{file} has {len(content)} bytes: user data is at most {MOST_BYTES}")
    return content
