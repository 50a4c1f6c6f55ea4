"""The network's state machine, as one table."""

from enum import IntEnum

from controlplane.domain.state_machine import StateMachine


class NetworkState(IntEnum):
    """A network's place in its life."""

    ACTIVE = 1
    DELETED = 2


class NetworkVerb(IntEnum):
    """What is done with a network."""

    UPDATE = 1
    DELETE = 2


TRANSITIONS: dict[tuple[NetworkState, NetworkVerb], NetworkState] = {
    (NetworkState.ACTIVE, NetworkVerb.UPDATE): NetworkState.ACTIVE,
    (NetworkState.ACTIVE, NetworkVerb.DELETE): NetworkState.DELETED,
}

# Methods of the API.
COMMANDS = {NetworkVerb.UPDATE: "UpdateNetwork", NetworkVerb.DELETE: "DeleteNetwork"}
_machine = StateMachine("network", TRANSITIONS, COMMANDS)
allowed_commands, require = _machine.allowed_commands, _machine.require
