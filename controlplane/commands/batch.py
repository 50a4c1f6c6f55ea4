"""Batches: many VM commands decided as one, all or nothing, or each for itself."""

from collections.abc import Callable
from dataclasses import dataclass

from controlplane.domain.command import Answer, BatchAnswer, Command, Refused
from controlplane.domain.errors import BatchItemRefused, DomainError
from controlplane.domain.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Batch(Command[BatchAnswer]):
    """`order` is in which the items are decided, if not as they come; they are answered as they come.

    With `allow_partial`, an item that is refused leaves the others as they are; without, none is carried out.
    """

    items: tuple[Command[Answer], ...]
    allow_partial: bool = False
    order: tuple[int, ...] = ()


def execute(unit: UnitOfWork, command: Batch, handle: Callable[[UnitOfWork, Command[Answer]], Answer]) -> BatchAnswer:
    """Has `handle` decide each item against what the ones before it left.

    Raises BatchItemRefused for the first item that is refused, unless `allow_partial`.
    """
    answers: dict[int, Answer | Refused] = {}
    for index in command.order or range(len(command.items)):
        mark = unit.mark()
        try:
            answers[index] = handle(unit, command.items[index])
        except DomainError as error:
            if not command.allow_partial:
                raise BatchItemRefused(index, error) from error
            unit.undo(mark)
            answers[index] = Refused(error)
    return BatchAnswer(tuple(answers[index] for index in range(len(command.items))))
