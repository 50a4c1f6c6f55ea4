"""What the tables of states have in common: which commands a state takes, and where each leads."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Generic, TypeVar

from controlplane.domain.errors import WrongState

S = TypeVar("S", bound=IntEnum)
V = TypeVar("V", bound=IntEnum)


class StateMachine(Generic[S, V]):
    """A table of edges, of a `kind` of resource. `commands` are the verbs of callers, each as WrongState names it."""

    def __init__(self, kind: str, transitions: Mapping[tuple[S, V], S], commands: Mapping[V, str]) -> None:
        self._kind = kind
        self._transitions = transitions
        self._commands = commands

    def allowed_commands(self, state: S) -> list[str]:
        """The commands that a resource in this state takes, by name."""
        return [name for verb, name in self._commands.items() if (state, verb) in self._transitions]

    def require(self, name: str, state: S, verb: V) -> S:
        """The state that `verb` leads to. Raises WrongState, naming what is allowed, when it is not an edge."""
        after = self._transitions.get((state, verb))
        if after is None:
            command = self._commands.get(verb, verb.name)
            raise WrongState(self._kind, name, state.name, command, self.allowed_commands(state))
        return after
