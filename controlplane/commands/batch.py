"""Batches: many VM commands decided as one, all or nothing, or each for itself."""

from collections.abc import Callable, Sequence

from controlplane.domain.draft import Answer, BatchAnswer, Draft, Refused
from controlplane.domain.errors import BatchItemRefused, DomainError

Item = Callable[[Draft], Answer]


def execute(
    draft: Draft, items: Sequence[Item], allow_partial: bool, status_of: Callable[[DomainError], bytes]
) -> BatchAnswer:
    """Decides each item against what the ones before it left. `status_of` says what is recorded of a refusal.

    Raises BatchItemRefused for the first item that is refused, unless `allow_partial`.
    """
    answers: list[Answer | Refused] = []
    for index, item in enumerate(items):
        mark = draft.mark()
        try:
            answers.append(item(draft))
        except DomainError as error:
            if not allow_partial:
                raise BatchItemRefused(index, error) from error
            draft.undo(mark)
            answers.append(Refused(error, status_of(error)))
    return BatchAnswer(tuple(answers))
