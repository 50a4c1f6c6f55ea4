"""`chronovisor doctor`: each finding about the control plane and its fleet, provoked."""

import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import grpc
import pytest
from chronovisor.cli.doctor import server_checks
from chronovisor.cli.doctor.checks import CHECKS
from chronovisor.cli.exit_codes import Exit
from chronovisor.operations import metadata_of
from chronovisor.v1.access_service_pb2 import RoleGrant, WhoAmIResponse
from chronovisor.v1.history_service_pb2 import Seal
from chronovisor.v1.host_pb2 import HOST_STATE_DOWN, HOST_STATE_FENCED, AgentRefusal, HostPlatform
from chronovisor.v1.ledger_check_pb2 import LedgerCheck, LedgerFinding
from chronovisor.v1.operations_pb2 import OperationMetadata
from chronovisor.v1.resources_pb2 import Resources
from chronovisor.v1.utilization_check_pb2 import SystemAlarm, UtilizationAlarm, UtilizationCheck
from google.api.httpbody_pb2 import HttpBody
from google.longrunning import operations_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.proxy import status
from tests.clients.python.test_cli import CREATE

NOBODY = status(grpc.StatusCode.UNAUTHENTICATED, "NO_CREDENTIAL", "this control plane takes proven callers alone")
NOT_YOURS = status(grpc.StatusCode.PERMISSION_DENIED, "ACCESS_DENIED", "not yours")
AWAY = status(grpc.StatusCode.UNAVAILABLE, "NOT_LEADER", "not now")
NOT_THERE = status(grpc.StatusCode.NOT_FOUND, "SEAL_NOT_FOUND", "there is none")
FAULT = status(grpc.StatusCode.INTERNAL, "INTERNAL", "see the log")
GIB = 1 << 30
OWN = version("chronovisor")
NAMES = [check.name for check in CHECKS]

Found = list[tuple[str, str, str]]
Arrange = Callable[[Plane], object]


def looked(cli: Cli, *names: str) -> Found:
    """Level, detail and remedy of each finding."""
    ran = cli("doctor", "-o", "json", *names)
    found = [(each["level"], each["detail"], each["remedy"]) for each in ran.json["findings"]]
    assert ran.code == (Exit.UNHEALTHY if any(level == "problem" for level, *_ in found) else Exit.OK)
    return found


def hosts(**changes: Any) -> Arrange:
    def edit(message: Any) -> None:
        for host in message.hosts:
            for name, value in changes.items():
                field: Any = getattr(host, name)
                if isinstance(value, Message | list):
                    field.MergeFrom(value)
                else:
                    setattr(host, name, value)

    return lambda plane: plane.proxy.edit("ListHosts", edit)


def caller(**fields: Any) -> Arrange:
    return lambda plane: plane.proxy.answer("WhoAmI", WhoAmIResponse(principal="user:anna", **fields))


def ledger(**fields: Any) -> Arrange:
    return lambda plane: plane.proxy.answer("GetLedgerCheck", LedgerCheck(**fields))


def totals(**fields: Any) -> Arrange:
    def answer(plane: Plane) -> None:
        values: dict[str, Any] = {"position": 7, **fields}
        found = UtilizationCheck(**values)
        found.interval.FromSeconds(300)
        plane.proxy.answer("GetUtilizationCheck", found)

    return answer


def refused(method: str, refusal: Any) -> Arrange:
    return lambda plane: plane.proxy.fail_next(method, refusal, times=9)


def server_version(number: str) -> Arrange:
    text = f'# TYPE a gauge\nchronovisor_build_info{{version="{number}"}} 1.0\n'
    return lambda plane: plane.proxy.answer("GetMetrics", HttpBody(data=text.encode()))


def disk(total_gib: float, free_gib: float) -> Arrange:
    lines = f"chronovisor_ledger_disk_bytes {total_gib * GIB}\nchronovisor_ledger_disk_free_bytes {free_gib * GIB}\n"
    return lambda plane: plane.proxy.answer("GetMetrics", HttpBody(data=lines.encode()))


