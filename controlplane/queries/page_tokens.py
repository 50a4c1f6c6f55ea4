"""Page tokens: where the next page begins, bound to the request that they were given for."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from controlplane.domain.errors import invalid
from controlplane.queries import visible

T = TypeVar("T")

DEFAULT_SIZE = 100
LARGEST_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the answer, and where the rest begins; an empty token says that there is no more."""

    items: list[T]
    next_page_token: str


class PageRequest(NamedTuple):
    """The page that is requested. `bound_to` stands for the request's other fields."""

    size: int
    token: str
    bound_to: str


def size_of(page_size: int) -> int:
    """Raises InvalidField when negative; more than the largest is the largest (AIP-158)."""
    if page_size < 0:
        raise invalid("page_size", "must be 0 or more")
    return min(page_size or DEFAULT_SIZE, LARGEST_SIZE)


def _check(bound_to: str, last: str) -> bytes:
    return hashlib.sha256(f"{bound_to}\0{last}".encode()).digest()[:8]


def token_for(last: str, bound_to: str) -> str:
    """A token for the page after `last`, good only for a request with the same `bound_to`."""
    return base64.urlsafe_b64encode(_check(bound_to, last) + last.encode()).decode()


def require_visible(project_uid: str) -> None:
    """Of what a token says that the page is of: a token is no secret, and anybody can make one. Raises InvalidField."""
    if not visible.shows(project_uid):
        raise invalid("page_token", "is of what the caller may not see")


def last_of(token: str, bound_to: str) -> str:
    """Where the page before ended; empty for the first page. Raises InvalidField for any token not made here."""
    if not token:
        return ""
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        last = raw[8:].decode()
    except (binascii.Error, UnicodeError):
        raise invalid("page_token", "is not a token that this server made") from None
    if raw[:8] != _check(bound_to, last) or not last:
        raise invalid("page_token", "was made for a request with other fields")
    return last
