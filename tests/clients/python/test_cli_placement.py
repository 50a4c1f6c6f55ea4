"""Placement rules and explanations on the command line."""

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.options.placement_rules import rules_text
from chronovisor.v1.vm_pb2 import GroupRule, PlacementRules, Preference
from chronovisor.v1.vm_service_pb2 import ExplainPlacementResponse, NearMiss, PlacementExplanation, ScoredHost

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import last_request

CREATE = ("vm", "create", "web-1", "--vcpus", "2", "--memory", "512MiB", "--disk", "5GiB", "--image", "tiny")
FOUND = PlacementExplanation(
    policy="pack-balanced",
    host="hosts/node-1",
    hosts_considered=12,
    turned_down={"vcpus": 3, "require zone=a": 7},
    score=-0.25,
    alternatives=[ScoredHost(host="hosts/node-2", score=-0.5)],
    numa_nodes=[0, 1],
    position=42,
)
NOWHERE = PlacementExplanation(
    hosts_considered=2, turned_down={"vcpus": 2}, nearest=[NearMiss(host="hosts/node-1", rule="vcpus", missing=3)]
)


def explain(plane: Plane, explanation: PlacementExplanation) -> None:
    plane.proxy.answer("ExplainPlacement", ExplainPlacementResponse(explanation=explanation))


def test_every_rule_has_an_option(cli: Cli, plane: Plane) -> None:
    ran = cli(
        *CREATE,
        *("--require", "zone=a,trait:ssd", "--prefer", "trait:ssd:50", "--prefer", "rack=r1:-20"),
        *("--together", "app=db@zone", "--apart", "app=web", "--apart", "app=web@rack:2", "--spread", "app@zone:3"),
        *("--rather-together", "app=cache", "--rather-apart", "tier=noisy", "--rather-spread", "app"),
        *("--on-host", "node-1", "--avoid-host", "node-2", "--avoid-host", "node-3", "--numa-nodes", "2"),
    )
    assert (ran.code, ran.err) == (0, "")
    kind = GroupRule.Kind
    assert last_request(plane, "CreateVm").vm.spec.placement == PlacementRules(
        require="zone=a,trait:ssd",
        prefer=[Preference(selector="trait:ssd", weight=50), Preference(selector="rack=r1", weight=-20)],
        groups=[
            GroupRule(kind=kind.KIND_AFFINITY, vms="app=db", within="zone"),
            GroupRule(kind=kind.KIND_AFFINITY, vms="app=cache", soft=True),
            GroupRule(kind=kind.KIND_ANTI_AFFINITY, vms="app=web"),
            GroupRule(kind=kind.KIND_ANTI_AFFINITY, vms="app=web", within="rack", max_per_domain=2),
            GroupRule(kind=kind.KIND_ANTI_AFFINITY, vms="tier=noisy", soft=True),
            GroupRule(kind=kind.KIND_SPREAD, vms="app", within="zone", max_skew=3),
            GroupRule(kind=kind.KIND_SPREAD, vms="app", soft=True),
        ],
        host="hosts/node-1",
        avoid_hosts=["hosts/node-2", "hosts/node-3"],
        numa_nodes=2,
    )


def test_without_rules_none_are_sent(cli: Cli, plane: Plane) -> None:
    cli(*CREATE)
    assert not last_request(plane, "CreateVm").vm.spec.HasField("placement")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--prefer", "zone=a", "SELECTOR:WEIGHT"),
        ("--prefer", ":5", "SELECTOR:WEIGHT"),
        ("--prefer", "zone=a:much", "SELECTOR:WEIGHT"),
        ("--apart", "@rack", "SELECTOR[@DOMAIN[:NUMBER]]"),
        ("--apart", "app=web@rack:many", "SELECTOR[@DOMAIN[:NUMBER]]"),
    ],
)
def test_what_is_no_rule_is_refused_with_an_example(cli: Cli, option: str, value: str, words: str) -> None:
    ran = cli(*CREATE, option, value)
    assert ran.code == Exit.USAGE
    assert words in " ".join(ran.err.split())


def test_a_past_placement_is_explained(cli: Cli, plane: Plane) -> None:
    explain(plane, FOUND)
    ran = cli("placement", "explain", "web-1")
    assert ran.code == 0
    assert last_request(plane, "ExplainPlacement").name == "projects/default/vms/web-1"
    for part in ("hosts/node-1", "0, 1", "pack-balanced, of 12 hosts", "-0.2500", "node-2", "require zone=a", "42"):
        assert part in ran.out
    assert '"hosts_considered": "12"' in cli("placement", "explain", "web-1", "--output", "json").out


def test_validate_only_says_where_the_vm_would_go_or_what_is_missing(cli: Cli, plane: Plane) -> None:
    explain(plane, FOUND)
    assert "hosts/node-1" in cli(*CREATE, "--validate-only").out
    explain(plane, NOWHERE)
    out = cli(*CREATE, "--validate-only").out
    assert "web-1 fits on none of 2 hosts." in out
    assert "3 more vcpus" in out


def test_rules_are_words() -> None:
    kind = GroupRule.Kind
    rules = PlacementRules(
        require="zone=a",
        prefer=[Preference(selector="trait:ssd", weight=50)],
        groups=[GroupRule(kind=kind.KIND_ANTI_AFFINITY, vms="app=web", within="rack", max_per_domain=2, soft=True)],
        avoid_hosts=["hosts/h1"],
        numa_nodes=1,
    )
    assert rules_text(rules) == (
        "only on zone=a; rather on trait:ssd (+50); rather apart from app=web by rack, at most 2; never on hosts/h1; "
        "in 1 NUMA node"
    )
    assert rules_text(PlacementRules()) == ""
