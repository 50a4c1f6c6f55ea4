"""`chronovisor top`: driven by its keys, against a control plane; what it shows of the past is what `at` prints."""

import os
import pty
import random
import re
import struct
import subprocess
import sys
import termios
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fcntl import ioctl
from typing import Any, cast

import chronovisor
import grpc
import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.text.units import amount_text
from chronovisor.cli.top import app as top_app
from chronovisor.cli.top import sections
from chronovisor.cli.top.app import Top
from chronovisor.cli.top.fleet import Fleet
from chronovisor.cli.top.overview import TITLES, bar, busiest_text, eta_style, eta_text, events_text, states_text
from chronovisor.cli.top.sections import SECTIONS, View, matcher, rows_of
from chronovisor.v1.utilization_service_pb2 import Utilization
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.v1.vm_service_pb2 import CreateVmRequest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, Static

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import DEFAULT, Plane
from tests.clients.python.proxy import status
from tests.support.waiting import WAIT_S, patient

pytestmark = pytest.mark.slow

AWAY = status(grpc.StatusCode.UNAVAILABLE, "NOT_LEADER", "not now")
UNCONNECTED = status(
    grpc.StatusCode.UNAVAILABLE, "UNREACHABLE", "failed to connect to all addresses; last error: FAILED_PRECONDITION"
)
NOT_YOURS = status(grpc.StatusCode.PERMISSION_DENIED, "ACCESS_DENIED", "not yours")
Run = Pilot[Any]


@asynccontextmanager
async def running(
    client: chronovisor.Client, plane: Plane, size: tuple[int, int] = (130, 40)
) -> AsyncGenerator[tuple[Top, Run]]:
    """The screen, once it has read the fleet."""
    app = Top(client, plane.address)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, lambda: app.fleet.position)
        yield app, pilot


