"""Every method with plain values, of both worlds, against a control plane: what is sent, and what comes of it."""

import sys
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import chronovisor
import grpc
import pytest
from chronovisor.services.access import AccessCalls
from chronovisor.services.base import Service
from chronovisor.services.consoles import ConsoleCalls
from chronovisor.services.history import HistoryCalls
from chronovisor.services.hosts import HostCalls
from chronovisor.services.images import ImageCalls
from chronovisor.services.metrics import MetricsCalls
from chronovisor.services.networks import NetworkCalls
from chronovisor.services.operations import OperationCalls
from chronovisor.services.policies import PolicyCalls
from chronovisor.services.privacy import PrivacyCalls
from chronovisor.services.projects import ProjectCalls
from chronovisor.services.service_accounts import ServiceAccountCalls
from chronovisor.services.utilization import UtilizationCalls
from chronovisor.services.vms import VmCalls
from chronovisor.v1 import (
    access_service_pb2,
    console_service_pb2,
    history_service_pb2,
    host_pb2,
    host_service_pb2,
    image_service_pb2,
    metrics_service_pb2,
    network_pb2,
    network_service_pb2,
    privacy_service_pb2,
    project_pb2,
    project_service_pb2,
    rebalance_pb2,
    resources_pb2,
    service_account_service_pb2,
    utilization_service_pb2,
    vm_pb2,
    vm_service_pb2,
)
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from hostagent.drivers.simulated.behaviour import Fault

from tests.clients.python import proxy
from tests.clients.python.either import Either, stream_of
from tests.clients.python.plane import Plane
from tests.support.waiting import WAIT_S

WEB = "projects/default/vms/web-1"
TINY: dict[str, Any] = {"image": "tiny", "vcpus": 2, "memory": "512MiB", "disk": "5GiB"}
RUNNING, STOPPED, PAUSED = vm_pb2.VM_STATE_RUNNING, vm_pb2.VM_STATE_STOPPED, vm_pb2.VM_STATE_PAUSED

# By method of the API: its name in Python. One that is not here fails the first test.
NAMES: dict[type[Service], tuple[ServiceDescriptor, dict[str, str]]] = {
    VmCalls: (
        vm_service_pb2.DESCRIPTOR.services_by_name["VmService"],
        {
            "CreateVm": "create",
            "BatchCreateVms": "batch_create",
            "BatchStartVms": "batch_start",
            "BatchStopVms": "batch_stop",
            "BatchDeleteVms": "batch_delete",
            "ExecuteCommands": "execute_commands",
            "GetVm": "get",
            "GetVmSecrets": "secrets",
            "ListVms": "list",
            "UpdateVm": "update",
            "StartVm": "start",
            "StopVm": "stop",
            "RebootVm": "reboot",
            "PauseVm": "pause",
            "ResumeVm": "resume",
            "MigrateVm": "migrate",
            "DeleteVm": "delete",
            "WatchVms": "watch",
            "ExplainPlacement": "explain_placement",
        },
    ),
    ConsoleCalls: (
        console_service_pb2.DESCRIPTOR.services_by_name["ConsoleService"],
        {
            "OpenSerialConsole": "open_serial",
            "ReadConsoleLog": "read_log",
            "OpenScreen": "open_screen",
            "OpenPort": "open_port",
            "GetScreenshot": "screenshot",
            "CreateConsoleTicket": "create_ticket",
            "RunProgram": "run_program",
        },
    ),
    MetricsCalls: (
        metrics_service_pb2.DESCRIPTOR.services_by_name["MetricsService"],
        {"GetMetrics": "get"},
    ),
    PrivacyCalls: (
        privacy_service_pb2.DESCRIPTOR.services_by_name["PrivacyService"],
        {"ForgetPerson": "forget_person"},
    ),
    HostCalls: (
        host_service_pb2.DESCRIPTOR.services_by_name["HostService"],
        {
            "RegisterHost": "register",
            "GetHost": "get",
            "ListHosts": "list",
            "UpdateHost": "update",
            "CordonHost": "cordon",
            "UncordonHost": "uncordon",
            "DrainHost": "drain",
            "FenceHost": "fence",
            "ReplaceHostMachine": "replace_machine",
            "DecommissionHost": "decommission",
            "ListUnexpectedGuests": "list_unexpected_guests",
            "ReconcileHost": "reconcile",
            "CheckHost": "check",
            "PlanRebalance": "plan_rebalance",
            "RunRebalance": "run_rebalance",
            "CreateHostToken": "create_token",
            "GetHostCredentials": "get_credentials",
            "RevokeHostCredentials": "revoke_credentials",
        },
    ),
    ProjectCalls: (
        project_service_pb2.DESCRIPTOR.services_by_name["ProjectService"],
        {
            "CreateProject": "create",
            "GetProject": "get",
            "ListProjects": "list",
            "UpdateProject": "update",
            "DeleteProject": "delete",
        },
    ),
    ImageCalls: (
        image_service_pb2.DESCRIPTOR.services_by_name["ImageService"],
        {
            "UploadImage": "upload",
            "ImportImage": "import_from",
            "CreateImage": "create",
            "GetImage": "get",
            "ListImages": "list",
            "UpdateImage": "update",
            "DeprecateImage": "deprecate",
            "DeleteImage": "delete",
        },
    ),
    NetworkCalls: (
        network_service_pb2.DESCRIPTOR.services_by_name["NetworkService"],
        {
            "CreateNetwork": "create",
            "GetNetwork": "get",
            "ListNetworks": "list",
            "UpdateNetwork": "update",
            "DeleteNetwork": "delete",
            "ListNetworkAddresses": "list_addresses",
            "CheckReach": "check_reach",
            "ListReach": "list_reach",
            "CreateSecurityGroup": "create_group",
            "GetSecurityGroup": "get_group",
            "ListSecurityGroups": "list_groups",
            "UpdateSecurityGroup": "update_group",
            "DeleteSecurityGroup": "delete_group",
        },
    ),
    ServiceAccountCalls: (
        service_account_service_pb2.DESCRIPTOR.services_by_name["ServiceAccountService"],
        {
            "CreateServiceAccount": "create",
            "GetServiceAccount": "get",
            "ListServiceAccounts": "list",
            "UpdateServiceAccount": "update",
            "DeleteServiceAccount": "delete",
            "CreateServiceAccountToken": "create_token",
            "ListServiceAccountTokens": "list_tokens",
            "RevokeServiceAccountToken": "revoke_token",
        },
    ),
    AccessCalls: (
        access_service_pb2.DESCRIPTOR.services_by_name["AccessService"],
        {
            "WhoAmI": "who_am_i",
            "ExplainAccess": "explain",
            "ListRoles": "roles",
            "CreateRole": "create_role",
            "UpdateRole": "update_role",
            "DeleteRole": "delete_role",
        },
    ),
    UtilizationCalls: (
        utilization_service_pb2.DESCRIPTOR.services_by_name["UtilizationService"],
        {
            "GetUtilization": "get",
            "ListUtilization": "list",
            "WatchUtilization": "watch",
            "GetUsage": "usage",
            "ListSamples": "samples",
            "GetUtilizationCheck": "check",
            "CheckSpareCapacity": "check_spare_capacity",
        },
    ),
    HistoryCalls: (
        history_service_pb2.DESCRIPTOR.services_by_name["HistoryService"],
        {
            "ListEvents": "events",
            "WatchEvents": "watch",
            "ReplayVm": "replay",
            "DiffState": "diff",
            "GetTimeline": "timeline",
            "GetSeal": "seal",
            "VerifyLedger": "verify",
            "GetLedgerCheck": "check",
            "ProveEvent": "prove",
            "GetSignedHead": "signed_head",
            "GetConsistencyProof": "consistency",
            "GetInclusionProof": "inclusion",
            "WhatIf": "what_if",
        },
    ),
}


