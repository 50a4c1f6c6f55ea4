"""`chronovisor run`: commands on VMs from a file, a line each, sent together over one call."""

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

import typer
import typer.core
import typer.main

from chronovisor.cli.command_calls import FIELDS, Outcome, over_a_stream, vm_of_request
from chronovisor.cli.commands import vm
from chronovisor.cli.options.many import confirm, show_outcomes, waited
from chronovisor.cli.options.mutations import Reason, Wait
from chronovisor.cli.output import say
from chronovisor.cli.session import session
from chronovisor.cli.settings import Misused, Settings, named, settings_of
from chronovisor.cli.text.units import counted
from chronovisor.v1 import vm_service_pb2 as api

if TYPE_CHECKING:
    from typer._click.core import Command

app = typer.Typer(add_completion=False)

# What can be in a file, as `chronovisor vm` has it.
VERBS = ("create", "start", "stop", "reboot", "pause", "resume", "destroy")


class Line(NamedTuple):
    """A request, and where it stands."""

    place: str
    request: Any


@app.command()
@named
def run(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A command a line; `-` for standard input.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before VMs are destroyed.")] = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="After a failure, too.")] = False,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    """Carry out a file of commands on VMs, such as `start web-1` or `create web-2 --vcpus 1 --memory 1GiB --image any`.

    Lines are as after `chronovisor vm`: create, start, stop, reboot, pause, resume and destroy, with their options; `#`
    begins a comment. All are sent over one call, and commit as fast as the control plane takes them. Commands on one VM
    are carried out in their order, each when the one before has ended. Without --keep-going, nothing more is sent after
    a failure.
    """
    lines = list(_lines(ctx, file, reason))
    if not lines:
        say("There is no command in it.")
        return
    destroyed = sum(isinstance(each.request, api.DeleteVmRequest) for each in lines)
    if destroyed and not yes:
        vms = counted(destroyed, "VM")
        confirm(f"Destroying {vms}", f"Destroy {vms}, with their disks? This cannot be undone.")
    outcomes: list[Outcome] = []
    with session(ctx) as client:
        waves = _waves(lines)
        for number, wave in enumerate(waves, 1):
            requests = [each.request for each in wave]
            by_vm = {each.vm: each for each in over_a_stream(client, requests)}
            done = [by_vm[vm_of_request(each)] for each in requests]
            done = waited(ctx, client, done) if wait or number < len(waves) else done
            outcomes += done
            if not keep_going and any(each.error for each in done):
                break
    left = len(lines) - len(outcomes)
    if left:
        print(f"{counted(left, 'command')} not sent: one before failed. See --keep-going.", file=sys.stderr)
    show_outcomes(ctx, outcomes)


def _waves(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that can go together: in each wave, one of each VM at the most, in their order."""
    waves: list[list[Line]] = []
    nexts: dict[str, int] = {}
    for line in lines:
        name = vm_of_request(line.request)
        place = nexts.get(name, 0)
        nexts[name] = place + 1
        if place == len(waves):
            waves.append([])
        waves[place].append(line)
    return waves


def _lines(ctx: typer.Context, file: str, reason: str) -> Iterator[Line]:
    """Every command of the file. Raises Misused, with its place, for one that makes no sense."""
    shown = "standard input" if file == "-" else file
    group = cast("typer.core.TyperGroup", typer.main.get_command(vm.app))
    joined = ""
    for number, text in enumerate(_read(file).splitlines(), 1):
        place = f"{shown}:{number}"
        joined += text
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        try:
            words = shlex.split(joined, comments=True)
        except ValueError as error:
            raise Misused(f"{place}: {str(error).lower()}") from None
        joined = ""
        if words:
            yield from (Line(place, _with_reason(each, reason)) for each in _requests(ctx, group, place, words))
    if joined:
        raise Misused(f"{shown}: the last line goes on, and there is no more")


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Misused(f"{file}: must be text, as UTF-8") from None


def _requests(ctx: typer.Context, group: typer.core.TyperGroup, place: str, words: list[str]) -> list[Any]:
    while words[0] in ("chronovisor", "vm") and len(words) > 1:
        words = words[1:]
    verb, *args = words
    if verb not in VERBS:
        raise Misused(f"{place}: {verb!r} is none of {', '.join(VERBS)}")
    if "--help" in args:
        raise Misused(f"{place}: {verb} goes without --help")
    own = settings_of(ctx)
    collected: list[Any] = []
    settings = Settings(dict(own.given), collected=collected)
    command: Command = group.commands[verb]
    try:
        with command.make_context(verb, args, obj=settings) as line_ctx:
            command.invoke(line_ctx)
    except typer.TyperException as error:
        raise Misused(f"{place}: {error.format_message()}") from None
    for request in collected:
        if request.validate_only:
            raise Misused(f"{place}: --validate-only goes with one command, not with a file of them")
        assert request.DESCRIPTOR.name in FIELDS
    return collected


def _with_reason(request: Any, reason: str) -> Any:
    request.reason = request.reason or reason
    return request
