"""Providers of bearer tokens, for a client: what somebody who signed in has, and what a program prints."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Sequence

from chronovisor.sign_in.failures import SignInFailed
from chronovisor.sign_in.registration import Registration, Tokens
from chronovisor.sign_in.storage import Storage

# A token is renewed so long before its end, or a tenth of its life.
MARGIN_S = 30.0
KEPT_S = 60.0
COMMAND_S = 60.0


class SignedIn:
    """The access token of a registration, renewed by itself. Safe to share between threads; processes take turns."""

    def __init__(self, registration: Registration, storage: Storage, clock: Callable[[], float] = time.time) -> None:
        self._registration = registration
        self._storage = storage
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Tokens | None = None

    def __call__(self) -> str:
        """Raises SignInFailed where somebody must sign in again."""
        with self._lock:
            if not self._is_fresh(self._known):
                self._known = self._renewed()
            assert self._known
            return self._known.access

    def _is_fresh(self, tokens: Tokens | None) -> bool:
        return tokens is not None and self._clock() + MARGIN_S < tokens.ends_at

    def _renewed(self) -> Tokens:
        key = self._registration.key
        found = self._storage.read(key)
        if found and self._is_fresh(found):
            return found
        with self._storage.locked(key):
            # Another process may have been first.
            found = self._storage.read(key)
            if found is None:
                raise SignInFailed(f"You are not signed in at {self._registration.issuer}")
            if self._is_fresh(found):
                return found
            if found.refresh:
                found = self._refreshed(found)
                self._storage.write(key, found)
        if self._clock() >= found.ends_at:
            raise SignInFailed(f"Your token of {self._registration.issuer} has ended")
        return found

    def _refreshed(self, tokens: Tokens) -> Tokens:
        from chronovisor.sign_in.issuer import Issuer, Refused  # noqa: PLC0415 - HTTP, which most runs do without

        with Issuer(self._registration, self._clock) as issuer:
            try:
                return issuer.tokens(
                    {"grant_type": "refresh_token", "refresh_token": tokens.refresh, **issuer.resource()}
                )
            except Refused as refusal:
                raise SignInFailed(f"Your session at {self._registration.issuer} has ended: {refusal}") from None
            except SignInFailed:
                # An issuer that is not there now takes nothing from a token that still holds.
                if self._clock() < tokens.ends_at:
                    return tokens
                raise


class TokenCommand:
    """The token that a program prints: alone, or as `{"token": ..., "ends_at": seconds since 1970}`."""

    def __init__(self, words: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self._words = tuple(words)
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Tokens | None = None

    def __call__(self) -> str:
        """Raises SignInFailed."""
        with self._lock:
            if self._known is None or self._clock() >= self._known.ends_at:
                self._known = self._run()
            return self._known.access

    def _run(self) -> Tokens:
        try:
            ran = subprocess.run(self._words, capture_output=True, text=True, timeout=COMMAND_S, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            raise SignInFailed(f"{self._words[0]}: {error}") from None
        if ran.returncode:
            last = (ran.stderr.strip().splitlines() or ["no word"])[-1]
            raise SignInFailed(f"{self._words[0]} ended with {ran.returncode}: {last}")
        text, ends_at = ran.stdout.strip(), self._clock() + KEPT_S
        if text.startswith("{"):
            try:
                document = json.loads(text)
                text, ends_at = str(document["token"]), float(document.get("ends_at", ends_at))
            except (ValueError, KeyError, TypeError):
                text = ""
        if not text or not (text.isascii() and text.isprintable()):
            raise SignInFailed(f"{self._words[0]} printed no token")
        return Tokens(text, ends_at)