@pytest.fixture(params=["blocking", "asyncio"])
def either(request: pytest.FixtureRequest, plane: Plane) -> Generator[Either]:
    either = Either(plane, request.param, actor="user:alice")
    yield either
    either.close()


def created(either: Either, name: str = "web-1", **values: Any) -> Any:
    """The VM, once its operation is done."""
    operation = either.do(lambda client: client.vms.create(name, **(TINY | values)))
    return either.do(lambda _client: operation.wait(10.0))


def verb(either: Either, name: str, *of: str, **options: Any) -> Any:
    operation = either.do(lambda client: getattr(client.vms, name)(*(of or ("web-1",)), **options))
    return either.do(lambda _client: operation.wait(10.0))


@pytest.mark.parametrize("calls", NAMES)
def test_every_method_of_the_api_has_one_with_plain_values(calls: type[Service]) -> None:
    service, names = NAMES[calls]
    assert names.keys() == {method.name for method in service.methods}
    assert set(names.values()) == {name for name in vars(calls) if not name.startswith("_")}


def test_operations_have_what_the_standard_service_has() -> None:
    assert {name for name in vars(OperationCalls) if not name.startswith("_")} == {
        *("get", "list", "wait", "cancel", "delete")
    }


def test_policies_have_what_the_standard_service_has() -> None:
    assert {name for name in vars(PolicyCalls) if not name.startswith("_")} == {
        *("on", "policy", "set_policy", "change_policy", "grant", "revoke", "test")
    }


def test_a_vm_is_made_of_plain_values(either: Either) -> None:
    vm = created(
        either, extended={"gpu.a100": 1}, require="rack=7", labels={"app": "web"}, expected_lifetime=7200, start=True
    )
    assert (vm.name, vm.state, vm.labels["app"], vm.expected_lifetime.seconds) == (WEB, RUNNING, "web", 7200)
    assert vm.spec.resources == resources_pb2.Resources(vcpus=2, memory_mib=512, disk_gib=5, extended={"gpu.a100": 1})
    assert (vm.spec.boot.image.image, vm.spec.placement.require) == ("tiny", "rack=7")


def test_a_vm_boots_from_a_kernel(either: Either) -> None:
    operation = either.do(
        lambda client: client.vms.create("k", kernel="vmlinuz", initramfs="initrd", cmdline="quiet", vcpus=1, memory=64)
    )
    kernel = either.do(lambda _client: operation.wait()).spec.boot.kernel
    assert (kernel.kernel, kernel.initramfs, kernel.cmdline) == ("vmlinuz", "initrd", "quiet")
    with pytest.raises(ValueError, match="not from both"):
        either.do(lambda client: client.vms.create("k", kernel="vmlinuz", image="tiny"))


