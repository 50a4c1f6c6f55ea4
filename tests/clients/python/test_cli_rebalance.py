"""`chronovisor rebalance --plan`: what is requested, and how a plan is shown."""

import json

import pytest
from chronovisor.v1 import rebalance_pb2
from chronovisor.v1.resources_pb2 import Resources

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import last_request

PLAN = rebalance_pb2.PlanRebalanceResponse(
    migrations=[
        rebalance_pb2.Migration(
            vm="projects/default/vms/web-1",
            from_host="hosts/node-1",
            to_host="hosts/node-2",
            held=Resources(vcpus=2),
            why="frees hosts/node-1",
        )
    ],
    freed_hosts=["hosts/node-1"],
    left=["hosts/node-3: no host in use has room for it"],
    before=rebalance_pb2.HostsInUse(hosts=2, eta={"vcpus": 0.25}),
    after=rebalance_pb2.HostsInUse(hosts=1, eta={"vcpus": 0.5}),
    position=7,
)


@pytest.fixture
def planning(plane: Plane) -> Plane:
    plane.proxy.answer("PlanRebalance", PLAN)
    return plane


@pytest.mark.usefixtures("planning")
def test_a_plan_is_a_table_its_gain_and_what_stays(cli: Cli) -> None:
    lines = cli("rebalance", "--plan").out.splitlines()
    assert lines[0].split() == ["#", "VM", "FROM", "TO", "HOLDS", "WHY"]
    assert lines[1].split()[:4] == ["1", "web-1", "node-1", "node-2"]
    assert lines[2] == "1 migration, 1 host freed (2 to 1). Of the hosts in use is allocated: vcpus 25% to 50%."
    assert lines[4:] == ["Stays as it is:", "  hosts/node-3: no host in use has room for it"]


def test_what_is_requested_is_sent(cli: Cli, planning: Plane) -> None:
    done = cli("rebalance", "--plan", "--goal", "violations", "--zone", "eu-1a", "--max-migrations", "3", "-o", "json")
    assert json.loads(done.out)["freed_hosts"] == ["hosts/node-1"]
    request = last_request(planning, "PlanRebalance")
    assert (request.goal, request.zone, request.max_migrations) == (2, "eu-1a", 3)


def test_where_no_move_helps_the_control_plane_has_none(cli: Cli) -> None:
    assert cli("rebalance", "--plan").out.startswith("There is nothing to move.")


def test_without_plan_it_says_that_it_cannot_be_carried_out_yet(cli: Cli) -> None:
    done = cli("rebalance")
    assert done.code == 2
    assert "--plan" in done.err