async def shown(pilot: Run, holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline
        await pilot.pause(0.01)
    await pilot.pause()


async def stepped(app: Top, pilot: Run, *keys: str) -> int:
    """The position that is shown after a key of time, one after the other; 0 for now."""
    for key in keys:
        before = app.fleet
        await pilot.press(key)
        await shown(pilot, lambda before=before: app.fleet is not before and app.fleet.moment == app.moment)
    return app.fleet.moment.position if app.fleet.moment else 0


def text_of(app: Top, name: str) -> str:
    return str(app.query_one(f"#{name}", Static).content)


def create(client: chronovisor.Client, name: str, *, start: bool = False, reason: str = "") -> None:
    """Not by the command line: while the screen is there, nothing else may be printed."""
    vm = Vm()
    vm.spec.resources.vcpus, vm.spec.resources.memory_mib, vm.spec.resources.disk_gib = 1, 512, 1
    vm.spec.boot.image.image = "tiny"
    request = CreateVmRequest(parent=DEFAULT, vm_id=name, vm=vm, start=start, reason=reason)
    client.wait(client.vms.CreateVm(request))


def random_life(cli: Cli, client: chronovisor.Client, seed: int) -> None:
    """Creates, starts, stops and destroys a few VMs, and registers a host, in an order by chance."""
    chance = random.Random(seed)
    states: dict[str, str] = {}
    cli("host", "register", "node-2", "--vcpus", "3", "--memory", "3GiB", "--disk", "40GiB", "--zone", "eu-1b")
    for number in range(12):
        name = chance.choice([f"vm-{number}", *states])
        match states.get(name):
            case None:
                create(client, name, start=chance.random() < 0.5)
                states[name] = "?"
            case _:
                verb = chance.choice([("start",), ("stop", "--force"), ("destroy", "--yes")])
                if cli("vm", verb[0], name, *verb[1:]).code == 0 and verb[0] == "destroy":
                    del states[name]


def cells(printed: str) -> list[list[str]]:
    """The rows of a printed table, without its heading and what follows it."""
    rows = printed.split("\n\n", maxsplit=1)[0].splitlines()[1:]
    return [re.split(r" {2,}", row.strip()) for row in rows]


def table_of(app: Top) -> list[list[str]]:
    table = cast("DataTable[Any]", app.query_one("#table"))
    return [[str(each) for each in table.get_row_at(row)] for row in range(table.row_count)]


@dataclass(frozen=True)
class Seen:
    """What the screen showed of one position."""

    position: int
    eta: list[str]
    states: str
    busiest: str
    vms: list[list[str]]
    hosts: list[list[str]]


async def seen(app: Top, pilot: Run, position: int) -> Seen:
    assert f"position {position} " in text_of(app, "when")
    vms = table_of(app)
    await pilot.press("2")
    hosts = table_of(app)
    await pilot.press("1")
    return Seen(position, text_of(app, "eta").splitlines(), text_of(app, "states"), text_of(app, "busiest"), vms, hosts)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_number_of_the_past_is_what_at_prints(
    cli: Cli, client: chronovisor.Client, plane: Plane, seed: int
) -> None:
    random_life(cli, client, seed)
    positions = [event.position for event in plane.events() if not event.stream.startswith(("requests/", "ledger"))]
    found: list[Seen] = []
    async with running(client, plane) as (app, pilot):
        for expected in reversed(positions[:-1]):
            assert await stepped(app, pilot, "left_square_bracket") == expected
            found.append(await seen(app, pilot, expected))
        # And forward again, as far as now.
        for expected in positions[1:]:
            assert await stepped(app, pilot, "right_square_bracket") == expected
        assert await stepped(app, pilot, "right_square_bracket") == 0
    for each in found:
        _check_against_at(cli, each)


def _check_against_at(cli: Cli, seen: Seen) -> None:
    at = str(seen.position)
    vms = cells(cli("at", at, "vm", "list", "--all-projects").out)
    assert seen.vms == vms
    assert seen.hosts == cells(cli("at", at, "host", "list").out)
    counts = {state: int(count) for count, state in re.findall(r"(\d+)  ([A-Z]+)", seen.states)}
    assert counts == Counter(row[2] for row in vms)
    utilization = cli("at", at, "utilization", "-o", "json").json
    for each, line in zip(utilization["classes"], seen.eta, strict=bool(utilization["classes"])):
        name = str(each["resource_class"])
        amounts = [amount_text(name, int(each[amount])) for amount in ("allocated", "total")]
        assert line.startswith(TITLES.get(name, name))
        assert line.endswith(f"{each['eta']:6.1%}  {' of '.join(amounts)}")
    by_host = cli("at", at, "utilization", "--by", "host", "-o", "json").json["utilizations"]
    peaks = {each["scope"].removeprefix("hosts/"): max(one["eta"] for one in each["classes"]) for each in by_host}
    busiest = re.findall(r"^(\S+) +[█░]+ +([0-9.]+%)", seen.busiest, re.MULTILINE)
    assert dict(busiest) == {name: f"{eta:.1%}" for name, eta in peaks.items()}


async def test_now_goes_on_by_itself_and_the_past_stays(client: chronovisor.Client, plane: Plane) -> None:
    create(client, "web-1")
    async with running(client, plane) as (app, pilot):
        assert text_of(app, "when").startswith("now  position ")
        create(client, "web-2")
        await shown(pilot, lambda: "web-2: created" in text_of(app, "events"))
        await shown(pilot, lambda: len(app.fleet.vms) == 2)
        at = await stepped(app, pilot, "left_square_bracket")
        assert app.query_one("#frame").has_class("past")
        assert text_of(app, "when").startswith(f"PAST  position {at}")
        create(client, "web-3")
        assert "web-3" not in text_of(app, "events")
        assert len(app.fleet.vms) == 1
        assert await stepped(app, pilot, "0") == 0
        assert not app.query_one("#frame").has_class("past")
        await shown(pilot, lambda: len(app.fleet.vms) == 3)


async def test_minutes_and_hours_go_to_what_was_then(client: chronovisor.Client, plane: Plane) -> None:
    create(client, "web-1")
    first = plane.events()[0].position
    async with running(client, plane) as (app, pilot):
        # All of it is younger than that: the first event is as far as it goes.
        assert await stepped(app, pilot, "left_curly_bracket") == first
        assert await stepped(app, pilot, "less_than_sign") == first
        # A minute after the first event is to come.
        assert await stepped(app, pilot, "right_curly_bracket") == 0
        assert await stepped(app, pilot, "less_than_sign", "greater_than_sign") == 0
        assert await stepped(app, pilot, "left_square_bracket") > first
        assert await stepped(app, pilot, "end") == 0


async def test_minutes_add_up_where_nothing_happened(
    client: chronovisor.Client, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(client, "web-1")
    monkeypatch.setitem(
        top_app.STEPS,
        "left_curly_bracket",
        lambda client, at: top_app.moments.by(client, at, step=-top_app.timedelta(milliseconds=1)),
    )
    async with running(client, plane) as (app, pilot):
        await stepped(app, pilot, "left_curly_bracket")
        before = app.moment
        await stepped(app, pilot, "left_curly_bracket")
        assert before
        assert app.moment
        assert (before.time - app.moment.time).total_seconds() == pytest.approx(0.001)
        assert app.moment.position <= before.position


async def test_a_filter_a_sort_and_their_end(client: chronovisor.Client, plane: Plane) -> None:
    for name in ("web-1", "api-1", "web-2"):
        create(client, name)
    async with running(client, plane) as (app, pilot):
        await pilot.press("slash", *"web-")
        assert [row[1] for row in table_of(app)] == ["web-1", "web-2"]
        assert "2 by /web-" in text_of(app, "sections")
        # These are letters now.
        await pilot.press("0", "q", "backspace", "backspace", "enter")
        assert [row[1] for row in table_of(app)] == ["web-1", "web-2"]
        assert not app.query_one("#filter", Input).display
        await pilot.press("slash", "home", "!", "enter")
        assert [row[1] for row in table_of(app)] == ["api-1"]
        await pilot.press("escape")
        assert [row[1] for row in table_of(app)] == ["api-1", "web-1", "web-2"]
        await pilot.press("s", "s", "S")
        assert [row[1] for row in table_of(app)] == ["web-2", "web-1", "api-1"]
        assert "NAME ▼" in [str(column.label) for column in app.query_one("#table", DataTable).columns.values()]
        # A row stays chosen when the table is read anew.
        await pilot.press("down", "down")
        assert await stepped(app, pilot, "r") == 0
        assert app.query_one("#table", DataTable).cursor_row == 2
        await pilot.press("S")
        assert app.query_one("#table", DataTable).cursor_row == 0


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("1", ("projects/default/vms/web-1", "incarnation", "user:alice  web-1: created")),
        ("2", ("hosts/node-1", "capacity", "inventory of memory_mib  ", "agent:node-1  node-1: registered")),
        ("3", ("VmStarted", "position", "request")),
        ("4", ("operations/", "who", "user:alice")),
    ],
)
async def test_a_row_in_full(client: chronovisor.Client, plane: Plane, key: str, words: tuple[str, ...]) -> None:
    create(client, "web-1", start=True)
    async with running(client, plane) as (app, pilot):
        await pilot.press(key, "enter")
        await shown(pilot, lambda: app.screen.query("#text") and "Reading" not in _page(app))
        assert all(each in _page(app) for each in words), _page(app)
        await pilot.press("escape")
        assert not app.screen.query("#text")


