"""Placement rules over gRPC: obeyed, given back as they were requested, refused by field when they make no sense."""

import asyncio

import pytest
from chronovisor.v1 import host_pb2, host_service_pb2, project_pb2, project_service_pb2, vm_pb2, vm_service_pb2
from chronovisor.v1.vm_pb2 import GroupRule, PlacementRules, Preference
from google.longrunning.operations_pb2 import Operation
from google.protobuf.field_mask_pb2 import FieldMask

from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_host, a_vm, refused, vm_name

Kind = GroupRule.Kind
APART = GroupRule(kind=Kind.KIND_ANTI_AFFINITY, vms="app=web", within="zone")


async def register(plane: Plane, name: str, zone: str = "", traits: tuple[str, ...] = (), **labels: str) -> None:
    host = a_host()
    host.zone = zone
    host.traits.extend(traits)
    host.labels.update(labels)
    await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id=name, host=host))


async def create(plane: Plane, name: str, rules: PlacementRules, parent: str = DEFAULT, **labels: str) -> Operation:
    vm = a_vm(image="tiny")
    vm.labels.update(labels)
    vm.spec.placement.CopyFrom(rules)
    request = vm_service_pb2.CreateVmRequest(parent=parent, vm_id=name, vm=vm, start=True)
    return await plane.vms.CreateVm(request, metadata=ACTOR)


async def host_of(plane: Plane, name: str) -> str:
    return (await plane.get(name)).host


async def test_vms_that_keep_apart_take_a_zone_each_and_the_last_learns_why_it_has_none(plane: Plane) -> None:
    for zone in ("a", "b"):
        await register(plane, f"{zone}-1", zone)
        await register(plane, f"{zone}-2", zone)
    rules = PlacementRules(groups=[APART])
    for number in range(2):
        await create(plane, f"web-{number}", rules, app="web")
    zones = {(await host_of(plane, f"web-{number}"))[6] for number in range(2)}
    assert zones == {"a", "b"}
    found = await refused(create(plane, "web-2", rules, app="web"))
    assert found.reason == "NO_CAPACITY"
    assert found.metadata["turned_down.anti_affinity"] == "4"


async def test_a_vm_without_rules_is_kept_from_where_another_allows_none_of_its_kind(plane: Plane) -> None:
    await register(plane, "only")
    await create(plane, "quiet", PlacementRules(groups=[GroupRule(kind=Kind.KIND_ANTI_AFFINITY, vms="noise=loud")]))
    found = await refused(create(plane, "loud", PlacementRules(), noise="loud"))
    assert found.metadata["turned_down.anti_affinity"] == "1"
    await create(plane, "silent", PlacementRules(), noise="none")


async def test_groups_of_one_project_mean_nothing_to_another(plane: Plane) -> None:
    await register(plane, "only", "a")
    other = project_service_pb2.CreateProjectRequest(project_id="other", project=project_pb2.Project())
    await plane.projects.CreateProject(other, metadata=ACTOR)
    await create(plane, "web", PlacementRules(groups=[APART]), app="web")
    await create(plane, "web", PlacementRules(groups=[APART]), "projects/other", app="web")


async def test_rules_are_given_back_in_their_canonical_text(plane: Plane) -> None:
    await register(plane, "n1", "a", ("ssd",), rack="r1")
    rules = PlacementRules(
        require=" zone in ( b , a ) , trait:ssd",
        prefer=[Preference(selector="rack = r1", weight=10)],
        groups=[GroupRule(kind=Kind.KIND_SPREAD, vms="app", soft=True)],
        avoid_hosts=["hosts/n9"],
    )
    await create(plane, "web", rules, app="web")
    placement = (await plane.get("web")).spec.placement
    assert placement.require == "zone in (a,b),trait:ssd"
    assert placement.prefer == [Preference(selector="rack=r1", weight=10)]
    assert (placement.groups[0].within, placement.groups[0].max_skew) == ("host", 1)
    assert placement.avoid_hosts == ["hosts/n9"]


