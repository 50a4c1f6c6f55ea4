"""Changed fields as text for people."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from chronovisor.names import last_part
from chronovisor.v1.history_service_pb2 import FieldChange

# They change with every event, and say nothing else.
BOOKKEEPING = ("etag", "update_time")
_ENUM = re.compile(r"(VM_STATE|VM_DESIRED|HOST_STATE|GUEST_STATE)_(?P<word>[A-Z_]+)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def essential(changes: Sequence[FieldChange]) -> list[FieldChange]:
    """Without those that say nothing."""
    return [each for each in changes if each.field not in BOOKKEEPING]


def value_text(text: str) -> str:
    """`RUNNING` for an enum's value, local time for a time, `-` for what is not set."""
    if match := _ENUM.fullmatch(text):
        return match["word"]
    if _TIME.fullmatch(text):
        # To the millisecond: much happens within a second.
        return (
            datetime.fromisoformat(text).astimezone().isoformat(" ", "milliseconds")[: len("2026-11-20 10:00:00.000")]
        )
    return text or "-"


def change_text(change: FieldChange) -> str:
    """`state: STOPPED -> STARTING`."""
    return f"{change.field}: {value_text(change.before)} -> {value_text(change.after)}"


def resource_text(text: str) -> str:
    """A whole resource, in a word or two: its state, and where it is."""
    resource = cast("dict[str, Any]", json.loads(text))
    words = [
        value_text(str(resource.get("state", ""))),
        f"on {last_part(str(resource['host']))}" if resource.get("host") else "",
    ]
    return " ".join(each for each in words if each and each != "-")
