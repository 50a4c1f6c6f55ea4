"""Lists: every form of the output, columns, order, and filters where the control plane has none."""

import csv
import io
from typing import Any

import pytest
import yaml
from chronovisor.cli.listing.fields import Field, Listing
from chronovisor.cli.listing.filters import ordered, parse_filter, parse_order
from chronovisor.cli.settings import Output
from chronovisor.v1.project_service_pb2 import ListProjectsResponse
from chronovisor.v1.vm_pb2 import Vm
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE

LISTS = [
    ("vm", "list"),
    ("host", "list"),
    ("project", "list"),
    ("operation", "list"),
    ("context", "list"),
    ("utilization", "--by", "host"),
    ("history", "fleet"),
    ("history", "vm", "web-1"),
]
# Without an item there is a first line of CSV, and nothing to name.
EMPTY = [("host", "reconcile"), ("vm", "samples", "web-1")]


def rows(out: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(out, newline="")))


def create(cli: Cli, name: str, vcpus: int = 2, *more: str) -> None:
    assert cli("vm", "create", name, "--vcpus", str(vcpus), *CREATE[5:], *more).code == 0


@pytest.mark.parametrize("command", LISTS)
@pytest.mark.parametrize("output", list(Output))
def test_every_list_has_every_form(cli: Cli, command: tuple[str, ...], output: Output) -> None:
    cli(*CREATE, "--start")
    cli("context", "set", "prod", "--server", "127.0.0.1:1")
    ran = cli(*command, "-o", output.value)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out


@pytest.mark.parametrize("command", EMPTY)
def test_an_empty_list_has_every_form_too(cli: Cli, command: tuple[str, ...]) -> None:
    cli(*CREATE)
    for output in Output:
        ran = cli(*command, "-o", output.value)
        assert (ran.code, ran.err) == (0, "")
        assert bool(ran.out) is (output is not Output.NAME)
    assert cli(*command, "-o", "csv").out.count("\r\n") == 1


def test_events_have_columns_and_an_order(cli: Cli) -> None:
    cli(*CREATE, "--reason", "shop, opens")
    out = cli("history", "fleet", "-o", "csv", "--columns", "event,subject,reason", "--sort-by=-position").out
    assert rows(out)[:2] == [["event", "subject", "reason"], ["VmCreated", "web-1", "shop, opens"]]
    table = cli("history", "vm", "web-1", "--columns", "position,event").out.splitlines()
    assert table[0].split() == ["POS", "EVENT"]
    assert table[1].split()[1] == "VmCreated"


@pytest.mark.parametrize("command", [("vm", "web-1"), ("host", "node-1"), ("project", "default"), ("context", "prod")])
@pytest.mark.parametrize("output", list(Output))
def test_one_of_them_has_every_form(cli: Cli, command: tuple[str, str], output: Output) -> None:
    cli(*CREATE, "--start")
    cli("context", "set", "prod")
    ran = cli(command[0], "show", command[1], "-o", output.value)
    assert (ran.code, ran.err) == (0, "")
    if output is Output.NAME:
        assert ran.out.rstrip("\n").endswith(command[1])


def test_names_are_whole_and_can_be_typed_again(cli: Cli) -> None:
    create(cli, "web-1")
    create(cli, "web-2")
    assert cli("vm", "list", "-o", "name").out == "projects/default/vms/web-1\nprojects/default/vms/web-2\n"
    assert cli("vm", "show", "projects/default/vms/web-1", "-o", "name").code == 0
    assert cli("vm", "start", "web-1", "-o", "name").out == "projects/default/vms/web-1\n"


def test_csv_is_as_rfc_4180_has_it_with_numbers_in_base_units(cli: Cli) -> None:
    create(cli, "web-1", 2, "--label", 'note=a "quoted", text', "--label", "sum==1+1")
    out = cli("vm", "list", "-o", "csv").out
    assert out.endswith("\r\n")
    assert out.count("\n") == out.count("\r\n") == 2
    header, row = rows(out)
    found = dict(zip(header, row, strict=True))
    assert (found["name"], found["state"], found["vcpus"], found["memory_mib"]) == ("web-1", "STOPPED", "2", "512")
    assert found["labels"] == 'note=a "quoted", text, sum==1+1'
    assert found["create_time"].endswith("Z")
    # What a spreadsheet would run is text.
    assert rows(cli("vm", "list", "-o", "csv", "--columns", "labels.sum").out) == [["labels.sum"], ["'=1+1"]]


def test_yaml_is_the_same_document_as_json(cli: Cli, plane: Plane) -> None:
    def spoil(vm: Vm) -> None:
        vm.labels["note"] = "ünï \u202e\x1b rtl"

    cli(*CREATE, "--label", "tier=yes", "--start")
    plane.proxy.edit("GetVm", spoil)
    as_yaml, as_json = cli("vm", "show", "web-1", "-o", "yaml"), cli("vm", "show", "web-1", "-o", "json")
    assert yaml.safe_load(as_yaml.out) == as_json.json
    assert as_json.json["labels"] == {"tier": "yes", "note": "ünï \u202e\x1b rtl"}
    assert not {"\u202e", "\x1b"} & set(as_yaml.out)
    listed = yaml.safe_load(cli("-o", "yaml", "vm", "list").out)
    assert [vm["name"] for vm in listed["vms"]] == ["projects/default/vms/web-1"]


