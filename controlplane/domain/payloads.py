"""The events' payloads, by their message classes and by their fields in the ledger's schema."""

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

_FIELDS = [each for each in ev.Event.DESCRIPTOR.fields if each.containing_oneof is not None]
# Such as `vm_started` of ev.VmStarted.
PAYLOAD_FIELD: dict[type[Message], str] = {
    getattr(ev, each.message_type.name): each.name for each in _FIELDS if each.message_type
}
