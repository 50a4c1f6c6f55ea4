"""What a check comes to: a level, what was found, and what to do. Plain values."""

from dataclasses import dataclass
from enum import StrEnum

from chronovisor.cli.settings import Settings
from chronovisor.cli.text.error_text import hint, sentence
from chronovisor.errors import ChronovisorError


class Level(StrEnum):
    """How bad it is. What could not be looked at is neither good nor bad."""

    OK = "ok"
    SKIPPED = "skipped"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """`detail` is what was found, and `remedy` what to do about it, each without the full stop."""

    level: Level
    detail: str
    remedy: str = ""


def fine(detail: str) -> Finding:
    return Finding(Level.OK, detail)


def skipped(detail: str) -> Finding:
    return Finding(Level.SKIPPED, detail)


def warning(detail: str, remedy: str) -> Finding:
    return Finding(Level.WARNING, detail, remedy)


def problem(detail: str, remedy: str) -> Finding:
    return Finding(Level.PROBLEM, detail, remedy)


def refusal(error: ChronovisorError, settings: Settings) -> Finding:
    """That a call was refused, in the words of any command."""
    remedy = hint(error, settings) or "try again; the control plane's log says more"
    return problem(sentence(error, settings).rstrip("."), remedy.rstrip("."))


def names_text(names: list[str], most: int = 3) -> str:
    """Some of many names: `node-1, node-2, node-3 and 4 more`."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
