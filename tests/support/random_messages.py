"""Random messages of any type, by their descriptors: what JSON can say, and so none that is NaN or out of its range."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from hypothesis import strategies as st

_F = FieldDescriptor
DEEPEST = 4
_INT32 = st.integers(-(1 << 31), (1 << 31) - 1)
_INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
_SCALARS: Mapping[int, st.SearchStrategy[Any]] = {
    _F.TYPE_INT32: _INT32,
    _F.TYPE_INT64: _INT64,
    _F.TYPE_UINT32: st.integers(0, (1 << 32) - 1),
    _F.TYPE_UINT64: st.integers(0, (1 << 64) - 1),
    _F.TYPE_DOUBLE: st.floats(allow_nan=False),
    _F.TYPE_FLOAT: st.floats(allow_nan=False, width=32),
    _F.TYPE_BOOL: st.booleans(),
    _F.TYPE_STRING: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    _F.TYPE_BYTES: st.binary(max_size=20),
}
# 0001-01-01 to 9999-12-31.
_SECONDS = st.integers(-62135596800, 253402300799)
_NANOS = st.integers(0, 999_999_999)
_LONGEST_S = 315_576_000_000
_Draw = Callable[[st.SearchStrategy[Any]], Any]


def _timestamp(draw: _Draw, made: Any) -> None:
    made.seconds, made.nanos = draw(_SECONDS), draw(_NANOS)


def _duration(draw: _Draw, made: Any) -> None:
    seconds, nanos = draw(st.integers(-_LONGEST_S + 1, _LONGEST_S - 1)), draw(_NANOS)
    made.seconds, made.nanos = seconds, nanos if seconds > 0 else -nanos if seconds < 0 else nanos


def _mask(draw: _Draw, made: Any) -> None:
    made.paths.extend(draw(st.lists(st.sampled_from(["labels", "spec.cpu_policy", "user_data"]), max_size=2)))


def _any(draw: _Draw, made: Any) -> None:
    made.Pack(error_details_pb2.ErrorInfo(reason=draw(st.sampled_from(["A", "B"]))))


_WELL_KNOWN: Mapping[str, Callable[[_Draw, Any], None]] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Any": _any,
}


@st.composite
def messages(draw: _Draw, kind: Descriptor, depth: int = 0) -> Message:
    """Each field is there or not; of an oneof, one at most."""
    made: Any = message_factory.GetMessageClass(kind)()
    if fill := _WELL_KNOWN.get(kind.full_name):
        fill(draw, made)
        return made
    for field in kind.fields:
        if depth < DEEPEST and draw(st.booleans()):
            _set(draw, made, field, depth)
    return made


def _set(draw: _Draw, made: Any, field: FieldDescriptor, depth: int) -> None:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        _set_map(draw, made, field, kind, depth)
    elif kind is not None and field.is_repeated:
        getattr(made, field.name).extend(draw(st.lists(messages(kind, depth + 1), max_size=2)))
    elif kind is not None:
        member = getattr(made, field.name)
        member.SetInParent()
        member.MergeFrom(draw(messages(kind, depth + 1)))
    elif field.is_repeated:
        getattr(made, field.name).extend(draw(st.lists(_scalar(field), max_size=3)))
    else:
        setattr(made, field.name, draw(_scalar(field)))


def _set_map(draw: _Draw, made: Any, field: FieldDescriptor, entry: Descriptor, depth: int) -> None:
    key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
    for each in draw(st.lists(_scalar(key), max_size=2, unique=True)):
        if value.message_type is not None:
            getattr(made, field.name)[each].CopyFrom(draw(messages(value.message_type, depth + 1)))
        else:
            getattr(made, field.name)[each] = draw(_scalar(value))


def _scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([each.number for each in field.enum_type.values])
    return _SCALARS[field.type]
