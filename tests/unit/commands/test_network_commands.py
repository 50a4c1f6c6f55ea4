"""Networks and security groups as the writer makes, changes and ends them."""

import pytest

from controlplane.commands.network import LAST_VNI, VNIS_A_HISTORY, CreateNetwork, DeleteNetwork
from controlplane.commands.project import CreateProject
from controlplane.commands.security_group import CreateSecurityGroup, DeleteSecurityGroup, UpdateSecurityGroup
from controlplane.domain.errors import AlreadyExists, InvalidField, NotFound
from controlplane.domain.fleet import NETWORKS as NUMBERS
from controlplane.domain.history import Fork, Lineage
from controlplane.domain.network.aggregate import Connection, NetworkTerms
from controlplane.domain.resource_kinds import NETWORKS, SECURITY_GROUPS
from controlplane.domain.security_group.aggregate import GroupTerms, Rule
from controlplane.domain.security_group.errors import SecurityGroupInUse
from tests.support.controlplane import PROJECT, World

CONNECTION = Connection(ipv4_cidr="10.1.0.0/24", ipv4_gateway="10.1.0.1")


def world() -> World:
    found = World()
    found.project()
    return found


def network(found: World, name: str, project: str = PROJECT) -> int:
    """The number of a network that is created."""
    full = f"{project}/networks/{name}"
    found.carry_out(CreateNetwork(f"uid-{name}", project, full, CONNECTION, NetworkTerms()))
    made = found.fleet.resource_named(NETWORKS, full)
    assert made is not None
    return made.vni


def named(name: str, project: str = PROJECT) -> str:
    return f"{project}/securityGroups/{name}"


def group(found: World, name: str, *remotes: str, project: str = PROJECT) -> tuple[Rule, ...]:
    """The rules of a group that is created: one for each group that it lets in."""
    terms = GroupTerms(tuple(Rule(remote_group=each) for each in remotes))
    found.carry_out(CreateSecurityGroup(f"uid-{name}", project, named(name, project), terms))
    made = found.fleet.resource_named(SECURITY_GROUPS, named(name, project))
    assert made is not None
    return made.terms.rules


def test_a_networks_number_is_its_own_for_ever() -> None:
    found = world()
    assert [network(found, name) for name in "ab"] == [1, 2]
    found.carry_out(DeleteNetwork(f"{PROJECT}/networks/b"))
    assert network(found, "c") == 3


def test_another_history_gives_other_numbers() -> None:
    found = world()
    assert network(found, "a") == 1
    found.fleet.lineage = Lineage("0" * 32, (Fork("1" * 32, 5, 9, 1_000_009),))
    assert [network(found, name) for name in "bc"] == [VNIS_A_HISTORY + 1, VNIS_A_HISTORY + 2]


def test_the_last_number_is_the_last_network() -> None:
    found = world()
    found.fleet.numbers[NUMBERS] = LAST_VNI - 1
    assert network(found, "last") == LAST_VNI
    with pytest.raises(InvalidField, match="all numbers up to 4194303"):
        network(found, "more")


def test_a_name_is_taken_once_and_a_project_must_be_there() -> None:
    found = world()
    network(found, "a")
    group(found, "a")
    with pytest.raises(AlreadyExists):
        network(found, "a")
    with pytest.raises(AlreadyExists):
        group(found, "a")
    with pytest.raises(NotFound):
        network(found, "a", "projects/none")
    with pytest.raises(NotFound):
        group(found, "a", project="projects/none")


def test_rules_have_the_uids_of_the_groups_that_they_name() -> None:
    found = world()
    group(found, "db")
    rules = group(found, "web", named("web"), named("db"))
    assert [each.remote_group_uid for each in rules] == ["uid-web", "uid-db"]


def test_a_rule_names_a_group_of_its_own_project() -> None:
    found = world()
    found.carry_out(CreateProject("uid-other", "projects/other"))
    group(found, "db", project="projects/other")
    for name in (named("none"), named("db", "projects/other")):
        with pytest.raises(InvalidField) as refused:
            group(found, "web", named("web"), name)
        (violation,) = refused.value.violations
        assert (violation.field, name in violation.rule) == ("security_group.rules[1].remote_group", True)
    assert found.fleet.resource_named(SECURITY_GROUPS, named("web")) is None


def test_a_group_goes_once_no_other_names_it() -> None:
    found = world()
    group(found, "db", named("db"))
    group(found, "web", named("db"))
    with pytest.raises(SecurityGroupInUse) as refused:
        found.carry_out(DeleteSecurityGroup(named("db")))
    assert (refused.value.vms, refused.value.groups) == (0, 1)
    found.carry_out(UpdateSecurityGroup(named("web"), "", lambda _: GroupTerms()))
    found.carry_out(DeleteSecurityGroup(named("db")))
    assert found.fleet.resource_named(SECURITY_GROUPS, named("db")) is None
