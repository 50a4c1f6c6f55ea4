"""How two messages of one type differ, field by field, by their descriptors. Knows no particular message."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
# Messages that are one value to a reader.
_VALUES = ("google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.Any")
# A message, or none where the one around it is not set.
Maybe: TypeAlias = Message | None


class Row(NamedTuple):
    """A field that differs, both values as text: see FieldChange in history_service.proto."""

    field: str
    before: str
    after: str


def field_changes(before: Maybe, after: Maybe) -> list[Row]:
    """Empty when they are equal. A message that came or went is one row, with all of it as JSON."""
    if before is None or after is None:
        return [Row("", _whole(before), _whole(after))] if before is not after else []
    rows: list[Row] = []
    _compare(before, after, "", rows)
    return rows


def _whole(message: Maybe) -> str:
    return "" if message is None else _json(json_format.MessageToDict(message, preserving_proto_field_name=True))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _fields(message: Message) -> Sequence[FieldDescriptor]:
    return cast("Sequence[FieldDescriptor]", message.DESCRIPTOR.fields)


def _compare(before: Maybe, after: Maybe, path: str, rows: list[Row]) -> None:
    one = before if before is not None else after
    assert one is not None
    for field in _fields(one):
        name = f"{path}{field.name}"
        if _is_map(field):
            _compare_maps(before, after, field, name, rows)
        elif _is_nested(field):
            _compare_nested(_inside(before, field), _inside(after, field), name, rows)
        else:
            _add(rows, name, _text(before, after, field), _text(after, before, field))


def _add(rows: list[Row], name: str, before: str, after: str) -> None:
    if before != after:
        rows.append(Row(name, before, after))


def _compare_nested(before: Maybe, after: Maybe, name: str, rows: list[Row]) -> None:
    if before == after:
        return
    count = len(rows)
    _compare(before, after, f"{name}.", rows)
    if len(rows) == count:
        # It came or went without anything in it.
        _add(rows, name, "" if before is None else "{}", "" if after is None else "{}")


def _compare_maps(before: Maybe, after: Maybe, field: FieldDescriptor, name: str, rows: list[Row]) -> None:
    old, new = _map(before, field), _map(after, field)
    assert field.message_type is not None
    value = field.message_type.fields_by_name["value"]
    for key in sorted({*old, *new}):
        text = str(key)
        entry = f"{name}.{text if _PLAIN_KEY.fullmatch(text) else f'`{text}`'}"
        if _is_nested(value):
            _compare_nested(old.get(key), new.get(key), entry, rows)
        else:
            # Unlike a field, an entry may be there and empty.
            texts = [_json(_of(value, each[key])) if key in each else "" for each in (old, new)]
            _add(rows, entry, *(each if _is_number(value) else _unquoted(each) for each in texts))


def _map(message: Maybe, field: FieldDescriptor) -> dict[Any, Any]:
    # A map of messages makes an entry where a missing key is read; a dict does not.
    return {} if message is None else dict(getattr(message, field.name))


def _unquoted(text: str) -> str:
    plain = json.loads(text) if text else ""
    return plain if isinstance(plain, str) and plain else text


def _is_number(field: FieldDescriptor) -> bool:
    return field.cpp_type not in (FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_ENUM)


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _is_nested(field: FieldDescriptor) -> bool:
    return field.message_type is not None and not field.is_repeated and field.message_type.full_name not in _VALUES


def _inside(message: Maybe, field: FieldDescriptor) -> Maybe:
    return getattr(message, field.name) if message is not None and message.HasField(field.name) else None


def _text(message: Maybe, other: Maybe, field: FieldDescriptor) -> str:
    """A value as text. What has no presence and is at its default is not set where the message came or went."""
    if message is None:
        return ""
    value = getattr(message, field.name)
    if field.is_repeated:
        return _json([_of(field, each) for each in value]) if value else ""
    if field.has_presence:
        return _plain(field, value) if message.HasField(field.name) else ""
    return "" if other is None and value == field.default_value else _plain(field, value)


def _plain(field: FieldDescriptor, value: object) -> str:
    json_value = _of(field, value)
    return json_value if isinstance(json_value, str) else _json(json_value)


def _of(field: FieldDescriptor, value: Any) -> object:
    """As JSON has it."""
    if field.message_type is not None:
        return json_format.MessageToDict(value, preserving_proto_field_name=True)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else value
    return value.hex() if isinstance(value, bytes) else value