def test_a_vm_begins_with_a_message_where_one_is_given(either: Either) -> None:
    vm = vm_pb2.Vm(spec=vm_pb2.VmSpec(resources=resources_pb2.Resources(vcpus=1, memory_mib=64, disk_gib=1)))
    operation = either.do(lambda client: client.vms.create("web-1", vm=vm, image="tiny", vcpus=2))
    made = either.do(lambda _client: operation.wait())
    assert (made.spec.resources.vcpus, made.spec.resources.memory_mib) == (2, 64)
    assert vm.spec.resources.vcpus == 1


def test_the_verbs_end_where_they_say(either: Either) -> None:
    created(either)
    assert verb(either, "start").state == RUNNING
    assert verb(either, "pause").state == PAUSED
    assert verb(either, "resume").state == RUNNING
    assert verb(either, "reboot", force=True).state == RUNNING
    assert verb(either, "stop", grace_period=timedelta(seconds=1)).state == STOPPED
    assert verb(either, "delete").state == vm_pb2.VM_STATE_DELETED
    assert either.all(lambda client: client.vms.list()) == []
    (gone,) = either.all(lambda client: client.vms.list(show_deleted=True))
    assert either.do(lambda client: client.vms.get(f"default/{gone.uid}")).name == gone.name


def test_what_every_command_takes_is_sent(either: Either, plane: Plane) -> None:
    vm = created(either)
    request_id = "5f0c9a51-7d0f-4d6c-9a5e-0d8d6a2f7f11"
    operation = either.do(
        lambda client: client.vms.start("web-1", reason="release", etag=vm.etag, request_id=request_id, timeout=3.0)
    )
    call = plane.proxy.calls_of("StartVm")[-1]
    assert (call.request.reason, call.request.etag, call.request.request_id) == ("release", vm.etag, request_id)
    assert call.time_remaining < 4.0
    assert operation.metadata.reason == "release"
    with pytest.raises(chronovisor.Conflict):
        either.do(lambda client: client.vms.stop("web-1", etag="stale"))


def test_a_validated_command_changes_nothing(either: Either) -> None:
    created(either)
    either.do(lambda client: client.vms.start("web-1", validate_only=True))
    assert either.do(lambda client: client.vms.get("web-1")).state == STOPPED


def test_an_operation_says_how_it_is(either: Either, plane: Plane) -> None:
    created(either)
    plane.hold_agent()
    operation = either.do(lambda client: client.vms.start("web-1"))
    assert (operation.done, operation.error) == (False, None)
    assert operation.name in repr(operation)
    assert "under way" in repr(operation)
    with pytest.raises(ValueError, match="is not done"):
        _ = operation.result
    with pytest.raises(chronovisor.WaitTimeout):
        either.do(lambda _client: operation.wait(0.2))
    plane.release_agent()
    seen: list[bool] = []

    def see(message: Any) -> None:
        seen.append(message.done)

    assert either.do(lambda _client: operation.wait(on_step=see)).state == RUNNING
    assert seen[-1]
    assert operation.done
    assert operation.result.state == RUNNING
    found = either.do(lambda client: client.operations.get(operation.name))
    assert either.do(lambda _client: found.refresh()).message == operation.message
    assert operation.name in [each.name for each in either.all(lambda client: client.operations.list())]
    assert either.do(lambda client: client.operations.wait(operation.name)).state == RUNNING


def test_an_operation_that_failed_says_why(either: Either, plane: Plane) -> None:
    plane.driver.behaviour.faults["start"] = Fault(permanent=True, error="no such image")
    operation = either.do(lambda client: client.vms.create("web-1", start=True, **TINY))
    with pytest.raises(chronovisor.OperationFailed, match="no such image"):
        either.do(lambda _client: operation.wait(10.0))
    assert operation.error.reason == "STEP_FAILED"
    with pytest.raises(chronovisor.OperationFailed):
        _ = operation.result


def ended(either: Either, operation: Any) -> Any:
    return either.do(lambda _client: operation.wait(WAIT_S))


def test_a_host_is_drained_and_ended(either: Either, plane: Plane) -> None:
    created(either, start=True)
    operation = either.do(
        lambda client: client.hosts.drain("node-1", policy="stop", max_parallel=4, move_disks=False, reason="new fans")
    )
    drained = ended(either, operation)
    assert (drained.name, drained.state) == ("hosts/node-1", host_pb2.HOST_STATE_MAINTENANCE)
    assert (drained.drain.policy, drained.drain.max_parallel) == (vm_pb2.Availability.ON_MAINTENANCE_STOP, 4)
    assert plane.vm().state == STOPPED
    assert operation.result == drained
    assert either.do(lambda client: client.operations.wait(operation.name)) == drained
    verb(either, "delete")
    plane.stop_agent()
    assert either.do(lambda client: client.hosts.decommission("node-1")).state == host_pb2.HOST_STATE_DECOMMISSIONED


def test_a_drain_is_cancelled(either: Either) -> None:
    created(either, start=True)
    operation = either.do(lambda client: client.hosts.drain("node-1"))
    either.do(lambda client: client.operations.cancel(operation.name))
    with pytest.raises(chronovisor.OperationFailed):
        ended(either, operation)
    assert either.do(lambda client: client.hosts.get("node-1")).state == host_pb2.HOST_STATE_CORDONED


def test_a_host_is_fenced_by_the_callers_word(either: Either, plane: Plane) -> None:
    created(either, start=True)
    with pytest.raises(chronovisor.ChronovisorError) as raised:
        either.do(lambda client: client.hosts.fence("node-1", method="operator"))
    assert raised.value.reason == "HOST_CONNECTED"
    plane.stop_agent()
    fenced = ended(either, either.do(lambda client: client.hosts.fence("node-1", method="operator")))
    assert (fenced.state, plane.vm().state) == (host_pb2.HOST_STATE_FENCED, vm_pb2.VM_STATE_FAILED)