def _page(app: Top) -> str:
    return str(app.screen.query_one("#text", Static).content)


async def test_of_the_past_a_row_has_what_happened_by_then(client: chronovisor.Client, plane: Plane) -> None:
    create(client, "web-1")
    client.vms.start("web-1").wait()
    async with running(client, plane) as (app, pilot):
        await pilot.press("4")
        assert table_of(app)[0][2] == "done"
        while any("start requested" in row[4] for row in _events(app)):
            await stepped(app, pilot, "left_square_bracket")
        assert [row[0] for row in table_of(app)] == ["CreateVm"]
        await pilot.press("1", "enter")
        await shown(pilot, lambda: app.screen.query("#text") and "Reading" not in _page(app))
        assert "created" in _page(app)
        assert "running" not in _page(app)


def _events(app: Top) -> list[list[str]]:
    return [list(row) for row in rows_of(SECTIONS[2], app.fleet, View()).cells]


async def test_help_names_every_key(client: chronovisor.Client, plane: Plane) -> None:
    async with running(client, plane) as (app, pilot):
        await pilot.press("question_mark")
        for key in (*"[]{}<>/sS0r?q1234", "End", "Enter", "Escape"):
            assert re.search(rf"(^|\s){re.escape(key)}(\s|;|$)", _page(app)), key
        await pilot.press("question_mark")
        assert not app.screen.query("#text")


