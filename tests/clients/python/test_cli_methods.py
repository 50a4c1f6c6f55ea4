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
from tests.support.images import qcow2

# Agents alone call it.
NOT_FOR_USERS = {"AgentService"}

# By service and method. STREAMS do not end by themselves.
COMMANDS: dict[str, tuple[str, ...]] = {
    "VmService.CreateVm": CREATE,
    "VmService.BatchCreateVms": (*CREATE[:2], "web-2", "web-3", *CREATE[3:]),
    "VmService.BatchStartVms": ("vm", "start", "a-1", "a-2"),
    "VmService.BatchStopVms": ("vm", "stop", "a-1", "a-2"),
    "VmService.BatchDeleteVms": ("vm", "destroy", "a-1", "a-2", "--yes"),
    "VmService.ExecuteCommands": ("run", "FILE"),
    "VmService.GetVm": ("vm", "show", "a-1"),
    "VmService.GetVmSecrets": ("vm", "secrets", "a-1"),
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
    "ConsoleService.OpenSerialConsole": ("vm", "console", "runs-1"),
    "ConsoleService.GetScreenshot": ("vm", "screenshot", "runs-1", "--to", "FILE"),
    "ConsoleService.RunProgram": ("vm", "exec", "runs-1", "--", "id"),
    "ConsoleService.OpenScreen": ("vm", "screen", "runs-1"),
    "ConsoleService.OpenPort": ("vm", "port", "runs-1", "22"),
    "ConsoleService.ReadConsoleLog": ("vm", "console", "runs-1", "--log"),
    "ConsoleService.CreateConsoleTicket": ("vm", "console", "runs-1", "--ticket"),
    "HostService.RegisterHost": (
        *("host", "register", "node-2"),
        *("--vcpus", "1", "--memory", "1GiB", "--disk", "1GiB"),
    ),
    "HostService.GetHost": ("host", "show", "node-1"),
    "HostService.ListHosts": ("host", "list"),
    "HostService.UpdateHost": ("host", "update", "node-1", "--label", "rack=8"),
    "HostService.CordonHost": ("host", "cordon", "node-1"),
    "HostService.UncordonHost": ("host", "uncordon", "node-1"),
    "HostService.DrainHost": ("host", "drain", "node-1", "--no-wait"),
    "HostService.FenceHost": ("host", "fence", "node-1", "--yes"),
    "HostService.ReplaceHostMachine": ("host", "replace", "node-1", "--validate-only"),
    "HostService.DecommissionHost": ("host", "decommission", "node-1", "--yes"),
    "HostService.ListUnexpectedGuests": ("host", "reconcile"),
    "HostService.CheckHost": ("host", "reconcile", "node-1"),
    "HostService.ReconcileHost": ("host", "reconcile", "node-1", "--assume-empty"),
    "HostService.PlanRebalance": ("rebalance", "--plan"),
    "HostService.RunRebalance": ("rebalance",),
    "HostService.CreateHostToken": ("host", "token", "create", "node-9"),
    "HostService.GetHostCredentials": ("host", "credentials", "node-1"),
    "HostService.RevokeHostCredentials": ("host", "revoke", "node-9", "--yes"),
    "ProjectService.CreateProject": ("project", "create", "shop"),
    "ProjectService.GetProject": ("project", "show", "default"),
    "ProjectService.ListProjects": ("project", "list"),
    "ProjectService.UpdateProject": ("project", "update", "default", "--title", "Shop"),
    "ProjectService.DeleteProject": ("project", "delete", "lab"),
    "NetworkService.CreateNetwork": ("network", "create", "new", "--ipv4", "10.2.0.0/24"),
    "NetworkService.GetNetwork": ("network", "show", "web"),
    "NetworkService.ListNetworks": ("network", "list"),
    "NetworkService.UpdateNetwork": ("network", "update", "web", "--description", "x"),
    "NetworkService.DeleteNetwork": ("network", "delete", "web"),
    "NetworkService.ListNetworkAddresses": ("network", "addresses", "web"),
    "NetworkService.CheckReach": ("network", "reach", "runs-1", "10.1.0.5", "--port", "22"),
    "NetworkService.ListReach": ("network", "map", "web"),
    "NetworkService.CreateSecurityGroup": ("security-group", "create", "new", "--allow", "tcp:80"),
    "NetworkService.GetSecurityGroup": ("security-group", "show", "ssh"),
    "NetworkService.ListSecurityGroups": ("security-group", "list"),
    "NetworkService.UpdateSecurityGroup": ("security-group", "update", "ssh", "--no-allow"),
    "NetworkService.DeleteSecurityGroup": ("security-group", "delete", "ssh"),
    "ServiceAccountService.CreateServiceAccount": ("service-account", "create", "robot"),
    "ServiceAccountService.GetServiceAccount": ("service-account", "show", "ci"),
    "ServiceAccountService.ListServiceAccounts": ("service-account", "list"),
    "ServiceAccountService.UpdateServiceAccount": ("service-account", "update", "ci", "--title", "CI"),
    "ServiceAccountService.CreateServiceAccountToken": ("service-account", "token", "create", "ci"),
    "ServiceAccountService.ListServiceAccountTokens": ("service-account", "token", "list", "ci"),
    "ServiceAccountService.RevokeServiceAccountToken": ("service-account", "token", "revoke", "ci", "TOKEN"),
    "ServiceAccountService.DeleteServiceAccount": ("service-account", "delete", "ci"),
    "ImageService.UploadImage": ("image", "import", "IMAGE"),
    "ImageService.ImportImage": ("image", "import", "file:///nowhere/disk"),
    "ImageService.CreateImage": ("image", "create", "golden", "--from-vm", "runs-1"),
    "ImageService.GetImage": ("image", "show", "disk"),
    "ImageService.ListImages": ("image", "list"),
    "ImageService.UpdateImage": ("image", "update", "disk", "--family", "disks"),
    "ImageService.DeprecateImage": ("image", "deprecate", "disk"),
    "ImageService.DeleteImage": ("image", "delete", "disk"),
    "AccessService.WhoAmI": ("whoami",),
    "AccessService.ExplainAccess": ("access", "explain", "user:anna", "vms.get", "default"),
    "AccessService.ListRoles": ("role", "list"),
    "AccessService.CreateRole": ("role", "create", "starter", "-p", "vms.start"),
    "AccessService.UpdateRole": ("role", "update", "stopper", "--title", "Stops"),
    "AccessService.DeleteRole": ("role", "delete", "stopper"),
    "IAMPolicy.GetIamPolicy": ("access", "policy"),
    "IAMPolicy.SetIamPolicy": ("access", "grant", "user:anna", "viewer"),
    "IAMPolicy.TestIamPermissions": ("access", "test", "vms.get"),
    "UtilizationService.GetUtilization": ("utilization",),
    "UtilizationService.ListUtilization": ("utilization", "--by", "zone"),
    "UtilizationService.GetUsage": ("usage", "--from", "1h"),
    "UtilizationService.ListSamples": ("vm", "samples", "a-1"),
    "UtilizationService.GetUtilizationCheck": ("audit", "totals"),
    "UtilizationService.CheckSpareCapacity": ("capacity", "check", "--within", "zone"),
    "HistoryService.ListEvents": ("history", "fleet"),
    "HistoryService.ReplayVm": ("replay", "vm", "a-1"),
    "HistoryService.DiffState": ("diff", "--from", "1"),
    "HistoryService.GetTimeline": ("history", "timeline", "fleet"),
    "HistoryService.GetSeal": ("audit", "seal"),
    "HistoryService.VerifyLedger": ("audit", "verify"),
    "HistoryService.GetLedgerCheck": ("audit", "status"),
    "HistoryService.ProveEvent": ("audit", "prove", "1"),
    "HistoryService.GetSignedHead": ("audit", "head"),
    "HistoryService.GetConsistencyProof": ("audit", "verify", "--against", "HEAD"),
    "HistoryService.GetInclusionProof": ("audit", "prove", "1", "--in", "HEAD"),
    "HistoryService.WhatIf": ("what-if",),
    "MetricsService.GetMetrics": ("metrics",),
    "PrivacyService.ForgetPerson": ("privacy", "forget", "user:alice", "--yes"),
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
    # It has no network card.
    "NetworkService.CheckReach": Exit.NO,
    # She may not.
    "AccessService.ExplainAccess": Exit.NO,
    "UtilizationService.GetUtilizationCheck": Exit.UNAVAILABLE,
    # The operator allows none.
    "ImageService.ImportImage": Exit.WRONG_STATE,
    # It runs.
    "ImageService.CreateImage": Exit.WRONG_STATE,
    # Its check may have ended, or not.
    "HistoryService.GetLedgerCheck": None,
    # The agent is connected.
    "HostService.ReplaceHostMachine": Exit.CONFLICT,
    # It moves no guests, and has no fencer.
    "VmService.MigrateVm": Exit.USAGE,
    "HostService.FenceHost": Exit.USAGE,
    # It has no authority, and no host has joined.
    "HostService.CreateHostToken": Exit.WRONG_STATE,
    "HostService.RevokeHostCredentials": Exit.NOT_FOUND,
    # It has no network card.
    "ConsoleService.OpenPort": Exit.WRONG_STATE,
    # It has no guest agent.
    "ConsoleService.RunProgram": Exit.WRONG_STATE,
    # It has no screen.
    "ConsoleService.OpenScreen": Exit.WRONG_STATE,
    "ConsoleService.GetScreenshot": Exit.WRONG_STATE,
    # It takes VMs.
    "HostService.DecommissionHost": Exit.WRONG_STATE,
    # Its VMs would have no place elsewhere.
    "UtilizationService.CheckSpareCapacity": Exit.NO_ROOM,
    # It is kept.
    "Operations.DeleteOperation": Exit.WRONG_STATE,
}