def test_a_host_is_compared_with_its_agents_report(either: Either) -> None:
    created(either, start=True)
    assert either.do(lambda client: client.hosts.check("node-1")).desired_count == 1


def test_a_migration_is_sent_as_it_was_given(either: Either, plane: Plane) -> None:
    created(either, start=True)
    with pytest.raises(chronovisor.ChronovisorError):
        either.do(
            lambda client: client.vms.migrate(
                "web-1", destination_host="node-9", bandwidth_mib_s=100, auto_converge=True, give_up_after=60
            )
        )
    sent = plane.proxy.calls_of("MigrateVm")[-1].request
    assert (sent.destination_host, sent.bandwidth_mib_s, sent.auto_converge) == ("hosts/node-9", 100, True)
    assert sent.timeout.seconds == 60


def test_an_operation_is_a_part_of_the_history(either: Either) -> None:
    created(either)
    (operation,) = either.all(lambda client: client.operations.list())
    with pytest.raises(chronovisor.ChronovisorError) as raised:
        either.do(lambda client: client.operations.delete(operation.name))
    assert raised.value.reason == "OPERATION_KEPT"


def test_a_rebalance_ends_with_what_became_of_its_migrations(either: Either) -> None:
    operation = either.do(lambda client: client.hosts.run_rebalance("violations", max_parallel=3, reason="to rules"))
    assert list(ended(either, operation).moves) == []


def test_a_vm_says_what_becomes_of_it_with_its_host(either: Either) -> None:
    availability = vm_pb2.Availability(on_maintenance=vm_pb2.Availability.ON_MAINTENANCE_STOP)
    assert created(either, availability=availability).availability.on_maintenance == availability.on_maintenance
    with pytest.raises(chronovisor.InvalidArgument, match="cpu\\.model\\.haswell-notsx"):
        either.do(lambda client: client.vms.update("web-1", cpu_model="haswell-notsx"))


def test_a_vm_has_limits(either: Either) -> None:
    limits = vm_pb2.IoLimits(disk_read_iops=500)
    assert created(either, io_limits=limits, cpu_policy="share").spec.io_limits == limits
    with pytest.raises(chronovisor.InvalidArgument, match="isolation\\.cgroup\\.cpu"):
        either.do(lambda client: client.vms.update("web-1", cpu_policy="guarantee"))


def test_an_update_changes_what_is_given_and_nothing_else(either: Either, plane: Plane) -> None:
    created(either, labels={"app": "web", "tier": "1"})
    assert verb(either, "update", vcpus=4, memory="1GiB", labels={"app": "api"}).spec.resources.vcpus == 4
    vm = plane.vm()
    assert (vm.spec.resources.memory_mib, vm.spec.resources.disk_gib, dict(vm.labels)) == (1024, 5, {"app": "api"})
    with pytest.raises(ValueError, match="at least one value"):
        either.do(lambda client: client.vms.update("web-1"))


def test_values_that_a_vm_does_not_have_are_refused(either: Either) -> None:
    with pytest.raises(TypeError, match="a VM has no cpus"):
        either.do(lambda client: client.vms.create("web-1", cpus=2))
    with pytest.raises(ValueError, match="memory must be"):
        either.do(lambda client: client.vms.create("web-1", memory="lots"))


def test_a_batch_has_an_outcome_for_each(either: Either, plane: Plane) -> None:
    requests = [chronovisor.new_vm(name, **TINY) for name in ("web-1", "default/web-2", "web-1")]
    outcomes = either.do(lambda client: client.vms.batch_create(requests, allow_partial=True, reason="many"))
    assert [each.error is None for each in outcomes] == [True, True, False]
    assert isinstance(outcomes[2].error, chronovisor.AlreadyExists)
    assert [each.vm.name for each in outcomes[:2]] == [WEB, "projects/default/vms/web-2"]
    assert requests[0].parent == ""
    for name, state in (("start", RUNNING), ("stop", STOPPED), ("delete", vm_pb2.VM_STATE_DELETED)):
        outcomes = either.do(lambda client, name=name: getattr(client.vms, f"batch_{name}")(["web-1", "web-2"]))
        ended = [either.do(lambda _client, each=each: each.operation.wait(10.0)) for each in outcomes]
        assert [vm.state for vm in ended] == [state, state]
    assert plane.proxy.calls_of("BatchCreateVms")[0].request.reason == "many"


@pytest.mark.parametrize("name", ["start", "stop", "delete"])
def test_a_batch_takes_requests_that_say_more(either: Either, name: str) -> None:
    created(either)
    request = getattr(vm_service_pb2, f"{name.capitalize()}VmRequest")(name=WEB, etag="stale")
    with pytest.raises(chronovisor.Conflict):
        either.do(lambda client: getattr(client.vms, f"batch_{name}")([request]))


def test_many_commands_go_over_one_call(either: Either) -> None:
    made = chronovisor.new_vm("default/web-1", **TINY)
    requests = [vm_service_pb2.ExecuteCommandsRequest(tag=7, create_vm=made)]
    answers = either.all(
        lambda client: client.vms.execute_commands(stream_of(requests, is_async=either.is_async)), count=1
    )
    assert [(each.tag, each.WhichOneof("outcome")) for each in answers] == [(7, "operation")]