def clock_by(seconds: float) -> Arrange:
    def edit(project: Any) -> None:
        project.create_time.FromNanoseconds(project.create_time.ToNanoseconds() + round(seconds * 1e9))

    return lambda plane: plane.proxy.edit("CreateProject", edit)


def operation(age_s: float, deadline_s: float | None) -> Arrange:
    def arrange(plane: Plane) -> None:
        # Now, and not when the table of findings was made.
        now = time.time()
        metadata = OperationMetadata(verb="start", target="projects/default/vms/web-1")
        metadata.create_time.FromSeconds(round(now - age_s))
        if deadline_s is not None:
            metadata.deadline.FromSeconds(round(now + deadline_s))
        found = operations_pb2.Operation(name="operations/1")
        found.metadata.Pack(metadata)
        assert metadata_of(found) == metadata
        plane.proxy.answer("ListOperations", operations_pb2.ListOperationsResponse(operations=[found]))

    return arrange


def a_seal_of_another(plane: Plane) -> None:
    plane.proxy.edit("GetSeal", lambda seal: setattr(seal, "merkle_root", b"?" * 32))


def a_head_of_another(plane: Plane) -> None:
    plane.proxy.edit("GetSignedHead", lambda head: setattr(head, "root_hash", b"?" * 32))


def expiring(days: float) -> dict[str, Any]:
    return {"expire_time": Timestamp(seconds=round(time.time() + days * 86_400))}


AN_ALARM = UtilizationAlarm(scope="hosts/node-1", figure="allocated", resource_class="vcpus")
A_FINDING = LedgerFinding(position=41, description="its bytes are not an event")
GRANT = [RoleGrant(resource="/", role="roles/viewer")]
DOWN = hosts(state=HOST_STATE_DOWN)

