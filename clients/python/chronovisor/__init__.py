"""The Python client of Chronovisor. `connect` is where to begin, `chronovisor.aio.connect` with asyncio.

Names are loaded when they are first used.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chronovisor import aio
    from chronovisor.client import Client, connect
    from chronovisor.errors import (
        AlreadyExists,
        ChronovisorError,
        Conflict,
        DeadlineExceeded,
        Exhausted,
        FieldViolation,
        InvalidArgument,
        NotFound,
        NotPermitted,
        OperationFailed,
        OutOfRange,
        Unavailable,
        WaitTimeout,
        WrongState,
    )
    from chronovisor.operations import metadata_of, result_of, vm_of
    from chronovisor.paging import Pager, pages
    from chronovisor.retry import RetryPolicy
    from chronovisor.services.base import Operation, Outcome
    from chronovisor.services.vms import new_vm
    from chronovisor.streams.resumable import Status, Watch
    from chronovisor.verify import NotProven

_HOMES = {
    "Client": "chronovisor.client",
    "connect": "chronovisor.client",
    "AlreadyExists": "chronovisor.errors",
    "ChronovisorError": "chronovisor.errors",
    "Conflict": "chronovisor.errors",
    "DeadlineExceeded": "chronovisor.errors",
    "Exhausted": "chronovisor.errors",
    "FieldViolation": "chronovisor.errors",
    "InvalidArgument": "chronovisor.errors",
    "NotFound": "chronovisor.errors",
    "NotPermitted": "chronovisor.errors",
    "OperationFailed": "chronovisor.errors",
    "OutOfRange": "chronovisor.errors",
    "Unavailable": "chronovisor.errors",
    "WaitTimeout": "chronovisor.errors",
    "WrongState": "chronovisor.errors",
    "metadata_of": "chronovisor.operations",
    "result_of": "chronovisor.operations",
    "vm_of": "chronovisor.operations",
    "Pager": "chronovisor.paging",
    "pages": "chronovisor.paging",
    "RetryPolicy": "chronovisor.retry",
    "Operation": "chronovisor.services.base",
    "Outcome": "chronovisor.services.base",
    "new_vm": "chronovisor.services.vms",
    "Status": "chronovisor.streams.resumable",
    "Watch": "chronovisor.streams.resumable",
    "NotProven": "chronovisor.verify",
}

__all__ = [
    "AlreadyExists",
    "ChronovisorError",
    "Client",
    "Conflict",
    "DeadlineExceeded",
    "Exhausted",
    "FieldViolation",
    "InvalidArgument",
    "NotFound",
    "NotPermitted",
    "NotProven",
    "Operation",
    "OperationFailed",
    "OutOfRange",
    "Outcome",
    "Pager",
    "RetryPolicy",
    "Status",
    "Unavailable",
    "WaitTimeout",
    "Watch",
    "WrongState",
    "aio",
    "connect",
    "metadata_of",
    "new_vm",
    "pages",
    "result_of",
    "vm_of",
]


def __getattr__(name: str) -> object:
    # gRPC takes longer to import than everything else here, and `chronovisor --help` does not need it.
    if name == "aio":
        return importlib.import_module("chronovisor.aio")
    if name not in _HOMES:
        raise AttributeError(f"module 'chronovisor' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
