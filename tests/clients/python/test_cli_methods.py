"""No method of the API without a command: each one is called by the command that this table has for it."""

from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from controlplane.domain.errors import FieldViolation, InvalidField
from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.proxy import METHODS
from tests.clients.python.test_cli import CREATE

# Agents alone call it.
NOT_FOR_USERS = {"AgentService"}
# What the control plane refuses as not implemented: the command is there, and its error is a sentence.
NOT_IMPLEMENTED = {
    "VmService.MigrateVm",
    "HostService.DrainHost",
    "HostService.FenceHost",
    "HostService.DecommissionHost",
    "Operations.CancelOperation",
    "Operations.DeleteOperation",
}

# By service and method. STREAMS do not end by themselves.
COMMANDS: dict[str, tuple[str, ...]] = {
    "VmService.CreateVm": CREATE,
    "VmService.BatchCreateVms": (*CREATE[:2], "web-2", "web-3", *CREATE[3:]),
    "VmService.BatchStartVms": ("vm", "start", "a-1", "a-2"),
    "VmService.BatchStopVms": ("vm", "stop", "a-1", "a-2"),
    "VmService.BatchDeleteVms": ("vm", "destroy", "a-1", "a-2", "--yes"),
    "VmService.ExecuteCommands": ("run", "FILE"),
    "VmService.GetVm": ("vm", "show", "a-1"),
    "VmService.ListVms": ("vm", "list"),
    "VmService.UpdateVm": ("vm", "update", "a-1", "--label", "tier=web"),
    "VmService.StartVm": ("vm", "start", "a-1"),
    "VmService.StopVm": ("vm", "stop", "a-1"),
    "VmService.RebootVm": ("vm", "reboot", "runs-1"),
    "VmService.PauseVm": ("vm", "pause", "runs-1"),
    "VmService.ResumeVm": ("vm", "resume", "runs-1"),
    "VmService.MigrateVm": ("vm", "migrate", "runs-1"),
    "VmService.DeleteVm": ("vm", "destroy", "a-1", "--yes"),
    "VmService.ExplainPlacement": ("placement", "explain", "runs-1"),
    "HostService.RegisterHost": (
        *("host", "register", "node-2"),
        *("--vcpus", "1", "--memory", "1GiB", "--disk", "1GiB"),
    ),
    "HostService.GetHost": ("host", "show", "node-1"),
    "HostService.ListHosts": ("host", "list"),
    "HostService.UpdateHost": ("host", "update", "node-1", "--label", "rack=8"),
    "HostService.CordonHost": ("host", "cordon", "node-1"),
    "HostService.UncordonHost": ("host", "uncordon", "node-1"),
    "HostService.DrainHost": ("host", "drain", "node-1"),
    "HostService.FenceHost": ("host", "fence", "node-1", "--yes"),
    "HostService.ReplaceHostMachine": ("host", "replace", "node-1", "--validate-only"),
    "HostService.DecommissionHost": ("host", "decommission", "node-1", "--yes"),
    "HostService.ListUnexpectedGuests": ("host", "reconcile"),
    "HostService.ReconcileHost": ("host", "reconcile", "node-1", "--assume-empty"),
    "HostService.PlanRebalance": ("rebalance", "--plan"),
    "ProjectService.CreateProject": ("project", "create", "shop"),
    "ProjectService.GetProject": ("project", "show", "default"),
    "ProjectService.ListProjects": ("project", "list"),
    "ProjectService.UpdateProject": ("project", "update", "default", "--title", "Shop"),
    "ProjectService.DeleteProject": ("project", "delete", "lab"),
    "UtilizationService.GetUtilization": ("utilization",),
    "UtilizationService.ListUtilization": ("utilization", "--by", "zone"),
    "UtilizationService.GetUsage": ("usage", "--from", "1h"),
    "UtilizationService.ListSamples": ("vm", "samples", "a-1"),
    "UtilizationService.GetUtilizationCheck": ("audit", "totals"),
    "HistoryService.ListEvents": ("history", "fleet"),
    "HistoryService.ReplayVm": ("replay", "vm", "a-1"),
    "HistoryService.DiffState": ("diff", "--from", "1"),
    "HistoryService.GetSeal": ("audit", "seal"),
    "HistoryService.VerifyLedger": ("audit", "verify"),
    "HistoryService.GetLedgerCheck": ("audit", "status"),
    "HistoryService.ProveEvent": ("audit", "prove", "1"),
    "HistoryService.WhatIf": ("what-if",),
    "Operations.ListOperations": ("operation", "list"),
    "Operations.GetOperation": ("operation", "show", "OPERATION"),
    "Operations.WaitOperation": ("operation", "wait", "OPERATION"),
    "Operations.CancelOperation": ("operation", "cancel", "OPERATION"),
    "Operations.DeleteOperation": ("operation", "delete", "OPERATION"),
}
STREAMS = {
    "VmService.WatchVms": ("vm", "watch"),
    "HistoryService.WatchEvents": ("history", "follow"),
    "UtilizationService.WatchUtilization": ("utilization", "--follow"),
}
# Codes of commands that found what there is to find.
FOUND = {
    "UtilizationService.GetUtilizationCheck": Exit.UNAVAILABLE,
    # Its check may have ended, or not.
    "HistoryService.GetLedgerCheck": None,
    # The agent is connected.
    "HostService.ReplaceHostMachine": Exit.CONFLICT,
}


