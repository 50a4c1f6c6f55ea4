"""`chronovisor history timeline`: blocks for people, the message for programs."""

import json

import pytest
from chronovisor.cli.text.timeline_chart import blocks
from chronovisor.v1.timeline_pb2 import GetTimelineResponse
from google.protobuf import json_format

from tests.clients.python.conftest import Cli
from tests.clients.python.test_cli import CREATE


@pytest.mark.parametrize(
    ("counts", "shown"), [((), ""), ((0, 0), "  "), ((0, 1, 1000), " ▁█"), ((4, 8, 2), "▄█▂"), ((7,), "█")]
)
def test_what_there_is_any_of_has_a_block_as_high_as_it_is_beside_the_highest(
    counts: tuple[int, ...], shown: str
) -> None:
    assert blocks(counts) == shown


def test_people_see_a_line_a_category(cli: Cli) -> None:
    cli(*CREATE[:2], "a", *CREATE[3:])
    shown = cli("history", "timeline", "vm", "a").out
    assert "created" in shown
    assert "| 1 event\n" in shown
    assert "bookkeeping" not in cli("history", "timeline", "fleet").out
    assert "bookkeeping" in cli("history", "timeline", "fleet", "--all").out


def test_programs_get_the_message(cli: Cli) -> None:
    cli(*CREATE[:2], "a", *CREATE[3:])
    found = json.loads(cli("history", "timeline", "project", "default", "--buckets", "3", "-o", "json").out)
    message = json_format.ParseDict(found, GetTimelineResponse())
    assert 0 < len(message.buckets) <= 3
    assert message.last_position > message.first_position > 0


def test_a_file_gets_lines_that_a_terminal_can_show(cli: Cli) -> None:
    cli(*CREATE[:2], "a", *CREATE[3:])
    assert 80 < max(map(len, cli("history", "timeline", "fleet").out.splitlines())) <= 100
