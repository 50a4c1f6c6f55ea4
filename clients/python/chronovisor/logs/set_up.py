"""The log of this process: where it goes, and how. Worker processes have their parent's."""

import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue
from typing import TextIO

from chronovisor.logs import levels
from chronovisor.logs.bounded import Bounded
from chronovisor.logs.fields import Fields
from chronovisor.logs.levels import LevelRule, LogFormat, parse_rule
from chronovisor.logs.lines import HumanLines, JsonLines

# By which processes that this one starts have the same log.
VARIABLE = "CHRONOVISOR_LOG_SETTINGS"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`rules`: later ones come before earlier ones; none: info."""

    format: LogFormat = LogFormat.HUMAN
    rules: Sequence[LevelRule] = ()

    @property
    def options(self) -> list[str]:
        """As a daemon's command line has them."""
        return [
            "--log-format",
            self.format.value,
            *(word for rule in self.rules for word in ("--log-level", str(rule))),
        ]


DEFAULT = LogSettings()


def set_up(
    settings: LogSettings = DEFAULT,
    constant: Fields | None = None,
    stream: TextIO | None = None,
    *,
    waits: bool = True,
) -> None:
    """Logs to stderr, or to `stream`. `constant`: fields of every entry.

    Unless it `waits`, another thread writes, for a process that must go on when whoever reads its log is stuck.
    """
    handler: logging.Handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter((JsonLines if settings.format is LogFormat.JSON else HumanLines)(constant))
    if not waits:
        lines: SimpleQueue[logging.LogRecord] = SimpleQueue()
        QueueListener(lines, handler).start()
        handler = QueueHandler(lines)
        # Without one, it would be given another.
        handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(Bounded())
    logging.basicConfig(handlers=[handler], force=True)
    levels.apply(settings.rules)
    os.environ[VARIABLE] = json.dumps({"format": settings.format, "rules": [str(each) for each in settings.rules]})


def inherited() -> LogSettings:
    """Those of the process that started this one."""
    try:
        given = json.loads(os.environ.get(VARIABLE, ""))
        return LogSettings(LogFormat(given["format"]), [parse_rule(each) for each in given["rules"]])
    except (ValueError, KeyError, TypeError):
        return DEFAULT
