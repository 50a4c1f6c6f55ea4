"""One VM, host, event or operation in full, as text, with its newest events. As of the moment that is shown."""

from collections.abc import Sequence
from typing import Any

from google.longrunning import operations_pb2
from google.protobuf import json_format

from chronovisor.cli.commands.host import host_facts
from chronovisor.cli.commands.operation import operation_facts
from chronovisor.cli.listing.events import names_of, proof_of
from chronovisor.cli.output import local_time
from chronovisor.cli.text.event_words import event_type, in_words
from chronovisor.cli.text.safe_text import escaped
from chronovisor.cli.text.vm import vm_facts
from chronovisor.cli.text.yaml_text import yaml_text
from chronovisor.cli.top.fleet import status_at
from chronovisor.cli.top.moments import Moment
from chronovisor.client import Client
from chronovisor.errors import UNREACHABLE, ChronovisorError
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.refusals import is_explained
from chronovisor.v1.history_service_pb2 import ListEventsRequest
from chronovisor.v1.host_pb2 import Host
from chronovisor.v1.vm_pb2 import Vm

_EVENTS = 50
_LABEL = 20
Facts = Sequence[tuple[str, str]]


def title_of(item: Any) -> str:
    return f"{item.stream}@{item.version}" if isinstance(item, Event) else item.name


def detail_of(client: Client, item: Any, moment: Moment | None) -> str:
    """`item` as it was listed, and what had happened to it by then. Reads on the calling thread."""
    at = moment.position if moment else 0
    match item:
        case Vm():
            return f"{_lines(vm_facts(item))}\n{_life(client, _by_uid(item), at)}"
        case Host():
            # Nothing remembers whether it was connected.
            agent = "" if at else "connected" if item.agent_connected else "away"
            return f"{_lines(host_facts(item, agent))}\n{_life(client, item.name, at)}"
        case operations_pb2.Operation():
            facts = [
                (name, status_at(item, at) if name == "status" else value) for name, value in operation_facts(item)
            ]
            return _lines(facts)
        case _:
            return _event(item)


def why_not(error: ChronovisorError) -> str:
    """The error's words, without a full stop. Those of gRPC about a connection say little to people."""
    if error.reason == UNREACHABLE and not is_explained(error):
        return "the control plane does not answer"
    return error.message.rstrip(".")


def _lines(facts: Facts) -> str:
    width = max([_LABEL, *(len(name) + 2 for name, _ in facts)])
    return "".join(f"{name:<{width}}{escaped(value)}\n" for name, value in facts if value)


def _by_uid(vm: Vm) -> str:
    """Another may have its id by now."""
    return f"{vm.name.rpartition('/')[0]}/{vm.uid}"


def _life(client: Client, parent: str, at: int) -> str:
    request = ListEventsRequest(parent=parent, page_size=_EVENTS, newest_first=True, to_position=at)
    try:
        found = client.history.ListEvents(request)
    except ChronovisorError as error:
        return f"Its events cannot be read: {escaped(why_not(error))}.\n"
    names = names_of(found)
    return "".join(
        f"{each.position:>7}  {local_time(each.commit_time)}  {_words(each, names)}\n" for each in found.events
    )


def _words(event: Event, names: dict[str, str]) -> str:
    why = f' - "{event.reason}"' if event.reason else ""
    return escaped(f"{event.actor}  {names.get(event.stream, event.stream)}: {in_words(event)}{why}")


def _event(event: Event) -> str:
    facts = [
        ("event", event_type(event)),
        ("position", str(event.position)),
        ("time", local_time(event.commit_time)),
        ("who", event.actor),
        ("proof", proof_of(event)),
        ("what", in_words(event)),
        ("why", event.reason),
        ("stream", f"{event.stream}, version {event.version}"),
        ("request", event.request_id),
        ("after", event.causation),
    ]
    kind = event.WhichOneof("payload")
    payload = json_format.MessageToDict(getattr(event, kind), preserving_proto_field_name=True) if kind else {}
    return f"{_lines(facts)}\n{yaml_text(payload)}"
