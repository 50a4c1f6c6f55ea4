"""Whether a SQLite ledger's schema is that of a ledger: one table, and nothing that acts on what is written to it.

A trigger, a view in place of the table, a constraint that ignores or replaces rows: each would let an append succeed
and keep something else.
"""

import re
from collections.abc import Iterable
from typing import Any

TABLE = "stored_events"
# What SQLite makes itself begins so: the index of the primary key, statistics.
OBJECTS = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'"
VERSION = "PRAGMA schema_version"
DEFINITION = (
    f"CREATE TABLE {TABLE} (originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB, "
    "PRIMARY KEY (originator_id, originator_version))"
)
_SPACE = re.compile(r"\s*([(),])\s*|\s+")


def schema_fault(objects: Iterable[tuple[Any, Any, Any]]) -> str:
    """What is not as in a ledger, in words; empty when nothing is. `objects` are the rows of OBJECTS."""
    found = ""
    for kind, name, definition in objects:
        if (kind, name) != ("table", TABLE):
            return f"it has a {kind} {str(name)[:80]!r}, which no ledger has"
        found = str(definition)
    if _plain(found) != _plain(DEFINITION):
        return f"its table {TABLE} is not of a ledger: {' '.join(found.split())[:200]}"
    return ""


def _plain(definition: str) -> str:
    """However it was spaced and quoted: a table that was renamed or loaded from a dump is the same."""
    return _SPACE.sub(lambda found: found[1] or " ", definition.replace('"', "")).strip()