def every_method() -> dict[str, MethodDescriptor]:
    """Of every service of the protos that are there, and of long-running operations."""
    import chronovisor.v1 as package  # noqa: PLC0415

    folder = Path(next(iter(package.__path__)))
    pool = descriptor_pool.Default()
    files = [pool.FindFileByName(f"chronovisor/v1/{path.stem[:-4]}.proto") for path in folder.glob("*_service_pb2.py")]
    files.append(pool.FindFileByName("google/iam/v1/iam_policy.proto"))
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
    """VMs a-1 and a-2, runs-1 which runs, the project lab, the account ci, the network web, the group ssh, the role
    stopper; and what words of the table stand for."""
    cli(*CREATE[:2], "a-1", "a-2", *CREATE[3:])
    operation = cli(*CREATE[:2], "runs-1", *CREATE[3:], "--start", "-o", "json").json["name"]
    cli("project", "create", "lab")
    cli("service-account", "create", "ci")
    cli("network", "create", "web", "--ipv4", "10.1.0.0/24")
    cli("security-group", "create", "ssh", "--allow", "tcp:22")
    cli("role", "create", "stopper", "-p", "vms.stop")
    token = cli("service-account", "token", "create", "ci", "-o", "json").json["service_account_token"]["name"]
    file = tmp_path / "commands"
    file.write_text("start a-1\nstop a-2 --force\n")
    head = tmp_path / "head"
    head.write_text(cli("audit", "head").out)
    image = tmp_path / "new.qcow2"
    image.write_bytes(qcow2(tmp_path / "made.qcow2"))
    cli("image", "import", str(image), "--name", "disk")
    return {
        "FILE": str(file),
        "IMAGE": str(image),
        "OPERATION": operation,
        "HEAD": str(head),
        "TOKEN": token.rpartition("/")[2],
    }


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
    if (code := FOUND.get(method, Exit.OK)) is not None:
        assert ran.code == code, ran.err


def test_how_a_vm_is_moved_is_the_callers_to_say(cli: Cli, plane: Plane, there: dict[str, str]) -> None:
    terms = ("--to", "node-2", "--bandwidth", "50", "--auto-converge", "--give-up-after", "2m")
    cli("vm", "migrate", "runs-1", *terms)
    request = plane.proxy.calls_of("MigrateVm")[-1].request
    assert (request.destination_host, request.bandwidth_mib_s) == ("hosts/node-2", 50)
    assert (request.auto_converge, request.timeout.seconds) == (True, 120)
    cli("vm", "migrate", "runs-1")
    request = plane.proxy.calls_of("MigrateVm")[-1].request
    assert (request.destination_host, request.HasField("timeout")) == ("", False)


@pytest.mark.parametrize("method", list(STREAMS))
def test_the_command_opens_the_stream(cli: Cli, plane: Plane, method: str) -> None:
    name = method.partition(".")[2]
    plane.proxy.fail_next(name, InvalidField([FieldViolation("parent", "must be another")]))
    assert cli(*STREAMS[method]).code == Exit.USAGE
    assert plane.proxy.calls_of(name)