def test_errors_are_documents_where_the_output_is_one(cli: Cli) -> None:
    for args in (("vm", "show", "none", "-o", "yaml"), ("vm", "sow", "-oyaml")):
        ran = cli(*args)
        assert ran.out == ""
        assert yaml.safe_load(ran.err)["error"]["sentence"]


def test_wide_has_more_columns_than_a_table(cli: Cli) -> None:
    create(cli, "web-1", 2, "--label", "tier=web", "--lifetime", "6h")
    wide = cli("vm", "list", "-o", "wide").out.splitlines()
    assert "tier=web" in wide[1]
    assert "6 h 0 min" in wide[1]
    assert set(cli("vm", "list").out.splitlines()[0].split()) < set(wide[0].split())


def test_columns_are_chosen_by_name_title_or_path(cli: Cli) -> None:
    create(cli, "web-1", 2, "--label", "tier=web", "--label", "a.b/c=dotted")
    create(cli, "web-2", 2)
    ran = cli("vm", "list", "--columns", "name,memory,labels.tier,labels.a.b/c,spec.boot.image.image")
    header, *lines = [line.split() for line in ran.out.splitlines()]
    assert header == ["NAME", "MEMORY", "LABELS.TIER", "LABELS.A.B/C", "SPEC.BOOT.IMAGE.IMAGE"]
    assert lines == [
        ["web-1", "512", "MiB", "web", "dotted", "debian-12.qcow2"],
        ["web-2", "512", "MiB", "-", "-", "debian-12.qcow2"],
    ]


def test_order_is_of_values_not_of_their_words(cli: Cli) -> None:
    for name, vcpus in (("web-10", 2), ("web-9", 16), ("api-1", 2)):
        create(cli, name, vcpus)

    def names(*args: str) -> list[str]:
        return cli("vm", "list", "-o", "name", *args).out.replace("projects/default/vms/", "").split()

    assert names("--sort-by", "name") == ["api-1", "web-9", "web-10"]
    assert names("--sort-by", "-vcpus,name") == ["web-9", "api-1", "web-10"]
    assert names("--sort-by=-name") == ["web-10", "web-9", "api-1"]
    listed = cli("vm", "list", "-o", "json", "--sort-by", "-vcpus").json["vms"]
    assert [vm["spec"]["resources"]["vcpus"] for vm in listed] == ["16", "2", "2"]


def test_projects_are_filtered_here(cli: Cli, plane: Plane) -> None:
    cli("project", "create", "shop", "--label", "tier=web", "--title", 'The "shop"')
    cli("project", "create", "lab", "--label", "tier=test")

    def names(filter_: str) -> list[str]:
        return cli("project", "list", "-o", "name", "--filter", filter_).out.split()

    assert names('labels.tier = "web"') == ["projects/shop"]
    assert names("labels.tier != web") == ["projects/default", "projects/lab"]
    assert names('labels.tier != "web" AND name != default') == ["projects/lab"]
    assert names(r'title = "The \"shop\""') == ["projects/shop"]
    document = cli("project", "list", "-o", "json", "--filter", "name = lab").json
    assert [each["name"] for each in document["projects"]] == ["projects/lab"]
    assert ListProjectsResponse.DESCRIPTOR.fields_by_name["position"].name in document


ITEMS: Listing[dict[str, Any]] = Listing(
    (
        Field("name", lambda item: item["name"]),
        Field("size", lambda item: item["size"]),
        Field("on", lambda item: item["on"]),
    ),
    lambda item: item["name"],
)
SOME = st.lists(
    st.fixed_dictionaries(
        {"name": st.text(max_size=3), "size": st.none() | st.integers(0, 3) | st.floats(0, 3), "on": st.booleans()}
    )
)


@given(SOME, st.sampled_from(["name", "size", "on", "-size,name", "on,-size"]))
def test_an_order_loses_nothing_and_puts_nothing_last(items: list[dict[str, Any]], order: str) -> None:
    result = ordered(items, parse_order(order, ITEMS))
    assert sorted(map(id, result)) == sorted(map(id, items))
    if order == "-size,name":
        sizes = [each["size"] for each in result]
        filled = [each for each in sizes if each is not None]
        assert sizes == [*sorted(filled, reverse=True), *[None] * (len(sizes) - len(filled))]


@given(SOME, st.text(alphabet='ab"\\ =', max_size=4))
def test_a_filter_takes_any_value_in_quotes(items: list[dict[str, Any]], value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    holds = parse_filter(f'name = "{quoted}"', ITEMS)
    differs = parse_filter(f'name != "{quoted}"', ITEMS)
    assert [each for each in items if holds(each)] == [each for each in items if each["name"] == value]
    assert all(holds(each) != differs(each) for each in items)


@pytest.mark.parametrize(
    "text", ["", "name", "name =", 'name = "', "name = a OR on = true", "name = a AND", "= a", "1 = a", "name = 'a'"]
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"FIELD|joined by AND|double quotes"):
        parse_filter(text, ITEMS)


def test_a_column_is_found_by_its_heading_as_it_is_shown() -> None:
    assert ITEMS.find("NAME") is ITEMS.find("name")


def test_true_is_written_small() -> None:
    assert parse_filter("on = true", ITEMS)({"name": "", "size": 0, "on": True})
