"""The daemons' log: one line an entry, for people or as JSON, with what the entry is about, and without secrets."""

from chronovisor.logs.fields import enter, within
from chronovisor.logs.levels import DEFAULT_LEVEL, LevelRule, LogFormat, parse_rule
from chronovisor.logs.set_up import LogSettings, inherited, set_up

__all__ = [
    "DEFAULT_LEVEL",
    "LevelRule",
    "LogFormat",
    "LogSettings",
    "enter",
    "inherited",
    "parse_rule",
    "set_up",
    "within",
]
