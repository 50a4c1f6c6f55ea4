"""No message is larger than clients take that have gRPC's own limits: those of this file's channels."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import (
    agent_service_pb2_grpc,
    history_service_pb2,
    host_service_pb2,
    image_service_pb2,
    network_service_pb2,
    project_service_pb2,
    service_account_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
)
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.rpc.shared.message_size import MOST_BYTES, bounded_words, fitting
from controlplane.runtime.services import SERVICES
from tests.integration.controlplane.largest import largest_host, largest_project, largest_vm
from tests.integration.controlplane.plane import DEFAULT, WAIT_S, Plane, refused, running, vm_name

# Of VMs, projects and hosts, more than fit into one message.
VMS, PROJECTS, HOSTS = 45, 60, 9
UNARY = {f"{s.name}.{m.name}": m for s in SERVICES for m in s.methods if not m.server_streaming}
# Bounded by the rules of their fields.
RESOURCES = (
    "Vm",
    "Host",
    "Project",
    "ServiceAccount",
    "Image",
    "ServiceAccountToken",
    "Network",
    "SecurityGroup",
    "Role",
    "Operation",
    "Seal",
    "SignedHead",
    "Empty",
)
# Other methods without pages, and why what they answer is bounded.
WITHOUT_PAGES = {
    "AccessService.WhoAmI": "the bindings of one principal",
    "AccessService.ExplainAccess": "one binding",
    "AccessService.ListRoles": "made by administrators, 200 permissions each at most",
    **{f"IAMPolicy.{each}IamPolicy": "1,500 members at most" for each in ("Get", "Set")},
    "IAMPolicy.TestIamPermissions": "100 permissions at most",
    "MetricsService.GetMetrics": "2,000 VMs at most",
    "ConsoleService.GetScreenshot": "one image of 3.5 MiB at most",
    "ConsoleService.RunProgram": "twice a MiB at most",
    "ConsoleService.CreateConsoleTicket": "one ticket",
    "PrivacyService.ForgetPerson": "one pseudonym",
    "HostService.CheckHost": "those guests of one host that differ, some 200 bytes each",
    "HostService.CreateHostToken": "one token",
    **{f"HostService.{each}HostCredentials": "some 20 tokens and certificates" for each in ("Get", "Revoke")},
    **{f"AgentService.{each}": "two certificates" for each in ("EnrollHost", "RenewHostCertificate")},
    **{f"VmService.Batch{each}Vms": "the last VMs are left out" for each in ("Create", "Start", "Stop", "Delete")},
    "NetworkService.CheckReach": "a few paths: VMs have few cards",
    "VmService.GetVmSecrets": "64 KiB of user data at most",
    "VmService.ExplainPlacement": "a few hosts, and a count for each rule",
    "HostService.PlanRebalance": "of more migrations, the first",
    "ServiceAccountService.CreateServiceAccountToken": "one token",
    "UtilizationService.GetUtilization": "10,000 classes at most",
    "UtilizationService.CheckSpareCapacity": "100 failures of 20 VMs at most",
    "UtilizationService.ListSamples": "60 samples at most",
    "UtilizationService.GetUtilizationCheck": "100 alarms of each kind at most",
    **{f"HistoryService.{each}": "one seal, and hashes" for each in ("VerifyLedger", "ProveEvent")},
    "HistoryService.GetLedgerCheck": "one finding",
    "HistoryService.GetTimeline": "1,000 buckets of 11 counts, and 1,000 marks",
    **{f"HistoryService.Get{each}Proof": "some 30 hashes" for each in ("Consistency", "Inclusion")},
}
READ = {
    "VmService.ListVms": vm_service_pb2.ListVmsRequest(
        parent="projects/-", page_size=1000, view=vm_service_pb2.VM_VIEW_FULL
    ),
    "HostService.ListHosts": host_service_pb2.ListHostsRequest(page_size=1000),
    "HostService.ListUnexpectedGuests": host_service_pb2.ListUnexpectedGuestsRequest(parent="hosts/-", page_size=1000),
    "ProjectService.ListProjects": project_service_pb2.ListProjectsRequest(page_size=1000),
    "ServiceAccountService.ListServiceAccounts": service_account_service_pb2.ListServiceAccountsRequest(
        parent="projects/-", page_size=1000
    ),
    "ServiceAccountService.ListServiceAccountTokens": service_account_service_pb2.ListServiceAccountTokensRequest(
        parent=f"{DEFAULT}/serviceAccounts/ci", page_size=1000
    ),
    "NetworkService.ListNetworks": network_service_pb2.ListNetworksRequest(parent="projects/-", page_size=1000),
    "NetworkService.ListNetworkAddresses": network_service_pb2.ListNetworkAddressesRequest(
        parent=f"{DEFAULT}/networks/web", page_size=1000
    ),
    "NetworkService.ListReach": network_service_pb2.ListReachRequest(parent=f"{DEFAULT}/networks/web", page_size=1000),
    "NetworkService.ListSecurityGroups": network_service_pb2.ListSecurityGroupsRequest(
        parent="projects/-", page_size=1000
    ),
    "ImageService.ListImages": image_service_pb2.ListImagesRequest(parent="projects/-", page_size=1000),
    "HistoryService.ListEvents": history_service_pb2.ListEventsRequest(page_size=1000),
    "HistoryService.ReplayVm": history_service_pb2.ReplayVmRequest(name=vm_name("vm-0"), page_size=1000),
    "HistoryService.DiffState": history_service_pb2.DiffStateRequest(page_size=1000),
    "UtilizationService.ListUtilization": utilization_service_pb2.ListUtilizationRequest(
        group_by="hosts", page_size=1000
    ),
    "UtilizationService.GetUsage": utilization_service_pb2.GetUsageRequest(group_by="vms", page_size=1000),
    "Operations.ListOperations": longrunning.ListOperationsRequest(name="operations", page_size=1000),
}


def paged(request: Any) -> bool:
    return "page_size" in request.fields_by_name


def test_each_method_has_pages_or_a_reason_to_have_none() -> None:
    without = {name for name, method in UNARY.items() if not paged(method.input_type)}
    assert {name for name in without if UNARY[name].output_type.name not in RESOURCES} == WITHOUT_PAGES.keys()
    assert READ.keys() == UNARY.keys() - without


@pytest.fixture
async def full() -> AsyncIterator[Plane]:
    """A control plane with more than one message has room for, of everything."""
    async with running() as plane:
        for number in range(HOSTS):
            host = largest_host(number)
            await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id=f"node-{number}", host=host))
        for number in range(PROJECTS):
            create = project_service_pb2.CreateProjectRequest(project_id=f"p{number}", project=largest_project(number))
            await plane.projects.CreateProject(create)
        account = service_account_service_pb2.CreateServiceAccountRequest(parent=DEFAULT, service_account_id="ci")
        await plane.accounts.CreateServiceAccount(account)
        network = network_service_pb2.CreateNetworkRequest(parent=DEFAULT, network_id="web")
        network.network.ipv4_cidr = "10.1.0.0/24"
        await plane.networks.CreateNetwork(network)
        await created(plane)
        change = vm_service_pb2.UpdateVmRequest()
        change.vm.name = vm_name("vm-0")
        for number in range(20):
            change.vm.labels.update(largest_vm(number + 1).labels)
            await plane.vms.UpdateVm(change)
        yield plane


async def created(plane: Plane) -> vm_service_pb2.BatchCreateVmsResponse:
    request = vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT)
    for number in range(VMS):
        request.requests.add(parent=DEFAULT, vm_id=f"vm-{number}", vm=largest_vm(number), start=True)
    return await plane.vms.BatchCreateVms(request)


def method_of(plane: Plane, name: str) -> Callable[[Message], Any]:
    service, _, method = name.partition(".")
    stubs = {
        "VmService": plane.vms,
        "HostService": plane.hosts,
        "ProjectService": plane.projects,
        "ServiceAccountService": plane.accounts,
        "NetworkService": plane.networks,
        "ImageService": plane.images,
        "UtilizationService": plane.utilization,
        "HistoryService": plane.history,
        "Operations": plane.operations,
    }
    return getattr(stubs[service], method)


def items_of(page: Any) -> list[Message]:
    field = next(each for each in page.DESCRIPTOR.fields if each.is_repeated and each.message_type is not None)
    return list(getattr(page, field.name))


async def test_pages_are_cut_where_they_are_full_and_go_on_there(full: Plane) -> None:
    counts = {"VmService.ListVms": VMS, "HostService.ListHosts": HOSTS, "ProjectService.ListProjects": PROJECTS + 1}
    counts |= {"UtilizationService.ListUtilization": HOSTS, "UtilizationService.GetUsage": VMS}
    counts |= {"HistoryService.ReplayVm": 22, "Operations.ListOperations": 2 * VMS + 20}
    large: set[str] = set()
    for name, request in READ.items():
        current: Any = type(request)()
        current.CopyFrom(request)
        if name.endswith("GetUsage"):
            current.start_time.seconds = 1
            end = Timestamp()
            end.GetCurrentTime()
            current.end_time.CopyFrom(end)
        found: list[Message] = []
        pages = 0
        while True:
            page = await method_of(full, name)(current)
            pages += 1
            assert page.ByteSize() <= MOST_BYTES
            found += items_of(page)
            if not page.next_page_token:
                break
            current.page_token = page.next_page_token
        large |= {name} if pages > 1 else set()
        keys = {each.SerializeToString(deterministic=True) for each in found}
        assert len(keys) == len(found), f"{name} has something twice"
        assert len(found) == counts.get(name, len(found)), name
    # The others have not enough in this plane.
    small = {"UtilizationService.ListUtilization", "UtilizationService.GetUsage", "HostService.ListUnexpectedGuests"}
    small |= {f"ServiceAccountService.ListServiceAccount{each}" for each in ("s", "Tokens")}
    small |= {f"NetworkService.List{each}" for each in ("Networks", "NetworkAddresses", "SecurityGroups")}
    small |= {"ImageService.ListImages", "NetworkService.ListReach"}
    assert large >= READ.keys() - small


async def test_a_page_of_vms_is_whole_in_number_where_specs_have_no_room(full: Plane) -> None:
    request = vm_service_pb2.ListVmsRequest(parent="projects/-", page_size=1000)
    page = await full.vms.ListVms(request)
    assert page.ByteSize() <= MOST_BYTES
    assert (len(page.vms), page.next_page_token) == (VMS, "")
    whole = VMS - page.specs_omitted
    assert 0 < whole < VMS
    assert [vm.HasField("spec") for vm in page.vms] == [True] * whole + [False] * page.specs_omitted
    request.view = vm_service_pb2.VM_VIEW_BASIC
    basic = await full.vms.ListVms(request)
    assert not any(vm.HasField("spec") for vm in basic.vms)
    assert (len(basic.vms), basic.specs_omitted) == (VMS, 0)


async def test_a_small_page_of_vms_has_every_spec(full: Plane) -> None:
    page = await full.vms.ListVms(vm_service_pb2.ListVmsRequest(parent="projects/-", page_size=3))
    assert [vm.HasField("spec") for vm in page.vms] == [True] * 3
    assert page.specs_omitted == 0


async def test_streams_send_as_much_as_a_message_has_room_for(full: Plane) -> None:
    watch_events = full.history.WatchEvents(history_service_pb2.WatchEventsRequest(max_batch_size=1000))
    watch_vms = full.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent="projects/-", max_batch_size=1000))
    for stream in (watch_events, watch_vms):
        total = 0
        async for message in stream:
            assert message.ByteSize() <= MOST_BYTES
            total += message.ByteSize()
            if message.HasField("caught_up"):
                break
        assert total > MOST_BYTES
        stream.cancel()


async def test_a_batch_leaves_out_the_last_vms_and_no_operation() -> None:
    async with running() as plane:
        await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="node-1", host=largest_host()))
        answer = await created(plane)
        has_vm = [item.HasField("vm") for item in answer.items]
        assert all(item.operation for item in answer.items)
        assert has_vm == sorted(has_vm, reverse=True)
        assert 10 < sum(has_vm) < VMS


async def test_an_agent_is_sent_all_that_is_desired(full: Plane) -> None:
    stub = agent_service_pb2_grpc.AgentServiceStub(full.channel)
    call = stub.OpenSession(timeout=WAIT_S)
    desired: dict[str, agents.DesiredGuest] = {}
    host_id = (await full.get("vm-0")).host.removeprefix("hosts/")
    hello = agents.AgentHello(host_id=host_id, host=largest_host(int(host_id[-1])))
    await call.write(agents.ConnectRequest(hello=hello))
    await call.write(agents.ConnectRequest(inventory=agents.GuestInventory()))
    kinds: list[str] = []
    async for message in call:
        kinds.append(message.WhichOneof("message") or "")
        assert message.ByteSize() < 2 << 20
        for guest in (
            *message.desired_state.guests,
            *([message.desired_guest] if kinds[-1] == "desired_guest" else ()),
        ):
            desired[guest.vm_uid] = guest
        if len(desired) == VMS:
            break
    call.cancel()
    assert kinds[:2] == ["welcome", "desired_state"]
    assert set(kinds[2:]) == {"desired_guest"}


async def test_refusals_fit_into_a_header(full: Plane) -> None:
    bad = largest_vm()
    bad.labels.clear()
    bad.labels.update({f"K{number}\N{FIRE}": "\0" * 300 for number in range(200)})
    bad.spec.resources.extended.update({f"x{number}\N{FIRE}" * 100: -1 for number in range(200)})
    request = vm_service_pb2.CreateVmRequest(parent="?" * 5000, vm_id="\N{FIRE}" * 5000, vm=bad)
    batch = vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT, requests=[request])
    no_room = largest_vm(vcpus=1024)
    for place in range(15):
        no_room.spec.placement.require += f",a{place}{'x' * 50}"
    for call in (
        full.vms.CreateVm(request),
        full.vms.BatchCreateVms(batch),
        full.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="big", vm=no_room, start=True)),
    ):
        found = await refused(call)
        encoded = len(found.status.SerializeToString()) * 4 / 3 + 3 * len(found.message.encode())
        assert encoded < 7 * 1024


def test_words_are_cut_with_their_number() -> None:
    words = [f"vm-{number} stays" for number in range(100)]
    assert bounded_words(words, 10_000) == words
    found = bounded_words(words, 500)
    assert found[-1] == f"and {100 - len(found) + 1} more"
    assert sum(map(len, found)) < 520


def test_at_least_one_item_is_sent() -> None:
    assert fitting([MOST_BYTES * 2, 1]) == 1
    assert fitting([100] * 10, 320) == 3
