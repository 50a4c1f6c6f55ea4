"""What happened in a history, in order: kept as it comes, put into words only when somebody reads it."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf import text_format
from hostagent.drivers.base import Guest

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.vm.aggregate import Vm
from tests.simulation.loop import BEGINNING_S
from tests.simulation.plan import Step

WIDTH = 170
SEALS = "ledger"
# What says nothing to who reads a trace.
_LEFT_OUT = (SEALS, "requests", "snapshots")
_NOISE = ("observed", "placement", "spec", "deadline", "platform", "inventory", "numa_nodes")


class Trace:
    """`clock` is the loop's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: list[tuple[float, Any]] = []

    def note(self, text: str) -> None:
        self._entries.append((self._clock(), text))

    def step(self, step: Step) -> None:
        self._entries.append((self._clock(), step))

    def guest(self, host: str, vm_uid: str, guest: Guest | None) -> None:
        self._entries.append((self._clock(), (host, vm_uid, guest)))

    def events(self, batch: Sequence[RecordedEvent]) -> None:
        now_s = self._clock()
        self._entries += [(now_s, each) for each in batch]

    def digest(self) -> str:
        """Of all of it, to each value of each event. Of the hashes in seals, not: the library orders maps by chance."""
        digest = hashlib.sha256()
        for at_s, entry in self._entries:
            digest.update(f"{at_s!r} ".encode())
            if isinstance(entry, RecordedEvent):
                digest.update(f"{entry.stream} {entry.version} {entry.position} ".encode())
                if entry.stream != SEALS:
                    digest.update(entry.event.SerializeToString(deterministic=True))
            else:
                digest.update(repr(entry).encode())
        return digest.hexdigest()

    def lines(self) -> list[str]:
        found: list[str] = []
        for at_s, entry in self._entries:
            if text := _words(entry):
                line = f"{at_s - BEGINNING_S:9.3f}  {text}"
                found.append(line if len(line) <= WIDTH else f"{line[: WIDTH - 3]}...")
        return found


def _words(entry: Any) -> str:
    match entry:
        case Step():
            return f"* {entry.number}: {entry}"
        case RecordedEvent():
            return _event_words(entry)
        case (host, vm_uid, None):
            return f"    {host}: guest {vm_uid} is gone"
        case (host, _, Guest() as guest):
            began = "" if guest.started else ", never started"
            return f"    {host}: guest {guest.vm_uid}/{guest.incarnation} {guest.power.value}{began} {guest.detail}"
        case _:
            return f"  {entry}"


def _event_words(recorded: RecordedEvent) -> str:
    kind = recorded.event.WhichOneof("payload")
    if recorded.stream.partition("/")[0] in _LEFT_OUT or kind is None:
        return ""
    payload = type(getattr(recorded.event, kind))()
    payload.CopyFrom(getattr(recorded.event, kind))
    for name in _NOISE:
        if name in payload.DESCRIPTOR.fields_by_name:
            payload.ClearField(name)
    after = recorded.after
    leads_to = f" -> {after.state.name}, desired {after.desired.name}" if isinstance(after, Vm) else ""
    if isinstance(after, Host):
        leads_to = f" -> {after.state.name}"
    content = text_format.MessageToString(payload, as_one_line=True)
    return f"  {recorded.stream}.{recorded.version} {kind}{leads_to} {content}"
