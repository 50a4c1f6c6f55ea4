"""The host's state machine, as one table."""

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


_S, _V = HostState, HostVerb

TRANSITIONS: dict[tuple[HostState, HostVerb], HostState] = {
    (_S.ACTIVE, _V.CORDON): _S.CORDONED,
    (_S.CORDONED, _V.UNCORDON): _S.ACTIVE,
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
COMMANDS = {
    _V.UPDATE: "UpdateHost",
    _V.CORDON: "CordonHost",
    _V.UNCORDON: "UncordonHost",
    _V.REPLACE_MACHINE: "ReplaceHostMachine",
}
_machine = StateMachine("host", TRANSITIONS, COMMANDS)
allowed_commands, require = _machine.allowed_commands, _machine.require
