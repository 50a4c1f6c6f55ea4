"""Where the program `chronovisor` begins: says what to install when the command line's own packages are not there."""

import importlib
import sys

from chronovisor import program


def main() -> int:
    """Runs the command line, and returns its exit code."""
    try:
        app = importlib.import_module("chronovisor.cli.app")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("typer", "rich"):
            raise
        _show("NOT_INSTALLED", "The command line needs more than the library: pip install 'chronovisor[client]'")
        return program.FAILED
    except KeyboardInterrupt:
        _show("INTERRUPTED", "Ended by Ctrl-C; nothing was done.")
        return program.INTERRUPTED
    return app.main()


def _show(reason: str, sentence: str) -> None:
    as_json = program.requests_json(sys.argv[1:])
    with program.guarded_streams():
        print(program.as_error(reason, sentence) if as_json else sentence, file=sys.stderr)
