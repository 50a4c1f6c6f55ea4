"""A page of resources by filter, as one statement. Knows nothing of what a row means."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Row,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from controlplane.projections.history.tables import OPEN

# Names of columns; none are all.
Columns = Sequence[str]
LABELS = "labels."
# Before a column that is compared with many values, which are one text: see `among`.
AMONG = "among."
# Before a column whose text has a value somewhere: see `containing`.
CONTAINING = "containing."


class Comparison(NamedTuple):
    """`field` is a column of the table, or `labels.KEY`, whose value is empty where there is no such label."""

    field: str
    equal: bool
    value: str


def among(column: str, values: Iterable[str]) -> Comparison:
    """Whether a column has one of these values, none of which has a comma."""
    return Comparison(f"{AMONG}{column}", True, f",{','.join(sorted(values))},")


def containing(column: str, value: str) -> Comparison:
    """Whether a column's text has the value somewhere."""
    return Comparison(f"{CONTAINING}{column}", True, value)


class PageQuery(NamedTuple):
    """A page of resources: those whose name begins with `prefix`, in order, after a key."""

    prefix: str
    # Less than 0: all.
    limit: int
    where: Sequence[Comparison] = ()
    # `name` or `created_us`.
    order: str = "name"
    descending: bool = False
    # What the last resource of the page before had of `order`, and its name and uid. None: the first page.
    after: tuple[str | int, str, str] | None = None
    ended: bool = False


class Count(NamedTuple):
    """How many there are; or at least so many, where counting ended."""

    rows: int
    is_minimum: bool


class _Shape(NamedTuple):
    """All of a query but its values. Few are used, again and again."""

    table: Table
    columns: Columns
    dialect: Dialect
    now: bool
    where: tuple[tuple[str, bool], ...]
    order: str
    descending: bool
    goes_on: bool
    ended: bool
    # How many rows there are, instead of them: all, or up to a limit.
    counted: Literal["", "all", "most"] = ""


class _Compiled(NamedTuple):
    text: str
    # Of each parameter, in order.
    names: Sequence[str]
    # Of those that are the dialect's own.
    values: dict[str, Any]


def page(
    connection: Connection, table: Table, query: PageQuery, columns: Columns, *, at: int, now: bool
) -> Sequence[Row[Any]]:
    """The rows as of a position. `now` says that what was at it is still so."""
    where = tuple((each.field, each.equal) for each in query.where)
    going_on = query.after is not None
    shape = _Shape(table, columns, connection.dialect, now, where, query.order, query.descending, going_on, query.ended)
    return _executed(connection, shape, query, at).all()


def count(connection: Connection, table: Table, query: PageQuery, most: int, *, at: int, now: bool) -> Count:
    """How many rows all pages of a query have: all that an index counts by itself, others up to `most`."""
    where = tuple((each.field, each.equal) for each in query.where)
    # Of what is so now, there is an index of names, and one of states and names: no row is looked at.
    by_index = now and "state" in table.c and "live" in table.c and not query.ended and {*where} <= {("state", True)}
    counted = "all" if by_index else "most"
    shape = _Shape(table, (), connection.dialect, now, where, "name", False, False, query.ended, counted)
    limited = query._replace(limit=most + 1, after=None)
    found = int(_executed(connection, shape, limited, at).scalar() or 0)
    return Count(found, False) if by_index or found <= most else Count(most, True)


def _executed(connection: Connection, shape: _Shape, query: PageQuery, at: int) -> CursorResult[Any]:
    compiled = _compiled(shape)
    # Names are ASCII, and `~` is after all that they have.
    values = compiled.values | {"first": query.prefix, "beyond": f"{query.prefix}~", "at": at}
    values["most"] = query.limit if query.limit >= 0 else OPEN
    values.update((f"is_{place}", each.value) for place, each in enumerate(query.where))
    values.update((f"key_{place}", _key(connection.dialect, each.field)) for place, each in enumerate(query.where))
    values.update((f"last_{place}", value) for place, value in enumerate(query.after or ()))
    parameters = tuple(values[name] for name in compiled.names)
    return connection.exec_driver_sql(compiled.text, parameters)


