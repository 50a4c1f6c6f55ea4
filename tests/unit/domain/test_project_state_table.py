"""The project's state table, row by row, and what its decisions refuse."""

import itertools

import pytest

from controlplane.domain.errors import ProjectInUse, WrongState
from controlplane.domain.placement.policy import parse_policy
from controlplane.domain.project import aggregate as projects
from controlplane.domain.project.aggregate import Project, ProjectTerms
from controlplane.domain.project.states import TRANSITIONS, ProjectState, ProjectVerb, allowed_commands, require
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros

EVERY_PAIR = list(itertools.product(ProjectState, ProjectVerb))
OTHER = ProjectTerms(
    "Shop", (("tier", "gold"),), Resources(vcpus=4), parse_policy("spread"), (("a", parse_policy("pack")),)
)


def project(state: ProjectState = ProjectState.ACTIVE) -> Project:
    return Project("u", "projects/p", ProjectTerms("P"), Micros(1), Micros(1), state=state)


def test_the_table_has_the_arrows_of_the_docs() -> None:
    arrows = {f"{state.name} -> {after.name}" for (state, _), after in TRANSITIONS.items() if state is not after}
    assert arrows == {"ACTIVE -> DELETED"}


@pytest.mark.parametrize(("state", "verb"), EVERY_PAIR, ids=lambda each: each.name)
def test_every_pair_is_an_edge_or_a_refusal_that_names_the_state_and_what_is_allowed(
    state: ProjectState, verb: ProjectVerb
) -> None:
    decide = {
        ProjectVerb.UPDATE: lambda: projects.decide_update(project(state), OTHER),
        ProjectVerb.DELETE: lambda: projects.decide_delete(project(state), {}),
    }[verb]
    if (state, verb) in TRANSITIONS:
        assert require("projects/p", state, verb) is TRANSITIONS[state, verb]
        assert len(decide()) == 1
        return
    with pytest.raises(WrongState) as refused:
        decide()
    assert (refused.value.kind, refused.value.state) == ("project", state.name)
    assert refused.value.command == f"{verb.name.title()}Project"
    assert list(refused.value.allowed) == allowed_commands(state)


def test_a_deleted_project_has_no_way_out() -> None:
    assert allowed_commands(ProjectState.DELETED) == []


def test_an_update_to_what_is_so_already_is_no_event() -> None:
    assert projects.decide_update(project(), ProjectTerms("P")) == []


@pytest.mark.parametrize(
    ("uses", "words"),
    [
        ({"vms": 1, "service_accounts": 0}, "1 VM"),
        ({"vms": 2}, "2 VMs"),
        ({"vms": 0, "dedicated_hosts": 1}, "1 dedicated host"),
        ({"vms": 2, "dedicated_hosts": 3}, "2 VMs and 3 dedicated hosts"),
        ({"service_accounts": 1}, "1 service account"),
        ({"vms": 1, "service_accounts": 2}, "1 VM and 2 service accounts"),
    ],
)
def test_what_still_uses_a_project_is_counted(uses: dict[str, int], words: str) -> None:
    with pytest.raises(ProjectInUse) as refused:
        projects.decide_delete(project(), uses)
    assert str(refused.value) == f"projects/p still has {words}"
