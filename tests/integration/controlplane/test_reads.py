"""Lists, pages, filters, and reading one's own writes."""

import asyncio

import pytest
from chronovisor.v1 import (
    history_service_pb2,
    host_service_pb2,
    project_service_pb2,
    utilization_service_pb2,
    vm_pb2,
    vm_service_pb2,
)
from google.longrunning import operations_pb2 as longrunning

from tests.integration.controlplane.plane import DEFAULT, Plane, a_host, a_vm, metadata_of, refused, vm_name, vm_of

ListVms, ListEvents = vm_service_pb2.ListVmsRequest, history_service_pb2.ListEventsRequest


async def ids(plane: Plane, **fields: object) -> list[str]:
    """The ids of the VMs that ListVms gives, page after page."""
    found: list[str] = []
    token = ""
    while True:
        request = ListVms(**{"parent": DEFAULT, **fields}, page_token=token)  # pyright: ignore[reportArgumentType]
        page = await plane.vms.ListVms(request)
        found += [vm.name.rpartition("/")[2] for vm in page.vms]
        token = page.next_page_token
        if not token:
            return found


@pytest.mark.covers("VmService.ListVms")
async def test_pages_are_the_whole_in_order_without_a_gap_or_a_repeat(any_plane: Plane) -> None:
    plane = any_plane
    names = [f"vm-{number}" for number in range(10)]
    await asyncio.gather(*(plane.create(name) for name in reversed(names)))
    for size in (0, 1, 3, 10, 11, 5000):
        assert await ids(plane, page_size=size) == names
    page = await plane.vms.ListVms(ListVms(parent=DEFAULT, page_size=4))
    assert len(page.vms) == 4
    assert page.position == plane.control_plane.dispatcher.position


async def test_a_list_says_how_many_there_are_in_all(any_plane: Plane) -> None:
    plane = any_plane
    for name in ("a", "b", "c", "d"):
        await plane.create(name)
    assert not (await plane.vms.ListVms(ListVms(parent=DEFAULT, page_size=1))).total_size
    first = await plane.vms.ListVms(ListVms(parent=DEFAULT, page_size=1, return_total_size=True))
    assert (len(first.vms), first.total_size, first.total_size_is_minimum) == (1, 4, False)
    await plane.delete("a")
    # The next page is of the first one's position, and so is its total.
    again = ListVms(parent=DEFAULT, page_size=1, page_token=first.next_page_token, return_total_size=True)
    assert (await plane.vms.ListVms(again)).total_size == 4
    now, then = ListVms(parent=DEFAULT, page_size=1), ListVms(parent=DEFAULT, page_size=1, at_position=first.position)
    for request, total in ((now, 3), (then, 4)):
        for filter_, rows in (("", total), ('state = "STOPPED"', total), (f'name = "{vm_name("b")}"', 1)):
            listed = ListVms(filter=filter_, return_total_size=True)
            listed.MergeFrom(request)
            assert (await plane.vms.ListVms(listed)).total_size == rows
    hosts = host_service_pb2.ListHostsRequest(return_total_size=True)
    assert (await plane.hosts.ListHosts(hosts)).total_size == 0
    projects = project_service_pb2.ListProjectsRequest(return_total_size=True)
    assert (await plane.projects.ListProjects(projects)).total_size == 1


async def test_a_vm_made_or_destroyed_between_pages_moves_no_other(plane: Plane) -> None:
    for name in ("a", "c", "d", "e"):
        await plane.create(name)
    first = await plane.vms.ListVms(ListVms(parent=DEFAULT, page_size=2))
    await plane.create("b")
    await plane.delete("c")
    rest = await plane.vms.ListVms(ListVms(parent=DEFAULT, page_size=2, page_token=first.next_page_token))
    assert [vm.name for vm in rest.vms] == [vm_name("d"), vm_name("e")]


async def test_a_page_token_is_good_only_for_the_request_it_was_made_for(plane: Plane) -> None:
    for name in ("a", "b", "c"):
        await plane.create(name)
    token = (await plane.vms.ListVms(ListVms(parent=DEFAULT, page_size=1))).next_page_token
    events = (await plane.history.ListEvents(ListEvents(page_size=1))).next_page_token
    operations = (await plane.operations.ListOperations(longrunning.ListOperationsRequest(page_size=1))).next_page_token
    for call in (
        plane.vms.ListVms(ListVms(parent=DEFAULT, page_token=token, filter="state=STOPPED")),
        plane.vms.ListVms(ListVms(parent="projects/-", page_token=token)),
        plane.hosts.ListHosts(host_service_pb2.ListHostsRequest(page_token=token)),
        plane.projects.ListProjects(project_service_pb2.ListProjectsRequest(page_token=token)),
        plane.history.ListEvents(ListEvents(page_token=token)),
        plane.history.ListEvents(ListEvents(page_token=events, event_types=["VmCreated"])),
        plane.history.ListEvents(ListEvents(page_token=operations)),
        plane.operations.ListOperations(longrunning.ListOperationsRequest(page_token=events)),
        *(
            plane.vms.ListVms(ListVms(parent=DEFAULT, page_token=nonsense))
            for nonsense in ("x", "AAAA", "%%%", "é", token[:-4], token + "AAAA", "A" * (1 << 20))
        ),
    ):
        found = await refused(call)
        assert (found.reason, found.fields) == ("INVALID_FIELD", ["page_token"])


