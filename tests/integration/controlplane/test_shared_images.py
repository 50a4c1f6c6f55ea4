"""Images of one project of which others make VMs: where its policy lets them, and nowhere else."""

from collections.abc import AsyncGenerator
from pathlib import Path

import grpc
import pytest
from chronovisor.v1 import host_service_pb2, image_service_pb2, vm_pb2, vm_service_pb2
from chronovisor.v1.image_pb2 import Image

from tests.integration.controlplane.plane import a_host, a_vm, refusal_in, refused
from tests.integration.controlplane.tenants import Tenants, by, two_tenants
from tests.support import images

RED, BLUE = "projects/red", "projects/blue"
ANNA, BERT = by("anna"), by("bert")
EVERYBODY = "allAuthenticatedUsers"
WEB = f"{BLUE}/images/web"


@pytest.fixture
async def tenants(tmp_path: Path) -> AsyncGenerator[Tenants]:
    """Blue has an image; red's anna may do everything in red, and nothing in blue."""
    host = a_host()
    host.traits.append("image.fetch")
    async with two_tenants() as found:
        await found.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="fetches", host=host))
        await images.upload(found.images, images.qcow2(tmp_path / "web.qcow2"), BLUE, "web", BERT)
        yield found


async def image_of(tenants: Tenants) -> Image:
    return await tenants.images.GetImage(image_service_pb2.GetImageRequest(name=WEB), metadata=BERT)


def new(vm_id: str, image: str = WEB) -> vm_service_pb2.CreateVmRequest:
    return vm_service_pb2.CreateVmRequest(parent=RED, vm_id=vm_id, vm=a_vm(image=image))


async def share(tenants: Tenants, *members: str) -> None:
    bindings = [("image-user", each) for each in members]
    await tenants.bind(BLUE, ("project-admin", "user:bert"), *bindings)


async def test_of_anothers_image_no_vm_is_made_and_nobody_learns_whether_it_is_there(tenants: Tenants) -> None:
    for image in (WEB, f"{BLUE}/images/none", "projects/none/images/web"):
        found = await refused(tenants.vms.CreateVm(new("a", image), metadata=ANNA))
        assert (found.code, found.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ACCESS_DENIED")
        assert found.metadata == {"principal": "user:anna", "permission": "images.use", "resource": image}


async def test_each_way_to_a_vm_demands_it(tenants: Tenants) -> None:
    own = vm_service_pb2.CreateVmRequest(parent=RED, vm_id="own", vm=a_vm(image="any"))
    batch = vm_service_pb2.BatchCreateVmsRequest(parent="projects/-", requests=[own, new("b")])
    assert (await refused(tenants.vms.BatchCreateVms(batch, metadata=ANNA))).metadata["permission"] == "images.use"

    async def commands() -> AsyncGenerator[vm_service_pb2.ExecuteCommandsRequest]:
        yield vm_service_pb2.ExecuteCommandsRequest(tag=1, create_vm=new("c"))

    (answer,) = [each async for each in tenants.vms.ExecuteCommands(commands(), metadata=ANNA)]
    assert refusal_in(answer.error).metadata["permission"] == "images.use"
    vm = vm_pb2.Vm(name=f"{RED}/vms/only-red")
    vm.spec.boot.image.image = WEB
    update = vm_service_pb2.UpdateVmRequest(vm=vm)
    update.update_mask.paths.append("spec.boot")
    assert (await refused(tenants.vms.UpdateVm(update, metadata=ANNA))).metadata["permission"] == "images.use"


@pytest.mark.parametrize("member", [EVERYBODY, "user:anna"])
async def test_who_may_use_them_makes_vms_that_stay_when_that_ends(tenants: Tenants, member: str) -> None:
    await share(tenants, member)
    listed = await tenants.images.ListImages(image_service_pb2.ListImagesRequest(parent=BLUE), metadata=ANNA)
    assert [each.name for each in listed.images] == [WEB]
    await tenants.vms.CreateVm(new("a"), metadata=ANNA)
    await share(tenants)
    vm = await tenants.vms.GetVm(vm_service_pb2.GetVmRequest(name=f"{RED}/vms/a"), metadata=ANNA)
    image = await image_of(tenants)
    assert (vm.spec.boot.image.image, vm.spec.boot.image.image_uid) == (WEB, image.uid)
    assert vm.spec.boot.image.sha256 == image.sha256
    assert (await refused(tenants.vms.CreateVm(new("b"), metadata=ANNA))).reason == "ACCESS_DENIED"
    # It is as it is: to start it, nobody needs the image's project any more.
    await tenants.vms.StartVm(vm_service_pb2.StartVmRequest(name=f"{RED}/vms/a"), metadata=ANNA)


async def test_who_may_use_them_changes_none_of_them(tenants: Tenants) -> None:
    await share(tenants, EVERYBODY)
    delete = image_service_pb2.DeleteImageRequest(name=WEB)
    assert (await refused(tenants.images.DeleteImage(delete, metadata=ANNA))).metadata["permission"] == "images.delete"
    vms = vm_service_pb2.ListVmsRequest(parent=BLUE)
    assert (await refused(tenants.vms.ListVms(vms, metadata=ANNA))).reason == "ACCESS_DENIED"


async def test_in_its_own_project_who_creates_vms_needs_nothing_more(tenants: Tenants) -> None:
    await tenants.bind(BLUE, ("operator", "user:carl"))
    request = vm_service_pb2.CreateVmRequest(parent=BLUE, vm_id="c", vm=a_vm(image=WEB))
    await tenants.vms.CreateVm(request, metadata=by("carl"))


async def test_of_a_batch_over_projects_each_vm_is_looked_at_by_itself(tenants: Tenants) -> None:
    await tenants.bind(RED, ("operator", "user:carl"))
    await tenants.bind(BLUE, ("operator", "user:carl"))
    # A VM in the image's own project, and one in another: the first does not let the second have it.
    own = vm_service_pb2.CreateVmRequest(parent=BLUE, vm_id="own", vm=a_vm(image=WEB))
    batch = vm_service_pb2.BatchCreateVmsRequest(parent="projects/-", requests=[own, new("b")])
    found = await refused(tenants.vms.BatchCreateVms(batch, metadata=by("carl")))
    assert (found.metadata["permission"], found.metadata["resource"]) == ("images.use", WEB)
    batch = vm_service_pb2.BatchCreateVmsRequest(parent=BLUE, requests=[own])
    await tenants.vms.BatchCreateVms(batch, metadata=by("carl"))


async def test_an_update_that_leaves_the_image_out_needs_nothing_of_its_project(tenants: Tenants) -> None:
    await share(tenants, EVERYBODY)
    await tenants.vms.CreateVm(new("a"), metadata=ANNA)
    await share(tenants)
    # As `apply` does it: all that was read, and a mask that says what of it is to be changed.
    vm = await tenants.vms.GetVm(vm_service_pb2.GetVmRequest(name=f"{RED}/vms/a"), metadata=ANNA)
    vm.labels["tier"], vm.spec.resources.vcpus = "web", 3
    update = vm_service_pb2.UpdateVmRequest(vm=vm)
    update.update_mask.paths.extend(["labels", "spec.resources"])
    await tenants.vms.UpdateVm(update, metadata=ANNA)
    for path in ("*", "spec", "spec.boot.image", "spec.boot.image.image"):
        update.update_mask.paths[:] = [path]
        assert (await refused(tenants.vms.UpdateVm(update, metadata=ANNA))).metadata["permission"] == "images.use"
