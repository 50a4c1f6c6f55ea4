"""The Python client of Chronovisor. `connect` is where to begin; names are loaded when they are first used."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chronovisor.client import Client, connect
    from chronovisor.errors import (
        AlreadyExists,
        ChronovisorError,
        Conflict,
        DeadlineExceeded,
        Exhausted,
        InvalidArgument,
        NotFound,
        NotPermitted,
        OperationFailed,
        OutOfRange,
        Unavailable,
        WaitTimeout,
        WrongState,
    )
    from chronovisor.operations import metadata_of, vm_of
    from chronovisor.paging import pages
    from chronovisor.retry import RetryPolicy
    from chronovisor.streams.resumable import Status, Watch

_HOMES = {
    "Client": "chronovisor.client",
    "connect": "chronovisor.client",
    "AlreadyExists": "chronovisor.errors",
    "ChronovisorError": "chronovisor.errors",
    "Conflict": "chronovisor.errors",
    "DeadlineExceeded": "chronovisor.errors",
    "Exhausted": "chronovisor.errors",
    "InvalidArgument": "chronovisor.errors",
    "NotFound": "chronovisor.errors",
    "NotPermitted": "chronovisor.errors",
    "OperationFailed": "chronovisor.errors",
    "OutOfRange": "chronovisor.errors",
    "Unavailable": "chronovisor.errors",
    "WaitTimeout": "chronovisor.errors",
    "WrongState": "chronovisor.errors",
    "metadata_of": "chronovisor.operations",
    "vm_of": "chronovisor.operations",
    "pages": "chronovisor.paging",
    "RetryPolicy": "chronovisor.retry",
    "Status": "chronovisor.streams.resumable",
    "Watch": "chronovisor.streams.resumable",
}

__all__ = [
    "AlreadyExists",
    "ChronovisorError",
    "Client",
    "Conflict",
    "DeadlineExceeded",
    "Exhausted",
    "InvalidArgument",
    "NotFound",
    "NotPermitted",
    "OperationFailed",
    "OutOfRange",
    "RetryPolicy",
    "Status",
    "Unavailable",
    "WaitTimeout",
    "Watch",
    "WrongState",
    "connect",
    "metadata_of",
    "pages",
    "vm_of",
]


def __getattr__(name: str) -> object:
    # gRPC takes longer to import than everything else here, and `chronovisor --help` does not need it.
    if name not in _HOMES:
        raise AttributeError(f"module 'chronovisor' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
