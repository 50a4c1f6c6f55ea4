"""The code flow with PKCE (RFC 7636, RFC 8252): a browser of this machine comes back to a port of its own."""

import base64
import hmac
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from chronovisor.sign_in.failures import SignInFailed
from chronovisor.sign_in.issuer import Issuer
from chronovisor.sign_in.registration import Tokens

PATH = "/callback"
PATIENCE_S = 300.0
_DONE = b"<!doctype html><title>Chronovisor</title><p>You are signed in to Chronovisor. Close this page."
_FAILED = b"<!doctype html><title>Chronovisor</title><p>Signing in failed; the command line says why."


def sign_in(issuer: Issuer, show: Callable[[str], None], patience_s: float = PATIENCE_S) -> Tokens:
    """`show` is given the address to open. Waits until the browser is back. Raises SignInFailed."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    state = secrets.token_urlsafe(24)
    with _Listener(state, issuer.registration.issuer) as listener:
        query = {
            "response_type": "code",
            "client_id": issuer.registration.client_id,
            "redirect_uri": listener.address,
            "scope": issuer.registration.scope,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            # Without it some issuers give no refresh token.
            **({"prompt": "consent"} if "offline_access" in issuer.registration.scope.split() else {}),
            **issuer.resource(),
        }
        endpoint = issuer.endpoint("authorization_endpoint")
        if not endpoint:
            raise SignInFailed(f"{issuer.registration.issuer} has no authorization endpoint")
        show(f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}")
        code = listener.code(patience_s)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": listener.address}
        return issuer.tokens({**form, "code_verifier": verifier, **issuer.resource()})


class _Listener:
    """A server for one request of one browser. What does not have our state is not for us."""

    def __init__(self, state: str, issuer: str) -> None:
        self._state = state
        self._issuer = issuer
        self._answer: dict[str, list[str]] | None = None
        listener = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                found = listener.take(self.path)
                self.send_response(200 if found else 404)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(_DONE if found and "code" in found else _FAILED)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: the address has the code."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{PATH}"

    def take(self, path: str) -> dict[str, list[str]] | None:
        """What a request brings, if it is the one that is waited for."""
        url = urlsplit(path)
        found = parse_qs(url.query)
        if url.path != PATH or not hmac.compare_digest(found.get("state", [""])[0].encode(), self._state.encode()):
            return None
        # RFC 9207: so that the code of one issuer is not brought to another.
        if found.get("iss", [self._issuer])[0] != self._issuer:
            return None
        self._answer = found
        return found

    def code(self, patience_s: float) -> str:
        """Raises SignInFailed."""
        ends_at = time.monotonic() + patience_s
        while self._answer is None:
            self._server.timeout = ends_at - time.monotonic()
            if self._server.timeout <= 0:
                raise SignInFailed("The browser did not come back in time: begin again, or use --device")
            self._server.handle_request()
        if "code" not in self._answer:
            why = self._answer.get("error_description") or self._answer.get("error") or ["no reason"]
            raise SignInFailed(f"The issuer refuses: {why[0]}")
        return self._answer["code"][0]

    def __enter__(self) -> "_Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()
