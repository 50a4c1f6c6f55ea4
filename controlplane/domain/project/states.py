"""The project's state machine, as one table."""

from enum import IntEnum

from controlplane.domain.state_machine import StateMachine


class ProjectState(IntEnum):
    """A project's place in its life."""

    ACTIVE = 1
    DELETED = 2


class ProjectVerb(IntEnum):
    """What callers ask of a project."""

    UPDATE = 1
    DELETE = 2


TRANSITIONS: dict[tuple[ProjectState, ProjectVerb], ProjectState] = {
    (ProjectState.ACTIVE, ProjectVerb.UPDATE): ProjectState.ACTIVE,
    (ProjectState.ACTIVE, ProjectVerb.DELETE): ProjectState.DELETED,
}

# Methods of the API.
COMMANDS = {ProjectVerb.UPDATE: "UpdateProject", ProjectVerb.DELETE: "DeleteProject"}
_machine = StateMachine("project", TRANSITIONS, COMMANDS)
allowed_commands, require = _machine.allowed_commands, _machine.require
