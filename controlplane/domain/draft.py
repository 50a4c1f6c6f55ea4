"""The draft of an append: what one command reads, and the events that it records. Nothing is stored here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import DomainError, NotFound
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


class Origin(NamedTuple):
    """Who asks, by which request, led there by which event, and why."""

    actor: str
    request_id: str
    causation: str = ""
    reason: str = ""


class Answer(NamedTuple):
    """`resource` as the command left it. For a VM, `version` is of the event that began the operation."""

    resource: Aggregate
    version: int

    @property
    def result(self) -> str:
        """The name of what the caller gets: an operation for a VM, else the resource itself."""
        if isinstance(self.resource, Vm):
            return f"operations/{self.resource.uid}.{self.version}"
        return self.resource.name


@dataclass(frozen=True, slots=True)
class Refused:
    """An item of a batch that was refused. `status` is a serialized google.rpc.Status, for the record."""

    error: DomainError
    status: bytes


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of each item of a batch, in order."""

    items: tuple[Answer | Refused, ...]

    @property
    def result(self) -> str:
        return ""


@dataclass(slots=True)
class Draft:
    """One command's view of the fleet, and its events in order."""

    fleet: Fleet
    origin: Origin
    now: Micros
    limits: Limits
    recorded: list[Recorded] = field(default_factory=list[Recorded])
    _common: ev.Event | None = None

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
            event = ev.Event()
            event.CopyFrom(self._envelope())
            getattr(event, PAYLOAD_FIELD[type(payload)]).CopyFrom(payload)
            self.recorded.append(self.fleet.apply(stream, version, event))

    def _envelope(self) -> ev.Event:
        """What all events of this command have in common, made once."""
        if self._common is None:
            origin = self.origin
            self._common = ev.Event(
                commit_time=timestamp_of(self.now),
                actor=origin.actor,
                request_id=origin.request_id,
                causation=origin.causation,
                reason=origin.reason,
            )
        return self._common

    def mark(self) -> tuple[int, int]:
        """A point to `undo` to."""
        return self.fleet.mark(), len(self.recorded)

    def undo(self, mark: tuple[int, int]) -> None:
        """Takes back every event since `mark`."""
        self.fleet.undo(mark[0])
        del self.recorded[mark[1] :]

    def merge_holdings(self) -> None:
        """Makes one event of all the CapacityHeld that this draft has for a host: a batch is one hold a host."""
        merged: dict[str, Recorded] = {}
        kept: list[Recorded] = []
        for recorded in self.recorded:
            if not recorded.event.HasField("capacity_held"):
                kept.append(recorded)
                continue
            first = merged.get(recorded.stream)
            if first is None:
                merged[recorded.stream] = recorded
                kept.append(recorded)
            else:
                first.event.capacity_held.MergeFrom(recorded.event.capacity_held)
                merged[recorded.stream] = first._replace(after=recorded.after)
        for stream, last in merged.items():
            assert isinstance(last.after, Host)
            merged[stream] = last._replace(after=self.fleet.rewind_host(last.after, last.version))
        self.recorded[:] = [merged.get(each.stream, each) for each in kept]
