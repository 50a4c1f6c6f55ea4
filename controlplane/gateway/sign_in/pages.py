"""`/sign-in`: which issuers there are, the way to one and back (code flow with PKCE, state, nonce), and out again."""

import base64
import contextlib
import hmac
import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from controlplane.gateway import calls
from controlplane.gateway.asgi import HTML, JSON, Receive, Scope, Send, header, respond, respond_error
from controlplane.gateway.sign_in.issuers import SCOPE, SignInFailed
from controlplane.gateway.sign_in.sessions import Sessions

CALLBACK = "/sign-in/callback"
# Of what a browser needs to come back: one sign-in.
STATE, STATE_LIFE_S = "sign-in", 600
LONGEST_TOKEN = 16 << 10
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Chronovisor</title></head>
<body><h1>You are not signed in</h1><p>{}</p><p><a href="/">Back</a></p></body></html>
"""


class SignInPages:
    """Below `/sign-in`, and `/sign-out`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._handlers = {
            ("GET", "/sign-in/options"): self._options,
            ("GET", "/sign-in"): self._begin,
            ("GET", CALLBACK): self._come_back,
            ("POST", "/sign-in/token"): self._take_token,
            ("POST", "/sign-out"): self._sign_out,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._handlers.get((scope["method"], scope["path"]))
        if handler is None:
            known = any(path == scope["path"] for _, path in self._handlers)
            await respond_error(send, 405 if known else 404, "not_found", "there is no such page, or not so")
            return
        try:
            await handler(scope, receive, send)
        except (SignInFailed, ValueError) as error:
            page = _PAGE.format(escape(str(error)))
            await respond(send, 400, page, HTML, _cookies(self._sessions.jar.unset(STATE, "Lax")))

    async def _options(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """What the console offers. `local`: the connection itself, on loopback, says who calls."""
        session = self._sessions.of(header(scope, "cookie"), calls.uid())
        names = list(self._sessions.issuers)
        issuers = [{"issuer": each, "url": f"/sign-in?{urlencode({'issuer': each})}"} for each in names]
        answer = {"issuers": issuers, "signedIn": session is not None, "local": calls.uid() >= 0}
        await respond(send, 200, json.dumps(answer), JSON)

    async def _begin(self, scope: Scope, _receive: Receive, send: Send) -> None:
        given = _query(scope)
        names = list(self._sessions.issuers)
        name = given.get("issuer") or (names[0] if len(names) == 1 else "")
        client = self._sessions.issuers.get(name)
        if client is None:
            raise SignInFailed(f"issuer: must be one of {', '.join(names) or 'none: no [[issuers]] has a client_id'}")
        endpoint = await client.endpoint("authorization_endpoint")
        if not endpoint:
            raise SignInFailed(f"{name} has no authorization endpoint")
        verifier, state, nonce = (secrets.token_urlsafe(48) for _ in range(3))
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": client.settings.client_id,
            "redirect_uri": _callback(scope),
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            # Without it some issuers give no refresh token.
            "prompt": "consent",
            **client.resource(),
        }
        kept = {"issuer": name, "verifier": verifier, "state": state, "nonce": nonce, "to": _own_path(given.get("to"))}
        # The issuer leads back here: a page of its own, so `Lax`.
        cookies = self._sessions.jar.set(STATE, kept, STATE_LIFE_S, "Lax")
        location = f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"
        await respond(send, 303, b"", headers=[("location", location), *_cookies(cookies)])

    async def _come_back(self, scope: Scope, _receive: Receive, send: Send) -> None:
        query, jar = _query(scope), self._sessions.jar
        kept = jar.opened(STATE, header(scope, "cookie"))
        if kept is None or not hmac.compare_digest(query.get("state", "").encode(), str(kept["state"]).encode()):
            raise SignInFailed("this is not the sign-in that this browser began, or it took too long: begin again")
        # RFC 9207: so that the code of one issuer is not brought to another.
        if query.get("iss", kept["issuer"]) != kept["issuer"]:
            raise SignInFailed("another issuer answered than was chosen: begin again")
        if "code" not in query:
            why = query.get("error_description") or query.get("error") or "no reason"
            raise SignInFailed(f"the issuer refuses: {why[:300]}")
        client = self._sessions.issuers[kept["issuer"]]
        form = {"grant_type": "authorization_code", "code": query["code"], "redirect_uri": _callback(scope)}
        tokens = await client.tokens({**form, "code_verifier": kept["verifier"]})
        client.check_nonce(tokens.id_token, kept["nonce"])
        cookies = [*self._sessions.begun(tokens, kept["issuer"], calls.uid()), *jar.unset(STATE, "Lax")]
        await respond(send, 303, b"", headers=[("location", kept["to"]), *_cookies(cookies)])

    async def _take_token(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """A token that somebody has, such as a service account's: `{"token": "..."}`."""
        try:
            found: object = json.loads(await _body(receive))
        except ValueError:
            found = None
        token = cast("dict[str, object]", found).get("token") if isinstance(found, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token or not token:
            await respond_error(send, 400, "invalid_argument", 'token: must be a token, as {"token": "..."}')
            return
        await respond(send, 204, b"", headers=_cookies(self._sessions.begun_by(token, calls.uid())))

    async def _sign_out(self, scope: Scope, _receive: Receive, send: Send) -> None:
        session = self._sessions.of(header(scope, "cookie"), calls.uid())
        client = self._sessions.issuers.get(session.issuer) if session else None
        if session and client and session.refresh:
            # Where it cannot be revoked, it ends by itself; here it has ended.
            with contextlib.suppress(SignInFailed):
                await client.revoke(session.refresh)
        await respond(send, 204, b"", headers=_cookies(self._sessions.ended()))


def _query(scope: Scope) -> dict[str, str]:
    found = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=50)
    return {name: values[0] for name, values in found.items()}


def _callback(scope: Scope) -> str:
    """Where the issuer leads back to: this listener, by the name that the browser has for it, which was checked."""
    return f"{scope['scheme']}://{header(scope, 'host')}{CALLBACK}"


def _own_path(path: str | None) -> str:
    """Where the page goes on: a path of this server, and no other's."""
    is_own = path and path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if path and is_own and path.isascii() else "/"


def _cookies(lines: list[str]) -> list[tuple[str, str]]:
    return [("set-cookie", each) for each in lines]


async def _body(receive: Receive) -> bytes:
    body = b""
    while len(body) <= LONGEST_TOKEN:
        message: Mapping[str, Any] = await receive()
        if message["type"] == "http.disconnect":
            raise ValueError("the token is not whole")
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body
    raise ValueError("the token is too long")
