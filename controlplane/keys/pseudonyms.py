"""Pseudonyms of people: what the ledger has in place of their names, and the names as long as their keys are there.

Each person has a random key. The pseudonym is a keyed hash of the name, and the name is kept encrypted with the same
key: once that is destroyed, nothing leads from one to the other. A name that comes again gets another pseudonym.
"""

import asyncio
import base64
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from controlplane.domain.access.people import FORGOTTEN_TEXT, PREFIX, SEALED, forgotten_name, is_person, is_pseudonym
from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from controlplane.domain.time import Micros
from controlplane.keys.errors import KeyDestroyed, KeysUnavailable
from controlplane.keys.key_store import KEY_BYTES
from controlplane.keys.master import NONCE_BYTES

T = TypeVar("T")
OWNER = "person:"
HALF = KEY_BYTES // 2
DIGEST_BYTES = 16
MOST_SEALED = 10_000
_TEXT = b"/text"
RETRY_S = 2.0


class Store(Protocol):
    """Where keys are. Blocks. Raises KeysUnavailable."""

    def keep(self, owner: str, key: bytes, sealed: bytes, now: Micros) -> None: ...

    def sealed(self, owner: str) -> tuple[bytes, bytes]: ...

    def get(self, owner: str) -> bytes: ...

    def owners(self, prefix: str, before: Micros | None = None) -> list[str]: ...

    def destroy(self, owners: Sequence[str]) -> int: ...


class Pseudonyms:
    """`now` is the ledger's time. Names and pseudonyms are `user:...`, both."""

    def __init__(self, store: Store, now: Callable[[], Micros]) -> None:
        """Reads all that there are. Raises KeysUnavailable."""
        self._store = store
        self._now = now
        self._names: dict[str, str] = {}
        self._pseudonyms: dict[str, str] = {}
        # Texts by the pseudonym whose they are: a caller's are the same at each call.
        self._sealed: dict[tuple[str, str], str] = {}
        # What these were, and whose keys are not there: an event has a pseudonym after its key is kept, never before.
        self._texts: dict[str, str] = {}
        self._gone: set[str] = set()
        self._making = asyncio.Lock()
        # How many were forgotten since the start.
        self.forgotten = 0
        for owner in store.owners(OWNER):
            self._read(PREFIX + owner.removeprefix(OWNER))

    def known(self, actor: str) -> str | None:
        """What the ledger has in place of an actor: of a person, a pseudonym, or None where there is none yet."""
        found = self._pseudonyms.get(actor)
        return found if found or is_person(actor) else actor

    async def of(self, name: str) -> str:
        """The pseudonym of a person, made where there is none. Raises Unavailable."""
        async with self._making:
            return self._pseudonyms.get(name) or await _called(lambda: self._made(name))

    def name_of(self, actor: str) -> str:
        """Who an event's actor is: a pseudonym as a name, or what is shown of one that is forgotten."""
        if not is_pseudonym(actor):
            return self._opened(actor) if actor.startswith(SEALED) else actor
        if actor in self._gone:
            return forgotten_name(actor)
        return self._names.get(actor) or self._read(actor) or forgotten_name(actor)

    def sealed(self, actor: str, text: str) -> str:
        """A text that says who the person of a pseudonym is, encrypted with the same key."""
        if not text or not is_pseudonym(actor):
            return text
        if (found := self._sealed.get((actor, text))) is None:
            digits, nonce = actor.removeprefix(PREFIX), secrets.token_bytes(NONCE_BYTES)
            key = self._store.get(OWNER + digits)
            ciphertext = nonce + AESGCM(key[:HALF]).encrypt(nonce, text.encode(), digits.encode() + _TEXT)
            if len(self._sealed) >= MOST_SEALED:
                self._sealed.clear()
            found = self._sealed[actor, text] = f"{SEALED}{digits}.{base64.b64encode(ciphertext).decode()}"
        return found

    def _opened(self, text: str) -> str:
        """A sealed text again; any other as it is."""
        if (known := self._texts.get(text)) is not None:
            return known
        digits, dot, encoded = text.removeprefix(SEALED).partition(".")
        if not dot or not is_pseudonym(PREFIX + digits):
            return text
        if PREFIX + digits in self._gone:
            return FORGOTTEN_TEXT
        try:
            sealed, key = base64.b64decode(encoded), self._store.get(OWNER + digits)
            nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            found = AESGCM(key[:HALF]).decrypt(nonce, ciphertext, digits.encode() + _TEXT).decode()
        except (KeyDestroyed, KeysUnavailable, InvalidTag, ValueError):
            return FORGOTTEN_TEXT
        if len(self._texts) >= MOST_SEALED:
            self._texts.clear()
        self._texts[text] = found
        return found

    def pseudonym_of(self, name: str) -> str:
        """Empty where there is none."""
        return self._pseudonyms.get(name, "")

    async def forget(self, pseudonym: str) -> None:
        """Destroys the key of one. Done already, it is done. Raises Unavailable."""
        self.drop(pseudonym)
        await _called(lambda: self._store.destroy([OWNER + pseudonym.removeprefix(PREFIX)]))

    async def all(self) -> list[str]:
        """All pseudonyms that resolve. Raises Unavailable."""
        return [PREFIX + each.removeprefix(OWNER) for each in await _called(lambda: self._store.owners(OWNER))]

    def drop(self, pseudonym: str) -> None:
        """Forgets what is in memory: somebody destroys the key, or has."""
        self._gone.add(pseudonym)
        if name := self._names.pop(pseudonym, ""):
            self._pseudonyms.pop(name, None)
            self._sealed.clear()
            self._texts.clear()
            self.forgotten += 1

    def _made(self, name: str) -> str:
        key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
        digits = hmac.digest(key[HALF:], name.encode(), "sha256")[:DIGEST_BYTES].hex()
        sealed = nonce + AESGCM(key[:HALF]).encrypt(nonce, name.encode(), digits.encode())
        self._store.keep(OWNER + digits, key, sealed, self._now())
        return self._remember(PREFIX + digits, name)

    def _remember(self, pseudonym: str, name: str) -> str:
        self._names[pseudonym] = name
        return self._pseudonyms.setdefault(name, pseudonym)

    def _read(self, pseudonym: str) -> str:
        """The name of one that is in the store; empty where none is, or it cannot be read now."""
        digits = pseudonym.removeprefix(PREFIX)
        try:
            key, sealed = self._store.sealed(OWNER + digits)
            name = AESGCM(key[:HALF]).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], digits.encode()).decode()
        except KeyDestroyed:
            self._gone.add(pseudonym)
            return ""
        except (KeysUnavailable, InvalidTag):
            return ""
        self._remember(pseudonym, name)
        return name


async def _called(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except KeysUnavailable as error:
        raise Unavailable(Reason.SECRETS_UNAVAILABLE, str(error), RETRY_S) from None