def every_method() -> dict[str, MethodDescriptor]:
    """Of every service of the protos that are there, and of long-running operations."""
    import chronovisor.v1 as package  # noqa: PLC0415

    folder = Path(next(iter(package.__path__)))
    pool = descriptor_pool.Default()
    files = [pool.FindFileByName(f"chronovisor/v1/{path.stem[:-4]}.proto") for path in folder.glob("*_service_pb2.py")]
    files.append(pool.FindFileByName("google/longrunning/operations.proto"))
    return {
        f"{service.name}.{method.name}": method
        for file in files
        for service in file.services_by_name.values()
        if service.name not in NOT_FOR_USERS
        for method in service.methods
    }


def test_every_method_has_a_command_and_every_command_a_method() -> None:
    assert set(COMMANDS) | set(STREAMS) == set(every_method())
    assert not set(COMMANDS) & set(STREAMS)
    # Tests see what goes through the proxy alone.
    assert {path.rpartition("/")[2] for path in METHODS} >= {name.partition(".")[2] for name in COMMANDS}


@pytest.fixture
def there(cli: Cli, tmp_path: Path) -> dict[str, str]:
    """VMs a-1 and a-2, runs-1 which runs, the project lab; and what words of the table stand for."""
    cli(*CREATE[:2], "a-1", "a-2", *CREATE[3:])
    operation = cli(*CREATE[:2], "runs-1", *CREATE[3:], "--start", "-o", "json").json["name"]
    cli("project", "create", "lab")
    file = tmp_path / "commands"
    file.write_text("start a-1\nstop a-2 --force\n")
    return {"FILE": str(file), "OPERATION": operation}


@pytest.mark.parametrize("method", list(COMMANDS))
def test_the_command_calls_the_method(cli: Cli, plane: Plane, there: dict[str, str], method: str) -> None:
    if method == "VmService.ResumeVm":
        cli("vm", "pause", "runs-1")
    if method == "Operations.WaitOperation":
        plane.hold_agent()
        there["OPERATION"] = cli("vm", "stop", "runs-1", "--no-wait", "-o", "json").json["name"]
        plane.proxy.edit("GetOperation", lambda _operation: plane.release_agent())
    name = method.partition(".")[2]
    before = len(plane.proxy.calls_of(name))
    ran = cli(*(there.get(word, word) for word in COMMANDS[method]))
    assert len(plane.proxy.calls_of(name)) > before
    if method in NOT_IMPLEMENTED:
        assert ran.code == Exit.INTERNAL
        assert "IMPLEMENTED" in ran.err
        assert len(ran.err.splitlines()) == 1
    elif (code := FOUND.get(method, Exit.OK)) is not None:
        assert ran.code == code, ran.err


@pytest.mark.parametrize("method", list(STREAMS))
def test_the_command_opens_the_stream(cli: Cli, plane: Plane, method: str) -> None:
    name = method.partition(".")[2]
    plane.proxy.fail_next(name, InvalidField([FieldViolation("parent", "must be another")]))
    assert cli(*STREAMS[method]).code == Exit.USAGE
    assert plane.proxy.calls_of(name)


def test_what_the_control_plane_lacks_is_a_method() -> None:
    assert set(COMMANDS) >= NOT_IMPLEMENTED