async def test_the_policy_of_a_project_is_the_one_its_placements_record(plane: Plane) -> None:
    for name in ("n1", "n2"):
        await register(plane, name)
    project = project_pb2.Project(placement_policy="spread")
    request = project_service_pb2.CreateProjectRequest(project_id="wide", project=project)
    assert (await plane.projects.CreateProject(request, metadata=ACTOR)).placement_policy == "spread"
    for number in range(2):
        await create(plane, f"vm-{number}", PlacementRules(), "projects/wide")
    explain = vm_service_pb2.ExplainPlacementRequest(name="projects/wide/vms/vm-1")
    explanation = (await plane.vms.ExplainPlacement(explain)).explanation
    assert (explanation.policy, explanation.host) == ("spread", "hosts/n2")


async def test_of_many_that_race_for_the_last_place_exactly_one_wins(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register(vcpus=2)
    creations = (plane.create(f"vm-{number}", start=True, vcpus=2) for number in range(20))
    outcomes = await asyncio.gather(*creations, return_exceptions=True)
    assert sum(isinstance(each, Operation) for each in outcomes) == 1
    assert (await plane.used())["vcpus"] == (2, 2)
    assert [each for each in await plane.events() if each == "capacity_held"] == ["capacity_held"]


async def test_a_host_that_changes_under_its_vms_evicts_none_and_lists_which_rules_it_breaks(plane: Plane) -> None:
    await register(plane, "n1", "a", ("ssd",), rack="r1")
    await create(plane, "picky", PlacementRules(require="zone=a,trait:ssd,rack=r1"))
    await create(plane, "easy", PlacementRules())
    host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/n1"))
    assert not host.violations
    host.zone = "b"
    del host.traits[:]
    changed = await plane.hosts.UpdateHost(
        host_service_pb2.UpdateHostRequest(host=host, update_mask=FieldMask(paths=["zone", "traits"])), metadata=ACTOR
    )
    assert list(changed.violations) == [
        f"{vm_name('picky')}: requires zone=a",
        f"{vm_name('picky')}: requires trait:ssd",
    ]
    assert await host_of(plane, "picky") == "hosts/n1"
    assert (await plane.used())["vcpus"][1] == 4


@pytest.mark.parametrize(
    "policy", ["fast", "pack=", "pack=-1", "pack=nan", "pack=0", "pack=1,pack=2", "pack=1;spread=1"]
)
async def test_what_is_no_policy_is_refused(plane: Plane, policy: str) -> None:
    project = project_pb2.Project(placement_policy=policy)
    request = project_service_pb2.CreateProjectRequest(project_id="x", project=project)
    assert (await refused(plane.projects.CreateProject(request, metadata=ACTOR))).fields == ["project.placement_policy"]


BAD: list[tuple[PlacementRules, str]] = [
    (PlacementRules(require="zone=("), "require"),
    (PlacementRules(require="zone=a,zone=b"), "require"),
    (PlacementRules(require="zone in (a,b),zone!=a,zone!=b"), "require"),
    (PlacementRules(require="rack,!rack"), "require"),
    (PlacementRules(require="!host"), "require"),
    (PlacementRules(require=",".join(f"key{number} in(a{'x' * 89},b)" for number in range(10))), "require"),
    (PlacementRules(require="trait:ssd=yes"), "require"),
    (PlacementRules(require="trait:nobody-has-it"), "require"),
    (PlacementRules(prefer=[Preference(selector="zone=a")]), "prefer[0].weight"),
    (PlacementRules(prefer=[Preference(weight=5)]), "prefer[0].selector"),
    (PlacementRules(groups=[GroupRule(vms="app=web")]), "groups[0].kind"),
    (PlacementRules(groups=[GroupRule(kind=Kind.KIND_AFFINITY)]), "groups[0].vms"),
    (PlacementRules(groups=[GroupRule(kind=Kind.KIND_AFFINITY, vms="app!=web")]), "groups[0].vms"),
    (PlacementRules(groups=[GroupRule(kind=Kind.KIND_AFFINITY, vms="app=web", max_skew=2)]), "groups[0].max_skew"),
    (PlacementRules(groups=[GroupRule(kind=Kind.KIND_SPREAD, vms="app", within="a b")]), "groups[0].within"),
    (
        PlacementRules(groups=[APART, GroupRule(kind=Kind.KIND_AFFINITY, vms="app=web", within="zone")]),
        "groups[0]",
    ),
    (
        PlacementRules(
            groups=[
                GroupRule(kind=Kind.KIND_AFFINITY, vms="app=web,tier=1"),
                GroupRule(kind=Kind.KIND_ANTI_AFFINITY, vms="tier=1,app=web"),
            ]
        ),
        "groups[1]",
    ),
    (PlacementRules(host="n1"), "host"),
    (PlacementRules(host="hosts/n1", avoid_hosts=["hosts/n1"]), "host"),
    (PlacementRules(host="hosts/n1", require="host=n2"), "host"),
    (PlacementRules(require="host=n1", avoid_hosts=["hosts/n1"]), "avoid_hosts"),
    (PlacementRules(require="host in (n1,n2)", avoid_hosts=["hosts/n1", "hosts/n2"]), "avoid_hosts"),
    (PlacementRules(numa_nodes=9), "numa_nodes"),
    (PlacementRules(numa_nodes=-1), "numa_nodes"),
    (PlacementRules(numa_nodes=4), "numa_nodes"),
]


@pytest.mark.parametrize(("rules", "field"), BAD, ids=[f"{field}-{place}" for place, (_, field) in enumerate(BAD)])
async def test_rules_that_make_no_sense_are_refused_by_field(plane: Plane, rules: PlacementRules, field: str) -> None:
    await register(plane, "n1")
    found = await refused(create(plane, "web", rules))
    assert (found.reason, found.fields) == ("INVALID_FIELD", [f"vm.spec.placement.{field}"])
    assert (await refused(plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=vm_name("web"))))).reason == "VM_NOT_FOUND"


