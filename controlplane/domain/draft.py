"""The draft of an append: what one command reads, and the events that it records. Nothing is stored here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Aggregate, Fleet, Recorded
from controlplane.domain.host import Host
from controlplane.domain.project import Project
from controlplane.domain.time import Micros, timestamp_of
from controlplane.domain.vm import Vm
from controlplane.domain.vm_decisions import Limits

_PAYLOADS = [each for each in ev.Event.DESCRIPTOR.fields if each.containing_oneof is not None]
PAYLOAD_FIELD = {getattr(ev, each.message_type.name): each.name for each in _PAYLOADS if each.message_type}


T = TypeVar("T")


def _found(kind: str, name: str, aggregate: T | None) -> T:
    if aggregate is None:
        raise NotFound(kind, name)
    return aggregate


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks, by which request, led there by which event, and why."""

    actor: str
    request_id: str
    causation: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`resource` as the command left it. For a VM, `version` is of the event that began the operation."""

    resource: Aggregate
    version: int

    @property
    def result(self) -> str:
        """The name of what the caller gets: an operation for a VM, else the resource itself."""
        if isinstance(self.resource, Vm):
            return f"operations/{self.resource.uid}.{self.version}"
        return self.resource.name


@dataclass(slots=True)
class Draft:
    """One command's view of the fleet, and its events in order."""

    fleet: Fleet
    origin: Origin
    now: Micros
    limits: Limits
    recorded: list[Recorded] = field(default_factory=list[Recorded])

    def vm(self, name: str) -> Vm:
        """Raises NotFound."""
        return _found("vm", name, self.fleet.vm_named(name))

    def host(self, name: str) -> Host:
        """Raises NotFound."""
        return _found("host", name, self.fleet.host_named(name))

    def project(self, name: str) -> Project:
        """Raises NotFound."""
        return _found("project", name, self.fleet.project_named(name))

    def record(self, stream: str, payloads: Sequence[Message]) -> None:
        """Appends events to `stream` and evolves the fleet by them."""
        for payload in payloads:
            version = self.fleet.version_of(stream) + 1
            event = ev.Event(
                commit_time=timestamp_of(self.now),
                actor=self.origin.actor,
                request_id=self.origin.request_id,
                causation=self.origin.causation,
                reason=self.origin.reason,
            )
            getattr(event, PAYLOAD_FIELD[type(payload)]).CopyFrom(payload)
            self.recorded.append(self.fleet.apply(stream, version, event))