def test_a_console_is_typed_into_and_its_log_read(either: Either) -> None:
    created(either, "web-1", start=True)
    opening = console_service_pb2.SerialConsoleOpening(name=WEB, mode=console_service_pb2.CONSOLE_MODE_WRITE)
    requests = [console_service_pb2.OpenSerialConsoleRequest(open=opening)]
    (opened,) = either.all(
        lambda client: client.consoles.open_serial(stream_of(requests, is_async=either.is_async)), count=1
    )
    assert opened.opened.writer
    (log,) = either.all(lambda client: client.consoles.read_log("web-1", offset=-2))
    assert log.data == b"# "


def test_a_port_sends_back_what_it_is_sent(either: Either) -> None:
    with_card(either)
    requests = [
        console_service_pb2.OpenPortRequest(open=console_service_pb2.PortOpening(name=WEB, port=7)),
        console_service_pb2.OpenPortRequest(data=b"hello"),
    ]
    opened, echo = either.all(
        lambda client: client.consoles.open_port(stream_of(requests, is_async=either.is_async)), count=2
    )
    assert opened.opened.session
    assert echo.data == b"hello"


def with_card(either: Either) -> None:
    """The VM `web-1` runs with a card that publishes port 7."""
    either.do(lambda client: client.networks.create("dev", kind=network_pb2.NETWORK_KIND_USER))
    vm = vm_pb2.Vm(spec=created(either, "web-1").spec)
    card = vm.spec.network_interfaces.add(network="projects/default/networks/dev")
    card.published_ports.add(host_port=2007, guest_port=7)
    mask = FieldMask(paths=["spec.network_interfaces"])
    vm.name = WEB
    either.do(lambda client: client.vms.UpdateVm(vm_service_pb2.UpdateVmRequest(vm=vm, update_mask=mask)))
    verb(either, "start")


def test_a_screen_greets_its_viewer(either: Either) -> None:
    created(either, "web-1", start=True, screen=True)
    requests = [console_service_pb2.OpenScreenRequest(open=console_service_pb2.ScreenOpening(name=WEB))]
    opened, greeting = either.all(
        lambda client: client.consoles.open_screen(stream_of(requests, is_async=either.is_async)), count=2
    )
    assert not opened.opened.writer
    assert greeting.data == b"RFB 003.008\n"


def test_a_screenshot_is_an_image(either: Either) -> None:
    created(either, "web-1", start=True, screen=True)
    assert either.do(lambda client: client.consoles.screenshot("web-1")).png.startswith(b"\x89PNG\r\n\x1a\n")


def test_a_program_is_run_in_a_guest(either: Either) -> None:
    created(either, "web-1", start=True, guest_agent=True)
    end = either.do(lambda client: client.consoles.run_program("web-1", "cat", input=b"typed", wait_s=5))
    assert (end.exit_code, end.output) == (0, b"typed")
    with pytest.raises(chronovisor.InvalidArgument):
        either.do(lambda client: client.consoles.run_program("web-1", ""))


def test_a_ticket_of_a_console_is_a_secret_with_an_end(either: Either) -> None:
    created(either, "web-1")
    opening = console_service_pb2.SerialConsoleOpening(name=WEB)
    ticket = either.do(lambda client: client.consoles.create_ticket(opening))
    assert ticket.ticket.startswith("cvct_")
    assert ticket.id not in ticket.ticket
    assert ticket.HasField("expire_time")


def test_a_list_is_read_page_by_page(either: Either, plane: Plane) -> None:
    for index in range(5):
        created(either, f"web-{index}")
    plane.proxy.page_size = 2
    names = [f"web-{index}" for index in range(5)]
    found = either.all(lambda client: client.vms.list(filter='state = "STOPPED"', order_by="name"))
    assert [vm.name.rpartition("/")[2] for vm in found] == names
    assert [len(page.vms) for page in either.all(lambda client: client.vms.list("-").pages())] == [2, 2, 1]
    before = len(plane.proxy.calls_of("ListVms"))
    either.all(lambda client: client.vms.list(), count=1)
    assert len(plane.proxy.calls_of("ListVms")) == before + 1


def test_reads_are_of_a_past_position_or_time(either: Either, plane: Plane) -> None:
    vm = created(either)
    then = plane.events()[-1].position
    verb(either, "start")
    assert either.do(lambda client: client.vms.get("web-1", at=then)).state == STOPPED
    moment = vm.create_time.ToDatetime(UTC)
    assert either.do(lambda client: client.vms.get("web-1", at=moment)).state == STOPPED
    assert [each.state for each in either.all(lambda client: client.vms.list(at=then))] == [STOPPED]
    assert either.do(lambda client: client.vms.get("web-1", min_position=then)).state == RUNNING


def test_placement_is_explained_before_and_after(either: Either) -> None:
    before = either.do(lambda client: client.vms.explain_placement(**TINY, require="rack=8"))
    assert (before.host, before.hosts_considered) == ("", 1)
    created(either, start=True)
    assert either.do(lambda client: client.vms.explain_placement("web-1", timeout=5.0)).host == "hosts/node-1"