# The check, what is arranged, and what is then found.
FINDINGS: tuple[tuple[str, Arrange, str, str], ...] = (
    ("server", refused("WhoAmI", NOBODY), "ok", "NO_CREDENTIAL"),
    ("server", refused("WhoAmI", AWAY), "problem", "ot now (NOT_LEADER)"),
    ("identity", lambda _: None, "warning", "believes whoever calls it"),
    ("identity", refused("WhoAmI", NOBODY), "problem", "takes proven callers alone"),
    ("identity", refused("WhoAmI", FAULT), "problem", "INTERNAL"),
    ("identity", caller(proof="oidc", grants=GRANT, **expiring(0.5)), "ok", "user:anna, by oidc, with 1 role"),
    ("identity", caller(proof="socket"), "ok", "user:anna, by socket"),
    ("identity", caller(proof="oidc"), "warning", "has no roles"),
    ("identity", caller(proof="token", grants=GRANT, **expiring(3)), "warning", "by token, which ends at"),
    ("identity", caller(proof="certificate", grants=GRANT, **expiring(3)), "warning", "by certificate, which ends at"),
    ("clock", lambda _: None, "ok", "agrees"),
    ("clock", clock_by(90), "problem", "s ahead of this machine's"),
    ("clock", clock_by(-7200), "problem", "behind this machine's"),
    ("clock", refused("CreateProject", NOT_YOURS), "skipped", "may create projects"),
    ("clock", refused("GetUtilizationCheck", NOT_YOURS), "skipped", "alarms"),
    ("clock", totals(system_alarms=[SystemAlarm(kind="clock_step", detail="it is 5 s ahead")]), "problem", "5 s ahead"),
    ("ledger", ledger(state=LedgerCheck.STATE_CHECKING), "ok", "its end holds"),
    ("ledger", ledger(state=LedgerCheck.STATE_WHOLE, position=88), "ok", "whole up to position 88"),
    ("ledger", ledger(state=LedgerCheck.STATE_ALTERED, read_only=True), "problem", "takes no commands"),
    ("ledger", ledger(state=LedgerCheck.STATE_WHOLE, findings=[A_FINDING]), "problem", "position 41: its bytes"),
    ("ledger", ledger(state=LedgerCheck.STATE_WHOLE, failure="no memory"), "warning", "came to no end: no memory"),
    ("ledger", refused("GetLedgerCheck", NOT_YOURS), "skipped", "not shown to you (ACCESS_DENIED)"),
    ("seals", lambda _: None, "ok", "is sealed"),
    ("seals", refused("GetSeal", NOT_THERE), "ok", "nothing is sealed yet"),
    ("seals", a_seal_of_another, "problem", "seal"),
    ("heads", lambda _: None, "ok", "under the newest head"),
    ("heads", refused("GetSignedHead", NOT_THERE), "ok", "nothing is signed yet"),
    ("heads", a_head_of_another, "problem", "head"),
    ("totals", lambda _: None, "skipped", "--check-every 0"),
    ("totals", totals(), "ok", "at position 7"),
    ("totals", totals(position=0), "ok", "not compared yet"),
    ("totals", totals(alarms=[AN_ALARM]), "problem", "hosts/node-1: allocated vcpus"),
    ("totals", totals(failure="no memory"), "warning", "no memory"),
    (
        "totals",
        totals(system_alarms=[SystemAlarm(kind="heads_unpublished", detail="no answer")]),
        "warning",
        "heads_un",
    ),
    ("disk", disk(100, 50), "ok", "50 GiB of 100 GiB are free on the ledger's disk"),
    ("disk", disk(100, 4), "warning", "on the ledger's disk"),
    ("disk", disk(0.02, 0.0), "problem", "are free on the ledger's disk"),
    ("backlog", lambda _: None, "ok", "are up to position"),
    ("backlog", refused("ListVms", AWAY), "problem", "are not up to position"),
    ("agents", lambda _: None, "ok", "1 of 1 agent connected"),
    ("agents", lambda plane: plane.stop_agent(), "problem", "no agent is connected of 1 host (node-1)"),
    (
        "agents",
        hosts(lease_expire_time=Timestamp(seconds=9)),
        "problem",
        "has ended",
    ),
    (
        "agents",
        hosts(refused_agent=AgentRefusal(reason="NOPE", count=2)),
        "problem",
        "NOPE",
    ),
    ("agents", hosts(unreadable="no libvirt."), "problem", "cannot read its hypervisor: no libvirt"),
    ("agents", hosts(network_failures=["projects/p/networks/n: no nft"]), "problem", "projects/p/networks/n: no nft"),
    ("agents", hosts(clock_offset=Duration(seconds=-5)), "warning", "a second away"),
    ("versions", lambda _: None, "ok", f"the control plane is {OWN}, 1 agent too"),
    ("versions", hosts(platform=HostPlatform(agent_version="0.0.1")), "warning", "is 0.0.1, the control plane is"),
    ("versions", server_version("0.0.2"), "warning", "the control plane is 0.0.2, this command line is"),
    ("versions", server_version("0.0.2"), "warning", f"the agent of 1 host (node-1) is {OWN}, the control plane is"),
    ("versions", lambda plane: plane.proxy.absent.add("GetMetrics"), "ok", f"this command line is {OWN}, 1 agent too"),
    ("versions", refused("GetMetrics", NOT_YOURS), "ok", f"this command line is {OWN}, 1 agent too"),
    ("versions", refused("GetMetrics", FAULT), "problem", "INTERNAL"),
    ("hosts", lambda _: None, "ok", "1 of 1 host there"),
    ("hosts", DOWN, "problem", "DOWN: 1 host (node-1)"),
    ("hosts", hosts(state=HOST_STATE_FENCED), "warning", "FENCED: 1 host (node-1)"),
    (
        "hosts",
        hosts(overcommitted=Resources(vcpus=3)),
        "problem",
        "3 vCPUs more than it has",
    ),
    ("hosts", hosts(violations=["apart"]), "warning", "not obeyed on 1 host (node-1)"),
    ("guests", lambda _: None, "ok", "every guest"),
    ("guests", hosts(unexpected_guest_count=2), "warning", "2 guests that the ledger does not expect"),
    ("guests", hosts(guests_unreported=True), "warning", "did not report guests yet"),
    ("operations", lambda _: None, "ok", "0 operations"),
    ("operations", operation(7260, None), "warning", "start of web-1 is under way for 2h"),
    ("operations", operation(60, -1), "warning", "start of web-1"),
    ("operations", operation(7260, 60), "ok", "none of them late"),
)


