"""A driver whose calls are timed: it passes everything on as it is."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, cast

from hostagent.drivers.base import Driver

# The calls that go to the hypervisor.
CALLS = (
    "list_guests",
    "get_guest",
    "sample",
    "define",
    "start",
    "change_power",
    "stop",
    "reboot",
    "delete",
    "resize_disk",
    "limit",
    "prepare_incoming",
    "migrate",
    "abort_migration",
)
Took = Callable[[str, str, float], None]


def measured(driver: Driver, took: Took) -> Driver:
    """`took` gets the call's name, `ok` or `error`, and its seconds."""
    return cast("Driver", _Measured(driver, took))


class _Measured:
    def __init__(self, driver: Driver, took: Took) -> None:
        self._driver = driver
        self._calls = {name: _timed(name, getattr(driver, name), took) for name in CALLS}

    def __getattr__(self, name: str) -> Any:
        return self._calls.get(name) or getattr(self._driver, name)


def _timed(name: str, call: Callable[..., Awaitable[Any]], took: Took) -> Callable[..., Awaitable[Any]]:
    async def timed(*args: Any, **kwargs: Any) -> Any:
        began, outcome = perf_counter(), "error"
        try:
            found = await call(*args, **kwargs)
            outcome = "ok"
            return found
        finally:
            took(name, outcome, perf_counter() - began)

    return timed
