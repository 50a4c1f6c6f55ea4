"""Cookies that the gateway alone can read and make: AES-GCM, with the cookie's name. A long one is in pieces."""

import base64
import binascii
import json
import secrets
import time
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
# Browsers keep about 4 KiB a cookie: its name and its attributes, too.
LONGEST_PIECE, MOST_PIECES = 3_500, 5


class CookieJar:
    """`is_secure`: over TLS alone, and for this host alone, which the prefix of the name has browsers enforce."""

    def __init__(self, key: bytes, *, is_secure: bool, clock: Callable[[], float] = time.time) -> None:
        self._cipher = AESGCM(key)
        self._is_secure = is_secure
        self._clock = clock

    def name(self, kind: str) -> str:
        return f"__Host-chronovisor-{kind}" if self._is_secure else f"chronovisor-{kind}"

    def opened(self, kind: str, header: str) -> dict[str, Any] | None:
        """What is in the cookie of a request; None where there is none, or it is not ours, or has ended."""
        found, name = _parsed(header), self.name(kind)
        text = "".join(found.get(f"{name}.{piece}", "") for piece in range(MOST_PIECES))
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            opened = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], name.encode())
            content = cast("dict[str, Any]", json.loads(opened))
        except (InvalidTag, ValueError, binascii.Error):
            return None
        return content if content.pop("until", 0) > self._clock() else None

    def set(self, kind: str, content: Mapping[str, Any], life_s: int, same_site: str = "Strict") -> list[str]:
        """Set-Cookie headers. Raises ValueError for what is too long for cookies."""
        name = self.name(kind)
        plain = json.dumps({**content, "until": self._clock() + life_s}).encode()
        nonce = secrets.token_bytes(NONCE_BYTES)
        text = base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, name.encode())).decode().rstrip("=")
        pieces = [text[at : at + LONGEST_PIECE] for at in range(0, len(text), LONGEST_PIECE)]
        if len(pieces) > MOST_PIECES:
            raise ValueError("the issuer's tokens are too long for cookies")
        # Pieces of a longer one before it are no part of it.
        unset = [self._line(f"{name}.{number}", "", 0, same_site) for number in range(len(pieces), MOST_PIECES)]
        return [self._line(f"{name}.{number}", each, life_s, same_site) for number, each in enumerate(pieces)] + unset

    def unset(self, kind: str, same_site: str = "Strict") -> list[str]:
        return [self._line(f"{self.name(kind)}.{number}", "", 0, same_site) for number in range(MOST_PIECES)]

    def _line(self, name: str, value: str, life_s: int, same_site: str) -> str:
        secure = "; Secure" if self._is_secure else ""
        return f"{name}={value}; Path=/; Max-Age={life_s}; HttpOnly; SameSite={same_site}{secure}"


def _parsed(header: str) -> dict[str, str]:
    try:
        return {name: each.value for name, each in SimpleCookie(header).items()}
    except CookieError:
        return {}
