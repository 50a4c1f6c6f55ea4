"""Settings of the HTTP listener, and what its process is started with. Loads nothing of either."""

import json
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from controlplane.gateway.shares import DEFAULT_PERCENT

DEFAULT_HTTP = "127.0.0.1:7462"
# As an address: there is no listener.
NO_HTTP = "none"


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """`address` is HOST:PORT. `requested`: it was given, so that it is an error where it cannot be had.

    Pages of `origins`, each `https://HOST[:PORT]`, may call too. One address may have `address_share` percent of all
    connections and calls.
    """

    address: str = DEFAULT_HTTP
    requested: bool = True
    origins: tuple[str, ...] = ()
    address_share: int = DEFAULT_PERCENT


class SignInIssuer(NamedTuple):
    """One issuer at which browsers may sign in. `uses_id_token`: the control plane takes its ID tokens, not others."""

    issuer: str
    client_id: str
    audience: str
    ca_file: str = ""
    uses_id_token: bool = False


class Pair(NamedTuple):
    """A certificate chain and its key, PEM."""

    chain: str
    key: str


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """What one process of the gateway is given. `descriptor` is the socket that it accepts connections of.

    `upstream` is the control plane's address, `key` what proves to it who calls. Requests must be for one of `names`,
    as hosts; `pair` is there where it speaks TLS.
    """

    parent: int
    descriptor: int
    upstream: str
    key: str
    names: tuple[str, ...]
    origins: tuple[str, ...] = ()
    pair: Pair | None = None
    # Of cookies, in hexadecimal.
    cookie_key: str = ""
    issuers: tuple[SignInIssuer, ...] = ()
    address_share: int = DEFAULT_PERCENT

    def to_line(self) -> bytes:
        return line_of(asdict(self))

    @staticmethod
    def from_line(line: bytes) -> "ProcessSettings":
        """Raises ValueError."""
        read: dict[str, Any] = json.loads(line)
        pair = read.pop("pair")
        read |= {name: tuple(read[name]) for name in ("names", "origins")}
        read["issuers"] = tuple(SignInIssuer(*each) for each in read["issuers"])
        return ProcessSettings(**read, pair=Pair(*pair) if pair else None)


def line_of(message: dict[str, Any]) -> bytes:
    """A message to the process or from it: JSON, which cannot carry code."""
    return json.dumps(message).encode() + b"\n"


def http_at(
    address: str | None, origins: tuple[str, ...] = (), address_share: int = DEFAULT_PERCENT
) -> HttpSettings | None:
    """The listener: the usual one where none is named, and None for `none`."""
    if address == NO_HTTP:
        return None
    return HttpSettings(address or DEFAULT_HTTP, address is not None, origins, address_share)


def parse_http(text: str) -> str:
    """HOST:PORT, or `none`. Raises ValueError."""
    host, _, port = text.rpartition(":")
    if text != NO_HTTP and (not host or not (port.isascii() and port.isdigit()) or int(port) > 65535):
        raise ValueError(f"{text}: must be HOST:PORT, or {NO_HTTP}")
    return text


def host_and_port(address: str) -> tuple[str, int]:
    """Of HOST:PORT, without the brackets of IPv6."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def parse_origin(text: str) -> str:
    """`http://HOST[:PORT]` or `https://...`, as browsers write origins. Raises ValueError."""
    scheme, separator, host = text.partition("://")
    if scheme not in ("http", "https") or not separator or not host or set(host) & set("/?#@*, ") or not text.isascii():
        raise ValueError(f"{text!r}: must be an origin, such as https://console.example.com")
    return text.lower()
