"""What others wrote, in every form of output: nothing in it drives a terminal, a markup or a spreadsheet."""

import csv
import io
import json

import pytest
from chronovisor.cli.text.safe_text import csv_cell, escaped, json_text
from chronovisor.v1.history_service_pb2 import ListEventsResponse
from chronovisor.v1.host_pb2 import Host
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.vm_pb2 import Vm
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE
from tests.clients.python.test_cli_past import a_life, play

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


def spoil_vm(vm: Vm) -> None:
    vm.labels["team"] = vm.observed.detail = vm.failure.message = HOSTILE


def spoil_host(host: Host) -> None:
    host.labels["rack"] = host.platform.cpu_model = host.platform.hypervisor = HOSTILE
    host.violations.append(HOSTILE)


def spoil_project(project: Project) -> None:
    project.display_name = project.labels["team"] = HOSTILE


def spoil_events(listed: ListEventsResponse) -> None:
    for event in listed.events:
        event.reason = HOSTILE


def spoil_all(plane: Plane) -> None:
    """What a control plane that refuses nothing would pass on."""
    proxy = plane.proxy
    proxy.edit("GetVm", spoil_vm)
    proxy.edit("GetHost", spoil_host)
    proxy.edit("GetProject", spoil_project)
    proxy.edit("ListVms", lambda listed: [spoil_vm(each) for each in listed.vms])
    proxy.edit("ListHosts", lambda listed: [spoil_host(each) for each in listed.hosts])
    proxy.edit("ListProjects", lambda listed: [spoil_project(each) for each in listed.projects])
    proxy.edit("ListEvents", spoil_events)
    life = a_life()
    for step in life:
        step.event.reason = HOSTILE
    play(plane, life)


@pytest.mark.parametrize("command", FORMS, ids=" ".join)
def test_what_others_wrote_drives_no_terminal(cli: Cli, plane: Plane, command: tuple[str, ...]) -> None:
    cli(*CREATE, "--start")
    spoil_all(plane)
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