def test_hosts_are_made_known_changed_and_read(either: Either) -> None:
    inventory = {"vcpus": 4, "memory": "8GiB", "disk": "50GiB", "gpu.a100": 1}
    host = either.do(
        lambda client: client.hosts.register(
            "node-2",
            inventory=inventory,
            zone="eu-1b",
            labels={"rack": "8"},
            traits=["ssd"],
            platform=host_pb2.HostPlatform(images=["tiny"]),
        )
    )
    assert (host.capacity.vcpus, host.capacity.memory_mib, host.capacity.disk_gib) == (4, 8192, 50)
    assert (host.zone, list(host.traits), list(host.platform.images)) == ("eu-1b", ["ssd"], ["tiny"])
    assert [each.name for each in either.all(lambda client: client.hosts.list(filter='zone = "eu-1b"'))] == [host.name]
    changed = either.do(lambda client: client.hosts.update("node-2", labels={"rack": "9"}, dedicated_project="default"))
    assert (dict(changed.labels), changed.dedicated_project) == ({"rack": "9"}, "projects/default")
    offered = resources_pb2.ResourceInventory(total=4, allocation_ratio=2.0)
    changed = either.do(
        lambda client: client.hosts.update("node-2", inventory=inventory | {"vcpus": offered}, traits=[], zone="eu-1c")
    )
    assert (changed.capacity.vcpus, list(changed.traits), changed.zone) == (8, [], "eu-1c")
    with pytest.raises(ValueError, match="at least one value"):
        either.do(lambda client: client.hosts.update("node-2"))
    assert either.do(lambda client: client.hosts.cordon("hosts/node-2")).state == host_pb2.HOST_STATE_CORDONED
    assert either.do(lambda client: client.hosts.uncordon("node-2")).state == host_pb2.HOST_STATE_ACTIVE
    assert either.do(lambda client: client.hosts.get("node-2")).name == "hosts/node-2"
    assert either.do(lambda client: client.hosts.replace_machine("node-2", held_vms="keep")).name == "hosts/node-2"


def test_unexpected_guests_are_listed_and_decided_on(either: Either, plane: Plane) -> None:
    assert either.all(lambda client: client.hosts.list_unexpected_guests()) == []
    with pytest.raises(chronovisor.NotFound):
        either.do(
            lambda client: client.hosts.reconcile("node-1", "stop", vm_uid="0199c0de-0000-7000-8000-000000000000")
        )
    request = plane.proxy.calls_of("ReconcileHost")[0].request
    assert request.action == host_service_pb2.ReconcileHostRequest.ACTION_STOP


def test_a_rebalance_is_planned(either: Either, plane: Plane) -> None:
    plan = either.do(lambda client: client.hosts.plan_rebalance("violations", zone="eu-1a", max_migrations=1))
    assert list(plan.migrations) == []
    assert plane.proxy.calls_of("PlanRebalance")[0].request.goal == rebalance_pb2.PlanRebalanceRequest.GOAL_VIOLATIONS


def test_projects_are_made_changed_read_and_ended(either: Either) -> None:
    made = either.do(
        lambda client: client.projects.create(
            "shop",
            display_name="Shop",
            labels={"team": "a"},
            quota={"vcpus": 64, "memory": "256GiB", "gpu.a100": 2},
            placement_policy="spread",
            zone_policies={"eu-1a": "pack"},
            spare_capacity=[project_pb2.SpareCapacityRule(zone="eu-1a", within="rack")],
        )
    )
    assert (made.name, made.display_name, made.quota.memory_mib) == ("projects/shop", "Shop", 256 * 1024)
    assert made.quota.extended["gpu.a100"] == 2
    assert list(made.spare_capacity) == [project_pb2.SpareCapacityRule(zone="eu-1a", survive=1, within="rack")]
    changed = either.do(lambda client: client.projects.update("shop", display_name="", quota={"vcpus": 1}))
    assert (changed.display_name, changed.quota) == ("", resources_pb2.Resources(vcpus=1))
    assert (changed.placement_policy, dict(changed.labels)) == ("spread", {"team": "a"})
    assert list(changed.spare_capacity) == list(made.spare_capacity)
    assert not either.do(lambda client: client.projects.update("shop", spare_capacity=[])).spare_capacity
    with pytest.raises(ValueError, match="at least one value"):
        either.do(lambda client: client.projects.update("shop"))
    assert either.do(lambda client: client.projects.get()).name == "projects/default"
    names = [each.name for each in either.all(lambda client: client.projects.list())]
    assert names == ["projects/default", "projects/shop"]
    either.do(lambda client: client.projects.delete("shop", reason="over"))
    with pytest.raises(chronovisor.NotFound):
        either.do(lambda client: client.projects.get("shop"))


def test_a_caller_is_who_it_is(either: Either) -> None:
    assert either.do(lambda client: client.access.who_am_i()).proof == "self-declared"


def test_roles_are_made_changed_listed_and_ended(either: Either) -> None:
    made = either.do(lambda client: client.access.create_role("starter", ["vms.start"], title="Starts"))
    assert (made.name, made.title, list(made.permissions)) == ("roles/starter", "Starts", ["vms.start"])
    changed = either.do(lambda client: client.access.update_role("starter", ["vms.start", "vms.get"], etag=made.etag))
    assert (changed.title, list(changed.permissions)) == ("", ["vms.get", "vms.start"])
    with pytest.raises(chronovisor.Conflict):
        either.do(lambda client: client.access.delete_role("roles/starter", etag=made.etag))
    names = [each.name for each in either.do(lambda client: client.access.roles())]
    assert names[-1] == "roles/starter"
    either.do(lambda client: client.access.delete_role("roles/starter", reason="over"))
    assert "roles/starter" not in [each.name for each in either.do(lambda client: client.access.roles())]


