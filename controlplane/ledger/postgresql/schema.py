"""Whether a PostgreSQL ledger's table is that of a ledger: plain, with nothing that acts on what is written to it."""

from typing import Any

from psycopg import Connection
from psycopg.sql import SQL

# What makes an append keep something else than it was given, one row each. Columns, indexes and constraints beside the
# ledger's own are named too: they can refuse rows, and a default or a generated column can change them.
_FAULTS = SQL("""
    WITH events AS (SELECT * FROM pg_class WHERE oid = to_regclass(%(table)s))
    SELECT 'it is no plain table' AS fault FROM events WHERE relkind <> 'r' OR relispartition
    UNION ALL SELECT 'it has row-level security' FROM events WHERE relrowsecurity OR relforcerowsecurity
    UNION ALL SELECT format('it has a trigger %%I', tgname) FROM pg_trigger, events WHERE tgrelid = events.oid
    UNION ALL SELECT format('it has a rule %%I', rulename) FROM pg_rewrite, events WHERE ev_class = events.oid
    UNION ALL SELECT format('it has a child or a parent table %%s', inhrelid::regclass)
        FROM pg_inherits, events WHERE events.oid IN (inhrelid, inhparent)
    UNION ALL SELECT format('it has a constraint %%I', conname)
        FROM pg_constraint, events WHERE conrelid = events.oid AND contype NOT IN ('p', 'n')
    UNION ALL SELECT format('it has an index %%s', indexrelid::regclass) FROM pg_index, events
        WHERE indrelid = events.oid AND NOT indisprimary AND indexrelid <> to_regclass(%(index)s)
    UNION ALL SELECT format('it has a column %%I that is not of a ledger', attname) FROM pg_attribute, events
        WHERE attrelid = events.oid AND attnum > 0 AND NOT attisdropped AND (attgenerated <> '' OR attidentity <> ''
            OR attname NOT IN ('originator_id', 'originator_version', 'topic', 'state', 'notification_id'))
    UNION ALL SELECT format('its column %%I has a default', attname) FROM pg_attrdef, pg_attribute, events
        WHERE adrelid = events.oid AND attrelid = events.oid AND attnum = adnum AND attgenerated = ''
            AND (attname <> 'notification_id' OR pg_get_expr(adbin, adrelid)
                <> format('nextval(%%L::regclass)', pg_get_serial_sequence(%(table)s, attname)::regclass))
""")


def schema_fault(connection: Connection[Any], schema: str, table: str) -> str:
    """What is not as in a ledger, in words; empty when nothing is."""
    parameters = {"table": f'"{schema}"."{table}"', "index": f'"{schema}"."{table}_notification_id_idx"'}
    row = connection.execute(_FAULTS, parameters).fetchone()
    return f"its table {table} is not of a ledger: {row['fault']}" if row else ""
