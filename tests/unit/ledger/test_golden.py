"""Stored bytes of every event type, as it was first released, decode to the same event for ever."""

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.unknown_fields import UnknownFieldSet

from tests.unit.ledger.golden import DIRECTORY, PAYLOADS, files_of


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
def test_stored_bytes_decode_to_what_was_stored(payload: FieldDescriptor) -> None:
    stored, text = files_of(payload)
    assert stored.exists(), f"{stored.name} is missing: run python tests/unit/ledger/golden.py"
    event = ev.Event.FromString(stored.read_bytes())
    assert event.WhichOneof("payload") == payload.name
    assert event == text_format.Parse(text.read_text(), ev.Event())
    assert not UnknownFieldSet(event)
    assert not UnknownFieldSet(getattr(event, payload.name))


def test_there_is_no_golden_file_of_a_type_that_is_gone() -> None:
    assert {each.name for each in DIRECTORY.iterdir()} == {each.name for one in PAYLOADS for each in files_of(one)}
