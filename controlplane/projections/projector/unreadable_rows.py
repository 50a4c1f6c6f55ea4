"""Rows of the read database that cannot be read: which errors say so, and which row it is. Blocks. Mends nothing."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from google.protobuf.message import DecodeError
from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from controlplane.domain.resources import NOTHING
from controlplane.domain.vm.aggregate import Spec, spec_of
from controlplane.ledger.snapshots import codec
from controlplane.ledger.snapshots.resource_codecs import CODECS
from controlplane.ledger.sqlite.journal import is_broken
from controlplane.projections.history import vm_rows
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.history.row_codec import counts_of, resources_of, totals_of
from controlplane.projections.history.tables import Tables

# What decoding a value raises that is not what was written. Text that is no JSON or UTF-8 is a ValueError.
_UNDECODABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, DecodeError)
_SPEC = Spec(NOTHING)


class UnreadableRows(Exception):
    """A row of the read database is not as it was written. `cause` says what reading it raised.

    `since` is when that reading began, of `time.monotonic`: what is made anew from then on, it had not seen.
    """

    def __init__(self, cause: BaseException) -> None:
        super().__init__(f"{type(cause).__name__}: {' '.join(str(cause).split())[:200]}")
        self.since = time.monotonic()


@contextmanager
def reading_rows() -> Generator[None]:
    """Whatever reads and decodes rows, and nothing else. Raises UnreadableRows."""
    try:
        yield
    except DBAPIError as error:
        # Text that is no UTF-8 is reported by the driver as if reading had failed.
        if is_broken(error.orig) or "decode" in str(error.orig):
            raise UnreadableRows(error.orig or error) from error
        raise
    except _UNDECODABLE as error:
        raise UnreadableRows(error) from error


def find(database: ReadDatabase) -> str:
    """The first row of those in use that cannot be read, in words: its table, position and key. Empty: none was found.

    Reads all rows.
    """
    with database.reading() as connection:
        tables, _ = database.active(connection)
        for table in tables.all():
            place = "its beginning"
            try:
                decode = _decoder(tables, table)
                keys = [column.name for column in table.primary_key.columns]
                for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
                    place = _place(row, keys)
                    decode(row)
            except SQLAlchemyError as error:
                return f"{_name(table)} after {place}: {' '.join(str(error).split())[:200]}"
            except _UNDECODABLE as error:
                return f"{_name(table)} at {place}: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return ""


def _name(table: Table) -> str:
    return table.name.split("_", 2)[2]


def _place(row: Any, keys: list[str]) -> str:
    named = (*keys, "uid") if hasattr(row, "uid") else keys
    return ", ".join(f"{key} {str(getattr(row, key))[:80]}" for key in named)


def _decoder(tables: Tables, table: Table) -> Callable[[Any], object]:
    """What raises for a row that is not as it was written."""
    columns = vm_rows.COLUMNS

    def vm(row: Any) -> object:
        return vm_rows.vms_of(
            [tuple(getattr(row, name) for name in columns)], lambda numbers: dict.fromkeys(numbers, _SPEC)
        )

    def checked(row: Any) -> object:
        return [_check(column.type.python_type, getattr(row, column.name)) for column in table.columns]

    decoders: dict[str, Callable[[Any], object]] = {
        tables.vms.name: vm,
        tables.hosts.name: lambda row: codec.host_of(pb.HostState.FromString(row.data)),
        tables.projects.name: lambda row: codec.Reader().project(pb.ProjectState.FromString(row.data)),
        **{tables.resources[collection].name: _of_data(codec.decoded) for collection, codec in CODECS.items()},
        tables.holdings.name: lambda row: resources_of(row.amounts),
        tables.other_sides.name: lambda row: resources_of(row.amounts),
        tables.totals.name: totals_of,
        tables.counts.name: lambda row: counts_of(row.counts),
        tables.specs.name: lambda row: spec_of(ev.Spec.FromString(row.data)),
    }
    decode = decoders.get(table.name, checked)
    return lambda row: (checked(row), decode(row))


def _of_data(decoded: Callable[[bytes], object]) -> Callable[[Any], object]:
    return lambda row: decoded(row.data)


def _check(kind: type, value: object) -> None:
    """SQLite keeps values of any type in any column."""
    if not isinstance(value, (int, bool) if kind in (int, bool) else kind):
        raise TypeError(f"{str(cast('Any', value))[:60]!r} is no {kind.__name__}")
