"""The string fields of request messages, by their descriptors, and requests that have one of them set."""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

# Well-known types are numbers and paths; a status and an operation are never requests.
_LEAVES = ("google.protobuf.Timestamp", "google.protobuf.Duration", "google.rpc.Status")
# Where `key` of a map ends.
KEY, VALUE = "{key}", "{value}"


class Path(NamedTuple):
    """The names of fields from a request to a string; maps end with KEY or VALUE."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)

    @property
    def field(self) -> str:
        """As violations name it, without what is in brackets."""
        return ".".join(part for part in self.parts if part not in (KEY, VALUE))


Kinds: TypeAlias = tuple[str, ...]


def string_paths(message: Descriptor, seen: Kinds = ()) -> Iterator[Path]:
    """Every string that a request can carry, however deep, but for what is the server's own (OUTPUT_ONLY)."""
    if message.full_name in (*_LEAVES, *seen):
        return
    for field in message.fields:
        options: Any = field.GetOptions()
        if field_behavior_pb2.OUTPUT_ONLY in options.Extensions[field_behavior_pb2.field_behavior]:
            continue
        for path in _of_field(field, (*seen, message.full_name)):
            yield Path((field.name, *path.parts))


def _of_field(field: FieldDescriptor, seen: Kinds) -> Iterator[Path]:
    inner = field.message_type
    if inner is None:
        if field.type == FieldDescriptor.TYPE_STRING:
            yield Path(())
    elif inner.GetOptions().map_entry:
        yield Path((KEY,))
        for path in _of_field(inner.fields_by_name["value"], seen):
            yield Path((VALUE, *path.parts))
    else:
        yield from string_paths(inner, seen)


def with_text(request: Message, path: Path, text: str) -> Message:
    """A copy of the request that has the text at the path."""
    made = copy.deepcopy(request)
    _put(made, path.parts, text)
    return made


def _put(message: Any, parts: tuple[str, ...], text: str) -> None:
    name, *rest = parts
    field = message.DESCRIPTOR.fields_by_name[name]
    value = getattr(message, name)
    if rest and rest[0] == KEY:
        _put_key(value, field, text)
    elif rest and rest[0] == VALUE:
        if rest[1:]:
            _put(value["key"], tuple(rest[1:]), text)
        else:
            value["key"] = text
    elif not rest:
        value.append(text) if field.is_repeated else setattr(message, name, text)
    else:
        inner = value.add() if field.is_repeated and not len(value) else value[0] if field.is_repeated else value
        _put(inner, tuple(rest), text)


def _put_key(entries: Any, field: FieldDescriptor, text: str) -> None:
    assert field.message_type is not None
    kind = field.message_type.fields_by_name["value"]
    if kind.message_type is not None:
        entries[text].SetInParent()
    else:
        entries[text] = "v" if kind.type == FieldDescriptor.TYPE_STRING else 1


def is_reached(method: MethodDescriptor) -> bool:
    """Whether one request is one call."""
    return not method.client_streaming
