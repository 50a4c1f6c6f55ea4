"""What processes have in common: how they submit, pause longer and longer, and excuse themselves."""

from typing import Protocol

from controlplane.domain.command import AnyAnswer, Command, CommandContext
from controlplane.domain.time import Micros

# What users read of a fault of ours.
FAULT = "an error inside the control plane: see its log"
# Doubled no further than this: by then, every longest pause is reached.
_MOST_DOUBLINGS = 10


class Submit(Protocol):
    """Has a command carried out, whatever its answer. The writer's own."""

    async def __call__(self, command: Command[AnyAnswer], context: CommandContext) -> object: ...


def growing_pause(times: int, first_us: int, longest_us: int) -> Micros:
    """The pause after what did not succeed so many times in a row: doubled each time, up to the longest."""
    return Micros(min(first_us << min(times - 1, _MOST_DOUBLINGS), longest_us))
