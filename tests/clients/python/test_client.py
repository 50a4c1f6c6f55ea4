"""The client library through real gRPC: the actor, deadlines, request ids, retries, errors, waiting, pages."""

import os
import socket
import subprocess
import sys
import uuid

import chronovisor
import grpc
import pytest
from chronovisor.retry import RetryPolicy
from chronovisor.v1 import history_service_pb2, vm_pb2, vm_service_pb2
from chronovisor.v1.error_reason_pb2 import ErrorReason
from hostagent.drivers.simulated.behaviour import Fault

from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from tests.clients.python.conftest import QUICK
from tests.clients.python.plane import Plane
from tests.clients.python.proxy import status
from tests.support.waiting import patient

WEB = "projects/default/vms/web-1"


def create_request(name: str = "web-1", start: bool = False, vcpus: int = 2) -> vm_service_pb2.CreateVmRequest:
    vm = vm_pb2.Vm()
    vm.spec.resources.vcpus = vcpus
    vm.spec.resources.memory_mib, vm.spec.resources.disk_gib = 512, 5
    vm.spec.boot.image.image = "tiny"
    return vm_service_pb2.CreateVmRequest(parent="projects/default", vm_id=name, vm=vm, start=start)


def test_every_call_names_its_actor(client: chronovisor.Client, plane: Plane) -> None:
    client.vms.ListVms(vm_service_pb2.ListVmsRequest(parent="projects/default"))
    assert plane.proxy.calls[-1].metadata["chronovisor-actor"] == "user:alice"


def test_an_actor_that_cannot_be_sent_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        chronovisor.connect(actor="user:zoë")


def test_a_call_has_the_default_deadline_unless_it_brings_its_own(client: chronovisor.Client, plane: Plane) -> None:
    request = vm_service_pb2.ListVmsRequest(parent="projects/default")
    client.vms.ListVms(request)
    client.vms.ListVms(request, timeout=3.0)
    default, own = (call.time_remaining for call in plane.proxy.calls)
    assert 5.0 < default < 12.0
    assert own < 5.0


def test_a_mutation_without_a_request_id_gets_a_new_uuid_and_the_callers_message_stays(
    client: chronovisor.Client, plane: Plane
) -> None:
    request = create_request()
    client.vms.CreateVm(request)
    assert request.request_id == ""
    assert uuid.UUID(plane.proxy.calls[-1].request.request_id).version == 4


def test_a_request_id_of_the_callers_own_is_kept(client: chronovisor.Client, plane: Plane) -> None:
    request = create_request()
    request.request_id = str(uuid.uuid4())
    client.vms.CreateVm(request)
    assert plane.proxy.calls[-1].request.request_id == request.request_id


def test_a_lost_answer_is_requested_again_with_the_same_request_id(client: chronovisor.Client, plane: Plane) -> None:
    plane.proxy.fail_next("CreateVm", Unavailable(Reason.SHUTTING_DOWN, "shutting down", 0.001), times=2, after=True)
    operation = client.vms.CreateVm(create_request())
    calls = plane.proxy.calls_of("CreateVm")
    assert len(calls) == 3
    assert len({call.request.request_id for call in calls}) == 1
    assert len(plane.vms()) == 1
    assert chronovisor.vm_of(operation).name == WEB


def test_retries_end_after_the_policys_attempts(client: chronovisor.Client, plane: Plane) -> None:
    plane.proxy.fail_next("GetVm", Unavailable(Reason.NOT_LEADER, "not the leader", 0.0), times=9)
    with pytest.raises(chronovisor.Unavailable) as raised:
        client.vms.GetVm(vm_service_pb2.GetVmRequest(name=WEB))
    assert raised.value.reason == "NOT_LEADER"
    assert len(plane.proxy.calls) == QUICK.attempts


def test_no_pause_is_begun_that_would_pass_the_deadline(client: chronovisor.Client, plane: Plane) -> None:
    plane.proxy.fail_next("GetVm", Unavailable(Reason.OVERLOADED, "overloaded", 3600.0))
    with pytest.raises(chronovisor.Unavailable) as raised:
        client.vms.GetVm(vm_service_pb2.GetVmRequest(name=WEB))
    assert raised.value.retry_after == 3600.0
    assert len(plane.proxy.calls) == 1


