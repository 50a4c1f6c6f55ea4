"""Fields of a request from text: variables of a path and parameters of a query. No I/O.

A parameter is named by the path of its field, `spec.cpuPolicy` or `spec.cpu_policy`. Its value is what JSON would have,
without quotes. A field that is repeated is given many times.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from controlplane.gateway.violations import Violation

_F = FieldDescriptor
_INT32, _INT64 = range(-(1 << 31), 1 << 31), range(-(1 << 63), 1 << 63)
_UINT32, _UINT64 = range(1 << 32), range(1 << 64)
# Messages that JSON has as one value.
_TEXTS = frozenset(f"google.protobuf.{name}" for name in ("Timestamp", "Duration", "FieldMask"))
_WRAPPERS = frozenset(
    f"google.protobuf.{name}Value"
    for name in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
)
_RULES = {
    "google.protobuf.Timestamp": "must be a time of RFC 3339, such as 2026-01-31T09:30:00Z",
    "google.protobuf.Duration": "must be seconds with an s, such as 1.5s",
    "google.protobuf.FieldMask": "must be names of fields with commas between, such as labels,spec",
}


class Parameters:
    """Fills one message, and keeps what was wrong. `set` says what the text is for in the words of the caller."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._given = set[str]()
        self.violations: list[Violation] = []

    def set(self, name: str, text: str) -> None:
        """Sets the field, or adds to it where it is repeated."""
        try:
            self._set(name, text)
        except ValueError as error:
            self.violations.append(Violation(name, str(error)))

    def close(self, field: str) -> None:
        """No parameter may set this field of the message any more, or what is in it: it is given elsewhere."""
        self._given.add(field)

    def _set(self, name: str, text: str) -> None:
        message: Any = self._message
        *parents, last = name.split(".")
        path = ""
        for parent in parents:
            field = _field(message, parent)
            path = self._open(path, field)
            if field.message_type is None or field.is_repeated or _is_value(field):
                raise ValueError(f"{parent} has no fields")
            message = self._member(message, field)
        field = _field(message, last)
        path = self._open(path, field)
        if field.is_repeated and not field.message_type:
            getattr(message, field.name).append(_scalar(field, text))
            return
        if field.is_repeated or (field.message_type and not _is_value(field)):
            raise ValueError("is more than one value can say: use a method that takes it in its body")
        if path in self._given:
            raise ValueError("is given twice")
        self._given.add(path)
        if field.message_type:
            _fill(self._member(message, field), field.message_type, text)
            return
        _not_beside_another(message, field)
        setattr(message, field.name, _scalar(field, text))

    def _open(self, path: str, field: FieldDescriptor) -> str:
        path = f"{path}.{field.name}" if path else field.name
        if path in self._given and (field.message_type or field.is_repeated) and not _is_value(field):
            raise ValueError("is given in the body, or in the path")
        return path

    @staticmethod
    def _member(message: Any, field: FieldDescriptor) -> Any:
        _not_beside_another(message, field)
        return getattr(message, field.name)


def _field(message: Message, name: str) -> FieldDescriptor:
    """By its name in JSON or in the proto."""
    kind: Any = message.DESCRIPTOR
    found = kind.fields_by_camelcase_name.get(name) or kind.fields_by_name.get(name)
    if found is None:
        raise ValueError(f"{kind.name} has no such field")
    return found


def _is_value(field: FieldDescriptor) -> bool:
    """Whether JSON has a field as one value."""
    kind = field.message_type
    return kind is None or kind.full_name in _TEXTS or kind.full_name in _WRAPPERS


def _not_beside_another(message: Any, field: FieldDescriptor) -> None:
    oneof = field.containing_oneof
    if oneof is not None and message.WhichOneof(oneof.name) not in (None, field.name):
        raise ValueError(f"is given beside {message.WhichOneof(oneof.name)}: only one of {oneof.name} can be")


def _fill(message: Any, kind: Descriptor, text: str) -> None:
    """A time, a duration, a mask, or a scalar that can be unset."""
    message.SetInParent()
    if kind.full_name in _WRAPPERS:
        message.value = _scalar(kind.fields_by_name["value"], text)
        return
    try:
        json_format.Parse(json.dumps(text), message)
    except (json_format.ParseError, ValueError) as error:
        raise ValueError(_RULES[kind.full_name]) from error


def _integer(values: range) -> Callable[[str], int]:
    def parse(text: str) -> int:
        digits = text.removeprefix("-")
        if not digits.isascii() or not digits.isdigit() or len(digits) > 20 or int(text) not in values:
            raise ValueError(f"must be a whole number from {values.start} to {values.stop - 1}")
        return int(text)

    return parse


def _number(text: str) -> float:
    words = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
    if text in words:
        return words[text]
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or "_" in text or not text.isascii():
        raise ValueError("must be a number")
    return found


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _bytes(text: str) -> bytes:
    """Base64, of either alphabet, with its padding or without."""
    # A query has a space where someone left a plus as it was.
    plain = text.rstrip("=").replace("-", "+").replace("_", "/").replace(" ", "+")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("must be base64") from error


def _text(text: str) -> str:
    return text


_PARSERS: Mapping[int, Callable[[str], Any]] = {
    _F.TYPE_INT32: _integer(_INT32),
    _F.TYPE_SINT32: _integer(_INT32),
    _F.TYPE_SFIXED32: _integer(_INT32),
    _F.TYPE_INT64: _integer(_INT64),
    _F.TYPE_SINT64: _integer(_INT64),
    _F.TYPE_SFIXED64: _integer(_INT64),
    _F.TYPE_UINT32: _integer(_UINT32),
    _F.TYPE_FIXED32: _integer(_UINT32),
    _F.TYPE_UINT64: _integer(_UINT64),
    _F.TYPE_FIXED64: _integer(_UINT64),
    _F.TYPE_DOUBLE: _number,
    _F.TYPE_FLOAT: _number,
    _F.TYPE_BOOL: _truth,
    _F.TYPE_STRING: _text,
    _F.TYPE_BYTES: _bytes,
}


def _scalar(field: FieldDescriptor, text: str) -> Any:
    if field.enum_type is not None:
        return _enum(field.enum_type, text)
    return _PARSERS[field.type](text)


def _enum(kind: EnumDescriptor, text: str) -> int:
    """By name, or by number, which may be one that a newer version has."""
    if value := kind.values_by_name.get(text):
        return value.number
    try:
        return _integer(_INT32)(text)
    except ValueError:
        names = ", ".join(each.name for each in kind.values if each.number)
        raise ValueError(f"must be one of {names}") from None
