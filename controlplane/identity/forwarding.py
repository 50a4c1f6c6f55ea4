"""What the HTTP gateway says of its callers, in metadata: the names of the two sides, and how an origin is written.

The gateway alone may say it, and proves that it is the gateway by a key that is new for each of its processes. Loads
neither gRPC nor cryptography.
"""

import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple

# As gRPC's metadata has them. Neither is ever taken from a caller of the gateway.
KEY, FORWARDED = "chronovisor-gateway", "chronovisor-forwarded"
NOBODY = -1
_ORIGIN = re.compile(r"(ipv[46]:[\w.:%]{1,80}) uid (-1|\d{1,10})", re.ASCII)


class Origin(NamedTuple):
    """Where a call through the gateway comes from. `address` is as gRPC names peers; `uid` is the user of this machine
    at the other end of the connection, by the kernel's word, or NOBODY.
    """

    address: str
    uid: int = NOBODY

    def __str__(self) -> str:
        return f"{self.address} uid {self.uid}"


def peer_name(host: str, port: int) -> str:
    """An address as gRPC names it."""
    return f"ipv6:%5B{host}%5D:{port}" if ":" in host else f"ipv4:{host}:{port}"


def parse_origin(text: str) -> Origin | None:
    """None for what the gateway does not write."""
    found = _ORIGIN.fullmatch(text)
    return Origin(found[1], int(found[2])) if found else None


class GatewayKey:
    """The key of the gateway that runs now. Without one, nobody is the gateway."""

    def __init__(self) -> None:
        # That of the process that runs now; empty when it has ended.
        self.value = ""

    def origin(self, metadata: Mapping[str, str | bytes]) -> Origin | None:
        """Of a call that has the key; None of any other, whatever it says."""
        key, text = metadata.get(KEY, b""), metadata.get(FORWARDED, "")
        given = key.encode("utf-8", "replace") if isinstance(key, str) else key
        is_known = self.value and hmac.compare_digest(given, self.value.encode("ascii"))
        if not is_known or isinstance(text, bytes):
            return None
        return parse_origin(text)
