"""Usage and lists by label, which each database reads in its own way."""

import pytest
from chronovisor.v1 import utilization_service_pb2, vm_service_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from tests.integration.controlplane.plane import DEFAULT, Plane, a_vm, running, vm_name
from tests.support.postgresql import Cluster

GetUsage = utilization_service_pb2.GetUsageRequest


async def made(plane: Plane, vm_id: str, **labels: str) -> None:
    vm = a_vm()
    vm.labels.update(labels)
    await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=vm, start=True))


@pytest.mark.parametrize("group_by", ["", "projects", "vms", "labels.team"])
async def test_usage_is_grouped(cluster: Cluster, group_by: str) -> None:
    async with running(cluster.new_database()) as plane:
        await plane.register(vcpus=16)
        await made(plane, "a", team="red")
        await made(plane, "b", team="blue")
        await made(plane, "c")
        end = Timestamp()
        end.GetCurrentTime()
        found = await plane.utilization.GetUsage(
            GetUsage(start_time=Timestamp(seconds=1), end_time=end, group_by=group_by)
        )
        groups = {
            "": [""],
            "projects": [DEFAULT],
            "vms": [vm_name("a"), vm_name("b"), vm_name("c")],
            "labels.team": ["", "blue", "red"],
        }
        assert [each.group for each in found.usages] == groups[group_by]
        assert all(each.classes[0].resource_class == "vcpus" for each in found.usages)


async def test_vms_are_listed_by_label(cluster: Cluster) -> None:
    async with running(cluster.new_database()) as plane:
        await plane.register(vcpus=16)
        await made(plane, "a", team="red")
        await made(plane, "b")
        for filter_, expected in (("labels.team=red", ["a"]), ('labels.team=""', ["b"]), ("labels.team!=red", ["b"])):
            request = vm_service_pb2.ListVmsRequest(parent=DEFAULT, filter=filter_)
            page = await plane.vms.ListVms(request)
            assert [vm.name for vm in page.vms] == [vm_name(each) for each in expected]
