"""Settings of the control plane, and the command line that they come from."""

import argparse
import os
from dataclasses import dataclass, fields
from pathlib import Path

from chronovisor.one_line_parser import OneLineParser

from controlplane.domain.vm.decisions import Limits
from controlplane.ledger.writer import MOST_WAITING

DEFAULT_LISTEN = "127.0.0.1:7460"
LARGEST_COUNT = 1_000_000
CHECK_EVERY_S = 300.0


@dataclass(frozen=True, slots=True)
class Settings:
    """`store` is `sqlite:///PATH` or `memory:`; `home` keeps what a set-up without options needs.

    More than `most_waiting` commands in the writer's queue, and the next is told to come back later. Totals are
    compared with the ledger every `check_every_s` seconds, or never when that is 0.
    """

    listen: str
    store: str
    home: Path
    limits: Limits
    dev: bool = False
    dev_driver: str = "auto"
    most_waiting: int = MOST_WAITING
    check_every_s: float = CHECK_EVERY_S


def _limits(given: list[str]) -> Limits:
    known = {each.name for each in fields(Limits)}
    limits: dict[str, float] = {}
    for each in given:
        step, _, seconds = each.partition("=")
        if step not in known:
            raise argparse.ArgumentTypeError(f"--deadline {each}: {step} is not one of {', '.join(sorted(known))}")
        try:
            limits[step] = float(seconds)
        except ValueError:
            raise argparse.ArgumentTypeError(f"--deadline {each}: {seconds!r} is not a number of seconds") from None
        if not limits[step] > 0:
            raise argparse.ArgumentTypeError(f"--deadline {each}: must be above 0")
    return Limits(**limits)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LARGEST_COUNT):
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number from 1 to {LARGEST_COUNT}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < LARGEST_COUNT:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number of seconds, or 0")
    return seconds


def parse(arguments: list[str] | None = None) -> Settings:
    """Exits with a usage message when the command line is bad."""
    default_home = Path(os.environ.get("CHRONOVISOR_HOME", "~/.local/state/chronovisor")).expanduser()
    parser = OneLineParser(
        prog="chronovisord",
        description="The Chronovisor control plane.",
        epilog="Without serving: chronovisord verify | backup | restore | fork; each has its own --help.",
    )
    parser.add_argument("--listen", default=DEFAULT_LISTEN, metavar="HOST:PORT", help="default %(default)s")
    parser.add_argument("--store", metavar="URL", help="sqlite:///PATH or memory:; default HOME/ledger.db")
    parser.add_argument("--home", type=Path, default=default_home, metavar="DIR", help="default %(default)s")
    parser.add_argument(
        "--deadline", action="append", default=[], metavar="STEP=SECONDS", help="how long a step may take"
    )
    parser.add_argument(
        "--most-waiting",
        type=_count,
        default=MOST_WAITING,
        metavar="COMMANDS",
        help="more waiting than that, and the next is told to come back later; default %(default)s",
    )
    parser.add_argument(
        "--check-every",
        type=_seconds,
        default=CHECK_EVERY_S,
        metavar="SECONDS",
        help="compare all totals with the ledger so often, at most; 0: never; default %(default)g",
    )
    parser.add_argument("--dev", action="store_true", help="also run an agent for this machine")
    parser.add_argument(
        "--dev-driver",
        choices=("auto", "libvirt", "simulated"),
        default="auto",
        help="the agent's driver with --dev; auto is libvirt where it answers",
    )
    given = parser.parse_args(arguments)
    try:
        limits = _limits(given.deadline)
    except argparse.ArgumentTypeError as error:
        parser.error(str(error))
    host, _, port = given.listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        parser.error(f"--listen {given.listen}: must be HOST:PORT")
    home: Path = given.home.expanduser()
    store: str = given.store or f"sqlite:///{home / 'ledger.db'}"
    return Settings(
        given.listen, store, home, limits, given.dev, given.dev_driver, given.most_waiting, given.check_every
    )
