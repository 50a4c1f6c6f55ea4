"""`chronovisor what-if`: what would have happened under another policy, other ratios or with other hosts."""

from pathlib import Path
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_host
from chronovisor.cli.options import times
from chronovisor.cli.options.host import Ratio
from chronovisor.cli.options.times import Instant, parse_instant
from chronovisor.cli.options.what_if import parse_hosts, require_picture
from chronovisor.cli.output import as_json, show_document
from chronovisor.cli.progress import replay_bar
from chronovisor.cli.session import WALK_S, host_name, session
from chronovisor.cli.settings import Misused, parsed, settings_of
from chronovisor.cli.text.what_if import show_what_if
from chronovisor.v1.what_if_pb2 import MoreHosts, WhatIfPoint, WhatIfRequest, WhatIfSummary

app = typer.Typer(add_completion=False)

_SHAPE = "NxSHAPE"
# A picture and a JSON document are the better for more points; a table needs none.
_FEW, _MANY = 2, 500


@app.command()
def what_if(
    ctx: typer.Context,
    since: Annotated[
        Instant | None,
        typer.Option(
            "--from",
            parser=parsed(parse_instant),
            metavar=times.METAVAR,
            help=f"Begin with the fleet of then; default: with nothing. {times.HELP}.",
        ),
    ] = None,
    until: Annotated[
        Instant | None,
        typer.Option("--to", parser=parsed(parse_instant), metavar=times.METAVAR, help="The same; default: now."),
    ] = None,
    policy: Annotated[
        str, typer.Option(metavar="POLICY", help="Of all projects: pack, spread, balance, or pack=1,balance=0.5.")
    ] = "",
    ratio: Ratio = None,
    fleet: Annotated[
        list[MoreHosts] | None,
        typer.Option(
            parser=parsed(parse_hosts),
            metavar=_SHAPE,
            help="These hosts instead: 20x64:256GiB:2TiB, or 20xnode-1 for hosts like node-1. Repeatable.",
        ),
    ] = None,
    add_hosts: Annotated[
        list[MoreHosts] | None,
        typer.Option(parser=parsed(parse_hosts), metavar=_SHAPE, help="These hosts more, as --fleet. Repeatable."),
    ] = None,
    without_host: Annotated[
        list[str] | None,
        typer.Option(autocompletion=complete_host, metavar="NAME", help="Without this host. Repeatable."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Draw hosts in use and eta over time: .png, .pdf or .svg."),
    ] = None,
) -> None:
    """Replay what was recorded under another policy, other ratios or with other hosts, and compare.

    Decided by the service's own code, on a copy in memory; nothing is changed. Without any change it shows that the
    replay gives what happened. A start that was refused then is not in the ledger, and is not tried.
    """
    if fleet and add_hosts:
        raise Misused("Give one of --fleet and --add-hosts")
    if picture:
        require_picture(picture)
    request = WhatIfRequest(
        placement_policy=policy,
        allocation_ratios=dict(ratio or ()),
        without_hosts=[host_name(each) for each in without_host or ()],
        add_hosts=fleet or add_hosts or (),
        replace_fleet=bool(fleet),
        max_points=_MANY if picture or settings_of(ctx).is_data else _FEW,
    )
    if since:
        since.put(request, "from_position", "from_time")
    if until:
        until.put(request, "to_position", "to_time")
    points, summary = _replayed(ctx, request)
    if picture:
        # matplotlib takes its time to load.
        from chronovisor.cli.text.what_if_chart import draw  # noqa: PLC0415

        draw(points, picture)
    if settings_of(ctx).is_data:
        show_document(ctx, {"summary": as_json(summary), "points": [as_json(each) for each in points]})
    else:
        show_what_if(summary, picture)


def _replayed(ctx: typer.Context, request: WhatIfRequest) -> tuple[list[WhatIfPoint], WhatIfSummary]:
    points, summary = list[WhatIfPoint](), WhatIfSummary()
    with session(ctx) as client, replay_bar() as bar:
        timeout = settings_of(ctx).timeout
        for response in client.history.WhatIf(request, timeout=WALK_S if timeout is None else timeout):
            match response.WhichOneof("message"):
                case "progress":
                    bar(response.progress)
                case "point":
                    points.append(response.point)
                case _:
                    summary = response.summary
    return points, summary
