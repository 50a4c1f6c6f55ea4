"""The options `--log-format` and `--log-level` of the daemons."""

import click

from chronovisor.logs import DEFAULT_LEVEL, LogFormat, parse_rule
from chronovisor.option_sources import Option, Parsed


def log_options() -> list[click.Parameter]:
    return [
        Option(
            "--log-format",
            type=click.Choice([each.value for each in LogFormat]),
            default=LogFormat.HUMAN.value,
            help="the log's lines: for people, or an object of JSON each",
        ),
        Option(
            "--log-level",
            "log_levels",
            type=Parsed(parse_rule),
            multiple=True,
            is_often_one=True,
            metavar="[MODULE=]LEVEL",
            help=f"the least to log, of all or of one module: debug, info, warning, error; {DEFAULT_LEVEL} by default",
        ),
    ]
