"""`chronovisor why`: how a VM, a network, a security group or an image came to be what it is."""

from collections.abc import Sequence
from typing import Annotated

import typer

from chronovisor.cli.commands.replay import At, life
from chronovisor.cli.options.past import AnyImage, AnyNetwork, AnySecurityGroup, AnyVm
from chronovisor.cli.options.times import Instant
from chronovisor.cli.output import Column, local_time, say, show_document, show_table
from chronovisor.cli.session import (
    WALK_S,
    image_name,
    network_name,
    security_group_name,
    session,
    short_name,
    vm_name,
)
from chronovisor.cli.settings import settings_of
from chronovisor.cli.text import narrative
from chronovisor.cli.text.event_words import event_type
from chronovisor.cli.text.narrative import HostEvent, Sentence
from chronovisor.cli.text.trouble_narrative import HOST_EVENTS
from chronovisor.cli.text.units import counted
from chronovisor.client import Client
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1.history_service_pb2 import ListEventsRequest, ReplayStep

app = typer.Typer(add_completion=False, no_args_is_help=True)

# Of a VM, what its host may have to do with.
_WITH_HOSTS = ("vm_host_lost", "vm_host_regained", "vm_migrate_requested", "vm_stop_requested", "vm_stopped")
_COLUMNS = (Column("POS", right=True), Column("WHEN"), Column("WHAT HAPPENED", foldable=True))


@app.callback()
def why() -> None:
    """How something came to be what it is."""


@app.command()
def vm(
    ctx: typer.Context,
    name: AnyVm,
    at: At = None,
    everything: Annotated[bool, typer.Option("--all", help="Its whole life, not only since its last start.")] = False,
) -> None:
    """Who requested what, what was decided, what its agent reported, what failed: in order, up to what it is now."""
    whole = vm_name(ctx, name)
    with session(ctx, WALK_S) as client:
        steps = life(client, whole, at)
        if at:
            steps = [each for each in steps if at.is_reached_by(each.event.position, each.event.commit_time)]
        shown = steps if everything else narrative.chapters(steps)
        sentences = narrative.sentences(shown, steps, _of_hosts(client, shown, at))
    short = short_name(ctx, whole)
    if settings_of(ctx).is_data:
        show_document(ctx, _document(narrative.situation(steps[-1].after, short), steps[-1], sentences))
    else:
        say(f"{narrative.situation(steps[-1].after, short)}\n")
        show_table(_COLUMNS, [_row(each) for each in sentences], "")
        if left := len(steps) - len(shown):
            are = "is" if left == 1 else "are"
            say(f"\n{counted(left, 'event')} before its last start {are} not shown; --all does.")


@app.command()
def network(ctx: typer.Context, name: AnyNetwork, at: At = None) -> None:
    """Who made a network, and changed it since. Who holds its addresses is in the lives of VMs."""
    _show_life(ctx, network_name(ctx, name), at)


@app.command("security-group")
def security_group(ctx: typer.Context, name: AnySecurityGroup, at: At = None) -> None:
    """Who made a security group, and what it allowed from when on."""
    _show_life(ctx, security_group_name(ctx, name), at)


@app.command()
def image(ctx: typer.Context, name: AnyImage, at: At = None) -> None:
    """Where an image came from, and what became of it."""
    _show_life(ctx, image_name(ctx, name), at)


def _show_life(ctx: typer.Context, whole: str, at: Instant | None) -> None:
    """The events of a resource, each with the one of them that led to it."""
    request = ListEventsRequest(parent=whole, page_size=1000)
    if at:
        at.put(request, "to_position", "to_time")
    with session(ctx, WALK_S) as client:
        events = [event for page in pages(client.history.ListEvents, request) for event in page.events]
    sentences = narrative.of_events(events)
    situation = narrative.life(events, last_part(whole))
    if settings_of(ctx).is_data:
        uid = events[0].stream.partition("/")[2] if events else ""
        story = {"name": whole, "uid": uid, "situation": situation, "story": [_document_of(each) for each in sentences]}
        show_document(ctx, story)
    else:
        say(f"{situation}\n")
        show_table(_COLUMNS, [_row(each) for each in sentences], "")


def _of_hosts(client: Client, steps: Sequence[ReplayStep], at: Instant | None) -> list[HostEvent]:
    """What befell the VM's hosts since the first step: nothing is read where it had no trouble with them."""
    if not any(step.event.WhichOneof("payload") in _WITH_HOSTS for step in steps):
        return []
    found: list[HostEvent] = []
    for host in sorted({host for step in steps for host in narrative.hosts_in(step)}):
        request = ListEventsRequest(
            parent=f"hosts/{host}",
            event_types=HOST_EVENTS,
            after_position=steps[0].event.position,
            page_size=1000,
        )
        if at:
            at.put(request, "to_position", "to_time")
        for page in pages(client.history.ListEvents, request):
            found += [HostEvent(event, host) for event in page.events]
    return sorted(found, key=lambda each: each.event.position)


def _row(sentence: Sentence) -> list[str]:
    return [str(sentence.event.position), local_time(sentence.event.commit_time), sentence.text]


def _document(situation: str, last: ReplayStep, sentences: Sequence[Sentence]) -> dict[str, object]:
    story_of = [_document_of(each) for each in sentences]
    return {"name": last.after.name, "uid": last.after.uid, "situation": situation, "story": story_of}


def _document_of(sentence: Sentence) -> dict[str, object]:
    return {
        "position": sentence.event.position,
        "time": sentence.event.commit_time.ToJsonString(),
        "event": event_type(sentence.event),
        "actor": sentence.event.actor,
        "reason": sentence.event.reason,
        "request_id": sentence.event.request_id,
        # Of the event that led to it; 0 where a caller did.
        "cause_position": sentence.cause,
        "sentence": sentence.text,
    }
