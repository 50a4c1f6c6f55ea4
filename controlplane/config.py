"""Settings of the control plane, and the values that its options take."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from controlplane.domain.vm.limits import DEFAULT_LIMITS, Limits
from controlplane.ledger.writer.queue import MOST_WAITING
from controlplane.projections.projector.projector_worker import DEFAULT_TERMS, WorkerTerms
from controlplane.queries.reads import LONGEST_WAIT_S

DEFAULT_LISTEN = "127.0.0.1:7460"
DEFAULT_HOME = Path("~/.local/state/chronovisor")
LARGEST_COUNT = 1_000_000
CHECK_EVERY_S = 300.0
LAST_ROWS_S = 5.0


@dataclass(frozen=True, slots=True)
class Settings:
    """`store` is `sqlite:///PATH`, `postgresql://...` or `memory:`; `home` is where files of a development set-up are.

    More than `most_waiting` commands in the writer's queue, and the next is refused with a time to retry. Totals are
    compared with the ledger every `check_every_s` seconds, or never when that is 0. The end waits `last_rows_s` for
    rows of the read database: what is not written then is folded at the next start. A read waits `longest_wait_s` for
    rows that are not written yet.
    """

    listen: str
    store: str
    home: Path
    limits: Limits
    dev: bool = False
    dev_driver: str = "auto"
    most_waiting: int = MOST_WAITING
    check_every_s: float = CHECK_EVERY_S
    last_rows_s: float = LAST_ROWS_S
    longest_wait_s: float = LONGEST_WAIT_S
    projector_worker: WorkerTerms = DEFAULT_TERMS


class Deadline(NamedTuple):
    """How long a step may take, in seconds."""

    step: str
    seconds: float


def store_at(store: str | None, home: Path) -> str:
    """The URL of the ledger: the one in `home` where none is named."""
    return store or f"sqlite:///{home.expanduser() / 'ledger.db'}"


def parse_address(text: str) -> str:
    """HOST:PORT. Raises ValueError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text}: must be HOST:PORT")
    return text


def parse_deadline(text: str) -> Deadline:
    """STEP=SECONDS. Raises ValueError."""
    step, _, amount = text.partition("=")
    if step not in DEFAULT_LIMITS:
        raise ValueError(f"{text}: {step} is not one of {', '.join(sorted(DEFAULT_LIMITS))}")
    try:
        seconds = float(amount)
    except ValueError:
        raise ValueError(f"{text}: {amount!r} is not a number of seconds") from None
    if not seconds > 0:
        raise ValueError(f"{text}: must be above 0")
    return Deadline(step, seconds)


def parse_count(text: str) -> int:
    """A whole number from 1 to LARGEST_COUNT. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LARGEST_COUNT):
        raise ValueError(f"{text!r}: must be a whole number from 1 to {LARGEST_COUNT}")
    return int(text)


def parse_seconds(text: str) -> float:
    """0 or more seconds. Raises ValueError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < LARGEST_COUNT:
        raise ValueError(f"{text!r}: must be a number of seconds, or 0")
    return seconds
