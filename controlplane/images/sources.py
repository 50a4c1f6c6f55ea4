"""Where images may be imported from: prefixes of URLs that the operator allows. Performs no I/O."""

import ipaddress
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import SplitResult, unquote, urlsplit

from controlplane.images.settings import DEFAULT_SILENCE_S

SCHEMES = ("https", "http", "file")
_PORTS = {"https": 443, "http": 80}
LONGEST_URI = 2048

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class BadSource(ValueError):
    """What is no URL of a source. The text is a sentence's rest: "must be ..."."""


class NotAllowed(Exception):
    """The operator does not allow it. The text is a sentence's rest."""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Nothing is allowed by default.

    Names of `prefixes` are connected to at public addresses, and at those in `networks`; an address that a prefix has
    in place of a name is allowed as it is.
    """

    prefixes: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    # How long a server may send nothing.
    silence_s: float = DEFAULT_SILENCE_S


NO_SOURCES = SourceSettings()


class Source:
    """A URL of an image, taken apart. Raises BadSource."""

    def __init__(self, uri: str) -> None:
        parts = _split(uri)
        self.uri, self.scheme = uri, parts.scheme
        self.host = parts.hostname or ""
        self.port = parts.port or _PORTS.get(parts.scheme, 0)
        self.path = parts.path or "/"
        self.query = parts.query

    @property
    def file(self) -> str:
        """The path of `file:`."""
        return unquote(self.path)

    @property
    def target(self) -> str:
        """The part of a request that names it."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def address(self) -> Address | None:
        """The host, where it is not a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    def begins_with(self, prefix: "Source") -> bool:
        """Whether it is within a prefix: the same server, and a path that goes on at a `/`."""
        mine, theirs = (self.scheme, self.host, self.port), (prefix.scheme, prefix.host, prefix.port)
        path, folder = unquote(self.path), unquote(prefix.path)
        return mine == theirs and (path == folder or path.startswith(folder.rstrip("/") + "/"))


class Sources:
    """What the settings allow."""

    def __init__(self, settings: SourceSettings) -> None:
        self._prefixes = [Source(each) for each in settings.prefixes]
        self._networks, self.silence_s = settings.networks, settings.silence_s

    def require(self, source: Source) -> Source:
        """The prefix that allows a source. Raises NotAllowed."""
        for prefix in self._prefixes:
            if source.begins_with(prefix):
                return prefix
        allowed = ", ".join(each.uri for each in self._prefixes)
        raise NotAllowed(f"the operator allows {allowed or 'no sources'}")

    def require_address(self, source: Source, address: Address) -> None:
        """Whether a source may be connected to at an address that its name has. Raises NotAllowed."""
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        address = mapped or address
        named = source.address == address and any(each.host == source.host for each in self._prefixes)
        if not (named or _is_public(address) or any(address in each for each in self._networks)):
            raise NotAllowed(f"{source.host} is at {address}, which is not a public address")


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def _split(uri: str) -> SplitResult:
    if not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri or len(uri) > LONGEST_URI:
        raise BadSource(f"must be a URL of at most {LONGEST_URI} printable characters of ASCII, without spaces")
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise BadSource(f"must be a URL: {error}") from None
    if parts.scheme not in SCHEMES:
        raise BadSource("must begin with https://, http:// or file:///")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadSource("must have no user, no password and no fragment: it is recorded")
    if port == 0 or (parts.scheme == "file") is bool(parts.hostname):
        raise BadSource("must name a server, or be file:///")
    path = unquote(parts.path)
    if posixpath.normpath(path or "/") != (path.rstrip("/") or "/") or "\0" in path:
        raise BadSource("must have a path without empty parts, `.` and `..`")
    return parts


def parse_prefix(text: str) -> str:
    """A prefix of URLs, as an option has it. Raises ValueError."""
    try:
        source = Source(text)
    except BadSource as error:
        raise ValueError(f"{text!r}: {error}") from None
    if source.query:
        raise ValueError(f"{text!r}: must have no query")
    return text


def parse_network(text: str) -> Network:
    """A network in CIDR notation. Raises ValueError."""
    return ipaddress.ip_network(text)


def sources_of(prefixes: Sequence[str], networks: Sequence[Network], silence_s: float) -> SourceSettings:
    return SourceSettings(tuple(prefixes), tuple(networks), silence_s)
