"""Maps recorded events to the library's stored events: protobuf bytes, and the payload's full name as topic."""

from collections.abc import Mapping

from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import Mapper, Notification, StoredEvent

from controlplane.domain.fleet import RecordedEvent
from controlplane.ledger.upcasts import UPCASTS, Upcast

TOPICS = {
    each.name: each.message_type.full_name
    for each in ev.Event.DESCRIPTOR.oneofs_by_name["payload"].fields
    if each.message_type is not None
}


class ProtobufMapper(Mapper[str]):
    """The stored bytes are the event without stream, version and position, which are columns of their own."""

    def __init__(self, upcasts: Mapping[str, Upcast] = UPCASTS) -> None:
        self._upcasts = upcasts
        # The transcoder of the base class is for JSON; there is none here.
        self.compressor = None
        self.cipher = None

    def to_stored_event(self, domain_event: RecordedEvent) -> StoredEvent:  # pyright: ignore[reportIncompatibleMethodOverride]
        kind = domain_event.event.WhichOneof("payload")
        assert kind is not None
        return StoredEvent(
            domain_event.stream, domain_event.version, TOPICS[kind], domain_event.event.SerializeToString()
        )

    def to_domain_event(self, stored_event: StoredEvent) -> RecordedEvent:  # pyright: ignore[reportIncompatibleMethodOverride]
        position = stored_event.id if isinstance(stored_event, Notification) else 0
        event = ev.Event.FromString(stored_event.state)
        if upcast := self._upcasts.get(stored_event.topic):
            event = upcast(event)
        return RecordedEvent(
            str(stored_event.originator_id), stored_event.originator_version, event, None, None, position
        )