def test_roles_are_granted_explained_and_revoked(either: Either) -> None:
    until, labels = datetime(2030, 1, 1, tzinfo=UTC), {"env": "test"}
    either.do(lambda client: client.access.grant("user:anna", "viewer", "default"))
    either.do(lambda client: client.access.grant("group:ops", "viewer", "projects/default"))
    either.do(lambda client: client.access.grant("user:anna", "operator", "/", until=until, labels=labels))
    policy = either.do(lambda client: client.access.policy())
    assert [(each.role, list(each.members)) for each in policy.bindings] == [
        ("roles/viewer", ["user:anna", "group:ops"])
    ]
    (binding,) = either.do(lambda client: client.access.policy("/")).bindings
    assert binding.condition.expression == (
        'request.time < timestamp("2030-01-01T00:00:00Z") && resource.labels["env"] == "test"'
    )
    then = either.do(lambda client: client.access.explain("user:anna", "vms.get", "default/web-1"))
    assert (then.granted, then.grant.role) == (True, "roles/viewer")
    left = either.do(lambda client: client.access.revoke("user:anna", "viewer", "default"))
    assert [list(each.members) for each in left.bindings] == [["group:ops"]]
    assert either.do(lambda client: client.access.revoke("user:anna", "viewer", "default")) == left
    assert not either.do(lambda client: client.access.explain("user:anna", "vms.get", "default")).granted
    assert either.do(
        lambda client: client.access.explain("user:anna", "vms.get", "default", groups=["group:ops"])
    ).granted
    assert either.do(lambda client: client.access.explain("user:anna", "vms.get", "default", at=then.position)).granted


def test_networks_and_who_reaches_them(either: Either) -> None:
    web = either.do(lambda client: client.networks.create("web", "10.1.0.0/24", reserved_ranges=["10.1.0.2"]))
    assert (web.name, web.ipv4_gateway) == ("projects/default/networks/web", "10.1.0.1")
    after = either.do(lambda client: client.networks.update("web", reserved_ranges=[], labels={"tier": "web"}))
    assert ([*after.reserved_ranges], dict(after.labels)) == ([], {"tier": "web"})
    assert either.do(lambda client: client.networks.get("default/web")) == after
    assert either.all(lambda client: client.networks.list()) == [after]
    assert either.all(lambda client: client.networks.list_addresses("web")) == []
    rules = ["tcp:22:10.0.0.0/8 for admins", "all:group=ssh"]
    group = either.do(lambda client: client.networks.create_group("ssh", rules))
    assert [each.remote_group for each in group.rules] == ["", group.name]
    changed = either.do(lambda client: client.networks.update_group("ssh", rules=group.rules[:1], description="x"))
    assert (list(changed.rules), changed.description) == ([group.rules[0]], "x")
    assert either.all(lambda client: client.networks.list_groups()) == [changed]
    assert either.do(lambda client: client.networks.get_group("ssh")) == changed
    with pytest.raises(ValueError, match="needs at least one value"):
        either.do(lambda client: client.networks.update("web"))
    with pytest.raises(ValueError, match="needs at least one value"):
        either.do(lambda client: client.networks.update_group("ssh"))
    either.do(lambda client: client.networks.delete("web"))
    either.do(lambda client: client.networks.delete_group("ssh"))
    with pytest.raises(chronovisor.NotFound):
        either.do(lambda client: client.networks.get("web"))


def test_the_callers_own_permissions_are_tested(either: Either) -> None:
    held = either.do(lambda client: client.access.test(["vms.start", "moon.visit"], "default"))
    assert held == ["vms.start"]


def test_a_policy_is_set_as_it_was_read(either: Either) -> None:
    either.do(lambda client: client.service_accounts.create("ci"))
    old = either.do(lambda client: client.access.grant("serviceAccount:ci", "viewer"))
    assert list(old.bindings[0].members) == ["serviceAccount:projects/default/serviceAccounts/ci"]
    either.do(lambda client: client.access.grant("user:anna", "viewer"))
    with pytest.raises(chronovisor.Conflict):
        either.do(lambda client: client.access.set_policy(old))
    assert len(either.do(lambda client: client.access.policy()).bindings[0].members) == 2


def test_a_policy_that_changed_meanwhile_is_read_again(either: Either, plane: Plane) -> None:
    conflict = proxy.status(grpc.StatusCode.ABORTED, "ETAG_MISMATCH", "it has changed")
    plane.proxy.fail_next("SetIamPolicy", conflict)
    policy = either.do(lambda client: client.access.grant("user:anna", "viewer"))
    assert [list(each.members) for each in policy.bindings] == [["user:anna"]]
    assert len(plane.proxy.calls_of("GetIamPolicy")) == 2
    plane.proxy.fail_next("SetIamPolicy", conflict, times=2)
    with pytest.raises(chronovisor.Conflict):
        either.do(lambda client: client.access.revoke("user:anna", "viewer"))


def test_without_its_package_policies_say_what_to_install(either: Either, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.iam.v1", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'chronovisor\[client\]'"):
        either.do(lambda client: client.access.policy())
    assert either.do(lambda client: client.access.who_am_i()).principal


def test_members_have_a_kind(either: Either) -> None:
    with pytest.raises(ValueError, match="is no member"):
        either.do(lambda client: client.access.grant("anna", "viewer"))


