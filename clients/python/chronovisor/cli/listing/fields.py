"""The columns of a list: a table for each kind of resource, with name, value and words. Shows nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from chronovisor.cli.text.safe_text import json_text

T = TypeVar("T")
# What a column holds: it is sorted by, compared with and written to CSV. None: there is nothing.
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Field(Generic[T]):
    """One column. `text` is its value as people read it; without it, as it is."""

    # As in --columns, --sort-by and the first line of CSV; with its unit where it has one.
    name: str
    value: Callable[[T], Value]
    text: Callable[[T], str] | None = None
    # Empty: the name in capitals.
    title: str = ""
    # Shown with `--output wide` and in CSV alone.
    wide: bool = False
    foldable: bool = False
    right: bool = False
    styles: bool = False

    @property
    def heading(self) -> str:
        return self.title or self.name.upper().replace("_", " ")

    def shown(self, item: T) -> str:
        """The cell of a table; `-` for nothing."""
        if self.text is not None:
            return self.text(item) or "-"
        return value_text(self.value(item)) or "-"


def value_text(value: Value) -> str:
    """Empty for nothing."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Listing(Generic[T]):
    """How resources of one kind are listed. `name` is what can be typed again: `--output name`."""

    fields: Sequence[Field[T]]
    name: Callable[[T], str]
    # Of messages: what else can be a column, such as `labels.tier` or `spec.boot.image.image`.
    message: Descriptor | None = None

    def find(self, name: str) -> Field[T]:
        """The column of that name or title, or one for a path into the message. Raises ValueError."""
        for each in self.fields:
            # Headings are shown in capitals.
            if name.lower() in (each.name, each.heading.lower()):
                return each
        if self.message is not None and _is_path(self.message, name):
            return Field(name, lambda item: path_value(cast("Message", item), name), foldable=True)
        known = ", ".join(each.name for each in self.fields)
        path = ", or a field such as labels.KEY" if self.message and "labels" in self.message.fields_by_name else ""
        raise ValueError(f"there is no column {name!r}; there are {known}{path}")


def _is_path(of: Descriptor, path: str) -> bool:
    name, _, rest = path.partition(".")
    field = of.fields_by_name.get(name)
    if field is None:
        return False
    if not rest:
        return True
    if is_map(field):
        return True
    return not field.is_repeated and field.message_type is not None and _is_path(field.message_type, rest)


def is_map(field: Any) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def path_value(message: Message, path: str) -> Value:
    """The value at a path such as `spec.resources.vcpus` or `labels.tier`; None where nothing is set."""
    name, _, rest = path.partition(".")
    field = message.DESCRIPTOR.fields_by_name[name]
    if field.has_presence and not message.HasField(name):
        return None
    value = getattr(message, name)
    if rest and is_map(field):
        entries = cast("Mapping[str, Any]", value)
        return _plain(entries[rest]) if rest in entries else None
    if rest:
        return path_value(cast("Message", value), rest)
    if field.enum_type is not None and not field.is_repeated:
        known = field.enum_type.values_by_number.get(cast("int", value))
        return known.name if known else cast("int", value)
    if is_map(field):
        entries = cast("Mapping[str, Any]", value)
        return ", ".join(f"{key}={value_text(_plain(entries[key]))}" for key in sorted(entries)) or None
    if field.is_repeated:
        return ", ".join(value_text(_plain(each)) for each in cast("Sequence[Any]", value)) or None
    return _plain(value)


def _plain(value: Any) -> Value:
    if not isinstance(value, Message):
        return None if value == "" else value
    document = json_format.MessageToDict(value, preserving_proto_field_name=True)
    # Timestamps and durations are text.
    return document if isinstance(document, str) else json_text(document)


def rfc3339(seconds: float, message: Any) -> str | None:
    """A timestamp in UTC; None for an unset one."""
    return cast("str", message.ToJsonString()) if seconds else None
