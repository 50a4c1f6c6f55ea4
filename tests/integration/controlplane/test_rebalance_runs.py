"""Rebalances that are carried out: by real agents on simulated hosts, as operations, and looked at again by each."""

import pytest
from chronovisor.v1 import host_service_pb2 as hosts
from chronovisor.v1 import rebalance_pb2
from chronovisor.v1.rebalance_pb2 import PlanRebalanceRequest, Rebalance, RebalanceMove, RunRebalanceRequest
from google.longrunning import operations_pb2 as longrunning

from tests.integration.controlplane.plane import ACTOR, Plane, metadata_of, refusal_in, refused, unpacked
from tests.integration.controlplane.test_draining import Drained, drained

FREE_HOSTS = PlanRebalanceRequest.GOAL_FREE_HOSTS
NOBODY = "00000000-0000-0000-0000-000000000000"


async def two_in_use(world: Drained) -> None:
    """A VM on each of two hosts, of which one would be enough."""
    await world.run_vm("a")
    await world.add("node-2")
    await world.plane.hosts.CordonHost(hosts.CordonHostRequest(name="hosts/node-1"))
    await world.run_vm("b")
    await world.plane.hosts.UncordonHost(hosts.UncordonHostRequest(name="hosts/node-1"))


async def run(plane: Plane, **fields: object) -> longrunning.Operation:
    request = RunRebalanceRequest(**fields)  # pyright: ignore[reportArgumentType]
    return await plane.hosts.RunRebalance(request, metadata=ACTOR)


@pytest.mark.covers("HostService.RunRebalance")
async def test_a_plan_is_carried_out_as_an_operation_and_recorded(plane: Plane) -> None:
    async with drained(plane) as world:
        await two_in_use(world)
        checked = await run(plane, goal=FREE_HOSTS, validate_only=True)
        assert (checked.done, checked.name) == (True, "")
        (planned,) = unpacked(checked.response, Rebalance).moves
        operation = await run(plane, goal=FREE_HOSTS, reason="night")
        metadata = metadata_of(operation)
        assert (metadata.verb, metadata.actor, metadata.reason) == ("RunRebalance", "user:alice", "night")
        done = await plane.wait(operation)
        found = unpacked(done.response, Rebalance)
        (move,) = found.moves
        assert (move.vm, move.from_host, move.to_host) == (planned.vm, planned.from_host, planned.to_host)
        assert move.state == RebalanceMove.STATE_MOVED
        assert operation.name == f"operations/rebalances.{found.uid}"
        assert await plane.operations.GetOperation(longrunning.GetOperationRequest(name=operation.name)) == done
        progress = metadata_of(done).progress
        assert (progress.steps_done, progress.steps_total) == (1, 1)
        stays = move.to_host.removeprefix("hosts/")
        await world.until_only({"a": stays, "b": stays})
        kinds = [each for each in await plane.events() if each.startswith("rebalance")]
        assert kinds == ["rebalance_requested", "rebalance_move_started", "rebalance_move_ended", "rebalance_ended"]
        nothing = await plane.wait(await run(plane, goal=FREE_HOSTS))
        assert not unpacked(nothing.response, Rebalance).moves


async def test_the_same_request_is_carried_out_once(plane: Plane) -> None:
    request_id = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f11"
    first = await run(plane, goal=FREE_HOSTS, request_id=request_id)
    assert (await run(plane, goal=FREE_HOSTS, request_id=request_id)).name == first.name
    found = await refused(run(plane, goal=PlanRebalanceRequest.GOAL_USED, request_id=request_id))
    assert found.reason == "REQUEST_ID_REUSED"


async def test_machines_are_balanced_by_what_was_measured_alone(plane: Plane) -> None:
    done = await plane.wait(await run(plane, goal=PlanRebalanceRequest.GOAL_USED))
    assert not unpacked(done.response, Rebalance).moves
    found = await plane.hosts.PlanRebalance(rebalance_pb2.PlanRebalanceRequest(goal=PlanRebalanceRequest.GOAL_USED))
    assert not found.migrations


@pytest.mark.parametrize(
    ("fields", "reason", "bad"),
    [
        ({"goal": 9}, "INVALID_FIELD", ["goal"]),
        ({"max_migrations": -1}, "INVALID_FIELD", ["max_migrations"]),
        ({"max_parallel": 51}, "INVALID_FIELD", ["max_parallel"]),
        ({"max_parallel": -1}, "INVALID_FIELD", ["max_parallel"]),
        ({"zone": "nowhere"}, "ZONE_NOT_FOUND", []),
    ],
)
async def test_a_bad_request_is_refused(plane: Plane, fields: dict[str, object], reason: str, bad: list[str]) -> None:
    found = await refused(run(plane, **fields))
    assert (found.reason, found.fields) == (reason, bad)


@pytest.mark.parametrize("name", ["operations/rebalances.x", f"operations/rebalances.{NOBODY}"])
async def test_no_rebalance_is_not_found(plane: Plane, name: str) -> None:
    found = await refused(plane.operations.GetOperation(longrunning.GetOperationRequest(name=name)))
    assert found.reason == "OPERATION_NOT_FOUND"


async def test_a_cancelled_one_ends_as_cancelled_and_stays_so(plane: Plane) -> None:
    async with drained(plane) as world:
        await two_in_use(world)
        operation = await run(plane, goal=FREE_HOSTS)
        await plane.operations.CancelOperation(longrunning.CancelOperationRequest(name=operation.name), metadata=ACTOR)
        done = await plane.wait(operation)
        # What was under way then may have been all of it.
        assert refusal_in(done.error).reason == "CANCELLED"
        await plane.operations.CancelOperation(longrunning.CancelOperationRequest(name=operation.name), metadata=ACTOR)
        found = await refused(plane.operations.DeleteOperation(longrunning.DeleteOperationRequest(name=done.name)))
        assert found.reason == "OPERATION_KEPT"
