"""Where the program `chronovisord` begins: serving, or the care of a ledger. Loads nothing of the server before."""

import sys
from collections.abc import Sequence
from functools import partial

from chronovisor import program

NAME = "chronovisord"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, and returns its exit code: 0 done and whole, 1 not whole or not done, 2 misused."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    is_service = not given or given[0].startswith("-") or given[0] == "serve"
    return program.run(NAME, partial(_run, given), extra="server", is_service=is_service)


def _run(arguments: Sequence[str]) -> int:
    from chronovisor.option_sources import invoke  # noqa: PLC0415 - first what says that packages are missing

    from controlplane.command_line import commands  # noqa: PLC0415

    return invoke(commands(), NAME, arguments)


if __name__ == "__main__":
    sys.exit(main())
