"""Every verb that callers have for a host, and every observation of one, as one row each. Performs no I/O."""

from dataclasses import dataclass
from typing import assert_never

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.host.states import HostObservation, HostState, HostVerb
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


@dataclass(frozen=True, slots=True)
class HostObservationRow:
    """What is recorded of an observation."""

    observation: HostObservation
    payload: type[Message]

    @property
    def event(self) -> str:
        """The payload's field, such as `host_lost`."""
        return PAYLOAD_FIELD[self.payload]


UPDATE = HostVerbRow(HostVerb.UPDATE, "UpdateHost", ev.HostUpdated)
CORDON = HostStateVerbRow(HostVerb.CORDON, "CordonHost", ev.HostCordoned, HostState.CORDONED)
UNCORDON = HostStateVerbRow(HostVerb.UNCORDON, "UncordonHost", ev.HostUncordoned, HostState.ACTIVE)
REPLACE_MACHINE = HostVerbRow(HostVerb.REPLACE_MACHINE, "ReplaceHostMachine", ev.HostMachineReplaced)
DRAIN = HostVerbRow(HostVerb.DRAIN, "DrainHost", ev.HostDrainRequested)
FENCE = HostVerbRow(HostVerb.FENCE, "FenceHost", ev.HostFenceRequested)
DECOMMISSION = HostVerbRow(HostVerb.DECOMMISSION, "DecommissionHost", ev.HostDecommissioned)
CANCEL_DRAIN = HostVerbRow(HostVerb.CANCEL_DRAIN, "CancelOperation", ev.HostDrainCancelled)
OBSERVATIONS = {
    row.observation: row
    for row in (
        HostObservationRow(HostObservation.LOST, ev.HostLost),
        HostObservationRow(HostObservation.REGAINED, ev.HostRegained),
        HostObservationRow(HostObservation.DRAINED, ev.HostDrained),
        HostObservationRow(HostObservation.FENCED, ev.HostFenced),
    )
}


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
        case HostVerb.DRAIN:
            return DRAIN
        case HostVerb.FENCE:
            return FENCE
        case HostVerb.DECOMMISSION:
            return DECOMMISSION
        case HostVerb.CANCEL_DRAIN:
            return CANCEL_DRAIN
        case _:
            assert_never(verb)


VERBS = {verb: row_of(verb) for verb in HostVerb}
STATE_VERBS = {verb: row for verb, row in VERBS.items() if isinstance(row, HostStateVerbRow)}