async def test_a_lost_connection_is_a_line_until_it_is_back(client: chronovisor.Client, plane: Plane) -> None:
    plane.proxy.fail_next("WatchEvents", AWAY, after=True)
    plane.proxy.fail_next("WatchEvents", AWAY, times=300)
    async with running(client, plane) as (app, pilot):
        await shown(pilot, lambda: str(app.trouble).startswith("Not connected since"))
        assert app.query_one("#trouble").display
        create(client, "web-1")
        await shown(pilot, lambda: not app.trouble)
        assert not app.query_one("#trouble").display
        await shown(pilot, lambda: "web-1: created" in text_of(app, "events"))


async def test_a_read_that_fails_is_a_line_and_is_tried_again(
    client: chronovisor.Client, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(top_app, "AT_LEAST_EVERY_S", 0.05)
    monkeypatch.setattr(top_app, "AT_MOST_EVERY_S", 0.01)
    async with running(client, plane) as (app, pilot):
        plane.proxy.fail_next("ListHosts", status(grpc.StatusCode.INTERNAL, "INTERNAL", "see the log"), times=20)
        await shown(pilot, lambda: app.trouble == "Not read: see the log. Trying again.")
        await shown(pilot, lambda: not app.trouble)


async def test_a_server_that_is_away_is_a_sentence_with_the_time_when_it_was_lost(
    client: chronovisor.Client, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(top_app, "AT_LEAST_EVERY_S", 0.05)
    monkeypatch.setattr(top_app, "AT_MOST_EVERY_S", 0.01)
    async with running(client, plane) as (app, pilot):
        plane.proxy.fail_next("ListHosts", UNCONNECTED, times=20)
        await shown(pilot, lambda: app.trouble == "Not read: the control plane does not answer. Trying again.")
        await shown(pilot, lambda: not app.trouble)
    plane.proxy.fail_next("WatchEvents", AWAY, after=True)
    plane.proxy.fail_next("WatchEvents", AWAY, times=9999)
    async with running(client, plane) as (app, pilot):
        await shown(pilot, lambda: app.trouble)
        plane.proxy.fail_next("ListHosts", UNCONNECTED, times=9999)
        failed = len(plane.proxy.calls_of("ListHosts"))
        await shown(pilot, lambda: len(plane.proxy.calls_of("ListHosts")) > failed + 20)
        assert app.trouble.startswith("Not connected since")


async def test_a_step_that_fails_leaves_the_moment_as_it_is(client: chronovisor.Client, plane: Plane) -> None:
    async with running(client, plane) as (app, pilot):
        plane.proxy.fail_next("ListEvents", status(grpc.StatusCode.INTERNAL, "INTERNAL", "see the log"), times=1)
        await pilot.press("left_square_bracket")
        await shown(pilot, lambda: app.trouble == "Not read: see the log.")
        assert app.moment is None


async def test_what_is_not_shown_to_somebody_is_named(client: chronovisor.Client, plane: Plane) -> None:
    create(client, "web-1")
    for method in ("GetUtilization", "ListUtilization", "ListHosts"):
        plane.proxy.fail_next(method, NOT_YOURS, times=99)
    async with running(client, plane) as (app, _):
        assert text_of(app, "when").endswith("not shown to you: utilization, hosts, utilization of hosts")
        assert [row[1] for row in table_of(app)] == ["web-1"]


async def test_what_others_wrote_drives_no_terminal(client: chronovisor.Client, plane: Plane) -> None:
    create(client, "web-1", reason="[bold red]now[/] [link=x]")
    async with running(client, plane) as (app, pilot):
        assert '"[bold red]now[/] [link=x]"' in text_of(app, "events")
        await pilot.press("3")
        assert "[bold red]now[/] [link=x]" in table_of(app)[0]


async def test_a_narrow_terminal_has_all_but_the_busiest_hosts(client: chronovisor.Client, plane: Plane) -> None:
    async with running(client, plane, (80, 24)) as (app, _):
        assert not app.query_one("#busiest").display
        assert "25.0%" in text_of(app, "eta") or "0.0%" in text_of(app, "eta")


@pytest.mark.parametrize(("size", "rows", "has_events"), [((60, 24), 8, True), ((40, 12), 3, False)])
async def test_on_a_small_terminal_there_is_room_for_the_table(
    client: chronovisor.Client, plane: Plane, size: tuple[int, int], rows: int, has_events: bool
) -> None:
    async with running(client, plane, size) as (app, _):
        assert app.query_one("#table").size.height >= rows
        assert app.query_one("#events").display is has_events


async def test_of_an_operation_what_matters_comes_first(client: chronovisor.Client, plane: Plane) -> None:
    create(client, "web-1")
    async with running(client, plane) as (app, pilot):
        await pilot.press("4")
        assert table_of(app)[0][:3] == ["CreateVm", "default/web-1", "done"]


@pytest.mark.parametrize("style", ["red", "yellow", "green", "cyan"])
def test_without_colour_every_state_can_be_read(
    client: chronovisor.Client, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    line = [Segment("FAILED", Style.parse(style))]
    for each in Top(client, "here").get_line_filters():
        line = each.apply(line, Color.parse("#121212"))
    shown_as = line[0].style
    assert shown_as
    assert shown_as.color
    assert min(shown_as.color.get_truecolor()) > 128


def test_a_large_fleet_is_filtered_whole_and_shown_in_part() -> None:
    fleet = Fleet(vms=[Vm(name=f"projects/p/vms/v-{number}") for number in range(sections.MOST_ROWS + 5)])
    rows = rows_of(SECTIONS[0], fleet, View())
    assert (rows.count, len(rows.keys)) == (sections.MOST_ROWS + 5, sections.MOST_ROWS)
    assert rows_of(SECTIONS[0], fleet, View(filter=f"v-{sections.MOST_ROWS + 4}")).count == 1
    assert rows_of(SECTIONS[0], fleet, View(reverse=True)).keys[0] == f"projects/p/vms/v-{sections.MOST_ROWS + 4}"


@pytest.mark.parametrize(
    ("filter_", "row", "is_let_through"),
    [
        ("", "a", True),
        ("WEB", "web-1", True),
        ("^b", "ab", False),
        ("!web", "web", False),
        ("!web", "api", True),
        ("[", "a[1]", True),
        ("[", "a", False),
    ],
)
def test_filters(filter_: str, row: str, is_let_through: bool) -> None:
    assert matcher(filter_)(row) is is_let_through


def test_of_nothing_there_is_a_sentence() -> None:
    texts = [eta_text(Utilization()), states_text([]), busiest_text([], 5), events_text([], {}, 5)]
    assert [str(each) for each in texts] == ["Nothing is offered here.", "No VMs.", "No hosts.", "Nothing happened."]


@pytest.mark.parametrize(
    ("eta", "full", "style"), [(0, 0, "green"), (0.01, 1, "green"), (0.75, 12, "yellow"), (2, 16, "red")]
)
def test_bars(eta: float, full: int, style: str) -> None:
    assert bar(eta) == "█" * full + "░" * (16 - full)
    assert eta_style(eta) == style


def test_without_its_package_it_says_what_to_install(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "chronovisor.cli.top.app")
    monkeypatch.setitem(sys.modules, "textual.app", None)
    ran = cli("top")
    assert (ran.code, ran.out) == (Exit.INTERNAL, "")
    assert ran.err == "The screen needs more than the command line: pip install 'chronovisor[client,top]'.\n"


def test_it_needs_a_terminal(cli: Cli) -> None:
    ran = cli("top")
    assert ran.code == Exit.USAGE
    assert "top needs a terminal" in ran.err
    assert cli("top", "-o", "json").code == Exit.USAGE


def test_other_commands_do_not_load_it() -> None:
    code = "import sys, chronovisor.cli.app, chronovisor.cli.commands.top; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_in_a_terminal_it_begins_and_ends(plane: Plane) -> None:
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = os.environ | {"CHRONOVISOR_SERVER": plane.address, "TERM": "xterm-256color"}
    command = [sys.executable, "-c", "import sys; from chronovisor.cli.app import main; sys.exit(main())", "top"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        output = b""
        is_ended = False
        while True:
            try:
                output += os.read(ours, 65536)
            except OSError:
                # Linux answers EIO once the program's side is closed.
                break
            if b"position" in output and not is_ended:
                is_ended = bool(os.write(ours, b"q"))
        os.close(ours)
        assert process.wait(timeout=patient(30)) == 0


def test_without_a_control_plane_it_ends_with_a_sentence() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "import sys; from chronovisor.cli.app import main; sys.exit(main())"]
    with subprocess.Popen(
        [*command, "top", "--server", "127.0.0.1:1", "--timeout", "1s"],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        _, errors = process.communicate(timeout=patient(30))
        os.close(theirs)
        os.close(ours)
    assert process.returncode == Exit.UNAVAILABLE
    assert errors.startswith("No control plane answers at 127.0.0.1:1")
