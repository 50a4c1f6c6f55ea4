"""The least to log: one level for all, and others for modules and what is below them. How a line looks."""

import logging
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
DEFAULT_LEVEL = "info"
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class LogFormat(StrEnum):
    """Who reads it."""

    HUMAN = "human"
    JSON = "json"


class LevelRule(NamedTuple):
    """`module` is the name of a logger; empty: of all that have no rule of their own."""

    module: str
    level: str

    def __str__(self) -> str:
        return f"{self.module}={self.level}" if self.module else self.level


def parse_rule(text: str) -> LevelRule:
    """LEVEL or MODULE=LEVEL. Raises ValueError."""
    module, _, level = text.rpartition("=")
    if level not in LEVELS:
        raise ValueError(f"{text}: the level must be one of {', '.join(LEVELS)}")
    if ("=" in text and not module) or (module and not _MODULE.fullmatch(module)):
        raise ValueError(f"{text}: must be LEVEL, or MODULE=LEVEL such as controlplane.ledger=debug")
    return LevelRule(module, level)


def apply(rules: Iterable[LevelRule]) -> None:
    """Of two for one module, the later."""
    logging.getLogger().setLevel(LEVELS[DEFAULT_LEVEL])
    for module, level in rules:
        logging.getLogger(module or None).setLevel(LEVELS[level])
