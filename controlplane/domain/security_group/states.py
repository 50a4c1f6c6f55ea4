"""The security group's state machine, as one table."""

from enum import IntEnum

from controlplane.domain.state_machine import StateMachine


class GroupState(IntEnum):
    """A security group's place in its life."""

    ACTIVE = 1
    DELETED = 2


class GroupVerb(IntEnum):
    """What is done with a security group."""

    UPDATE = 1
    DELETE = 2


TRANSITIONS: dict[tuple[GroupState, GroupVerb], GroupState] = {
    (GroupState.ACTIVE, GroupVerb.UPDATE): GroupState.ACTIVE,
    (GroupState.ACTIVE, GroupVerb.DELETE): GroupState.DELETED,
}

# Methods of the API.
COMMANDS = {GroupVerb.UPDATE: "UpdateSecurityGroup", GroupVerb.DELETE: "DeleteSecurityGroup"}
_machine = StateMachine("security group", TRANSITIONS, COMMANDS)
allowed_commands, require = _machine.allowed_commands, _machine.require
