"""The host's state machine, as one table."""

from collections.abc import Mapping
from enum import IntEnum

from controlplane.domain.state_machine import StateMachine


class HostState(IntEnum):
    """A host's place in its life. The numbers are those of chronovisor.v1.HostState."""

    ACTIVE = 1
    CORDONED = 2
    DRAINING = 3
    MAINTENANCE = 4
    DOWN = 5
    FENCED = 6
    DECOMMISSIONED = 7


class HostVerb(IntEnum):
    """The requests that callers can make of a host. Each has a row in `verbs`."""

    UPDATE = 1
    CORDON = 2
    UNCORDON = 3
    REPLACE_MACHINE = 4
    DRAIN = 5
    FENCE = 6
    DECOMMISSION = 7
    CANCEL_DRAIN = 8


class HostObservation(IntEnum):
    """What becomes of a host without a request. The numbers are none of HostVerb's: both are keys of TRANSITIONS."""

    LOST = 20
    REGAINED = 21
    DRAINED = 22
    FENCED = 23


_S, _V, _O = HostState, HostVerb, HostObservation

# A host that is lost or fenced keeps its place in its life as `Host.last_state`: what operators request changes that,
# and the host is there again when its agent is back.
_AWAY = (_S.DOWN, _S.FENCED)

TRANSITIONS: dict[tuple[HostState, HostVerb | HostObservation], HostState] = {
    (_S.ACTIVE, _V.CORDON): _S.CORDONED,
    (_S.CORDONED, _V.UNCORDON): _S.ACTIVE,
    (_S.MAINTENANCE, _V.UNCORDON): _S.ACTIVE,
    # It gives the drain up.
    (_S.DRAINING, _V.UNCORDON): _S.ACTIVE,
    (_S.ACTIVE, _V.DRAIN): _S.DRAINING,
    (_S.CORDONED, _V.DRAIN): _S.DRAINING,
    (_S.DRAINING, _V.CANCEL_DRAIN): _S.CORDONED,
    (_S.DRAINING, _O.DRAINED): _S.MAINTENANCE,
    **{
        (state, edge): state
        for state in _AWAY
        for edge in (_V.CORDON, _V.UNCORDON, _V.DRAIN, _V.CANCEL_DRAIN, _O.DRAINED)
    },
    **{(state, _O.LOST): _S.DOWN for state in (_S.ACTIVE, _S.CORDONED, _S.DRAINING, _S.MAINTENANCE)},
    # Or whatever it was before, or is to be by now.
    (_S.DOWN, _O.REGAINED): _S.ACTIVE,
    (_S.FENCED, _O.REGAINED): _S.ACTIVE,
    # That it is to be fenced changes nothing until it is: a host that is not lost is taken for lost then.
    **{(state, _V.FENCE): state for state in (_S.ACTIVE, _S.CORDONED, _S.DRAINING, _S.MAINTENANCE, _S.DOWN)},
    (_S.DOWN, _O.FENCED): _S.FENCED,
    **{(state, _V.DECOMMISSION): _S.DECOMMISSIONED for state in (_S.CORDONED, _S.MAINTENANCE, _S.DOWN, _S.FENCED)},
    # What a host is can be changed for as long as it is there.
    (_S.ACTIVE, _V.UPDATE): _S.ACTIVE,
    (_S.CORDONED, _V.UPDATE): _S.CORDONED,
    (_S.DRAINING, _V.UPDATE): _S.DRAINING,
    (_S.MAINTENANCE, _V.UPDATE): _S.MAINTENANCE,
    (_S.DOWN, _V.UPDATE): _S.DOWN,
    (_S.FENCED, _V.UPDATE): _S.FENCED,
    # The machine is another thing than the place that the host has in its life.
    (_S.ACTIVE, _V.REPLACE_MACHINE): _S.ACTIVE,
    (_S.CORDONED, _V.REPLACE_MACHINE): _S.CORDONED,
    (_S.DRAINING, _V.REPLACE_MACHINE): _S.DRAINING,
    (_S.MAINTENANCE, _V.REPLACE_MACHINE): _S.MAINTENANCE,
    (_S.DOWN, _V.REPLACE_MACHINE): _S.DOWN,
    (_S.FENCED, _V.REPLACE_MACHINE): _S.FENCED,
}

# Methods of the API.
COMMANDS: Mapping[HostVerb | HostObservation, str] = {
    _V.UPDATE: "UpdateHost",
    _V.CORDON: "CordonHost",
    _V.UNCORDON: "UncordonHost",
    _V.REPLACE_MACHINE: "ReplaceHostMachine",
    _V.DRAIN: "DrainHost",
    _V.FENCE: "FenceHost",
    _V.DECOMMISSION: "DecommissionHost",
    _V.CANCEL_DRAIN: "CancelOperation",
}
_machine = StateMachine("host", TRANSITIONS, COMMANDS)
allowed_commands, require = _machine.allowed_commands, _machine.require
