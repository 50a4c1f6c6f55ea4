"""A client of either world behind one face: what a test says of the blocking one must hold of asyncio's, too."""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from typing import Any

import chronovisor
from chronovisor import aio

from tests.clients.python.plane import Plane


class Either:
    """`do(lambda client: client.vms.get("web-1"))` is the VM in both worlds."""

    def __init__(self, plane: Plane, world: str, **options: Any) -> None:
        self.plane = plane
        self.is_async = world == "asyncio"
        server = options.pop("server", plane.address)
        self.client: Any = (aio.connect if self.is_async else chronovisor.connect)(server, **options)

    def do(self, call: Callable[[Any], Any]) -> Any:
        """What the call comes to: what is returned, or what is awaited."""
        if not self.is_async:
            return call(self.client)

        async def do() -> Any:
            result = call(self.client)
            return await result if inspect.isawaitable(result) else result

        return self.plane.run(do())

    def all(self, call: Callable[[Any], Any], count: int | None = None) -> list[Any]:
        """The items of an iterator of either kind, or the first so many."""
        if not self.is_async:
            return list(islice(iter(call(self.client)), count))

        async def all() -> list[Any]:
            found: list[Any] = []
            if count == 0:
                return found
            async for each in call(self.client):
                found.append(each)
                if len(found) == count:
                    break
            return found

        return self.plane.run(all())

    def closing(self, watch: Any) -> None:
        self.do(lambda _client: watch.close())

    def close(self) -> None:
        self.do(lambda client: client.close())


def stream_of(requests: list[Any], *, is_async: bool) -> Iterator[Any] | AsyncIterator[Any]:
    """The requests as the world takes them."""

    async def sent() -> AsyncIterator[Any]:
        for each in requests:
            yield each

    return sent() if is_async else iter(requests)
