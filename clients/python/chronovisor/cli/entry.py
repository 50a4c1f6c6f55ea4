"""Where the program `chronovisor` begins: says what to install when the command line's own packages are not there."""

import importlib
import sys


def main() -> int:
    """Runs the command line, and returns its exit code."""
    try:
        app = importlib.import_module("chronovisor.cli.app")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("typer", "rich"):
            raise
        print("The command line needs more than the library: pip install 'chronovisor[client]'", file=sys.stderr)
        return 1
    return app.main()
