"""Applies field changes to a message, as a program that reads DiffState would: so that a test sees what is left out."""

import json
import re
from collections.abc import Iterable
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from controlplane.rpc.shared.field_changes import Row

M = TypeVar("M", bound=Message)
_STEP = re.compile(r"`([^`]*)`|([^.`]+)")


def applied(before: M | None, rows: Iterable[Row], kind: type[M]) -> M | None:
    """The message after the changes."""
    found = None if before is None else json_format.MessageToDict(before, preserving_proto_field_name=True)
    for row in rows:
        if not row.field:
            found = json.loads(row.after) if row.after else None
        else:
            assert found is not None
            _set(found, [quoted or plain for quoted, plain in _STEP.findall(row.field)], row.after)
    return None if found is None else json_format.ParseDict(found, kind())


def _set(document: dict[str, Any], path: list[str], text: str) -> None:
    *around, last = path
    for each in around:
        document = document.setdefault(each, {})
    if text:
        document[last] = json.loads(text) if text[0] in "[{" or text in ("true", "false", '""') else text
    else:
        document.pop(last, None)


def without_empty(message: Message) -> dict[str, Any]:
    """As JSON, without messages that nothing is set in: a message whose last field went is one that went."""
    return _pruned(json_format.MessageToDict(message, preserving_proto_field_name=True))


def _pruned(document: dict[str, Any]) -> dict[str, Any]:
    pruned = {key: _pruned(each) if isinstance(each, dict) else each for key, each in document.items()}  # pyright: ignore
    return {key: each for key, each in pruned.items() if each != {}}  # pyright: ignore
