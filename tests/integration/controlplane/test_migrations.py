"""Migrations over gRPC: two agents, by hand, and what callers see of it; and what becomes of a VM in trouble."""

import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import vm_pb2
from chronovisor.v1 import vm_service_pb2 as api
from chronovisor.v1.operations_pb2 import OperationProgress
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode

from tests.integration.controlplane.fake_agent import guest
from tests.integration.controlplane.moving_pair import Pair, copying, migrate, moving_pair
from tests.integration.controlplane.plane import (
    Plane,
    metadata_of,
    refusal_in,
    refused,
    vm_name,
    vm_of,
)


async def again(plane: Plane, operation: longrunning.Operation) -> longrunning.Operation:
    return await plane.operations.GetOperation(longrunning.GetOperationRequest(name=operation.name))


@pytest.mark.covers("VmService.MigrateVm")
async def test_a_vm_moves_by_both_agents_words_and_its_operation_says_how_far_it_is(plane: Plane) -> None:
    async with moving_pair(plane) as pair:
        source, destination, uid = pair
        begun = await migrate(plane, bandwidth_mib_s=100, auto_converge=True, timeout=Duration(seconds=60))
        vm = await plane.get()
        assert (vm.state, vm.migration.source_host, vm.migration.destination_host, vm.migration.phase) == (
            vm_pb2.VM_STATE_MIGRATING,
            "hosts/node-1",
            "hosts/node-2",
            vm_pb2.VmMigration.PHASE_REQUESTED,
        )
        assert vm.migration.also_held == vm.held
        progress = metadata_of(begun).progress
        assert (progress.steps_done, progress.steps_total, progress.host) == (1, 4, "hosts/node-2")
        assert progress.waiting_for == OperationProgress.WAITING_FOR_AGENT
        await copying(pair)
        outgoing = source.desired[uid].outgoing
        assert (outgoing.bandwidth_mib_s, outgoing.auto_converge) == (100, True)
        await is_halfway(plane, pair, begun)
        report = guest(uid, source.desired[uid].incarnation, vm_pb2.GUEST_STATE_SHUTOFF, detail="migrated")
        report.desired_version = source.desired[uid].version
        await source.send(report=report)
        arrived = guest(uid, destination.desired[uid].incarnation, vm_pb2.GUEST_STATE_PAUSED)
        arrived.desired_version = destination.desired[uid].version
        await destination.send(report=arrived)
        await destination.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await destination.until(lambda: not destination.desired[uid].HasField("incoming"))
        await destination.obey(uid)
        ended = vm_of(await plane.wait(begun))
        assert (ended.state, ended.host, ended.incarnation) == (vm_pb2.VM_STATE_RUNNING, "hosts/node-2", 2)
        assert not ended.HasField("migration")
        assert metadata_of(await again(plane, begun)).progress.steps_done == 4


async def is_halfway(plane: Plane, pair: Pair, begun: longrunning.Operation) -> None:
    """What the source's heartbeat says is in the operation, and in the VM."""
    copied = vm_pb2.MigrationProgress(memory_bytes_total=1000, memory_bytes_left=250)
    progress = agents.GuestMigrationProgress(vm_uid=pair.uid, progress=copied)
    await pair.source.send(heartbeat=agents.AgentHeartbeat(migrations=[progress]))
    found = OperationProgress()
    while not found.HasField("migration"):
        found = metadata_of(await again(plane, begun)).progress
    assert (found.migration, found.steps_done) == (copied, 2)
    assert found.HasField("remaining")
    assert (await plane.get()).migration.progress == copied


async def test_a_cancelled_migration_leaves_the_vm_where_it_runs(plane: Plane) -> None:
    async with moving_pair(plane) as pair:
        begun = await migrate(plane)
        await copying(pair)
        await plane.operations.CancelOperation(longrunning.CancelOperationRequest(name=begun.name))
        assert (await plane.get()).migration.cancelled
        await pair.source.until(lambda: not pair.source.desired[pair.uid].HasField("outgoing"))
        await pair.source.report_state(pair.uid, vm_pb2.GUEST_STATE_RUNNING)
        found = refusal_in((await plane.wait(begun)).error)
        assert (found.code, found.reason) == (StatusCode.CANCELLED, "CANCELLED")
        vm = await plane.get()
        assert (vm.state, vm.host) == (vm_pb2.VM_STATE_RUNNING, "hosts/node-1")
        assert (await plane.used("hosts/node-2"))["vcpus"][1] == 0


