"""Plans of migrations, over gRPC."""

import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import project_service_pb2, rebalance_pb2, vm_service_pb2
from chronovisor.v1.project_pb2 import Project

from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import Plane, a_vm, refused

Plan = rebalance_pb2.PlanRebalanceRequest
SPREAD = "projects/spread"


@pytest.mark.covers("HostService.PlanRebalance")
async def test_a_plan_frees_a_host_and_moves_nothing(plane: Plane) -> None:
    project = Project(placement_policy="spread")
    await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="spread", project=project))
    async with connected(plane, "node-1") as one, connected(plane, "node-2") as two:
        for vm_id in ("a", "b"):
            request = vm_service_pb2.CreateVmRequest(parent=SPREAD, vm_id=vm_id, vm=a_vm(1), start=True)
            operation = await plane.vms.CreateVm(request)
            vm = await plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=f"{SPREAD}/vms/{vm_id}"))
            agent = one if vm.host == "hosts/node-1" else two
            await agent.until_desired(vm.uid, agents.DESIRED_POWER_RUNNING)
            await agent.obey(vm.uid)
            await plane.wait(operation)
        found = await plane.hosts.PlanRebalance(Plan(goal=Plan.GOAL_FREE_HOSTS))
        assert (found.before.hosts, found.after.hosts, len(found.migrations)) == (2, 1, 1)
        (move,) = found.migrations
        assert [move.from_host] == list(found.freed_hosts)
        assert {move.from_host, move.to_host} == {"hosts/node-1", "hosts/node-2"}
        assert found.position == plane.control_plane.dispatcher.position
        assert found.after.eta["vcpus"] == 2 * found.before.eta["vcpus"]
        vm = await plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=move.vm))
        assert vm.host == move.from_host
        nothing = await plane.hosts.PlanRebalance(Plan(goal=Plan.GOAL_VIOLATIONS))
        assert list(nothing.migrations) == []


@pytest.mark.parametrize(
    ("request_", "reason", "fields"),
    [
        (Plan(max_migrations=-1), "INVALID_FIELD", ["max_migrations"]),
        (Plan(goal=7), "INVALID_FIELD", ["goal"]),  # pyright: ignore[reportArgumentType]
        (Plan(zone="nowhere"), "ZONE_NOT_FOUND", []),
    ],
)
async def test_a_bad_request_is_refused(
    plane: Plane, request_: rebalance_pb2.PlanRebalanceRequest, reason: str, fields: list[str]
) -> None:
    found = await refused(plane.hosts.PlanRebalance(request_))
    assert (found.reason, found.fields) == (reason, fields)
