"""Where the program `chronovisor-bench` begins: says what to install when its own packages are not there."""

import importlib
import sys

from chronovisor import program


def main() -> int:
    """Runs the benchmark, and returns its exit code."""
    try:
        bench = importlib.import_module("chronovisor.bench.main")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("controlplane", "chronovisor"):
            raise
        sys.exit(f"chronovisor-bench: {error.name} is missing: pip install 'chronovisor[bench]'")
    return program.run("chronovisor-bench", bench.main)
