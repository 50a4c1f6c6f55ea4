"""The expected lifetime of a VM: declared, changed, recorded, and what placement makes of it."""

from datetime import timedelta

import pytest
from chronovisor.v1 import history_service_pb2, vm_pb2, vm_service_pb2
from google.protobuf.field_mask_pb2 import FieldMask

from tests.integration.controlplane.plane import DEFAULT, Plane, a_vm, refused

WEB = f"{DEFAULT}/vms/web"


def lasting(hours: float) -> vm_pb2.Vm:
    vm = a_vm()
    vm.expected_lifetime.FromTimedelta(timedelta(hours=hours))
    return vm


async def create(plane: Plane, name: str, hours: float) -> vm_pb2.Vm:
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=name, vm=lasting(hours), start=True)
    await plane.vms.CreateVm(request)
    return await plane.get(name)


async def test_a_lifetime_is_kept_and_changed_in_any_state_and_taken_back(plane: Plane) -> None:
    await plane.register()
    assert (await create(plane, "web", 6)).expected_lifetime.seconds == 6 * 3600
    vm = await plane.get()
    vm.expected_lifetime.FromTimedelta(timedelta(days=2, microseconds=1))
    await plane.vms.UpdateVm(vm_service_pb2.UpdateVmRequest(vm=vm))
    assert (await plane.get()).expected_lifetime == vm.expected_lifetime
    gone = vm_pb2.Vm(name=WEB)
    mask = FieldMask(paths=["expected_lifetime"])
    await plane.vms.UpdateVm(vm_service_pb2.UpdateVmRequest(vm=gone, update_mask=mask))
    after = await plane.get()
    assert not after.HasField("expected_lifetime")
    assert after.spec == vm.spec
    assert await plane.events(WEB) == ["vm_created", "vm_start_requested", "vm_updated", "vm_updated"]


async def test_an_explanation_has_when_the_vm_and_its_host_are_expected_to_end(plane: Plane) -> None:
    await plane.register()
    await create(plane, "web", 6)
    first = (await plane.vms.ExplainPlacement(vm_service_pb2.ExplainPlacementRequest(name=WEB))).explanation
    assert first.expected_end.seconds - first.decide_time.seconds == 6 * 3600
    assert not first.HasField("host_expected_end")
    query = vm_service_pb2.ExplainPlacementRequest(parent=DEFAULT, vm=lasting(1))
    second = (await plane.vms.ExplainPlacement(query)).explanation
    assert abs(second.host_expected_end.seconds - first.expected_end.seconds) < 60
    without = vm_service_pb2.ExplainPlacementRequest(parent=DEFAULT, vm=a_vm())
    assert not (await plane.vms.ExplainPlacement(without)).explanation.HasField("expected_end")


async def test_of_a_batch_those_that_run_longest_are_placed_first_and_answered_in_order(plane: Plane) -> None:
    for name in ("a", "b"):
        await plane.register(name, vcpus=2)
    requests = [
        vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=f"vm-{hours}", vm=lasting(hours), start=True)
        for hours in (1, 9)
    ]
    batch = vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT, requests=requests)
    items = (await plane.vms.BatchCreateVms(batch)).items
    assert [each.vm.name.rpartition("/")[2] for each in items] == ["vm-1", "vm-9"]
    found = (await plane.history.ListEvents(history_service_pb2.ListEventsRequest())).events
    created = [each.vm_created.name for each in found if each.HasField("vm_created")]
    assert created == [items[1].vm.name, items[0].vm.name]


@pytest.mark.provokes("INVALID_FIELD")
async def test_a_lifetime_of_nothing_is_refused_in_an_update_too(plane: Plane) -> None:
    await plane.create()
    vm = vm_pb2.Vm(name=WEB)
    vm.expected_lifetime.SetInParent()
    mask = FieldMask(paths=["expected_lifetime"])
    found = await refused(plane.vms.UpdateVm(vm_service_pb2.UpdateVmRequest(vm=vm, update_mask=mask)))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["vm.expected_lifetime"])
    assert not (await plane.get()).HasField("expected_lifetime")
