"""`chronovisor rebalance`: what is requested, how a plan is shown, and what became of one."""

import json

import pytest
from chronovisor.v1 import rebalance_pb2
from chronovisor.v1.resources_pb2 import Resources
from google.longrunning.operations_pb2 import Operation

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


DONE = Operation(name="operations/rebalances.1", done=True)
DONE.response.Pack(
    rebalance_pb2.Rebalance(
        moves=[
            rebalance_pb2.RebalanceMove(
                vm="projects/default/vms/web-1",
                from_host="hosts/node-1",
                to_host="hosts/node-2",
                why="frees hosts/node-1",
                state=rebalance_pb2.RebalanceMove.STATE_MOVED,
            ),
            rebalance_pb2.RebalanceMove(
                vm="projects/default/vms/web-2",
                from_host="hosts/node-1",
                to_host="hosts/node-2",
                why="frees hosts/node-1",
                state=rebalance_pb2.RebalanceMove.STATE_SKIPPED,
                detail="the VM is no more",
            ),
        ]
    )
)


def test_without_plan_it_is_carried_out_and_shows_what_became_of_each(cli: Cli, plane: Plane) -> None:
    plane.proxy.answer("RunRebalance", DONE)
    done = cli("rebalance", "--goal", "used", "--max-parallel", "3", "--reason", "night")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["VM", "FROM", "TO", "STATE", "WHY"]
    assert lines[1].split()[:4] == ["web-1", "node-1", "node-2", "moved"]
    assert "the VM is no more" in lines[2]
    assert lines[3] == "1 of 2 migrations carried out."
    request = last_request(plane, "RunRebalance")
    assert (request.goal, request.max_parallel, request.reason) == (3, 3, "night")


def test_where_there_is_nothing_to_move_it_is_done(cli: Cli) -> None:
    assert cli("rebalance").out.startswith("There is nothing to move.")
    assert cli("rebalance", "--plan", "--max-parallel", "3").code == 2
