"""The keys that can be destroyed, by whose they are, in a SQLite file of their own. Blocks: use a thread.

Each is wrapped by the key of an epoch. What is destroyed is deleted, its place in the file overwritten, and another
epoch begins: all that is left is wrapped anew, and the old epoch's key is destroyed. Copies of the file from before
are then of no use to anybody, whoever has them.
"""

import contextlib
import secrets
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Collection, Generator, Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from controlplane.domain.time import Micros
from controlplane.keys.epochs import Epochs
from controlplane.keys.errors import KeyDestroyed, KeysUnavailable
from controlplane.keys.master import NONCE_BYTES

# One half encrypts, the other hashes.
KEY_BYTES = 64
MOST_CACHED = 10_000
_IN_MEMORY = ":memory:"
_BUSY_S = 10.0
# What SQLite has for a disk that is full: also where its shared memory cannot grow.
_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE"})
_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (owner TEXT PRIMARY KEY, epoch INTEGER NOT NULL, created_us INTEGER NOT NULL,
    wrapped BLOB NOT NULL, sealed BLOB NOT NULL DEFAULT x'') WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epoch (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
INSERT OR IGNORE INTO epoch VALUES (1, 0);
"""


class Wrapped(NamedTuple):
    """A key as the file has it."""

    owner: str
    epoch: int
    wrapped: bytes


class KeyStore:
    """Keys of 64 bytes. Owners are `vm:UID`, `request:ID` and `person:PSEUDONYM`. Several processes can use one file.

    What is `sealed` is encrypted with the key beside it, by whoever keeps it here, and ends with it.
    """

    def __init__(self, path: Path | None, epochs: Epochs) -> None:
        """`path` is None for keys of one run. Raises KeysUnavailable."""
        self._epochs = epochs
        self._lock = threading.RLock()
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._path = path
        if path is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Before SQLite makes it for everybody to read.
            path.touch(mode=0o600)
        try:
            self._database = sqlite3.connect(
                path or _IN_MEMORY, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            for pragma in ("secure_delete=ON", "journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY"):
                self._database.execute(f"PRAGMA {pragma}").fetchall()
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise KeysUnavailable(f"{path} cannot be opened: {error}") from None
        with self._writing():
            self._settle_epochs()

    def ensure(self, owners: Sequence[str], now: Micros) -> list[bytes]:
        """The key of each, made where there is none, and durable. Raises KeysUnavailable."""
        with self._lock:
            if all(owner in self._cache for owner in owners):
                return [self._cached(owner) for owner in owners]
            with self._writing():
                return [self._found(owner) or self._made(owner, now) for owner in owners]

    def keep(self, owner: str, key: bytes, sealed: bytes, now: Micros) -> None:
        """Keeps a new key with what is encrypted with it, durably. Raises KeysUnavailable."""
        with self._writing():
            self._insert(owner, key, sealed, now)

    def sealed(self, owner: str) -> tuple[bytes, bytes]:
        """A key, and what is encrypted with it. Raises KeyDestroyed, KeysUnavailable."""
        with self._lock, self._failing():
            row = self._database.execute("SELECT sealed FROM keys WHERE owner = ?", (owner,)).fetchone()
        if row is None:
            raise KeyDestroyed(owner)
        return self.get(owner), row[0]

    def get(self, owner: str) -> bytes:
        """Raises KeyDestroyed, KeysUnavailable."""
        with self._lock, self._failing():
            found = self._found(owner)
        if found is None:
            raise KeyDestroyed(owner)
        return found

    def has(self, owner: str) -> bool:
        """Raises KeysUnavailable."""
        with self._lock, self._failing():
            return self._database.execute("SELECT 1 FROM keys WHERE owner = ?", (owner,)).fetchone() is not None

    def owners(self, prefix: str, before: Micros | None = None) -> list[str]:
        """All whose names begin so; only those whose keys are older. Raises KeysUnavailable."""
        last = f"{prefix}\U0010ffff"
        until = Micros(1 << 62) if before is None else before
        statement = "SELECT owner FROM keys WHERE owner >= ? AND owner < ? AND created_us < ?"
        with self._lock, self._failing():
            return [owner for (owner,) in self._database.execute(statement, (prefix, last, until))]

    def discard(self, owners: Collection[str]) -> None:
        """Deletes keys with which nothing was encrypted that is kept. Raises KeysUnavailable."""
        with self._writing():
            self._delete(owners)

    def destroy(self, owners: Collection[str]) -> int:
        """Destroys keys for good, in every copy of the file. How many there were. Raises KeysUnavailable."""
        with self._writing():
            deleted = self._delete(owners)
            if deleted:
                number = self._number() + 1
                self._epochs.begin(number)
                self._wrap_anew(number)
        if deleted:
            with self._writing():
                self._settle_epochs()
            # The log still has pages from before.
            with self._lock, self._failing():
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return deleted

    def close(self) -> None:
        with self._lock:
            self._cache.clear()
            self._database.close()

    def _settle_epochs(self) -> None:
        """The file's epoch is there, and none before it is. A process may have ended between the two."""
        number, numbers = self._number(), self._epochs.numbers()
        if number in numbers:
            self._epochs.end_before(number)
        elif self._database.execute("SELECT 1 FROM keys LIMIT 1").fetchone():
            raise KeysUnavailable(f"the keys' file is of epoch {number}, whose key is not here: was it restored alone?")
        else:
            number = max([number, *numbers]) + 1
            self._epochs.begin(number)
            self._database.execute("UPDATE epoch SET number = ?", (number,))

    def _wrap_anew(self, number: int) -> None:
        rows = [Wrapped(*row) for row in self._database.execute("SELECT owner, epoch, wrapped FROM keys").fetchall()]
        anew = [(number, self._wrap(number, row.owner, self._unwrap(row)), row.owner) for row in rows]
        self._database.executemany("UPDATE keys SET epoch = ?, wrapped = ? WHERE owner = ?", anew)
        self._database.execute("UPDATE epoch SET number = ?", (number,))

    def _number(self) -> int:
        (number,) = self._database.execute("SELECT number FROM epoch").fetchone()
        return number

    def _found(self, owner: str) -> bytes | None:
        if owner in self._cache:
            return self._cached(owner)
        row = self._database.execute("SELECT owner, epoch, wrapped FROM keys WHERE owner = ?", (owner,)).fetchone()
        return self._keep(owner, self._unwrap(Wrapped(*row))) if row else None

    def _made(self, owner: str, now: Micros) -> bytes:
        return self._insert(owner, secrets.token_bytes(KEY_BYTES), b"", now)

    def _insert(self, owner: str, key: bytes, sealed: bytes, now: Micros) -> bytes:
        number = self._number()
        row = (owner, number, now, self._wrap(number, owner, key), sealed)
        statement = "INSERT INTO keys (owner, epoch, created_us, wrapped, sealed) VALUES (?, ?, ?, ?, ?)"
        self._database.execute(statement, row)
        return self._keep(owner, key)

    def _delete(self, owners: Collection[str]) -> int:
        for owner in owners:
            self._cache.pop(owner, None)
        return self._database.executemany("DELETE FROM keys WHERE owner = ?", [(owner,) for owner in owners]).rowcount

    def _wrap(self, number: int, owner: str, key: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._epochs.key(number)).encrypt(nonce, key, owner.encode())

    def _unwrap(self, row: Wrapped) -> bytes:
        cipher, wrapped = AESGCM(self._epochs.key(row.epoch)), row.wrapped
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], row.owner.encode())
        except InvalidTag:
            raise KeysUnavailable(f"the key of {row.owner} was altered") from None

    def _keep(self, owner: str, key: bytes) -> bytes:
        self._cache[owner] = key
        if len(self._cache) > MOST_CACHED:
            self._cache.popitem(last=False)
        return key

    def _cached(self, owner: str) -> bytes:
        self._cache.move_to_end(owner)
        return self._cache[owner]

    @contextlib.contextmanager
    def _failing(self) -> Generator[None, None, None]:
        try:
            yield
        except sqlite3.Error as error:
            raise KeysUnavailable(self._why(error)) from None

    @contextlib.contextmanager
    def _writing(self) -> Generator[None, None, None]:
        """One transaction, of this process or of another."""
        with self._lock, self._failing():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                self._cache.clear()
                # Of a disk that is full, SQLite has done it by itself, and what is raised should be that.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _why(self, error: sqlite3.Error) -> str:
        if getattr(error, "sqlite_errorname", "") in _FULL and self._path:
            return f"the disk of the keys' file {self._path} is full: make room there, then repeat"
        return f"the keys' file does not answer: {error}"
