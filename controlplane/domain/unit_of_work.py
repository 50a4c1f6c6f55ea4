"""The unit of an append: what one command reads, and the events that it records. Nothing is stored here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.command import CommandContext
from controlplane.domain.errors import Kind, NotFound
from controlplane.domain.etag import require_etag
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host.aggregate import Host, NumaPart
from controlplane.domain.payloads import PAYLOAD_FIELD
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import R, ResourceKind
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros, timestamp_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.limits import Limits

T = TypeVar("T", Vm, Host, Project)


def _found(kind: Kind, name: str, aggregate: T | None, etag: str) -> T:
    if aggregate is None:
        raise NotFound(kind, name)
    require_etag(aggregate, etag)
    return aggregate


class Mark(NamedTuple):
    """A point in a unit."""

    fleet: int
    recorded: int
    held: int


@dataclass(slots=True)
class UnitOfWork:
    """One command's view of the fleet, and its events in order."""

    fleet: Fleet
    context: CommandContext
    now: Micros
    limits: Limits
    recorded: list[RecordedEvent] = field(default_factory=list[RecordedEvent])
    _common: ev.Event | None = None
    # Where in `recorded` each host's CapacityHeld is, by the host's uid.
    _holds: dict[str, int] = field(default_factory=dict[str, int])
    # What each hold did, for `undo`: the uid of the host that it began with, or the event's record before it grew.
    _held: list[str | RecordedEvent] = field(default_factory=list["str | RecordedEvent"])

    def vm(self, name: str, etag: str = "") -> Vm:
        """Raises NotFound, and EtagMismatch for an etag that is not its own any more."""
        return _found("vm", name, self.fleet.vm_named(name), etag)

    def host(self, name: str, etag: str = "") -> Host:
        """Raises NotFound, and EtagMismatch for an etag that is not its own any more."""
        return _found("host", name, self.fleet.host_named(name), etag)

    def project(self, name: str, etag: str = "") -> Project:
        """Raises NotFound, and EtagMismatch for an etag that is not its own any more."""
        return _found("project", name, self.fleet.project_named(name), etag)

    def resource(self, kind: ResourceKind[R], name: str, etag: str = "") -> R:
        """One that a project has. Raises NotFound, and EtagMismatch for an etag that is not its own any more."""
        resource = self.fleet.resource_named(kind, name)
        if resource is None:
            raise NotFound(kind.name, name)
        require_etag(resource.as_edited, etag)
        return resource

    def record(self, stream: str, payloads: Sequence[Message], version: int | None = None) -> None:
        """Appends events to `stream` and evolves the fleet by them. Of an aggregate, the version is known."""
        for payload in payloads:
            event = ev.Event()
            event.CopyFrom(self._envelope())
            getattr(event, PAYLOAD_FIELD[type(payload)]).CopyFrom(payload)
            self.recorded.append(self.fleet.apply(stream, version, event))

    def _envelope(self) -> ev.Event:
        """What all events of this command have in common, made once."""
        if self._common is None:
            context = self.context
            self._common = ev.Event(
                commit_time=timestamp_of(self.now),
                actor=context.actor,
                request_id=context.request_id,
                causation=context.causation,
                reason=context.reason,
            )
            if context.trace:
                self._common.trace_id, self._common.span_id = context.trace_ids
            if context.proof is not None:
                kind, detail = context.proof
                self._common.proof.CopyFrom(ev.Proof(kind=kind, detail=detail, address=context.address))
        return self._common

    def hold(self, host: Host, vm_uid: str, amount: Resources, parts: tuple[NumaPart, ...] = ()) -> None:
        """Holds more on a host: all that one unit holds there is one event, however many VMs it is for."""
        if not amount:
            return
        hosts.require_free(host, amount, parts)
        place = self._holds.get(host.uid)
        if place is None:
            self._holds[host.uid] = len(self.recorded)
            self._held.append(host.uid)
            self.record(f"hosts/{host.uid}", [hosts.capacity_held(vm_uid, amount, parts)])
            return
        before = self.recorded[place]
        hosts.hold_more(before.event.capacity_held, vm_uid, amount, parts)
        self._held.append(before)
        after = self.fleet.hold_more(host, vm_uid, amount, parts)
        self.recorded[place] = RecordedEvent(before.stream, before.version, before.event, before.before, after)

    def mark(self) -> Mark:
        """A point to `undo` to."""
        return Mark(self.fleet.mark(), len(self.recorded), len(self._held))

    def undo(self, mark: Mark) -> None:
        """Takes back every event since `mark`."""
        self.fleet.undo(mark.fleet)
        while len(self._held) > mark.held:
            before = self._held.pop()
            if isinstance(before, str):
                del self._holds[before]
            else:
                del before.event.capacity_held.holdings[-1]
                self.recorded[self._holds[before.stream.partition("/")[2]]] = before
        del self.recorded[mark.recorded :]
