"""Where the program `chronovisord` begins: says what to install when the server's own packages are not there."""

import importlib
import sys

from chronovisor import program


def main() -> int:
    """Runs the control plane, and returns its exit code."""
    try:
        control_plane = importlib.import_module("controlplane.daemon")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("controlplane", "chronovisor"):
            raise
        sys.exit(f"chronovisord: {error.name} is missing: pip install 'chronovisor[server]'")
    except KeyboardInterrupt:
        # Before anything was begun.
        return program.INTERRUPTED
    return control_plane.main()


if __name__ == "__main__":
    sys.exit(main())
