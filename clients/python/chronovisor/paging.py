"""Walking the pages of a list method. Knows no particular method."""

from collections.abc import Callable, Iterator
from typing import Protocol, Self, TypeVar


class PagedRequest(Protocol):
    """A request of a list method. See AIP-158."""

    page_token: str

    def CopyFrom(self, other_msg: Self) -> None: ...


class PagedResponse(Protocol):
    """A response of a list method."""

    next_page_token: str


Request = TypeVar("Request", bound=PagedRequest)
Response = TypeVar("Response", bound=PagedResponse)


def pages(method: Callable[[Request], Response], request: Request) -> Iterator[Response]:
    """Every page of a list method, requested one at a time as the caller gets there.

    `for page in pages(client.vms.ListVms, ListVmsRequest(parent="projects/web")): ... page.vms`

    Raises whatever the method raises, at the page where it happens.
    """
    current = type(request)()
    current.CopyFrom(request)
    while True:
        page = method(current)
        yield page
        if not page.next_page_token:
            return
        current.page_token = page.next_page_token
