"""Spare capacity over gRPC: what would fail, now and then, and starts that a rule refuses."""

import pytest
from chronovisor.v1 import host_service_pb2, project_pb2, project_service_pb2, vm_service_pb2
from chronovisor.v1.spare_capacity_pb2 import CheckSpareCapacityRequest, CheckSpareCapacityResponse

from controlplane.domain.placement.spare_capacity import SpareRule
from controlplane.domain.vm.limits import Limits
from tests.integration.controlplane.plane import DEFAULT, Plane, a_host, a_vm, refused, running, vm_name


async def two_hosts(plane: Plane) -> None:
    for host_id, rack in (("a", "r1"), ("b", "r2")):
        host = a_host(vcpus=4)
        host.labels["rack"] = rack
        host.zone = "eu-1a"
        await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id=host_id, host=host))


async def check(plane: Plane, **fields: object) -> CheckSpareCapacityResponse:
    request = CheckSpareCapacityRequest(**fields)  # pyright: ignore[reportArgumentType]
    return await plane.utilization.CheckSpareCapacity(request)


async def keep(plane: Plane, *rules: project_pb2.SpareCapacityRule) -> None:
    request = project_service_pb2.UpdateProjectRequest(project=project_pb2.Project(name=DEFAULT, spare_capacity=rules))
    request.update_mask.paths.append("spare_capacity")
    await plane.projects.UpdateProject(request)


@pytest.mark.covers("UtilizationService.CheckSpareCapacity")
async def test_what_would_have_no_place_is_named_now_and_then(any_plane: Plane) -> None:
    plane = any_plane
    await two_hosts(plane)
    await plane.create("one", start=True, vcpus=2)
    before = await check(plane)
    assert (before.survived, before.domains, before.combinations, before.tried_combinations) == (True, 2, 2, 2)
    await plane.create("two", start=True, vcpus=3)
    now = await check(plane, within="rack")
    assert (now.survived, now.total_shortages) == (False, len(now.shortages))
    missing = {tuple(each.domains): each for each in now.shortages}
    one = await plane.get("one")
    rack = {"hosts/a": "r1", "hosts/b": "r2"}[one.host]
    short = missing[rack,]
    assert (short.vms, short.total_unplaced, short.missing.vcpus) == (1, 1, 2)
    (unplaced,) = short.unplaced
    assert (unplaced.vm, unplaced.uid, unplaced.host) == (vm_name("one"), one.uid, one.host)
    assert (unplaced.hosts_considered, dict(unplaced.turned_down)) == (2, {"not_active": 1, "vcpus": 1})
    # As of the moment before, nothing was short.
    then = await check(plane, at_position=before.position)
    before.read_time.CopyFrom(then.read_time)
    assert then == before
    again = await check(plane, at_position=now.position, within="rack")
    assert again == now


async def test_the_past_is_the_past_whatever_the_hosts_are_now(plane: Plane) -> None:
    await two_hosts(plane)
    await plane.create("one", start=True, vcpus=2)
    position = plane.control_plane.dispatcher.position
    await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name="hosts/a"))
    await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name="hosts/b"))
    assert not (await check(plane)).survived
    assert (await check(plane, at_position=position)).survived


@pytest.mark.parametrize(
    ("fields", "reason", "bad"),
    [
        ({"survive": -1}, "INVALID_FIELD", ["survive"]),
        ({"survive": 4}, "INVALID_FIELD", ["survive"]),
        ({"within": "-"}, "INVALID_FIELD", ["within"]),
        ({"within": "row"}, "INVALID_FIELD", ["within"]),
        ({"zone": "Eu 1"}, "INVALID_FIELD", ["zone"]),
        ({"zone": "nowhere"}, "ZONE_NOT_FOUND", []),
    ],
)
async def test_a_bad_request_is_refused(plane: Plane, fields: dict[str, object], reason: str, bad: list[str]) -> None:
    await two_hosts(plane)
    found = await refused(check(plane, **fields))
    assert (found.reason, found.fields) == (reason, bad)


@pytest.mark.provokes("NO_SPARE_CAPACITY")
async def test_a_start_that_a_rule_of_its_project_forbids_says_what_would_have_no_place(any_plane: Plane) -> None:
    plane = any_plane
    await two_hosts(plane)
    await keep(plane, project_pb2.SpareCapacityRule(zone="eu-1a", within="rack"))
    project = await plane.projects.GetProject(project_service_pb2.GetProjectRequest(name=DEFAULT))
    assert [str(each) for each in project.spare_capacity] == [
        str(project_pb2.SpareCapacityRule(zone="eu-1a", survive=1, within="rack"))
    ]
    await plane.create("one", start=True, vcpus=2)
    found = await refused(plane.create("two", start=True, vcpus=3))
    assert (found.code.name, found.reason, found.details) == (
        "RESOURCE_EXHAUSTED",
        "NO_SPARE_CAPACITY",
        ["QuotaFailure"],
    )
    assert (found.metadata["project"], found.metadata["rule"]) == (DEFAULT, "survive=1,within=rack,zone=eu-1a")
    assert found.metadata["domains"] in ("r1", "r2")
    assert "would have no place" in found.message
    # In a batch, the item; and each for itself where some may be refused.
    requests = [
        vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=a_vm(vcpus=vcpus), start=True)
        for vm_id, vcpus in (("small", 1), ("large", 3))
    ]
    batch = vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT, requests=requests)
    assert (await refused(plane.vms.BatchCreateVms(batch))).metadata["item"] == "1"
    batch.allow_partial = True
    answers = (await plane.vms.BatchCreateVms(batch)).items
    assert [each.operation != "" for each in answers] == [True, False]
    # Without the rule, there is room.
    await keep(plane)
    await plane.create("two", start=True, vcpus=1)


async def test_a_rule_of_the_server_is_kept_through_a_restart(tmp_path: object) -> None:
    limits = Limits().keeping((SpareRule(),))
    store = f"sqlite:///{tmp_path}/ledger.db"
    async with running(store, limits) as plane:
        await two_hosts(plane)
        await plane.create("one", start=True, vcpus=4)
    async with running(store, limits) as plane:
        found = await refused(plane.create("two", start=True, vcpus=1))
        assert (found.reason, found.metadata["project"]) == ("NO_SPARE_CAPACITY", "")
        await plane.stop("one")
        assert (await plane.get("one")).state
    async with running(store) as plane:
        await plane.create("two", start=True, vcpus=1)


async def test_a_rule_of_a_project_is_kept_through_a_restart(tmp_path: object) -> None:
    store = f"sqlite:///{tmp_path}/ledger.db"
    async with running(store) as plane:
        await two_hosts(plane)
        await keep(plane, project_pb2.SpareCapacityRule())
        await plane.create("one", start=True, vcpus=4)
    async with running(store) as plane:
        assert (await refused(plane.create("two", start=True, vcpus=1))).reason == "NO_SPARE_CAPACITY"