@pytest.mark.parametrize(
    ("request_", "reason", "field"),
    [
        (api.MigrateVmRequest(destination_host="node-2"), "INVALID_FIELD", "destination_host"),
        (api.MigrateVmRequest(destination_host="hosts/node-1"), "INVALID_FIELD", "destination_host"),
        (api.MigrateVmRequest(bandwidth_mib_s=-1), "INVALID_FIELD", "bandwidth_mib_s"),
        (api.MigrateVmRequest(timeout=Duration(seconds=9)), "INVALID_FIELD", "timeout"),
        (api.MigrateVmRequest(timeout=Duration(seconds=86401)), "INVALID_FIELD", "timeout"),
        (api.MigrateVmRequest(destination_host="hosts/nobody"), "HOST_NOT_FOUND", ""),
        (api.MigrateVmRequest(etag="other"), "ETAG_MISMATCH", ""),
    ],
)
async def test_a_migration_that_cannot_be_says_why(
    plane: Plane, request_: api.MigrateVmRequest, reason: str, field: str
) -> None:
    async with moving_pair(plane):
        request_.name = vm_name("web")
        found = await refused(plane.vms.MigrateVm(request_))
        assert (found.reason, found.fields) == (reason, [field] if field else [])


async def test_a_migration_that_is_only_checked_holds_nothing(plane: Plane) -> None:
    async with moving_pair(plane):
        checked = vm_of(await migrate(plane, validate_only=True))
        assert (checked.state, checked.migration.destination_host) == (vm_pb2.VM_STATE_MIGRATING, "hosts/node-2")
        assert (await plane.get()).state == vm_pb2.VM_STATE_RUNNING


async def change(plane: Plane, availability: vm_pb2.Availability, *paths: str) -> vm_pb2.Availability:
    vm = vm_pb2.Vm(name=vm_name("web"), availability=availability)
    request = api.UpdateVmRequest(vm=vm, update_mask=FieldMask(paths=paths or ["availability"]))
    return vm_of(await plane.vms.UpdateVm(request)).availability


async def test_what_becomes_of_a_vm_in_trouble_is_set_and_changed_field_by_field(plane: Plane) -> None:
    policy = vm_pb2.RestartPolicy(
        when=vm_pb2.RestartPolicy.WHEN_HOST_FAILED,
        max_attempts=5,
        backoff=Duration(seconds=3),
        cooldown=Duration(seconds=4),
        priority=-7,
        after="app = db",
    )
    vm = vm_pb2.Vm(
        spec=(await plane_spec(plane)),
        availability=vm_pb2.Availability(on_maintenance=vm_pb2.Availability.ON_MAINTENANCE_STOP, restart=policy),
    )
    created = vm_of(await plane.vms.CreateVm(api.CreateVmRequest(parent="projects/default", vm_id="web", vm=vm)))
    expected = vm_pb2.Availability()
    expected.CopyFrom(vm.availability)
    # In its own form.
    expected.restart.after = "app=db"
    assert created.availability == expected
    assert (await plane.get()).availability == expected
    changed = await change(
        plane, vm_pb2.Availability(restart=vm_pb2.RestartPolicy(priority=9)), "availability.restart.priority"
    )
    expected.restart.priority = 9
    assert changed == expected
    # Labels alone change nothing of it.
    relabelled = vm_pb2.Vm(name=vm_name("web"), labels={"a": "b"})
    update = api.UpdateVmRequest(vm=relabelled, update_mask=FieldMask(paths=["labels"]))
    assert vm_of(await plane.vms.UpdateVm(update)).availability == expected
    # Without a value, it is the default again, which is not shown.
    assert await change(plane, vm_pb2.Availability()) == vm_pb2.Availability()
    assert not (await plane.get()).HasField("availability")


async def plane_spec(plane: Plane) -> vm_pb2.VmSpec:
    return vm_of(await plane.create("other")).spec


@pytest.mark.parametrize(
    ("availability", "field"),
    [
        (vm_pb2.Availability(on_maintenance=9), "on_maintenance"),  # pyright: ignore[reportArgumentType]
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(when=9)), "restart.when"),  # pyright: ignore[reportArgumentType]
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(max_attempts=101)), "restart.max_attempts"),
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(max_attempts=-1)), "restart.max_attempts"),
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(backoff=Duration())), "restart.backoff"),
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(backoff=Duration(seconds=3601))), "restart.backoff"),
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(cooldown=Duration(seconds=-1))), "restart.cooldown"),
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(priority=1001)), "restart.priority"),
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(after="app in")), "restart.after"),
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(after="trait:ssd")), "restart.after"),
        (vm_pb2.Availability(restart=vm_pb2.RestartPolicy(after="a=1,a=2")), "restart.after"),
    ],
)
async def test_a_wrong_availability_is_named_by_its_field(
    plane: Plane, availability: vm_pb2.Availability, field: str
) -> None:
    spec = await plane_spec(plane)
    vm = vm_pb2.Vm(spec=spec, availability=availability)
    create = plane.vms.CreateVm(api.CreateVmRequest(parent="projects/default", vm_id="web", vm=vm))
    found = await refused(create)
    assert (found.reason, found.fields) == ("INVALID_FIELD", [f"vm.availability.{field}"])
    await plane.create()
    found = await refused(change(plane, availability))
    assert (found.reason, found.fields) == ("INVALID_FIELD", [f"vm.availability.{field}"])
