"""What becomes of VMs and hosts in trouble, on the command line: policies, CPU models, fencing, and how far work is."""

import json

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.text.operation_progress import bar_text, progress_text, remaining_text
from chronovisor.v1 import host_pb2, vm_pb2
from chronovisor.v1.operations_pb2 import OperationMetadata, OperationProgress
from google.protobuf.duration_pb2 import Duration

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE, last_request

SIZE = ("--vcpus", "4", "--memory", "8GiB", "--disk", "100GiB")
POLICY = (
    *("--on-maintenance", "restart", "--restart", "host-failed", "--restart-attempts", "5"),
    *("--restart-backoff", "20s", "--restart-cooldown", "1h", "--restart-priority", "-3", "--restart-after", "app=db"),
)


def test_a_vm_is_created_with_a_policy(cli: Cli, plane: Plane) -> None:
    assert cli(*CREATE, *POLICY).code is Exit.OK
    availability = plane.vm().availability
    assert availability.on_maintenance == vm_pb2.Availability.ON_MAINTENANCE_RESTART
    assert availability.restart == vm_pb2.RestartPolicy(
        when=vm_pb2.RestartPolicy.WHEN_HOST_FAILED,
        max_attempts=5,
        backoff=Duration(seconds=20),
        cooldown=Duration(seconds=3600),
        priority=-3,
        after="app=db",
    )


def test_an_update_keeps_what_was_not_given_of_a_policy(cli: Cli, plane: Plane) -> None:
    cli(*CREATE, *POLICY)
    before = plane.vm().availability
    assert cli("vm", "update", "web-1", "--on-maintenance", "stop").code is Exit.OK
    assert list(last_request(plane, "UpdateVm").update_mask.paths) == ["availability"]
    after = plane.vm().availability
    assert after.on_maintenance == vm_pb2.Availability.ON_MAINTENANCE_STOP
    assert after.restart == before.restart


@pytest.mark.parametrize(
    "options",
    [
        ("--on-maintenance", "elsewhere"),
        ("--restart", "sometimes"),
        ("--restart-priority", "1001"),
        ("--restart-attempts", "few"),
        ("--restart-backoff", "soon"),
    ],
)
def test_what_is_no_policy_is_not_sent(cli: Cli, plane: Plane, options: tuple[str, ...]) -> None:
    assert cli(*CREATE, *options).code is Exit.USAGE
    assert not plane.proxy.calls_of("CreateVm")


def models(cli: Cli, host: str, *names: str, zone: str = "eu-1b") -> None:
    traits = [word for name in names for word in ("--trait", f"cpu.model.{name}")]
    assert cli("host", "register", host, *SIZE, *traits, "--zone", zone).code is Exit.OK


@pytest.mark.no_hosts
def test_the_cpu_models_of_all_hosts_are_listed(cli: Cli) -> None:
    assert cli("host", "cpu-baseline").out == "No hosts.\n"
    models(cli, "a", "haswell", "nehalem", "skylake")
    models(cli, "b", "nehalem", "haswell")
    assert cli("host", "cpu-baseline").out == (
        "2 CPU models on all of 2 hosts. For a VM: --cpu-model MODEL\n  haswell\n  nehalem\n"
    )
    models(cli, "c", "epyc", zone="eu-1c")
    assert cli("host", "cpu-baseline").out == "No CPU model is common to all of these hosts.\n"
    assert "2 CPU models" in cli("host", "cpu-baseline", "--filter", 'zone = "eu-1b"').out
    models(cli, "d")
    assert cli("host", "cpu-baseline").out == "These report no CPU models: d.\n"
    shown = cli("host", "cpu-baseline", "--filter", 'zone = "eu-1c"', "-o", "json")
    assert json.loads(shown.out) == {"cpu_models": ["epyc"], "hosts": ["hosts/c"]}


def test_of_one_architecture(cli: Cli) -> None:
    assert cli("host", "cpu-baseline", "--arch", "s390x").out == "No hosts.\n"


def test_a_vm_gets_a_cpu_model_that_a_host_offers(cli: Cli, plane: Plane) -> None:
    models(cli, "b", "haswell-notsx")
    assert cli(*CREATE, "--cpu-model", "Haswell-noTSX").code is Exit.OK
    assert plane.vm().spec.cpu_model == "haswell-notsx"
    refused = cli("vm", "update", "web-1", "--cpu-model", "z80")
    assert refused.code is Exit.USAGE
    assert "cpu.model.z80" in refused.err


def test_a_host_is_fenced_by_the_operators_word(cli: Cli, plane: Plane) -> None:
    refused = cli("host", "fence", "node-1", "--method", "operator", "--yes")
    assert refused.code is not Exit.OK
    assert "HOST_CONNECTED" in refused.err
    plane.stop_agent()
    fenced = cli("host", "fence", "node-1", "--method", "operator", "--yes", "--reason", "is off")
    assert fenced.code is Exit.OK, fenced.err
    request = last_request(plane, "FenceHost")
    assert (request.method, request.reason) == (host_pb2.FENCE_METHOD_OPERATOR, "is off")
    assert plane.host().state == host_pb2.HOST_STATE_FENCED


def test_nothing_is_fenced_without_a_yes(cli: Cli, plane: Plane) -> None:
    assert cli("host", "fence", "node-1", "--method", "operator").code is Exit.USAGE
    assert not plane.proxy.calls_of("FenceHost")


def progress(**values: object) -> OperationMetadata:
    return OperationMetadata(progress=OperationProgress(**values))  # pyright: ignore[reportArgumentType]


def test_a_drain_says_how_many_are_away_and_what_it_waits_for() -> None:
    metadata = progress(
        vms_total=4,
        vms_done=1,
        waiting_for=OperationProgress.WAITING_FOR_CAPACITY,
        details=["web-1: no room", "web-2: no room", "web-3: no room"],
    )
    assert progress_text(metadata) == (
        "1 of 4 VMs are away, waits for a host with room, web-1: no room, web-2: no room"
    )
    assert bar_text(metadata) == "[#####...............] "


def test_a_migration_says_how_much_is_copied_and_how_long_it_takes() -> None:
    copied = vm_pb2.MigrationProgress(memory_bytes_total=600, memory_bytes_left=200, disk_bytes_total=200)
    metadata = progress(migration=copied, remaining=Duration(seconds=90))
    assert progress_text(metadata) == "75% copied"
    assert remaining_text(metadata).endswith(" left")
    assert remaining_text(progress()) == ""
    assert bar_text(metadata) == "[###############.....] "


def test_nothing_is_shown_of_what_is_not_known() -> None:
    assert (progress_text(progress()), bar_text(progress())) == ("", "")
    nothing_yet = progress(migration=vm_pb2.MigrationProgress())
    assert (progress_text(nothing_yet), bar_text(nothing_yet)) == ("", "")


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        (OperationProgress.WAITING_FOR_AGENT_CONNECTION, "waits for the agent of node-1"),
        (OperationProgress.WAITING_FOR_FENCER, "waits for the fencer of node-1"),
        (OperationProgress.WAITING_FOR_WATCHDOG, "waits until the watchdog of node-1 must have stopped its guests"),
        (OperationProgress.WAITING_FOR_HOST, "waits for node-1, which is lost"),
        (OperationProgress.WAITING_FOR_AGENT, ""),
    ],
)
def test_what_is_waited_for_is_named(waiting: OperationProgress.Waiting, words: str) -> None:
    assert progress_text(progress(waiting_for=waiting, host="hosts/node-1")) == words
