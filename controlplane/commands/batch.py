"""Batches: many VM commands decided as one, all or nothing, or each for itself."""

from collections.abc import Callable, Sequence

from controlplane.domain.errors import BatchItemRefused, DomainError
from controlplane.domain.unit_of_work import Answer, BatchAnswer, Refused, UnitOfWork

Item = Callable[[UnitOfWork], Answer]


def execute(
    unit: UnitOfWork,
    items: Sequence[Item],
    allow_partial: bool,
    status_of: Callable[[DomainError], bytes],
    order: Sequence[int] = (),
) -> BatchAnswer:
    """Decides each item against what the ones before it left. `status_of` says what is recorded of a refusal.

    `order` is in which the items are decided, if not as they come; they are answered as they come.
    Raises BatchItemRefused for the first item that is refused, unless `allow_partial`.
    """
    answers: dict[int, Answer | Refused] = {}
    for index in order or range(len(items)):
        mark = unit.mark()
        try:
            answers[index] = items[index](unit)
        except DomainError as error:
            if not allow_partial:
                raise BatchItemRefused(index, error) from error
            unit.undo(mark)
            answers[index] = Refused(error, status_of(error))
    return BatchAnswer(tuple(answers[index] for index in range(len(items))))
