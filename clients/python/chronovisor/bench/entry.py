"""Where the program `chronovisor-bench` begins, with or without the packages that it needs."""

from chronovisor import program


def main() -> int:
    """Runs the benchmark, and returns its exit code."""
    return program.run("chronovisor-bench", _main, extra="bench")


def _main() -> int:
    from chronovisor.bench import main as bench  # noqa: PLC0415 - needs the packages of the extra

    return bench.main()
