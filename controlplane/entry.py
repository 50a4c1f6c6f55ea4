"""Where the program `chronovisord` begins: says what to install when the server's own packages are not there."""

import importlib
import sys


def main() -> None:
    """Runs the control plane."""
    try:
        program = importlib.import_module("controlplane.main")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("controlplane", "chronovisor"):
            raise
        sys.exit(f"chronovisord: {error.name} is missing: pip install 'chronovisor[server]'")
    program.main()
