"""The commands that look at the past: `at`, `diff`, `why`, `replay`, and `history` by moment, actor and chain."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.options.times import parse_instant, parse_past
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1.history_service_pb2 import (
    DiffStateResponse,
    FieldChange,
    ListEventsResponse,
    ReplayStep,
    ReplayVmResponse,
)
from chronovisor.v1.vm_pb2 import Vm, VmState
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.status_pb2 import Status

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.proxy import pages
from tests.clients.python.test_cli import CREATE, last_request

NOW = 1_760_000_000
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
STREAM = "vms/u1"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20T10:00Z", TEN),
        ("2026-11-20T10:00:00z", TEN),
        ("2026-11-20t11:00+01:00", TEN),
        ("2026-11-20 10:00:00.000Z", TEN),
    ],
)
def test_times_are_read_as_iso_8601(text: str, at: datetime) -> None:
    assert parse_instant(text).time == at


@pytest.mark.parametrize("text", ["2026-11-20T10:00", "2026-11-20 10:00", "2026-11-20"])
def test_times_without_an_offset_are_local(text: str) -> None:
    assert parse_instant(text).time == datetime.fromisoformat(text).astimezone()


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("2h", timedelta(hours=2)),
        ("-2h", timedelta(hours=2)),
        ("10m ago", timedelta(minutes=10)),
        ("10min-ago", timedelta(minutes=10)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1w 2d", timedelta(days=9)),
        ("now", timedelta()),
    ],
)
def test_times_can_be_relative(text: str, ago: timedelta) -> None:
    at = parse_instant(text).time
    assert at is not None
    assert abs(datetime.now(UTC) - ago - at) < timedelta(seconds=5)


def test_a_whole_number_is_a_position() -> None:
    assert (parse_instant("17").position, parse_instant("17").time) == (17, None)
    assert parse_instant("0").position == 0
    with pytest.raises(ValueError, match="begin at 1"):
        parse_past("0")


@pytest.mark.parametrize(
    "text", ["", "soon", "2x", "-5", "ago", "2026-13-01", "10:00:99", "1.5h", "9" * 30, "99999999w"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time|is too"):
        parse_instant(text)


def newest(plane: Plane) -> int:
    """The position of the newest event."""
    return plane.events()[-1].position


def play(plane: Plane, life: Sequence[ReplayStep] = (), changes: Sequence[FieldChange] = ()) -> None:
    """From now on each VM had this life, and what changed is this."""
    plane.proxy.answer("ReplayVm", by=pages(ReplayVmResponse, "steps", life))
    plane.proxy.answer("DiffState", by=pages(DiffStateResponse, "changes", changes, from_position=3, to_position=9))


@pytest.mark.parametrize(
    ("command", "method"),
    [
        (("vm", "list"), "ListVms"),
        (("vm", "show", "web-1"), "GetVm"),
        (("vm", "get", "web-1"), "GetVm"),
        (("host", "list"), "ListHosts"),
        (("host", "show", "node-1"), "GetHost"),
        (("project", "list"), "ListProjects"),
        (("project", "show", "default"), "GetProject"),
        (("utilization", "--host", "node-1"), "GetUtilization"),
    ],
)
def test_at_reads_the_same_of_a_past_moment(cli: Cli, plane: Plane, command: tuple[str, ...], method: str) -> None:
    cli(*CREATE)
    moment = datetime.now(UTC)
    ran = cli("at", moment.isoformat(), *command)
    assert (ran.code, ran.err) == (0, f"As of {moment.astimezone():%Y-%m-%d %H:%M:%S}:\n")
    assert last_request(plane, method).read_time.ToDatetime(UTC) == moment
    position = newest(plane)
    ran = cli("at", str(position), *command, "-o", "json")
    assert (ran.code, ran.err) == (0, "")
    assert last_request(plane, method).at_position == position


def test_what_is_now_is_read_at_no_moment(cli: Cli, plane: Plane) -> None:
    assert cli("at", "2", "vm", "list").code == 0
    cli("vm", "list")
    assert last_request(plane, "ListVms").at_position == 0


def test_at_takes_a_moment_with_a_dash_or_with_ago(cli: Cli, plane: Plane) -> None:
    cli("at", "-2h", "vm", "list")
    first = last_request(plane, "ListVms").read_time.seconds
    cli("at", "2h", "ago", "vm", "list")
    second = last_request(plane, "ListVms").read_time.seconds
    assert 0 <= second - first <= 60
    assert abs(first - (time.time() - 7200)) < 60


def test_what_was_has_a_time_of_creation_instead_of_an_age(cli: Cli, plane: Plane) -> None:
    cli(*CREATE)
    then = str(newest(plane))
    assert "CREATED" in cli("at", then, "vm", "list").out
    assert "CREATED" in cli("at", then, "project", "list").out
    assert "AGE" in cli("vm", "list").out


def test_whether_an_agent_was_connected_is_not_shown_of_the_past(cli: Cli, plane: Plane) -> None:
    for command in (("host", "list"), ("host", "show", "node-1")):
        assert "connected" in cli(*command).out
        assert "connected" not in cli("at", str(newest(plane)), *command).out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("at", "soon", "vm", "list"), "is not a time"),
        (("at", "0", "vm", "list"), "positions begin at 1"),
        (("at", "5", "vm", "destroy", "web-1"), "No such command"),
        (("at", "5", "project", "create", "x"), "No such command"),
        (("diff",), "--from"),
        (("diff", "--from", "soon"), "is not a time"),
        (("diff", "--from", "1", "a/b/c"), "not the name of a VM"),
        (("history", "fleet", "--last", "0"), "not 1 or more"),
        (("history", "fleet", "--after", "soon"), "is not a time"),
        (("history", "chain", "0"), "Positions begin at 1"),
        (("why", "vm", "web-1", "--at", "0"), "positions begin at 1"),
    ],
)
def test_wrong_moments_are_errors_and_nothing_is_sent(
    cli: Cli, plane: Plane, args: tuple[str, ...], words: str
) -> None:
    ran = cli(*args)
    assert ran.code == Exit.USAGE
    assert words in ran.err
    assert not plane.proxy.calls


def test_history_is_read_by_moments_and_actor(cli: Cli, plane: Plane) -> None:
    cli("history", "project", "default", "--after", "2026-11-20T10:00Z", "--to", "17", "--by", "user:bob")
    request = last_request(plane, "ListEvents")
    assert (request.after_time.seconds, request.to_position, request.actor) == (int(TEN.timestamp()), 17, "user:bob")


def test_the_last_events_are_shown_in_their_order(cli: Cli, plane: Plane) -> None:
    plane.proxy.page_size = 2
    for name in ("a", "b", "c", "d"):
        cli(*CREATE[:2], name, *CREATE[3:])
    expected = [str(event.position) for event in plane.events()[-3:]]
    lines = cli("history", "fleet", "--last", "3").out.splitlines()
    what = lines[0].index("WHAT")
    assert [line[what:].partition(":")[0] for line in lines[1:]] == ["b", "c", "d"]
    found = cli("history", "fleet", "--last", "3", "-o", "json").json["events"]
    assert [each["position"] for each in found] == expected


def test_a_chain_is_read_by_request_operation_or_position(cli: Cli, plane: Plane) -> None:
    cli(*CREATE)
    (event,) = (each for each in plane.events() if each.HasField("vm_created"))
    operation = cli("operation", "list", "-o", "json").json["operations"][0]["name"]
    for what, address in (
        (event.request_id.upper(), f"requests/{event.request_id}@1"),
        (operation, f"{event.stream}@1"),
        (str(event.position), f"{event.stream}@1"),
    ):
        assert cli("history", "chain", what).code == 0
        assert last_request(plane, "ListEvents").chain_of == address
    plane.proxy.answer("ListEvents", ListEventsResponse())
    assert cli("history", "chain", "1").err == "There is no event at position 1.\n"


def test_an_event_that_led_to_another_is_shown_by_its_position(cli: Cli, plane: Plane) -> None:
    cli(*CREATE, "--start")
    (requested,) = (event for event in plane.events() if event.HasField("vm_start_requested"))
    assert f"after {requested.position}" in cli("history", "vm", "web-1").out.splitlines()[3]


CHANGES = [
    FieldChange(name="hosts/node-1", uid="h", field="allocated.vcpus", before="2", after="4"),
    FieldChange(
        name="projects/default/vms/web-1", uid="v", field="state", before="VM_STATE_STOPPED", after="VM_STATE_RUNNING"
    ),
    FieldChange(name="projects/default/vms/web-1", uid="v", field="host", before="", after="hosts/node-1"),
    FieldChange(name="projects/default/vms/web-1", uid="v", field="etag", before='"1"', after='"2"'),
    FieldChange(name="projects/shop/vms/old", uid="o", before='{"state":"VM_STATE_RUNNING","host":"hosts/node-1"}'),
    FieldChange(name="projects/shop/vms/new", uid="n", after='{"state":"VM_STATE_STOPPED"}'),
]


def test_diff_shows_what_changed_came_and_went(cli: Cli, plane: Plane) -> None:
    play(plane, changes=CHANGES)
    ran = cli("diff", "--from", "3", "--to", "2026-11-20T10:00Z")
    assert ran.code == 0
    first, *lines = ran.out.splitlines()
    assert first == "From position 3 to 9: 2 resources changed, 1 resource came, 1 resource went."
    assert [line.split() for line in lines] == [
        ["NAME", "FIELD", "BEFORE", "AFTER"],
        ["hosts/node-1", "allocated.vcpus", "2", "4"],
        ["web-1", "state", "STOPPED", "RUNNING"],
        ["host", "-", "hosts/node-1"],
        ["projects/shop/vms/old", "went", "RUNNING", "on", "node-1", "-"],
        ["projects/shop/vms/new", "came", "-", "STOPPED"],
    ]
    request = plane.proxy.calls_of("DiffState")[0].request
    assert (request.scope, request.from_position, request.to_time.seconds) == ("", 3, int(TEN.timestamp()))
    assert "etag" in cli("diff", "--from", "3", "--all").out
    assert len(cli("diff", "--from", "3", "-o", "json").json["changes"]) == len(CHANGES)


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("web-1", "projects/default/vms/web-1"),
        ("projects/shop/vms/x", "projects/shop/vms/x"),
        ("hosts/node-1", "hosts/node-1"),
        ("projects/shop", "projects/shop"),
    ],
)
def test_diff_of_one_thing(cli: Cli, plane: Plane, name: str, scope: str) -> None:
    play(plane)
    assert cli("diff", "--from", "2h", name).out == "From position 3 to 9: nothing changed.\n"
    assert last_request(plane, "DiffState").scope == scope


def _event(position: int, version: int, actor: str, cause: str = "", **payload: object) -> ev.Event:
    at = Timestamp(seconds=NOW + position, nanos=position * 1_000_000)
    return ev.Event(
        stream=STREAM,
        version=version,
        position=position,
        actor=actor,
        causation=cause,
        commit_time=at,
        **payload,  # pyright: ignore
    )


def a_life() -> list[ReplayStep]:
    """Started twice; the second time it crashed."""
    placement = ev.Placement(
        policy="pack",
        hosts_considered=5,
        turned_down={"vcpus": 2, "not_active": 1},
        alternatives=[ev.ScoredHost(host="hosts/n2")],
    )
    start = ev.VmStartRequested(host="hosts/n1", placement=placement)
    held = ev.Amount(vcpus=2)
    spec = ev.Spec(resources=held, image=ev.ImageBoot(image="tiny"))
    crashed = ev.VmStopped(cause=ev.STOP_CAUSE_CRASHED, observed=ev.Observation(detail="killed"), released=held)
    events = [
        _event(1, 1, "user:alice", vm_created=ev.VmCreated(spec=spec)),
        _event(2, 2, "user:alice", vm_start_requested=ev.VmStartRequested(host="hosts/n1")),
        _event(4, 3, "agent:n1", f"{STREAM}@2", vm_start_failed=ev.VmStartFailed(error="no disk", released=held)),
        _event(6, 4, "user:bob", vm_start_requested=start),
        _event(9, 5, "agent:n1", f"{STREAM}@4", vm_started=ev.VmStarted()),
        _event(12, 6, "agent:n1", f"{STREAM}@4", vm_stopped=crashed),
    ]
    events[3].reason = "shop opens"
    failed = Vm(name="projects/default/vms/web-1", uid="u1", state=VmState.VM_STATE_FAILED)
    failed.failure.CopyFrom(Status(message="the guest crashed: killed"))
    change = FieldChange(field="state", before="VM_STATE_RUNNING", after="VM_STATE_FAILED")
    return [ReplayStep(event=each, after=failed, changes=[change, CHANGES[3]]) for each in events]


def test_why_has_in_order_who_requested_what_was_decided_what_was_observed(cli: Cli, plane: Plane) -> None:
    play(plane, a_life())
    ran = cli("why", "vm", "web-1")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "web-1 is FAILED. The guest crashed: killed."
    assert [line.split(maxsplit=3)[3] for line in lines[3:7]] == [
        "user:alice created it. It has 2 vCPUs, image tiny.",
        'user:bob requested to start it: "shop opens". It was placed on n1, the best of 2 hosts that fitted, by the '
        "policy pack; 3 hosts turned down: 2 by vcpus, 1 by not_active; next best was n2.",
        "agent:n1 saw it running, 3.0 s after the start was accepted.",
        "agent:n1 saw that it had crashed (killed). That freed 2 vCPUs.",
    ]
    assert lines[-1] == "2 events before its last start are not shown; --all does."
    whole = cli("why", "vm", "web-1", "--all").out
    assert "agent:n1 could not start it, 2.0 s after the start was accepted: no disk. That freed 2 vCPUs." in whole


def test_why_as_json_is_the_same_story(cli: Cli, plane: Plane) -> None:
    play(plane, a_life())
    answer = cli("why", "vm", "web-1", "-o", "json").json
    assert answer["situation"].startswith("web-1 is FAILED.")
    assert [(each["position"], each["cause_position"]) for each in answer["story"]] == [(1, 0), (6, 0), (9, 6), (12, 6)]


def test_why_at_a_moment_ends_at_it(cli: Cli, plane: Plane) -> None:
    play(plane, a_life())
    for moment in ("9", datetime.fromtimestamp(NOW + 10, UTC).isoformat()):
        story = cli("why", "vm", "web-1", "--at", moment, "-o", "json").json["story"]
        assert story[-1]["position"] == 9
    assert last_request(plane, "ReplayVm").read_time.seconds == NOW + 10


def test_why_has_a_sentence_for_every_event(cli: Cli, plane: Plane) -> None:
    for payload in ev.Event.DESCRIPTOR.oneofs_by_name["payload"].fields:
        event = _event(1, 1, "user:alice")
        getattr(event, payload.name).SetInParent()
        play(plane, [ReplayStep(event=event, after=Vm(name="projects/default/vms/web-1"))])
        ran = cli("why", "vm", "web-1")
        assert ran.code == 0
        assert ran.out.splitlines()[3].endswith("."), payload.name


def test_replay_shows_each_event_and_what_it_changed(cli: Cli, plane: Plane) -> None:
    play(plane, a_life())
    lines = cli("replay", "vm", "web-1").out.splitlines()
    assert len(lines) == 1 + 2 * 6
    assert 'start requested on hosts/n1 (incarnation 0, pack of 5 hosts); holds nothing more - "shop opens"' in lines[7]
    assert lines[8].split() == ["state:", "RUNNING", "->", "FAILED"]
    assert len(cli("replay", "vm", "web-1", "-o", "json").json["steps"]) == 6


@pytest.mark.parametrize("command", ["why", "replay"])
def test_the_past_of_nobody_is_not_found(cli: Cli, command: str) -> None:
    ran = cli(command, "vm", "nobody")
    assert ran.code == Exit.NOT_FOUND
    assert "VM_NOT_FOUND" in ran.err


def test_control_characters_of_the_past_do_not_reach_the_terminal(cli: Cli, plane: Plane) -> None:
    life = a_life()
    life[3].event.reason = "\x1b[31mred\x07"
    play(plane, life, [FieldChange(name="x", uid="x", field="f", after="\x1b[31m")])
    for command in (("why", "vm", "web-1"), ("replay", "vm", "web-1"), ("diff", "--from", "1")):
        assert not {"\x1b", "\x07"} & set(cli(*command).out)