@lru_cache(maxsize=256)
def _compiled(shape: _Shape) -> _Compiled:
    """Making a statement costs as much as reading a page, and to find one in SQLAlchemy's own cache half as much."""
    compiled = _statement(shape).compile(dialect=shape.dialect)
    names: Any = compiled.positiontup  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    return _Compiled(str(compiled), names or (), dict(compiled.params))


def _statement(shape: _Shape) -> "Select[Any]":
    table, columns = shape.table, shape.table.c
    selected = [columns[name] for name in shape.columns] or [*columns]
    # In another order than names', the index of names would find all, to be sorted: so it is not to be used.
    name = columns.name if shape.order == "name" else columns.name.concat("")
    statement = select(*selected).where(name >= bindparam("first"), name < bindparam("beyond"))
    statement = statement.where(valid(table, bindparam("at"), now=shape.now))
    if "live" in columns and not shape.ended:
        statement = statement.where(columns.live)
    for place, (field, equal) in enumerate(shape.where):
        expected: BindParameter[Any] = bindparam(f"is_{place}")
        find = func.strpos if shape.dialect.name == "postgresql" else func.instr
        if field.startswith(AMONG):
            # One text, so that the statement is the same for however many.
            column: Any = shape.table.c[field.removeprefix(AMONG)]
            mine = "," + column + ","
            statement = statement.where(find(expected, mine) > 0)
            continue
        if field.startswith(CONTAINING):
            statement = statement.where(find(shape.table.c[field.removeprefix(CONTAINING)], expected) > 0)
            continue
        value = _value(shape, field, place)
        statement = statement.where(value == expected if equal else value != expected)
    if shape.counted == "all":
        return statement.with_only_columns(func.count(), maintain_column_froms=True)
    if shape.counted:
        found = statement.with_only_columns(literal_column("1"), maintain_column_froms=True)
        return select(func.count()).select_from(found.limit(bindparam("most")).subquery())
    keys = (columns[shape.order], columns.name, columns.uid)
    if shape.goes_on:
        statement = statement.where(_beyond(keys, shape.descending))
    order = [key.desc() if shape.descending else key for key in keys]
    return statement.order_by(*order).limit(bindparam("most"))


def _value(shape: _Shape, field: str, place: int) -> ColumnElement[Any]:
    if not field.startswith(LABELS):
        return shape.table.c[field]
    key, labels = bindparam(f"key_{place}", type_=Text), shape.table.c.labels
    if shape.dialect.name == "postgresql":
        return func.coalesce(cast(labels, JSON).op("->>", return_type=Text())(key), literal_column("''"))
    return func.coalesce(func.json_extract(labels, key, type_=Text()), literal_column("''"))


def _key(dialect: Dialect, field: str) -> str:
    key = field.removeprefix(LABELS)
    return key if dialect.name == "postgresql" else f'$."{key}"'


def _beyond(keys: "tuple[ColumnElement[Any], ...]", descending: bool) -> ColumnElement[bool]:
    """Comes after the last one in the order of the keys."""
    last: list[BindParameter[Any]] = [bindparam(f"last_{place}") for place in range(3)]
    first, name, uid = (key < value if descending else key > value for key, value in zip(keys, last, strict=True))
    return or_(first, and_(keys[0] == last[0], or_(name, and_(keys[1] == last[1], uid))))


def valid(table: Table, at: "int | ColumnElement[int]", *, now: bool) -> ColumnElement[bool]:
    """Which rows say what was at a position. Of what is still so, there is an index."""
    if now:
        # Not a parameter: the index is of this value alone.
        return table.c.to_position == literal_column(str(OPEN))
    return and_(table.c.from_position <= at, table.c.to_position > at)


def named(
    table: Table, first: "str | ColumnElement[str]", beyond: "str | ColumnElement[str] | None" = None
) -> list[ColumnElement[bool]]:
    """Names that begin so."""
    # Names are ASCII, and `~` is after all that they have.
    return [table.c.name >= first, table.c.name < (f"{first}~" if beyond is None else beyond)]
