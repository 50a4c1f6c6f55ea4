"""Walking the pages of a list method. Knows no particular method."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

from chronovisor.steps import Call, Steps, awaited, blocking


class PagedRequest(Protocol):
    """A request of a list method. See AIP-158."""

    page_token: str

    def CopyFrom(self, other_msg: Self) -> None: ...


class PagedResponse(Protocol):
    """A response of a list method."""

    next_page_token: str


Request = TypeVar("Request", bound=PagedRequest)
Response = TypeVar("Response", bound=PagedResponse)
Item = TypeVar("Item")
Page = TypeVar("Page", bound=PagedResponse)


class _Paging(Generic[Item, Page]):
    """Items of a list, a page at a time as the reader gets there. Each walk begins anew.

    `items_of` takes them from a page. Raises, at the page where it happens, what the method raises.
    """

    def __init__(
        self, method: Any, request: Any, items_of: Callable[[Any], Sequence[Item]], timeout_s: float | None = None
    ) -> None:
        self._method = method
        self._request = request
        self._items_of = items_of
        self._timeout_s = timeout_s

    def _page_after(self, page: Page | None) -> Steps[Page | None]:
        if page is not None and not page.next_page_token:
            return None
        request = type(self._request)()
        request.CopyFrom(self._request)
        if page is not None:
            request.page_token = page.next_page_token
        return (yield Call(self._method, request, self._timeout_s))


class Pager(_Paging[Item, Page]):
    """`for vm in client.vms.list("shop")`; `pages()` has what each page says besides."""

    def pages(self) -> Iterator[Page]:
        page: Page | None = None
        while (page := blocking(self._page_after(page))) is not None:
            yield page

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            yield from self._items_of(page)


class AsyncPager(_Paging[Item, Page]):
    """`async for vm in client.vms.list("shop")`; `pages()` has what each page says besides."""

    async def pages(self) -> AsyncIterator[Page]:
        page: Page | None = None
        while (page := await awaited(self._page_after(page))) is not None:
            yield page

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for page in self.pages():
            for each in self._items_of(page):
                yield each


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