@pytest.mark.parametrize(("name", "arrange", "level", "words"), FINDINGS, ids=[f"{x[0]}-{x[3]}" for x in FINDINGS])
def test_each_finding(cli: Cli, plane: Plane, name: str, arrange: Arrange, level: str, words: str) -> None:
    arrange(plane)
    found = looked(cli, name)
    assert any(each[0] == level and words in each[1] for each in found), found
    for each, _, remedy in found:
        assert bool(remedy) == (each in ("warning", "problem")), found


@pytest.mark.no_hosts
def test_a_fleet_without_hosts_says_how_one_joins(cli: Cli) -> None:
    assert looked(cli, "agents", "hosts") == [
        ("skipped", "there are no hosts", ""),
        ("skipped", "there are no hosts: join one, chronovisor host token create --help", ""),
    ]


def test_a_ledger_that_ends_before_what_was_seen_of_it(cli: Cli, plane: Plane) -> None:
    assert cli(*CREATE).code == 0
    assert cli("audit", "verify").code == 0
    assert looked(cli, "seals")[0][0] == "ok"
    earlier = Seal.FromString(plane.run(_first_seal(plane)))
    plane.proxy.answer("GetSeal", earlier)
    ((level, detail, remedy),) = looked(cli, "seals")
    assert (level, "was seen here before" in detail) == ("problem", True)
    assert "HistoryForked" in remedy


async def _first_seal(plane: Plane) -> bytes:
    from chronovisor.v1.history_service_pb2 import GetSealRequest  # noqa: PLC0415

    call: Any = plane.proxy.channel.unary_unary("/chronovisor.v1.HistoryService/GetSeal")
    return await call(GetSealRequest(position=1).SerializeToString())


def test_a_slow_answer_is_a_warning(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_checks, "SLOW_S", 0.0)
    assert [level for level, *_ in looked(cli, "server", "backlog")] == ["warning", "warning"]


def test_without_a_control_plane_each_check_of_it_is_skipped_and_none_waits(cli: Cli) -> None:
    began = time.monotonic()
    ran = cli("doctor", "--server", "127.0.0.1:1", "--timeout", "2s", "-o", "json")
    assert ran.code == Exit.UNHEALTHY
    levels = {each["check"]: each["level"] for each in ran.json["findings"]}
    assert levels["server"] == "problem"
    assert {levels[name] for name in ("ledger", "seals", "agents", "backlog", "operations")} == {"skipped"}
    assert time.monotonic() - began < 60
    assert set(levels) == set(NAMES)


def test_what_cannot_be_connected_with_is_a_problem_and_ends_nothing(cli: Cli) -> None:
    ran = cli("doctor", "--token-file", "/nonexistent/token", "-o", "json", "server", "ledger", "files")
    assert ran.code == Exit.UNHEALTHY
    assert [each["level"] for each in ran.json["findings"]][:2] == ["problem", "skipped"]


def test_people_get_a_line_each_with_what_to_do_and_a_count(cli: Cli, plane: Plane) -> None:
    DOWN(plane)
    ran = cli("doctor", "ledger", "hosts", "server")
    assert ran.code == Exit.UNHEALTHY
    assert [line.split()[:2] for line in ran.out.splitlines() if not line.startswith(" ")] == [
        ["ok", "server"],
        ["ok", "ledger"],
        ["problem", "hosts"],
        ["1", "problem,"],
    ]
    assert "Bring it back, or once it is off for good: chronovisor host fence" in ran.out


def test_one_that_there_is_not_is_a_usage_error_that_names_all(cli: Cli) -> None:
    ran = cli("doctor", "moon")
    assert ran.code == Exit.USAGE
    assert all(name in ran.err for name in NAMES)
    assert cli("doctor", "-o", "csv").code == Exit.USAGE


def test_every_check_is_provoked_here_or_on_the_machine() -> None:
    from tests.clients.python.test_cli_doctor_machine import OF_THE_MACHINE  # noqa: PLC0415

    assert {name for name, *_ in FINDINGS} | OF_THE_MACHINE == set(NAMES)