async def test_filters_pick_by_state_host_label_name_and_uid(plane: Plane) -> None:
    await plane.register()
    for vm_id, tier in (("web-1", "web"), ("web-2", "web"), ("db", "data")):
        vm = a_vm(vcpus=1)
        vm.labels["tier"] = tier
        await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=vm))
    await plane.create("bare", vcpus=1)
    await plane.start("web-1")
    uid = (await plane.get("db")).uid
    picked = {
        "": ["bare", "db", "web-1", "web-2"],
        "state=STARTING": ["web-1"],
        'state = "STOPPED"': ["bare", "db", "web-2"],
        "state != STOPPED": ["web-1"],
        'host="hosts/node-1"': ["web-1"],
        'host=""': ["bare", "db", "web-2"],
        "labels.tier=web": ["web-1", "web-2"],
        'labels.tier != "web" AND state="STOPPED"': ["bare", "db"],
        'labels.tier=""': ["bare"],
        f'name="{vm_name("db")}"': ["db"],
        f"uid={uid}": ["db"],
    }
    for filter_, expected in picked.items():
        assert await ids(plane, filter=filter_, page_size=1) == expected, filter_


async def test_all_projects_are_listed_together_and_each_alone(plane: Plane) -> None:
    await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="default-2"))
    other = vm_service_pb2.CreateVmRequest(parent="projects/default-2", vm_id="theirs", vm=a_vm())
    await plane.vms.CreateVm(other)
    await plane.create("mine")
    assert await ids(plane) == ["mine"]
    assert await ids(plane, parent="projects/default-2") == ["theirs"]
    assert await ids(plane, parent="projects/-") == ["theirs", "mine"]


async def test_a_destroyed_vm_is_listed_no_more_and_its_name_is_not_found(plane: Plane) -> None:
    await plane.create()
    first = await plane.get()
    await plane.delete()
    assert await ids(plane) == []
    call = plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=vm_name("web")))
    assert (await refused(call)).reason == "VM_NOT_FOUND"
    await plane.create()
    second = await plane.get()
    assert second.uid != first.uid
    by_uid = await plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=vm_name(first.uid)))
    assert by_uid.state == vm_pb2.VM_STATE_DELETED
    elsewhere = vm_service_pb2.GetVmRequest(name=f"projects/other/vms/{first.uid}")
    assert (await refused(plane.vms.GetVm(elsewhere))).reason == "VM_NOT_FOUND"


@pytest.mark.covers("HostService.RegisterHost", "HostService.GetHost", "HostService.ListHosts")
async def test_a_value_of_a_label_can_have_quotation_marks_in_it(any_plane: Plane) -> None:
    plane = any_plane
    vm = a_vm()
    vm.labels["note"] = 'a "b" \\'
    await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=vm))
    await plane.create("db")
    assert await ids(plane, filter=r'labels.note = "a \"b\" \\"') == ["web"]
    assert await ids(plane, filter=r'labels.note != "a \"b\" \\"') == ["db"]


async def test_a_state_that_does_not_exist_is_refused_with_those_that_do(plane: Plane) -> None:
    watch = plane.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent=DEFAULT, filter="state = RUNING"))
    for call, known in (
        (plane.vms.ListVms(ListVms(parent=DEFAULT, filter="state = RUNING")), "RUNNING"),
        (watch.read(), "RUNNING"),
        (plane.hosts.ListHosts(host_service_pb2.ListHostsRequest(filter='state != "RUNNING"')), "CORDONED"),
    ):
        found = await refused(call)
        assert (found.reason, found.fields) == ("INVALID_FIELD", ["filter"])
        assert known in found.message