def test_the_kinds_of_the_api_and_of_the_domain_are_the_same() -> None:
    assert {each.number for each in vm_pb2.GroupRule.Kind.DESCRIPTOR.values} == {0, 1, 2, 3}


async def test_rules_over_zones_that_are_broken_are_listed_now_in_lists_and_for_the_past(any_plane: Plane) -> None:
    plane = any_plane
    for name, zone in (("n1", "a"), ("n2", "b")):
        await register(plane, name, zone)
    await create(plane, "web-1", PlacementRules(groups=[APART]), app="web")
    await create(plane, "web-2", PlacementRules(), app="web")
    where = await host_of(plane, "web-1")
    other = await host_of(plane, "web-2")
    host = host_pb2.Host(name=other, zone="a" if other == "hosts/n2" else "b")
    there = (await plane.hosts.ListHosts(host_service_pb2.ListHostsRequest())).position
    await plane.hosts.UpdateHost(host_service_pb2.UpdateHostRequest(host=host))
    words = [f"{vm_name('web-1')}: at most 1 of app=web with it in a zone; there are 2"]
    found = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name=where))
    assert list(found.violations) == words
    listed = await plane.hosts.ListHosts(host_service_pb2.ListHostsRequest())
    assert {each.name: list(each.violations) for each in listed.hosts} == {where: words, other: []}
    now = host_service_pb2.GetHostRequest(name=where, at_position=listed.position)
    assert list((await plane.hosts.GetHost(now)).violations) == words
    before = host_service_pb2.GetHostRequest(name=where, at_position=there)
    assert not (await plane.hosts.GetHost(before)).violations
