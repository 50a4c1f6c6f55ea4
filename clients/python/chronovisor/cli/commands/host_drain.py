"""`chronovisor host drain`: moves the VMs of hosts away, to work on the machines: one, or many in turn."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from chronovisor.cli.completion import complete_host
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.options.availability import OnMaintenanceChoice
from chronovisor.cli.options.chosen import Selector, labels_rule
from chronovisor.cli.options.mutations import Reason, ValidateOnly, Wait, checked, follow
from chronovisor.cli.output import say, show_document
from chronovisor.cli.progress import operation_lines
from chronovisor.cli.rolling import Rolling, Stage, Turn, Work
from chronovisor.cli.session import host_name, session
from chronovisor.cli.settings import Misused, Output, settings_of
from chronovisor.cli.text.error_text import exit_code, sentence
from chronovisor.cli.text.safe_text import escaped
from chronovisor.client import Client
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1 import host_pb2, host_service_pb2
from chronovisor.v1.vm_pb2 import Availability

AT_ONCE = 10
_GONE = host_pb2.HOST_STATE_DECOMMISSIONED
_DONE = (Stage.MAINTENANCE, Stage.ACTIVE)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        autocompletion=complete_host,
        metavar="NAME",
        help="The hosts: node-1, or hosts/node-1.",
        show_default=False,
    ),
]


def drain(
    ctx: typer.Context,
    names: Names = None,
    selector: Selector = "",
    policy: Annotated[
        OnMaintenanceChoice | None,
        typer.Option(help="How all VMs go, whatever their own --on-maintenance says."),
    ] = None,
    parallel: Annotated[
        int, typer.Option(metavar="COUNT", min=0, max=100, help="Of one host, so many VMs at once; 0: 2.")
    ] = 0,
    move_disks: Annotated[
        bool, typer.Option("--move-disks", help="Until disks of VMs that do not run are gone, too.")
    ] = False,
    one_at_a_time: Annotated[
        bool, typer.Option("--one-at-a-time", help="Of several: one host after the other. Ends when one fails.")
    ] = False,
    at_once: Annotated[int, typer.Option(metavar="COUNT", min=1, help="Of several: so many hosts at once.")] = AT_ONCE,
    run: Annotated[
        str,
        typer.Option(
            metavar="COMMAND",
            help="For each host in maintenance, by the shell, with its id as CHRONOVISOR_HOST. Where it exits with 0, "
            "the host takes VMs again.",
        ),
    ] = "",
    etag: Annotated[str, typer.Option("--etag", metavar="ETAG", help="Only if the host is as this etag says.")] = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    """Move the VMs of hosts away, to work on the machines. They are in maintenance once they are empty."""
    request = host_service_pb2.DrainHostRequest(
        etag=etag, validate_only=validate_only, reason=reason, max_parallel=parallel, move_disks=move_disks
    )
    if policy is not None:
        request.policy = Availability.OnMaintenance.Value(f"ON_MAINTENANCE_{policy.name}")
    with session(ctx) as client:
        hosts = _chosen(client, names, selector)
        if not hosts:
            say(f"No host has such labels: {selector}.")
        elif len(hosts) == 1 and not (run or selector):
            request.name = hosts[0]
            _one(ctx, client, request, wait)
        else:
            _refuse_misuse(etag, validate_only, wait)
            work = Work(request, run, 1 if one_at_a_time else at_once, settings_of(ctx).timeout)
            _many(ctx, client, work, hosts)


def _refuse_misuse(etag: str, validate_only: bool, wait: bool) -> None:
    if etag:
        raise Misused("--etag goes with one host")
    if validate_only or not wait:
        raise Misused("Hosts that are drained in turn are waited for: --validate-only and --no-wait go with one host")


def _chosen(client: Client, names: Sequence[str] | None, selector: str) -> list[str]:
    """Whole names, each once, in the order given; those that the selector finds by their names."""
    if bool(names) == bool(selector):
        raise Misused("Give one of NAME... and --selector")
    if names:
        return list(dict.fromkeys(host_name(each) for each in names))
    holds = labels_rule(selector)
    request = host_service_pb2.ListHostsRequest(page_size=1000)
    found = [host for page in pages(client.hosts.ListHosts, request) for host in page.hosts]
    return sorted(host.name for host in found if host.state != _GONE and holds(host.labels))


def _one(ctx: typer.Context, client: Client, request: host_service_pb2.DrainHostRequest, wait: bool) -> None:
    operation = client.hosts.DrainHost(request)
    if request.validate_only:
        checked(ctx, operation, request.name)
    else:
        follow(ctx, client, operation, wait)


def _many(ctx: typer.Context, client: Client, work: Work, hosts: Sequence[str]) -> None:
    """Ends with the code of the first that failed."""
    settings, words = settings_of(ctx), settings_of(ctx).output not in (Output.NAME, Output.JSON, Output.YAML)
    with operation_lines() as lines:
        shown: dict[str, Stage] = {}

        def show(turn: Turn) -> None:
            if turn.stage is Stage.DRAINING and turn.operation:
                lines.show(turn.operation)
            if shown.get(turn.host) is turn.stage:
                return
            shown[turn.host] = turn.stage
            if turn.stage is not Stage.DRAINING and turn.operation:
                lines.end(turn.operation)
            if words and turn.stage in _DONE:
                say(f"{last_part(turn.host)} is {turn.stage.value}.")

        rolling = Rolling(client, work, hosts, show)
        try:
            went_well = rolling.run()
        except KeyboardInterrupt:
            under_way = [last_part(turn.host) for turn in rolling.turns if turn.stage is Stage.DRAINING]
            if under_way:
                lines.leave(f"Still being drained, without you: {', '.join(under_way)}")
            raise
    if settings.is_data:
        show_document(ctx, {"hosts": [_document(ctx, each) for each in rolling.turns]})
    elif settings.output is Output.NAME:
        print("".join(f"{escaped(turn.host)}\n" for turn in rolling.turns if turn.stage in _DONE), end="")
    if not went_well:
        _say_what_is_left(ctx, rolling.turns)
        raise typer.Exit(_code(rolling.turns))


def _document(ctx: typer.Context, turn: Turn) -> dict[str, Any]:
    document: dict[str, Any] = {"host": turn.host, "outcome": turn.stage.value}
    if turn.operation is not None:
        document["operation"] = turn.operation.name
    if turn.stage is Stage.FAILED:
        document["error"] = _why(ctx, turn)
    return document


def _why(ctx: typer.Context, turn: Turn) -> str:
    return sentence(turn.error, settings_of(ctx)) if turn.error else turn.words


def _say_what_is_left(ctx: typer.Context, turns: Sequence[Turn]) -> None:
    for turn in turns:
        if turn.stage is Stage.FAILED:
            print(escaped(f"{last_part(turn.host)}: {_why(ctx, turn)}"), file=sys.stderr)
    for stage in (Stage.MAINTENANCE, Stage.ACTIVE, Stage.WAITING):
        hosts = [last_part(turn.host) for turn in turns if turn.stage is stage]
        if hosts:
            print(f"{stage.value.capitalize()}: {', '.join(hosts)}.", file=sys.stderr)


def _code(turns: Sequence[Turn]) -> Exit:
    first = next(turn for turn in turns if turn.stage is Stage.FAILED)
    if first.error is not None:
        return exit_code(first.error)
    return Exit.STILL_RUNNING if "--timeout" in first.words else Exit.OPERATION_FAILED
