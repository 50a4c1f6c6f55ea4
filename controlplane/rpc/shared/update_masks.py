"""Update masks: which fields an update names, and the resource with those as they were sent. See AIP-134, AIP-161."""

from collections.abc import Iterator, Sequence
from typing import TypeVar, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from controlplane.rpc.shared.validate import FieldRules

M = TypeVar("M", bound=Message)


def updated_paths(mask: FieldMask, sent: Message, updatable: Sequence[str], rules: FieldRules) -> list[str]:
    """The paths to change: the mask's, all with `*`, and without a mask those that are set. Bad ones are collected."""
    can = f"can be changed: {', '.join(updatable)}"
    if not mask.paths:
        paths = [path for path in _set_in(sent) if path.partition(".")[0] in updatable]
        rules.check(paths, "update_mask", f"must name what to change; {can}")
        return paths
    for path in mask.paths:
        known = path.partition(".")[0] in updatable and _is_path(path, sent)
        rules.check(path == "*" or known, "update_mask", f"{path[:63]!r} cannot be changed; {can}")
    return [*updatable] if "*" in mask.paths else [*mask.paths]


def merged(current: M, sent: M, paths: Sequence[str]) -> M:
    """The current message with these fields as they were sent: a field that was not set is cleared."""
    source = type(sent)()
    source.CopyFrom(sent)
    for path in paths:
        # In a message that was not set, no field would be looked at.
        message: Message = source
        for parent in path.split(".")[:-1]:
            message = getattr(message, parent)
            message.SetInParent()
    after = type(current)()
    after.CopyFrom(current)
    FieldMask(paths=paths).MergeMessage(source, after, replace_message_field=True, replace_repeated_field=True)
    return after


def _is_path(path: str, message: Message) -> bool:
    return FieldMask(paths=[path]).IsValidForDescriptor(cast("Descriptor", message.DESCRIPTOR))


def _set_in(message: Message, prefix: str = "") -> Iterator[str]:
    """The paths of all fields that have a value, as deep as masks go."""
    for field, value in message.ListFields():
        path = f"{prefix}{field.name}"
        # A length of time is one value, however it is made up.
        whole = isinstance(value, Duration) or not isinstance(value, Message)
        inner = [] if whole else list(_set_in(value, f"{path}."))
        yield from inner or [path]
