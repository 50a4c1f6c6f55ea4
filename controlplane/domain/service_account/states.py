"""The service account's state machine, as one table."""

from enum import IntEnum

from controlplane.domain.state_machine import StateMachine


class AccountState(IntEnum):
    """A service account's place in its life."""

    ACTIVE = 1
    DELETED = 2


class AccountVerb(IntEnum):
    """What is done with a service account."""

    UPDATE = 1
    DELETE = 2
    CREATE_TOKEN = 3
    REVOKE_TOKEN = 4
    # Not by a caller: its tokens were used.
    USE = 5


TRANSITIONS: dict[tuple[AccountState, AccountVerb], AccountState] = {
    (AccountState.ACTIVE, AccountVerb.UPDATE): AccountState.ACTIVE,
    (AccountState.ACTIVE, AccountVerb.DELETE): AccountState.DELETED,
    (AccountState.ACTIVE, AccountVerb.CREATE_TOKEN): AccountState.ACTIVE,
    (AccountState.ACTIVE, AccountVerb.REVOKE_TOKEN): AccountState.ACTIVE,
    (AccountState.ACTIVE, AccountVerb.USE): AccountState.ACTIVE,
}

# Methods of the API.
COMMANDS = {
    AccountVerb.UPDATE: "UpdateServiceAccount",
    AccountVerb.DELETE: "DeleteServiceAccount",
    AccountVerb.CREATE_TOKEN: "CreateServiceAccountToken",
    AccountVerb.REVOKE_TOKEN: "RevokeServiceAccountToken",
}
_machine = StateMachine("service account", TRANSITIONS, COMMANDS)
allowed_commands, require = _machine.allowed_commands, _machine.require
