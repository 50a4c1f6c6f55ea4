"""How far an import is. Pure."""

from typing import NamedTuple

from controlplane.domain.time import Micros


class ImportProgress(NamedTuple):
    """Bytes that have come, and how many there are, or 0. `before` of them had come when it went on last, `since` then.

    `detail`: what went wrong last, while it is tried again.
    """

    done: int
    total: int
    before: int
    since: Micros
    detail: str = ""
