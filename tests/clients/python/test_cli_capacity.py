"""`chronovisor capacity check`: what is requested, how it is shown, and how it ends; rules of projects as options."""

import json

import pytest
from chronovisor.v1.project_pb2 import SpareCapacityRule
from chronovisor.v1.resources_pb2 import Resources
from chronovisor.v1.spare_capacity_pb2 import CheckSpareCapacityResponse, SpareShortage, UnplacedVm

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import last_request

SHORT = CheckSpareCapacityResponse(
    domains=3,
    combinations=3,
    tried_combinations=3,
    total_shortages=2,
    shortages=[
        SpareShortage(
            domains=["r1"],
            vms=4,
            total_unplaced=1,
            unplaced=[
                UnplacedVm(
                    vm="projects/default/vms/web-1",
                    host="hosts/node-1",
                    held=Resources(vcpus=2),
                    hosts_considered=5,
                    turned_down={"not_active": 2, "vcpus": 3},
                )
            ],
            missing=Resources(vcpus=2),
        )
    ],
    hosts_outside=1,
    position=7,
)


@pytest.fixture
def short(plane: Plane) -> Plane:
    plane.proxy.answer("CheckSpareCapacity", SHORT)
    return plane


@pytest.mark.usefixtures("short")
def test_what_would_have_no_place_is_a_table_and_the_exit_code_says_so(cli: Cli) -> None:
    done = cli("capacity", "check", "--within", "rack")
    assert done.code == 6
    lines = done.out.splitlines()
    assert lines[0].split() == ["FAILS", "VM", "HOLDS", "TURNED", "DOWN", "BY"]
    assert lines[1].split() == ["r1", "web-1", "2", "vCPUs", "vcpus:", "3,", "not_active:", "2"]
    assert lines[2:] == [
        "r1: 1 of 4 VMs without a place; missing 2 vCPUs.",
        "And 1 more failure like these.",
        "2 failures of 3 tried (any of 3 by rack) would leave VMs without a place. As of position 7.",
        "1 host without a rack left out: not thought to fail.",
    ]


def test_what_is_requested_is_sent(cli: Cli, short: Plane) -> None:
    done = cli("capacity", "check", "--survive", "2", "--within", "rack", "--zone", "eu-1a", "--at", "5", "-o", "json")
    assert done.code == 6
    assert json.loads(done.out)["total_shortages"] == "2"
    request = last_request(short, "CheckSpareCapacity")
    assert (request.survive, request.within, request.zone, request.at_position) == (2, "rack", "eu-1a", 5)
    cli("at", "6", "capacity", "check")
    assert last_request(short, "CheckSpareCapacity").at_position == 6


def test_of_many_combinations_it_says_how_many_were_tried(cli: Cli, plane: Plane) -> None:
    survived = CheckSpareCapacityResponse(
        survived=True, domains=100, combinations=4950, tried_combinations=1953, position=7
    )
    plane.proxy.answer("CheckSpareCapacity", survived)
    done = cli("capacity", "check", "--survive", "2")
    assert done.code == 0
    assert done.out == (
        "Every VM would have a place, were 2 of 100 by host to fail (1953 of 4950 combinations, of what holds most "
        "tried). As of position 7.\n"
    )


def test_one_host_alone_survives_nothing_of_itself(cli: Cli) -> None:
    done = cli("capacity", "check")
    assert "by host" in done.out


def test_a_project_has_the_rules_that_are_given(cli: Cli, plane: Plane) -> None:
    assert cli("project", "create", "shop", "--spare-capacity", "within=rack,zone=eu-1a").code == 0
    rule = SpareCapacityRule(survive=1, within="rack", zone="eu-1a")
    assert list(last_request(plane, "CreateProject").project.spare_capacity) == [rule]
    assert "survive=1,within=rack,zone=eu-1a" in cli("project", "show", "shop").out
    assert cli("project", "update", "shop", "--spare-capacity", "survive=2").code == 0
    assert "survive=2,within=host" in cli("project", "show", "shop").out
    assert cli("project", "update", "shop", "--no-spare-capacity").code == 0
    assert "survive" not in cli("project", "show", "shop").out


@pytest.mark.parametrize("rule", ["rack", "survive=x", "of=rack", "within="])
def test_what_is_no_rule_is_a_usage_error(cli: Cli, rule: str) -> None:
    done = cli("project", "create", "shop", "--spare-capacity", rule)
    assert done.code == 2
    assert "survive" in done.err
