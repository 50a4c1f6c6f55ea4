"""Writes the golden file of each event type that has none yet: `python tests/unit/ledger/golden.py`, at a release."""

from pathlib import Path

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

DIRECTORY = Path(__file__).parent / "golden"
PAYLOADS = [each for each in ev.Event.DESCRIPTOR.fields if each.containing_oneof is not None]


def files_of(payload: FieldDescriptor) -> tuple[Path, Path]:
    """The stored bytes of one event type, and the same event as text."""
    assert payload.message_type is not None
    return DIRECTORY / f"{payload.message_type.name}.binpb", DIRECTORY / f"{payload.message_type.name}.txtpb"


_SCALARS: dict[int, object] = {
    FieldDescriptor.TYPE_BOOL: True,
    FieldDescriptor.TYPE_DOUBLE: 1.5,
    FieldDescriptor.TYPE_BYTES: b"\x00\xff",
    FieldDescriptor.TYPE_STRING: "some text",
}


def fill(message: Message) -> None:
    """Gives every field a value, of a oneof the first."""
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof is not None and field.containing_oneof.fields[0] is not field:
            continue
        entry = field.message_type
        if entry is not None and entry.GetOptions().map_entry:
            _fill_map(message, field.name)
        elif entry is not None:
            one = getattr(message, field.name)
            fill(one.add() if field.is_repeated else one)
        else:
            value = _SCALARS.get(field.type, field.number)
            if field.is_repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)


def _fill_map(message: Message, name: str) -> None:
    entry = message.DESCRIPTOR.fields_by_name[name].message_type
    assert entry is not None
    value = entry.fields_by_name["value"]
    entries = getattr(message, name)
    if value.message_type is not None:
        fill(entries["key"])
    else:
        entries["key"] = _SCALARS.get(value.type, value.number)


def main() -> None:
    DIRECTORY.mkdir(exist_ok=True)
    for payload in PAYLOADS:
        stored, text = files_of(payload)
        if stored.exists():
            continue
        event = ev.Event(actor="user:a", request_id="r", causation="vms/u@1", reason="because")
        event.commit_time.FromMicroseconds(1_700_000_000_123_456)
        fill(getattr(event, payload.name))
        getattr(event, payload.name).SetInParent()
        stored.write_bytes(event.SerializeToString(deterministic=True))
        text.write_text(text_format.MessageToString(event))


if __name__ == "__main__":
    main()
