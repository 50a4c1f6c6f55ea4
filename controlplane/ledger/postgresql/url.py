"""The URL of a PostgreSQL store: taken apart by libpq's own rules. Connects to nothing."""

import re
from urllib.parse import parse_qsl

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE"
# In seconds. A server that is away must not hold up a command for long: the caller can retry, the writer cannot wait.
CONNECT_TIMEOUT_S = 2
DEFAULTS = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "chronovisord"}
# libpq knows them; the ledger would not work with them.
_FORBIDDEN = {"replication", "client_encoding"}


def parameters_of(url: str) -> dict[str, str | int]:
    """libpq's connection parameters, with the ledger's defaults. Raises ValueError, and never says the password."""
    known = {each.keyword.decode() for each in pq.Conninfo.get_defaults()} - _FORBIDDEN
    unreadable = ValueError(f"a PostgreSQL store is {FORM}, with special characters percent-encoded")
    # A password with a slash or a question mark in it, as it is, ends up where a database or a parameter is expected.
    address, _, query = url.partition("?")
    if "@" in address.removeprefix("postgresql://").partition("/")[2]:
        raise unreadable
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if "@" in name:
            raise unreadable
        # libpq has a short form of sslmode=require.
        if name not in known | {"ssl"}:
            raise ValueError(f"{name!r} is not a parameter of a PostgreSQL store's URL; libpq's are, such as sslmode")
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # libpq's own words have a piece of the URL in them.
        raise unreadable from None
    parameters = DEFAULTS | {name: value for name, value in given.items() if value is not None}
    if not parameters.get("dbname"):
        raise ValueError(f"the PostgreSQL store's URL names no database: it is {FORM}")
    _check_numbers(parameters)
    return parameters


def _check_numbers(parameters: dict[str, str | int]) -> None:
    for port in str(parameters.get("port", "")).split(","):
        if port and not (port.isdigit() and 0 < int(port) < 65536):
            raise ValueError("the PostgreSQL store's port is not a number from 1 to 65535")
    timeout = str(parameters["connect_timeout"])
    if not re.fullmatch(r"[1-9]\d{0,3}", timeout):
        raise ValueError(f"connect_timeout={timeout} is not a whole number of seconds, from 1")