def test_only_unavailable_is_tried_again(client: chronovisor.Client, plane: Plane) -> None:
    with pytest.raises(chronovisor.NotFound):
        client.vms.GetVm(vm_service_pb2.GetVmRequest(name=WEB))
    assert len(plane.proxy.calls) == 1


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_pause_doubles_within_its_bounds_and_is_never_shorter_than_requested(attempt: int) -> None:
    policy = RetryPolicy(attempts=4, first_pause_s=0.1, longest_pause_s=0.3)
    failure = chronovisor.Unavailable(grpc.StatusCode.UNAVAILABLE, "OVERLOADED", "overloaded")
    pause = policy.pause_after(attempt, failure)
    assert pause is not None
    assert min(0.1 * 2 ** (attempt - 1), 0.3) / 2 <= pause <= 0.3
    requested = chronovisor.Unavailable(grpc.StatusCode.UNAVAILABLE, "OVERLOADED", "overloaded", retry_after=7.0)
    assert policy.pause_after(attempt, requested) == 7.0
    assert policy.pause_after(4, failure) is None


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with (
            chronovisor.connect(address, actor="user:alice", retry=QUICK) as client,
            pytest.raises(chronovisor.Unavailable) as raised,
        ):
            client.vms.GetVm(vm_service_pb2.GetVmRequest(name=WEB))
    assert raised.value.reason == "UNREACHABLE"


def test_a_reason_is_a_text_and_of_the_apis_enum_where_that_has_it(client: chronovisor.Client, plane: Plane) -> None:
    with pytest.raises(chronovisor.NotFound) as raised:
        client.vms.get("web-1")
    assert raised.value.reason == "VM_NOT_FOUND"
    assert raised.value.known_reason == ErrorReason.ERROR_REASON_VM_NOT_FOUND
    assert [type(each).__name__ for each in raised.value.details] == ["ErrorInfo", "ResourceInfo"]
    plane.proxy.fail_next("GetVm", status(grpc.StatusCode.NOT_FOUND, "OF_A_NEWER_SERVER", "words"))
    with pytest.raises(chronovisor.NotFound) as raised:
        client.vms.get("web-1")
    assert raised.value.reason == "OF_A_NEWER_SERVER"
    assert raised.value.known_reason == ErrorReason.ERROR_REASON_UNSPECIFIED


def test_a_call_can_be_had_with_its_metadata(client: chronovisor.Client, plane: Plane) -> None:
    plane.proxy.fail_next("ListVms", Unavailable(Reason.OVERLOADED, "busy", 0.001))
    response, call = client.vms.ListVms.with_call(vm_service_pb2.ListVmsRequest(parent="projects/default"))
    assert list(response.vms) == []
    assert call.code() is grpc.StatusCode.OK
    assert "chronovisor-history" in dict(call.trailing_metadata())


def test_a_bad_field_is_named_with_its_rule(client: chronovisor.Client) -> None:
    with pytest.raises(chronovisor.InvalidArgument) as raised:
        client.vms.CreateVm(create_request(vcpus=-1))
    assert raised.value.reason == "INVALID_FIELD"
    (violation,) = raised.value.fields
    assert violation.field == "vm.spec.resources.vcpus"
    assert "-1" in violation.description


def test_no_capacity_counts_how_many_hosts_each_rule_turned_down(client: chronovisor.Client) -> None:
    with pytest.raises(chronovisor.Exhausted) as raised:
        client.vms.CreateVm(create_request(start=True, vcpus=99))
    assert raised.value.hosts_considered == 1
    assert raised.value.turned_down == {"vcpus": 1}
    assert raised.value.resource == WEB


def test_a_wrong_state_names_what_is_allowed(client: chronovisor.Client) -> None:
    client.vms.CreateVm(create_request())
    with pytest.raises(chronovisor.WrongState) as raised:
        client.vms.PauseVm(vm_service_pb2.PauseVmRequest(name=WEB))
    assert raised.value.metadata["state"] == "STOPPED"
    assert "allowed" in raised.value.violations[0]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.ALREADY_EXISTS, chronovisor.AlreadyExists),
        (grpc.StatusCode.ABORTED, chronovisor.Conflict),
        (grpc.StatusCode.OUT_OF_RANGE, chronovisor.OutOfRange),
        (grpc.StatusCode.UNAUTHENTICATED, chronovisor.NotPermitted),
        (grpc.StatusCode.PERMISSION_DENIED, chronovisor.NotPermitted),
        (grpc.StatusCode.DEADLINE_EXCEEDED, chronovisor.DeadlineExceeded),
        (grpc.StatusCode.INTERNAL, chronovisor.ChronovisorError),
    ],
)
def test_each_status_code_has_its_exception(
    client: chronovisor.Client,
    plane: Plane,
    code: grpc.StatusCode,
    kind: type[chronovisor.ChronovisorError],
) -> None:
    plane.proxy.fail_next("GetVm", status(code, "A_REASON", "words"))
    with pytest.raises(kind) as raised:
        client.vms.GetVm(vm_service_pb2.GetVmRequest(name=WEB))
    assert (type(raised.value), raised.value.code, raised.value.reason) == (kind, code, "A_REASON")


