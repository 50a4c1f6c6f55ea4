"""Where keys of an issuer come from: discovery, then its JWKS, kept and fetched anew. Time is a parameter."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import cast

from controlplane.identity.oidc.keys import BadKeys, KeySet, parse_keys
from controlplane.identity.oidc.parameters import is_safe

# Keys are fetched anew when they are so old, and at most so often because a token names one that is not known.
RENEWED_AFTER_S = 600.0
UNKNOWN_KEY_PAUSE_S = 30.0
# Of an issuer that cannot be read: how soon it is tried again, and how long the keys that it had are believed.
RETRY_S = 5.0
BELIEVED_S = 86_400.0
_log = logging.getLogger(__name__)

# The body at a URL. Raises FetchFailed.
Fetch = Callable[[str], Awaitable[bytes]]


class FetchFailed(Exception):
    """An issuer's answer could not be had: the text says why."""


class KeySource:
    """Keys of one issuer. One fetch is in flight at most, and all that wait for keys wait for that one."""

    def __init__(self, issuer: str, fetch: Fetch, clock: Callable[[], float], changed: Callable[[], None]) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._changed = changed
        self._keys: KeySet | None = None
        self._read_at = self._tried_at = self._unknown_at = float("-inf")
        # Whether the last read failed: then a key that is not known may be a new one.
        self._failed = False
        self._in_flight: asyncio.Task[None] | None = None

    async def keys_for(self, kid: str | None) -> KeySet | None:
        """The keys, read anew where `kid` is not among them.

        None where there are none that can be believed, and where nobody can say whether `kid` is one.
        """
        if self._keys is None or self._age() > BELIEVED_S:
            await self._read(self._tried_at + RETRY_S)
        elif kid is not None and not self._keys.knows(kid):
            await self._read_for_unknown()
        elif self._age() > RENEWED_AFTER_S:
            # In the background: an issuer that is down holds up nobody whose key is known.
            self._begin(self._tried_at + RETRY_S)
        if self._keys is None or self._age() > BELIEVED_S:
            return None
        return None if self._failed and kid is not None and not self._keys.knows(kid) else self._keys

    def _age(self) -> float:
        return self._clock() - self._read_at

    async def _read_for_unknown(self) -> None:
        now = self._clock()
        if now - self._unknown_at >= (RETRY_S if self._failed else UNKNOWN_KEY_PAUSE_S):
            self._unknown_at = now
            await self._read(now)
        elif self._in_flight:
            await self._read(now)

    async def _read(self, earliest: float) -> None:
        if task := self._begin(earliest):
            # A caller that goes away leaves the fetch to the others.
            await asyncio.shield(task)

    def _begin(self, earliest: float) -> asyncio.Task[None] | None:
        """The fetch in flight, or a new one; None where it is too early for one."""
        if self._in_flight is None and self._clock() >= earliest:
            self._tried_at = self._clock()
            self._in_flight = asyncio.create_task(self._fetched())
        return self._in_flight

    async def _fetched(self) -> None:
        try:
            fresh = parse_keys(await self._fetch(await self._location()))
        except (FetchFailed, BadKeys) as error:
            self._failed = True
            _log.warning("keys of issuer %s could not be read: %s", self._issuer, error)
        else:
            self._failed = False
            former, self._keys, self._read_at = self._keys, fresh, self._clock()
            if former is None or former.identities != fresh.identities:
                self._changed()
        finally:
            self._in_flight = None

    async def _location(self) -> str:
        body = await self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise BadKeys("its discovery document is no JSON") from None
        fields = cast("dict[str, object]", document if isinstance(document, dict) else {})
        location = fields.get("jwks_uri")
        if fields.get("issuer") != self._issuer:
            raise BadKeys("its discovery document is that of another issuer")
        if not isinstance(location, str) or not is_safe(location):
            raise BadKeys("its discovery document has no jwks_uri with https")
        return location

    async def close(self) -> None:
        """Ends a fetch in flight."""
        if self._in_flight:
            self._in_flight.cancel()
            await asyncio.gather(self._in_flight, return_exceptions=True)
