"""What keeps pages of others from calling with a user's rights: hosts, origins, and the headers of every answer.

A browser sends a user's cookie, and on loopback its very connection says who the user is, whatever page it is on.
"""

from collections.abc import Collection

from google.rpc import code_pb2

from controlplane.gateway import violations
from controlplane.gateway.asgi import HeaderList, Scope, header
from controlplane.gateway.refusals import Refusal

# Probes call by an address, and hear nothing that is worth it.
PROBES = frozenset({"/healthz", "/readyz"})
_CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: HeaderList = [
    (b"content-security-policy", _CONTENT.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
# Of other origins that were named, what their pages may send and read.
_MAY_SEND = (
    "authorization, content-type, connect-protocol-version, connect-timeout-ms, grpc-timeout, x-grpc-web, "
    "x-user-agent, chronovisor-actor, chronovisor-history, chronovisor-resource, last-event-id, traceparent, tracestate"
)
_MAY_READ = (
    "grpc-status, grpc-message, grpc-status-details-bin, chronovisor-history, chronovisor-resource, "
    "trailer-chronovisor-history, trailer-chronovisor-resource"
)
_OTHER_NAME = Refusal(
    421,
    code_pb2.INVALID_ARGUMENT,
    violations.INVALID_REQUEST,
    "the Host header has none of this server's names: those are of its address, its certificate, and localhost",
)
_OWN_SITES = frozenset({"", "same-origin", "none"})


class BrowserSafety:
    """`names` are the hosts of this listener; pages of `origins` may call, too."""

    def __init__(self, names: Collection[str], origins: Collection[str]) -> None:
        self.names = frozenset(each.lower() for each in names)
        self._origins = frozenset(origins)

    def refusal(self, scope: Scope) -> Refusal | None:
        """None of a request that is taken."""
        if scope["path"] in PROBES:
            return None
        if _host_of(header(scope, "host")) not in self.names:
            return _OTHER_NAME
        origin, site = header(scope, "origin"), header(scope, "sec-fetch-site")
        if origin in self._origins:
            return None
        if origin:
            if origin.lower() != f"{scope['scheme']}://{header(scope, 'host').lower()}":
                return _foreign(origin[:200])
        elif site not in _OWN_SITES and not _is_navigation(scope):
            return _foreign("other origins")
        return None

    def cors(self, scope: Scope) -> HeaderList:
        """What a page of another origin that was named gets: no cookies, whatever it requests."""
        origin = header(scope, "origin")
        if origin not in self._origins:
            return [(b"vary", b"origin")] if self._origins else []
        return [
            (b"access-control-allow-origin", origin.encode("ascii")),
            (b"access-control-expose-headers", _MAY_READ.encode()),
            (b"vary", b"origin"),
        ]

    def preflight(self, scope: Scope) -> HeaderList | None:
        """The answer of a preflight; None of any other request."""
        if scope["method"] != "OPTIONS" or not header(scope, "access-control-request-method"):
            return None
        return [
            (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
            (b"access-control-allow-headers", _MAY_SEND.encode()),
            (b"access-control-max-age", b"600"),
        ]


def _foreign(whose: str) -> Refusal:
    words = f"pages of {whose} may not call here: see --http-allow-origin"
    return Refusal(403, code_pb2.PERMISSION_DENIED, violations.ACCESS_DENIED, words)


def _host_of(value: str) -> str:
    """Of a Host header, without its port and brackets."""
    host = value.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_navigation(scope: Scope) -> bool:
    """A link that somebody follows: a page is read, nothing is changed."""
    is_page = header(scope, "sec-fetch-mode") == "navigate" and header(scope, "sec-fetch-dest") == "document"
    return is_page and scope["method"] in ("GET", "HEAD")
