"""The project's state machine, as one table."""

from enum import IntEnum

from controlplane.domain.errors import WrongState


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


def allowed_commands(state: ProjectState) -> list[str]:
    """The commands that a project in this state takes, by name."""
    return [verb.name for verb in ProjectVerb if (state, verb) in TRANSITIONS]


def require(name: str, state: ProjectState, verb: ProjectVerb) -> ProjectState:
    """The state that `verb` leads to. Raises WrongState, naming what is allowed, when it is not an edge."""
    after = TRANSITIONS.get((state, verb))
    if after is None:
        raise WrongState("project", name, state.name, verb.name, allowed_commands(state))
    return after
