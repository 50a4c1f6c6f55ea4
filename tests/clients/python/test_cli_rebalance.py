"""`chronovisor rebalance --plan`."""

import json

from tests.clients.python.conftest import Cli
from tests.clients.python.fake_control_plane import ControlPlane
from tests.clients.python.test_cli import last_request


def test_a_plan_is_a_table_its_gain_and_what_stays(cli: Cli) -> None:
    lines = cli("rebalance", "--plan").out.splitlines()
    assert lines[0].split() == ["#", "VM", "FROM", "TO", "HOLDS", "WHY"]
    assert lines[1].split()[:4] == ["1", "web-1", "node-1", "node-2"]
    assert lines[2] == "1 migration, 1 host freed (2 to 1). Of the hosts in use is allocated: vcpus 25% to 50%."
    assert lines[4:] == ["Stays as it is:", "  hosts/node-3: no host in use has room for it"]


def test_what_is_asked_for_is_sent(cli: Cli, plane: ControlPlane) -> None:
    done = cli("rebalance", "--plan", "--goal", "violations", "--zone", "eu-1a", "--max-migrations", "3", "-o", "json")
    assert json.loads(done.out)["freed_hosts"] == ["hosts/node-1"]
    asked = last_request(plane, "PlanRebalance")
    assert (asked.goal, asked.zone, asked.max_migrations) == (2, "eu-1a", 3)


def test_without_plan_it_says_that_it_cannot_be_carried_out_yet(cli: Cli) -> None:
    done = cli("rebalance")
    assert done.code == 2
    assert "--plan" in done.err
