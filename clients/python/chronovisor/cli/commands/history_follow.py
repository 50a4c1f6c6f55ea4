"""`chronovisor history follow`: what happens, as it happens, a line an event."""

import contextlib
from collections.abc import Sequence
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_host, complete_project, complete_vm
from chronovisor.cli.follow import follow, show_status
from chronovisor.cli.listing.events import BOOKKEEPING
from chronovisor.cli.options import times
from chronovisor.cli.options.times import Instant, parse_instant
from chronovisor.cli.output import local_time
from chronovisor.cli.session import host_name, project_name, session, vm_name
from chronovisor.cli.settings import Misused, parsed, settings_of
from chronovisor.cli.text.event_words import in_words
from chronovisor.client import Client
from chronovisor.errors import ChronovisorError
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.names import last_part
from chronovisor.v1.history_service_pb2 import ListEventsRequest


def follow_history(
    ctx: typer.Context,
    vm: Annotated[str, typer.Option(autocompletion=complete_vm, metavar="NAME", help="Of one VM.")] = "",
    host: Annotated[str, typer.Option(autocompletion=complete_host, metavar="NAME", help="Of one host.")] = "",
    of_project: Annotated[
        str, typer.Option("--of-project", autocompletion=complete_project, metavar="NAME", help="Of one project.")
    ] = "",
    after: Annotated[
        Instant | None,
        typer.Option(
            parser=parsed(parse_instant),
            metavar=times.METAVAR,
            help=f"Begin with what came after this; without it, with what comes now. {times.HELP}.",
        ),
    ] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="EVENT", help="Only this type, such as VmStarted. Repeatable.")
    ] = None,
    bookkeeping: Annotated[
        bool, typer.Option("--all", help="The ledger's bookkeeping too: accepted requests, and seals.")
    ] = False,
) -> None:
    """What happens, as it happens, until Ctrl-C: everywhere, or to one VM, host or project."""
    parent = _parent(ctx, vm, host, of_project)
    hide = not (bookkeeping or types or settings_of(ctx).is_data)
    with session(ctx) as client:
        names = _Names(client)

        def line_of(event: Event) -> str:
            if hide and event.stream.startswith(BOOKKEEPING):
                return ""
            subject = "" if vm or host else f"{names.of(event)}: "
            why = f' - "{event.reason}"' if event.reason else ""
            when = local_time(event.commit_time)[len("2026-") :]
            return f"{event.position:>7}  {when}  {event.actor:<18}  {subject}{in_words(event)}{why}"

        start = _position(client, parent, after) if after else None
        follow(ctx, client.watch_events(parent, event_types=types or [], after=start, on_status=show_status), line_of)


def _parent(ctx: typer.Context, vm: str, host: str, project: str) -> str:
    if sum(map(bool, (vm, host, project))) > 1:
        raise Misused("Give one of --vm, --host and --of-project")
    if vm:
        return vm_name(ctx, vm)
    if host:
        return host_name(host)
    return project_name(project) if project else ""


def _position(client: Client, parent: str, after: Instant) -> int | None:
    """The position to begin after; None for now, where nothing has come since."""
    if after.time is None:
        return after.position
    request = ListEventsRequest(parent=parent, page_size=1)
    after.put(request, "after_position", "after_time")
    events: Sequence[Event] = client.history.ListEvents(request).events
    return events[0].position - 1 if events else None


class _Names:
    """Ids by stream: as events have them, or else read from the server, once for each."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._names = {"ledger": "ledger"}

    def of(self, event: Event) -> str:
        for payload in (event.vm_created, event.host_registered, event.project_created):
            if payload.name:
                self._names[event.stream] = last_part(payload.name)
        if event.stream not in self._names:
            kind, _, uid = event.stream.partition("/")
            self._names[event.stream] = f"{kind}/..{uid[-8:]}"
            # Names are a convenience: without them the stream's own is shown.
            with contextlib.suppress(ChronovisorError):
                request = ListEventsRequest(after_position=event.position - 1, to_position=event.position, page_size=1)
                names = self._client.history.ListEvents(request).names
                self._names.update((stream, last_part(name)) for stream, name in names.items())
        return self._names[event.stream]
