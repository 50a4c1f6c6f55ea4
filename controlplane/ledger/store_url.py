"""What a store's URL stands for: the library's settings, and our recorder."""

import re

from eventsourcing.utils import get_topic

from controlplane.ledger.sqlite.recorder import SQLiteLedgerRecorder

KNOWN = "sqlite:///PATH, postgresql://USER@HOST:PORT/DATABASE or memory:"

# How long a batch waits for a file that another process has locked. A client with its default of four attempts within
# ten seconds gets the reason, and does not run into its deadline.
LOCK_TIMEOUT_S = "2"

# Greedy, since a password may have been put in as it is, with an @ or a slash in it.
_PASSWORD = re.compile(r"(//[^:/?#@]*):.*@")
_SECRET = re.compile(r"([?&][^=&]*(?:password|secret|scram)[^=&]*=)[^&]*", re.IGNORECASE)


def shown(url: str) -> str:
    """The URL as it may be shown and logged: without its password."""
    return _SECRET.sub(r"\1***", _PASSWORD.sub(r"\1:***@", url))


def environment_of(url: str) -> dict[str, str]:
    """The `eventsourcing` library's environment for a store. Raises ValueError for a URL of no store."""
    scheme, _, rest = url.partition(":")
    common = {"ORIGINATOR_ID_TYPE": "text"}
    match scheme:
        case "memory":
            return common | {"PERSISTENCE_MODULE": "eventsourcing.popo"}
        case "sqlite":
            return common | {
                "PERSISTENCE_MODULE": "eventsourcing.sqlite",
                "SQLITE_DBNAME": rest.removeprefix("//"),
                "SQLITE_LOCK_TIMEOUT": LOCK_TIMEOUT_S,
                "APPLICATION_RECORDER_TOPIC": get_topic(SQLiteLedgerRecorder),
            }
        case "postgresql":
            # Only who uses PostgreSQL loads its driver.
            from controlplane.ledger.postgresql import recorder  # noqa: PLC0415

            topic = get_topic(recorder.PostgresLedgerRecorder)
            return common | recorder.environment_of(url) | {"APPLICATION_RECORDER_TOPIC": topic}
        case _:
            raise ValueError(f"a store is {KNOWN}, not {shown(url)!r}")