def test_utilization_is_read_listed_and_summed_up(either: Either) -> None:
    vm = created(either, start=True)
    fleet = either.do(lambda client: client.utilization.get())
    assert {each.resource_class: each.allocated for each in fleet.classes}["vcpus"] == 2
    assert either.do(lambda client: client.utilization.get("fleet", selector="rack=8")).hosts == 0
    assert [each.scope for each in either.all(lambda client: client.utilization.list("hosts"))] == ["hosts/node-1"]
    begun, ended = vm.create_time.ToDatetime(UTC), datetime.now(UTC) - timedelta(milliseconds=1)
    usage = either.all(lambda client: client.utilization.usage(begun, ended, group_by="vms", scope="projects/default"))
    assert [each.group for each in usage] == [WEB]
    assert either.do(lambda client: client.utilization.samples("web-1")) == []
    assert isinstance(either.do(lambda client: client.utilization.samples("hosts/node-1")), list)
    assert either.do(lambda client: client.utilization.check()).differences == 0
    spare = either.do(lambda client: client.utilization.check_spare_capacity(survive=2, within="host"))
    assert (spare.survived, spare.domains) == (not spare.shortages, 1)


def test_watches_begin_with_what_there_is_and_go_on(either: Either) -> None:
    created(either, start=True)
    vms = either.do(lambda client: client.vms.watch())
    assert [each.vm.name for each in either.all(lambda _client: vms, count=1)] == [WEB]
    totals = either.do(lambda client: client.utilization.watch(resource_classes="vcpus", minimum_interval=0.001))
    assert either.all(lambda _client: totals, count=1)[0].classes[0].allocated == 2
    events = either.do(lambda client: client.history.watch("web-1", after=0, types=["VmStarted"]))
    (started,) = either.all(lambda _client: events, count=1)
    assert started.WhichOneof("payload") == "vm_started"
    assert events.position == started.position
    for each in (vms, totals, events):
        either.closing(each)
        assert either.all(lambda _client, each=each: each) == []


def test_history_is_listed_replayed_and_compared(either: Either, plane: Plane) -> None:
    created(either, start=True)
    verb(either, "stop", reason="night")
    types = ["VmStarted", "VmStopped"]
    found = either.all(lambda client: client.history.events("web-1", types=types, newest_first=True))
    assert [each.WhichOneof("payload") for each in found] == ["vm_stopped", "vm_started"]
    last = plane.events()[-1].position
    assert either.all(lambda client: client.history.events(after=last, to=last)) == []
    assert either.all(lambda client: client.history.events(to=datetime(2020, 1, 1, tzinfo=UTC))) == []
    mine = either.all(lambda client: client.history.events("projects/default", actor="user:alice"))
    request_id = plane.proxy.calls_of("StopVm")[0].request.request_id
    assert [each.reason for each in mine if each.reason] == ["night"]
    of_request = either.all(lambda client: client.history.events(request_id=request_id))
    assert {each.position for each in of_request} <= {each.position for each in plane.events()}
    steps = either.all(lambda client: client.history.replay("web-1"))
    assert steps[0].event.WhichOneof("payload") == "vm_created"
    changes = either.all(lambda client: client.history.diff("hosts/node-1", start=0, end=last))
    assert {each.name for each in changes} == {"hosts/node-1"}


def test_a_timeline_counts_what_is_listed(either: Either, plane: Plane) -> None:
    found = either.do(lambda client: client.history.timeline("hosts/node-1", buckets=3, max_marks=5))
    events = either.all(lambda client: client.history.events("hosts/node-1", to=found.position))
    assert sum(each.events for each in found.buckets) == len(events)
    assert (found.first_position, found.last_position) == (events[0].position, events[-1].position)


def test_an_event_is_proven_here(either: Either, plane: Plane) -> None:
    created(either)
    event = next(each for each in plane.events() if each.WhichOneof("payload") == "vm_created")
    row = either.do(lambda client: client.history.prove(event.position))
    assert row.event.vm_created.name == WEB
    assert either.do(lambda client: client.history.seal(event.position)).last_position >= event.position
    assert either.do(lambda client: client.history.verify(timeout=60.0)).valid
    assert not either.do(lambda client: client.history.check()).read_only
    plane.proxy.edit("ProveEvent", lambda proof: setattr(proof, "leaf", proof.leaf + b"!"))
    with pytest.raises(chronovisor.NotProven):
        either.do(lambda client: client.history.prove(event.position))


def test_what_would_have_been_is_streamed_to_its_summary(either: Either) -> None:
    created(either, start=True)
    messages = either.all(
        lambda client: client.history.what_if(without_hosts="node-1", allocation_ratios={"vcpus": 2.0})
    )
    assert messages[-1].WhichOneof("message") == "summary"
    assert dict(messages[-1].summary.refused) == {"NO_CAPACITY": 1}


def test_names_are_whole_short_or_of_another_project(either: Either, plane: Plane) -> None:
    either.do(lambda client: client.projects.create("shop"))
    for name, whole in (
        ("a", "projects/default/vms/a"),
        ("shop/b", "projects/shop/vms/b"),
        ("projects/shop/vms/c", "projects/shop/vms/c"),
    ):
        assert created(either, name).name == whole
    assert [vm.name for vm in either.all(lambda client: client.vms.list("shop"))] == [
        "projects/shop/vms/b",
        "projects/shop/vms/c",
    ]
    for wrong in ("hosts/node-1", "projects/shop", "a/b/c", ""):
        with pytest.raises(ValueError, match="is not the name of a VM"):
            either.do(lambda client, wrong=wrong: client.vms.start(wrong))
