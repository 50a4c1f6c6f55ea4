"""Every verb that callers have for a host, as one row each. Performs no I/O.

What agents report of a host changes none of its states, so that hosts have no observations beside: see `decisions`.
"""

from dataclasses import dataclass
from typing import assert_never

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.host.states import HostState, HostVerb
from controlplane.domain.payloads import PAYLOAD_FIELD


@dataclass(frozen=True, slots=True)
class HostVerbRow:
    """A verb with values of its own. `method` is of HostService; `payload` is what is recorded."""

    verb: HostVerb
    method: str
    payload: type[Message]

    @property
    def event(self) -> str:
        """The payload's field, such as `host_updated`."""
        return PAYLOAD_FIELD[self.payload]


@dataclass(frozen=True, slots=True)
class HostStateVerbRow(HostVerbRow):
    """A verb without values: it brings the host into a state, at once. In that state, it changes nothing."""

    goal: HostState


UPDATE = HostVerbRow(HostVerb.UPDATE, "UpdateHost", ev.HostUpdated)
CORDON = HostStateVerbRow(HostVerb.CORDON, "CordonHost", ev.HostCordoned, HostState.CORDONED)
UNCORDON = HostStateVerbRow(HostVerb.UNCORDON, "UncordonHost", ev.HostUncordoned, HostState.ACTIVE)
REPLACE_MACHINE = HostVerbRow(HostVerb.REPLACE_MACHINE, "ReplaceHostMachine", ev.HostMachineReplaced)


def row_of(verb: HostVerb) -> HostVerbRow:
    match verb:
        case HostVerb.UPDATE:
            return UPDATE
        case HostVerb.CORDON:
            return CORDON
        case HostVerb.UNCORDON:
            return UNCORDON
        case HostVerb.REPLACE_MACHINE:
            return REPLACE_MACHINE
        case _:
            assert_never(verb)


VERBS = {verb: row_of(verb) for verb in HostVerb}
STATE_VERBS = {verb: row for verb, row in VERBS.items() if isinstance(row, HostStateVerbRow)}