async def test_hosts_are_registered_read_and_filtered(any_plane: Plane) -> None:
    plane = any_plane
    for host_id, zone in (("node-2", "eu-1a"), ("node-1", "eu-1b")):
        host = a_host()
        host.zone = zone
        host.labels["rack"] = host_id
        host.inventory["vcpus"].reserved, host.inventory["vcpus"].allocation_ratio = 1, 2.5
        await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id=host_id, host=host))
    got = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
    assert (got.capacity.vcpus, got.allocated.vcpus, got.agent_connected) == (7, 0, False)
    listed = await plane.hosts.ListHosts(host_service_pb2.ListHostsRequest(page_size=1))
    assert [each.name for each in listed.hosts] == ["hosts/node-1"]
    rest = await plane.hosts.ListHosts(
        host_service_pb2.ListHostsRequest(page_size=1, page_token=listed.next_page_token)
    )
    assert [each.name for each in rest.hosts] == ["hosts/node-2"]
    for filter_ in ("zone=eu-1a", "labels.rack=node-2", 'name!="hosts/node-1" AND state=ACTIVE'):
        found = await plane.hosts.ListHosts(host_service_pb2.ListHostsRequest(filter=filter_))
        assert [each.name for each in found.hosts] == ["hosts/node-2"]
    assert (await plane.used("zones/eu-1a"))["vcpus"] == (7, 0)
    assert (await plane.used())["vcpus"] == (14, 0)


async def test_utilization_gives_eta_per_class(plane: Plane) -> None:
    await plane.register(vcpus=8)
    await plane.create(vcpus=2, start=True)
    found = await plane.utilization.GetUtilization(utilization_service_pb2.GetUtilizationRequest())
    assert (found.scope, found.hosts, found.running_vms) == ("fleet", 1, 1)
    vcpus = found.classes[0]
    assert (vcpus.resource_class, vcpus.total, vcpus.allocated, vcpus.free, vcpus.eta) == ("vcpus", 8, 2, 6, 0.25)


async def test_an_empty_fleet_has_no_eta_to_divide_by(plane: Plane) -> None:
    found = await plane.utilization.GetUtilization(utilization_service_pb2.GetUtilizationRequest())
    assert [(each.resource_class, each.total, each.eta) for each in found.classes] == [
        ("vcpus", 0, 0.0),
        ("memory_mib", 0, 0.0),
        ("disk_gib", 0, 0.0),
    ]


async def test_a_write_is_read_at_the_position_it_was_answered_with(any_plane: Plane) -> None:
    plane = any_plane
    position = metadata_of(await plane.create()).position
    assert position > 0
    request = vm_service_pb2.GetVmRequest(name=vm_name("web"), min_position=position)
    assert (await plane.vms.GetVm(request)).name == vm_name("web")


async def test_a_read_waits_for_a_position_that_comes_in_time(plane: Plane) -> None:
    ahead = plane.control_plane.dispatcher.position + 1
    waiting = asyncio.ensure_future(plane.vms.ListVms(ListVms(parent=DEFAULT, min_position=ahead)))
    await plane.create()
    assert (await waiting).position >= ahead


async def test_history_is_read_by_vm_host_project_and_type(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register()
    await plane.create("web", start=True)
    await plane.create("db")
    assert await plane.events(vm_name("web")) == ["vm_created", "vm_start_requested"]
    assert await plane.events(vm_name((await plane.get("web")).uid)) == ["vm_created", "vm_start_requested"]
    assert await plane.events("hosts/node-1") == ["host_registered", "capacity_held"]
    assert await plane.events(DEFAULT) == ["project_created", "vm_created", "vm_start_requested", "vm_created"]
    assert await plane.events("", "VmCreated", "CapacityHeld") == ["vm_created", "capacity_held", "vm_created"]
    assert await plane.events(DEFAULT, "VmCreated") == ["vm_created", "vm_created"]


async def test_history_pages_are_the_whole_and_stop_where_the_first_began_to_read(plane: Plane) -> None:
    for number in range(5):
        await plane.create(f"vm-{number}")
    whole = await plane.history.ListEvents(ListEvents())
    found: list[int] = []
    token = ""
    while True:
        page = await plane.history.ListEvents(ListEvents(page_size=2, page_token=token))
        found += [each.position for each in page.events]
        token = page.next_page_token
        if not token:
            break
    assert found == [each.position for each in whole.events]
    after = await plane.history.ListEvents(ListEvents(after_position=found[3]))
    assert [each.position for each in after.events] == found[4:]


async def test_the_history_of_a_name_is_that_of_the_last_vm_that_had_it(plane: Plane) -> None:
    uid = vm_of(await plane.create()).uid
    await plane.delete()
    assert await plane.events(vm_name("web")) == ["vm_created", "vm_delete_requested", "vm_deleted"]
    await plane.create()
    assert await plane.events(vm_name("web")) == ["vm_created"]
    assert await plane.events(vm_name(uid)) == ["vm_created", "vm_delete_requested", "vm_deleted"]


async def test_a_selector_on_a_hosts_scope_selects_that_host_alone(plane: Plane) -> None:
    """And none whose name begins as its name does."""
    await plane.register("node-1")
    await plane.register("node-10")
    request = utilization_service_pb2.GetUtilizationRequest(scope="hosts/node-1", selector="!rack")
    assert (await plane.utilization.GetUtilization(request)).hosts == 1