def test_a_method_that_the_server_does_not_have_says_so(client: chronovisor.Client, plane: Plane) -> None:
    plane.proxy.absent.add("PauseVm")
    with pytest.raises(chronovisor.ChronovisorError) as raised:
        client.vms.PauseVm(vm_service_pb2.PauseVmRequest(name=WEB))
    assert raised.value.reason == "UNIMPLEMENTED"


def test_a_stream_carries_the_actor_and_raises_our_errors(client: chronovisor.Client, plane: Plane) -> None:
    client.vms.CreateVm(create_request())
    plane.proxy.fail_next(
        "WatchEvents", Unavailable(Reason.SHUTTING_DOWN, "the control plane is shutting down"), after=True
    )
    stream = iter(client.history.WatchEvents(history_service_pb2.WatchEventsRequest()))
    assert next(stream).event.WhichOneof("payload") == "project_created"
    assert plane.proxy.calls_of("WatchEvents")[0].metadata["chronovisor-actor"] == "user:alice"
    with pytest.raises(chronovisor.Unavailable) as raised:
        next(stream)
    assert raised.value.reason == "SHUTTING_DOWN"


def test_waiting_returns_the_operation_as_it_ended(client: chronovisor.Client) -> None:
    operation = client.vms.CreateVm(create_request(start=True))
    assert not operation.done
    ended = client.wait(operation, timeout_s=10.0)
    assert chronovisor.vm_of(ended).state == vm_pb2.VmState.VM_STATE_RUNNING
    assert chronovisor.metadata_of(ended).target == WEB
    assert client.wait(operation.name) == ended


def test_waiting_gives_up_after_its_timeout_and_names_the_operation(client: chronovisor.Client, plane: Plane) -> None:
    plane.hold_agent()
    operation = client.vms.CreateVm(create_request(start=True))
    seen: list[bool] = []
    with pytest.raises(chronovisor.WaitTimeout) as raised:
        client.wait(operation, timeout_s=0.3, step_s=0.1, on_step=lambda current: seen.append(current.done))
    assert raised.value.operation.name == operation.name
    assert seen
    assert not any(seen)


def test_waiting_outlives_a_control_plane_that_is_away_for_a_while(client: chronovisor.Client, plane: Plane) -> None:
    operation = client.vms.CreateVm(create_request(start=True))
    refusal = Unavailable(Reason.SHUTTING_DOWN, "shutting down", 0.0)
    plane.proxy.fail_next("WaitOperation", refusal, times=2 * QUICK.attempts)
    assert client.wait(operation, timeout_s=30.0).done


def test_a_failed_operation_raises_its_error(client: chronovisor.Client, plane: Plane) -> None:
    plane.driver.behaviour.faults["start"] = Fault(permanent=True, error="no such image")
    operation = client.vms.CreateVm(create_request(start=True))
    with pytest.raises(chronovisor.OperationFailed) as raised:
        client.wait(operation, timeout_s=10.0)
    assert (raised.value.reason, raised.value.message) == ("STEP_FAILED", "no such image")
    assert raised.value.operation.name == operation.name
    with pytest.raises(ValueError, match="carries no VM"):
        chronovisor.vm_of(raised.value.operation)


def test_pages_reads_each_page_when_it_is_reached(client: chronovisor.Client, plane: Plane) -> None:
    plane.proxy.page_size = 2
    for index in range(5):
        client.vms.CreateVm(create_request(f"web-{index}"))
    request = vm_service_pb2.ListVmsRequest(parent="projects/default")
    found = [[vm.name for vm in page.vms] for page in chronovisor.pages(client.vms.ListVms, request)]
    assert [len(names) for names in found] == [2, 2, 1]
    assert request.page_token == ""
    next(chronovisor.pages(client.vms.ListVms, request))
    assert len(plane.proxy.calls_of("ListVms")) == 4


def test_the_client_needs_nothing_of_the_server() -> None:
    program = """
import sys
for name in ("eventsourcing", "libvirt", "hostagent", "controlplane", "uvloop"):
    sys.modules[name] = None
import chronovisor, chronovisor.cli.app
chronovisor.connect("127.0.0.1:1").close()
for noun in chronovisor.cli.app.NOUNS:
    __import__(chronovisor.cli.app.module_of(noun))
# Whoever draws loads it, and nobody else.
assert "matplotlib" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, env=os.environ, timeout=patient(60))


def test_help_needs_no_grpc() -> None:
    program = """
import sys
sys.modules["grpc"] = None
from chronovisor.cli.app import main
sys.exit(main(["--help"]))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=patient(60)
    )
    assert "utilization" in ran.stdout


def test_every_public_name_can_be_loaded() -> None:
    for name in chronovisor.__all__:
        assert getattr(chronovisor, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = chronovisor.nothing  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]
