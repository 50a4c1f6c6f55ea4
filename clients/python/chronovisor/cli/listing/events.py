"""The table of events: where, when, who, what and why. Ids come from the answers that the events were in."""

from collections.abc import Mapping

from chronovisor.cli.listing.fields import Field, Listing, rfc3339
from chronovisor.cli.output import local_time
from chronovisor.cli.text.event_words import event_type, in_words
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.names import last_part
from chronovisor.v1.history_service_pb2 import ListEventsResponse

# Of the VMs that one event of a host is about.
_MOST_NAMED = 5
# Streams that are about the ledger itself.
BOOKKEEPING = ("requests/", "snapshots/", "ledger")


def events(names: Mapping[str, str]) -> Listing[Event]:
    """The columns of events, for programs and for --columns. `names` has ids by stream."""
    return Listing(
        (
            Field("position", lambda event: event.position, title="POS", right=True),
            Field(
                "time",
                lambda event: rfc3339(event.commit_time.seconds, event.commit_time),
                lambda event: local_time(event.commit_time),
                "WHEN",
            ),
            Field("actor", lambda event: event.actor or None, title="WHO", foldable=True),
            Field("subject", lambda event: names.get(event.stream) or short_stream(event.stream), foldable=True),
            Field("event", event_type),
            Field("what", lambda event: f"{in_words(event)}{for_whom(event, names)}", foldable=True),
            Field("reason", lambda event: event.reason or None, title="WHY", foldable=True),
            Field("stream", lambda event: event.stream, wide=True),
            Field("version", lambda event: event.version, wide=True, right=True),
            Field("request_id", lambda event: event.request_id or None, wide=True),
            Field("proof", proof_of, wide=True),
            Field("address", lambda event: event.proof.address or None, wide=True),
            Field("causation", lambda event: event.causation or None, wide=True),
            Field("trace_id", lambda event: event.trace_id or None, title="TRACE", wide=True),
        ),
        lambda event: f"{event.stream}@{event.version}",
        Event.DESCRIPTOR,
    )


def proof_of(event: Event) -> str:
    """How it was proven who acted: an older event, or one over plain text, has what its caller stated of itself."""
    if event.proof.kind:
        return f"{event.proof.kind} {event.proof.detail}".strip()
    return "system" if event.actor.startswith("system:") else "self-declared"


def for_whom(event: Event, names: Mapping[str, str]) -> str:
    """The VMs that a host holds more or less for."""
    holdings = (*event.capacity_held.holdings, *event.capacity_released.holdings)
    names_of_vms = [names.get(f"vms/{each.vm_uid}") or short_stream(f"vms/{each.vm_uid}") for each in holdings]
    more = f" and {len(names_of_vms) - _MOST_NAMED} more" if len(names_of_vms) > _MOST_NAMED else ""
    return f", for {', '.join(names_of_vms[:_MOST_NAMED])}{more}" if names_of_vms else ""


def names_of(found: ListEventsResponse) -> dict[str, str]:
    """Ids by stream: as the server sends them, or else, of an older server, as far as the events have them."""
    names = {"ledger": "ledger"}
    for event in found.events:
        for payload in (event.vm_created, event.host_registered, event.project_created):
            if payload.name:
                names[event.stream] = last_part(payload.name)
    return names | {stream: last_part(name) for stream, name in found.names.items()}


def short_stream(stream: str) -> str:
    """What stands for an id that is not known: the end of a uid, since those of one time begin alike."""
    kind, _, uid = stream.partition("/")
    return f"{kind}/..{uid[-8:]}" if uid else stream
