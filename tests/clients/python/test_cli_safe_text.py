"""What others wrote, in every form of output: nothing in it drives a terminal, a markup or a spreadsheet."""

import csv
import io
import json

import pytest
from chronovisor.cli.text.safe_text import csv_cell, escaped, json_text
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.python.conftest import Cli
from tests.clients.python.fake_control_plane import ControlPlane
from tests.clients.python.test_cli import CREATE
from tests.clients.python.test_cli_past import a_life

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\u200b\x7f [red]x[/red] =1+1\u2028\0"
TEXT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\0\x1b\x9b\x7f\u202e\u2028=+-@\t\r\n\"',")))
FORMS = [
    ("vm", "list", "--labels"),
    ("vm", "list"),
    ("vm", "show", "web-1"),
    ("vm", "list", "-o", "json"),
    ("vm", "show", "web-1", "-o", "json"),
    ("host", "list"),
    ("host", "show", "node-1"),
    ("host", "show", "node-1", "-o", "json"),
    ("project", "show", "default"),
    ("project", "list", "-o", "json"),
    ("history", "vm", "web-1"),
    ("history", "vm", "web-1", "-o", "json"),
    ("why", "vm", "web-1"),
    ("replay", "vm", "web-1"),
]


@pytest.mark.parametrize("command", FORMS, ids=" ".join)
def test_what_others_wrote_drives_no_terminal(cli: Cli, plane: ControlPlane, command: tuple[str, ...]) -> None:
    cli(*CREATE, "--start")
    vm = plane.fleet.vm("projects/default/vms/web-1")
    vm.labels["team"] = vm.observed.detail = vm.failure.message = HOSTILE
    for host in plane.fleet.hosts.values():
        host.labels["rack"] = host.platform.cpu_model = host.platform.hypervisor = HOSTILE
        host.violations.append(HOSTILE)
    for project in plane.fleet.projects.values():
        project.display_name = project.labels["team"] = HOSTILE
    plane.fleet.life = a_life()
    for step in plane.fleet.life:
        step.event.reason = HOSTILE
    for event in plane.fleet.events:
        event.reason = HOSTILE
    ran = cli(*command)
    assert ran.code == (2 if "--labels" in command else 0), ran.err
    for text in (ran.out, ran.err):
        assert all(line.isprintable() for line in text.split("\n")), ascii(text)
    if command[-1] == "json":
        assert HOSTILE in json.dumps(ran.json, ensure_ascii=False) or json.dumps(HOSTILE)[1:-1] in json.dumps(ran.json)


@given(TEXT)
def test_json_is_the_same_value_in_printable_characters(text: str) -> None:
    document = json_text({"label": text})
    assert document.isprintable()
    assert json.loads(document) == {"label": text}


@given(TEXT)
def test_a_cell_is_no_formula(text: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([csv_cell(text), "end"])
    ((cell, end),) = csv.reader(io.StringIO(out.getvalue()))
    assert end == "end"
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.isprintable()
    assert cell.removeprefix("'") == escaped(text).removeprefix("'")
