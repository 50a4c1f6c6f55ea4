"""URLs of PostgreSQL stores: what libpq knows is taken, what it does not is named, and no password is ever shown."""

import pytest

from controlplane.ledger.postgresql.url import parameters_of
from controlplane.ledger.store_url import shown


def test_a_url_is_read_as_libpq_reads_it() -> None:
    found = parameters_of("postgresql://alice:p%40ss%2F@db.example:5433/ledger?sslmode=verify-full&connect_timeout=7")
    assert found == {
        "user": "alice",
        "password": "p@ss/",
        "host": "db.example",
        "port": "5433",
        "dbname": "ledger",
        "sslmode": "verify-full",
        "connect_timeout": "7",
        "application_name": "chronovisord",
    }


@pytest.mark.parametrize(
    ("url", "parameter", "value"),
    [
        ("postgresql:///ledger?host=/run/postgresql", "host", "/run/postgresql"),
        ("postgresql://%2Frun%2Fpostgresql/ledger", "host", "/run/postgresql"),
        ("postgresql://a@one:1,two:2/ledger?target_session_attrs=read-write", "host", "one,two"),
        ("postgresql://a@h/ledger?options=-c%20search_path%3Dx", "options", "-c search_path=x"),
        ("postgresql://a@h/ledger?application_name=mine", "application_name", "mine"),
        ("postgresql://a@[::1]:5432/ledger", "host", "::1"),
        ("postgresql://a@h/ledger", "connect_timeout", 2),
    ],
)
def test_what_libpq_knows_is_taken(url: str, parameter: str, value: object) -> None:
    assert parameters_of(url)[parameter] == value


@pytest.mark.parametrize(
    ("rest", "named"),
    [
        ("@h/ledger?sslmod=require", "'sslmod'"),
        ("@h/ledger?pool_size=3", "'pool_size'"),
        ("@h/ledger?replication=true", "'replication'"),
        ("@h", "no database"),
        ("@h/", "no database"),
        ("@h:99x/ledger", "port is not a number"),
        ("@h:70000/ledger", "port is not a number"),
        ("@h/ledger?connect_timeout=soon", "connect_timeout=soon"),
        ("@h/ledger?connect_timeout=0", "connect_timeout=0"),
        ("%zz@h/ledger", "percent-encoded"),
        ("@[::1/ledger", "percent-encoded"),
        ("/sesame@h/ledger", "percent-encoded"),
        ("?sesame@h/ledger", "percent-encoded"),
        ("?x=1@h/ledger?sslmode=require", "'x'"),
    ],
)
def test_what_it_does_not_know_is_named_without_the_password(rest: str, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refused:
        parameters_of(f"postgresql://alice:sesame{rest}")
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://a:sesame@h:1/d", "postgresql://a:***@h:1/d"),
        ("postgresql://a:ses@me/x@h:1/d", "postgresql://a:***@h:1/d"),
        ("postgresql://a@h/d?password=sesame&sslmode=require", "postgresql://a@h/d?password=***&sslmode=require"),
        ("postgresql://a@h/d?sslmode=require&sslpassword=sesame", "postgresql://a@h/d?sslmode=require&sslpassword=***"),
        ("postgresql://a@h:5432/d", "postgresql://a@h:5432/d"),
        ("sqlite:////var/lib/ledger.db", "sqlite:////var/lib/ledger.db"),
        ("memory:", "memory:"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, expected: str) -> None:
    assert shown(url) == expected
