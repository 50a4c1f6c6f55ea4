"""`chronovisor-bench`: the command line of the benchmarks that drive a real control plane."""

import asyncio
import json
import math
import os
import re
import signal
import sys
import tempfile
import uuid
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from grpc import aio
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chronovisor.bench import fleet as fleets
from chronovisor.bench.agents import Agents
from chronovisor.bench.placements import BASELINES, Course, baseline
from chronovisor.bench.replay import NotEmpty, NotSettled, Refused, Replay
from chronovisor.bench.trace import BadTrace, Moment, Request, moments, read
from chronovisor.option_sources import Command, Option, Parsed, invoke
from chronovisor.program import why

# A fleet that is chosen by itself has this much more than the least that the trace needs.
ROOM = 1.3
PICTURES = (".png", ".pdf", ".svg")
OPTIONS = (("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20))


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The values of `chronovisor-bench replay`, by the names of the options."""

    trace: Path
    server: str
    hosts: int | None
    host_shape: fleets.Shape | None
    mixed: bool
    lifetimes: str
    most: int | None
    out: Path
    json: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 not done. Raises SystemExit for a usage error."""
    options: Options = invoke(_command(), "chronovisor-bench", arguments)
    try:
        _require_writable(options.out)
        return asyncio.run(_until_signal(_replay(options)))
    except (BadTrace, NotEmpty, NotSettled, Refused, OSError, ValueError, aio.AioRpcError) as error:
        words = error.details() if isinstance(error, aio.AioRpcError) else why(error)
        print(f"chronovisor-bench: {words}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("chronovisor-bench: ended before the end of the trace", file=sys.stderr)
        return 1


def _require_writable(picture: Path) -> None:
    """A replay takes minutes: what is wrong with its arguments is reported before. Raises OSError."""
    if picture.suffix not in PICTURES:
        raise OSError(f"--out {picture}: must end in one of {', '.join(PICTURES)}")
    if picture.is_dir() or not os.access(picture if picture.exists() else picture.parent, os.W_OK):
        raise OSError(f"--out {picture}: cannot be written")


async def _until_signal(replay: Coroutine[None, None, int]) -> int:
    """Its own server ends with it, on SIGTERM too."""
    task = asyncio.create_task(replay)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _command() -> click.Group:
    group = click.Group("chronovisor-bench", help="Benchmarks of a running control plane.")
    replay = Command("replay", help="Replay a trace of VM requests.", callback=_options)
    replay.params = [
        click.Argument(["trace"], type=click.Path(path_type=Path)),
        Option("--server", default="", metavar="HOST:PORT", help="default: one is started for the replay"),
        Option("--hosts", type=Parsed(_count), metavar="N", help="default: as many as the trace may need"),
        Option(
            "--host-shape",
            type=Parsed(fleets.parse_shape),
            metavar="VCPUS:MEMORY",
            help=f"default {fleets.STANDARD.vcpus}:{fleets.STANDARD.memory_mib // 1024}GiB",
        ),
        Option("--mixed", is_flag=True, show_default=False, help="hosts of four sizes"),
        Option(
            "--lifetimes",
            type=click.Choice(("told", "unknown")),
            default="told",
            help="does the control plane know how long each VM will run? The baselines never do",
        ),
        Option("--most", type=Parsed(_count), metavar="N", help="only the first N requests"),
        Option(
            "--out", type=click.Path(path_type=Path), default=Path("replay.png"), metavar="FILE", help="the picture"
        ),
        Option("--json", is_flag=True, show_default=False, help="print the table as JSON"),
    ]
    group.add_command(replay)
    return group


def _options(**values: Any) -> Options:
    options = Options(**values)
    if options.mixed and options.host_shape:
        raise click.UsageError("--mixed: not allowed with --host-shape", click.get_current_context())
    return options


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise ValueError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


async def _replay(given: Options) -> int:
    requests = read(given.trace, given.most)
    trace = moments(requests)
    shapes = fleets.MIXED if given.mixed else (given.host_shape or fleets.STANDARD,)
    fleet = fleets.fleet_of(shapes, given.hosts or _enough(shapes, requests, trace))
    async with _server(given.server) as address, aio.insecure_channel(address, options=OPTIONS) as channel:
        agents = Agents(channel, fleet)
        try:
            run = f"r{uuid.uuid4().hex[:8]}"
            replay = Replay(channel, fleet, requests, run, with_lifetimes=given.lifetimes == "told")
            await replay.require_empty()
            await agents.start()
            ours = await _driven(replay, trace)
            if given.server:
                await replay.clear()
        finally:
            await agents.close()
    courses = [ours, *(baseline(name, fleet, requests, trace) for name in BASELINES)]
    # The picture needs matplotlib, which takes its time to load.
    from chronovisor.bench.picture import draw  # noqa: PLC0415

    draw(courses, given.out)
    _show(courses, given.out, as_json=given.json)
    return 0


def _enough(shapes: Sequence[fleets.Shape], requests: Sequence[Request], trace: Sequence[Moment]) -> int:
    """A fleet in which the trace's peak leaves some room."""
    vcpus = memory = most_vcpus = most_memory = 0
    for moment in trace:
        for places, sign in ((moment.departures, -1), (moment.arrivals, 1)):
            vcpus += sign * sum(requests[place].vcpus for place in places)
            memory += sign * sum(requests[place].memory_mib for place in places)
        most_vcpus, most_memory = max(most_vcpus, vcpus), max(most_memory, memory)
    each_vcpus = sum(each.vcpus for each in shapes) / len(shapes)
    each_memory = sum(each.memory_mib for each in shapes) / len(shapes)
    return math.ceil(ROOM * max(most_vcpus / each_vcpus, most_memory / each_memory)) + 2 * len(shapes)


async def _driven(replay: Replay, trace: Sequence[Moment]) -> Course:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    rate = TextColumn("{task.fields[rate]}")
    with Progress(*columns, rate, TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("requests", total=len(replay.requests), rate="")

        def show(done: int) -> None:
            speed = progress.tasks[0].speed
            progress.update(task, advance=done, rate=f"{speed:,.0f}/s" if speed else "")

        return await replay.course(trace, show)


@asynccontextmanager
async def _server(address: str) -> AsyncGenerator[str]:
    """The address of a control plane: the one that was given, or one of its own, with an empty ledger."""
    if address:
        yield address
        return
    with tempfile.TemporaryDirectory(prefix="chronovisor-bench-") as directory:
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "controlplane", "--listen", "127.0.0.1:0", "--insecure", "--socket", "none"),
            *("--store", f"sqlite:///{directory}/ledger.db"),
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"GRPC_ENABLE_FORK_SUPPORT": "0"},
        )
        try:
            assert server.stdout is not None
            line = (await server.stdout.readline()).decode()
            match = re.search(r"listens on (\S+),", line)
            if match is None:
                raise OSError("chronovisord did not start: is the server installed? pip install 'chronovisor[server]'")
            yield match[1]
        finally:
            if server.returncode is None:
                server.terminate()
            await server.wait()


def _show(courses: Sequence[Course], picture: Path, *, as_json: bool) -> None:
    facts = [
        {
            "placement": course.name,
            "knowing": course.knowing,
            "placed": course.placed,
            "refused": course.refused,
            "peak_hosts": max(course.in_use),
            "host_hours": round(course.host_hours(), 1),
            "over_bound": round(course.over_bound(), 5),
            "most_over_bound": round(course.most_over_bound(), 5),
        }
        for course in courses
    ]
    if as_json:
        least = round(courses[0].least_host_hours(), 1)
        print(json.dumps({"hosts": len(courses[0].fleet), "least_host_hours": least, "placements": facts}, indent=2))
        return
    table = Table("PLACEMENT", box=None, pad_edge=False, header_style="bold")
    for title in ("PLACED", "REFUSED", "PEAK HOSTS", "HOST-HOURS", "OVER THE BOUND", "AT WORST"):
        table.add_column(title, justify="right")
    for course, each in zip(courses, facts, strict=True):
        table.add_row(
            course.title,
            *(f"{each[key]:,}" for key in ("placed", "refused", "peak_hosts", "host_hours")),
            *(f"{100 * float(each[key]):.2f} %" for key in ("over_bound", "most_over_bound")),
        )
    console = Console()
    console.print(table)
    console.print(f"{len(courses[0].fleet):,} hosts; drawn in {picture}")


if __name__ == "__main__":
    sys.exit(main())
