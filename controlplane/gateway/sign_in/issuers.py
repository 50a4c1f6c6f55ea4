"""Issuers as the gateway calls them: discovery, and tokens for a code or a refresh token. Keeps what it discovered."""

import base64
import json
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import httpx

from controlplane.gateway.settings import SignInIssuer
from controlplane.identity.oidc.parameters import is_loopback, is_safe

TIMEOUT_S = 10.0
LONGEST_ANSWER = 1 << 20
DISCOVERY_HOLDS_S = 600.0
USUAL_LIFE_S = 300
SCOPE = "openid offline_access"


class SignInFailed(Exception):
    """Why somebody is not signed in, in words for a page."""


class Tokens(NamedTuple):
    """What an issuer gives: `bearer` for the control plane, for so many seconds."""

    bearer: str
    life_s: int
    refresh: str
    id_token: str


class IssuerClient:
    """Requests to one issuer. All raise SignInFailed."""

    def __init__(self, settings: SignInIssuer, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._clock = clock
        verify = ssl.create_default_context(cafile=settings.ca_file) if settings.ca_file else True
        trust = not is_loopback(urlsplit(settings.issuer))
        self._http = httpx.AsyncClient(verify=verify, timeout=TIMEOUT_S, follow_redirects=False, trust_env=trust)
        self._found: tuple[float, Mapping[str, Any]] | None = None

    async def endpoint(self, name: str) -> str:
        """Such as `token_endpoint`; empty where the issuer has none."""
        now = self._clock()
        if self._found is None or not 0 <= now - self._found[0] < DISCOVERY_HOLDS_S:
            self._found = now, await self._discovered()
        address = str(self._found[1].get(name) or "")
        if address and not is_safe(address):
            raise SignInFailed(f"{address}: an issuer is at an https:// address")
        return address

    async def tokens(self, form: Mapping[str, str]) -> Tokens:
        """For a grant."""
        address = await self.endpoint("token_endpoint")
        if not address:
            raise SignInFailed(f"{self.settings.issuer} has no token endpoint")
        sent = {"client_id": self.settings.client_id, **form, **self.resource()}
        answer = await self._answer("POST", address, sent)
        name = "id_token" if self.settings.uses_id_token else "access_token"
        bearer, life = answer.get(name), answer.get("expires_in", USUAL_LIFE_S)
        if not isinstance(bearer, str) or not bearer or not isinstance(life, int | float):
            raise SignInFailed(f"the issuer gave no {name.replace('_', ' ')}")
        refresh = str(answer.get("refresh_token") or form.get("refresh_token", ""))
        return Tokens(bearer, int(life), refresh, str(answer.get("id_token") or ""))

    async def revoke(self, token: str) -> None:
        """A refresh token, at an issuer that can."""
        if address := await self.endpoint("revocation_endpoint"):
            await self._answer("POST", address, {"client_id": self.settings.client_id, "token": token})

    def resource(self) -> dict[str, str]:
        """Whom tokens are for, as issuers have it: by RFC 8707 where it is a URI, and by the parameter of others."""
        audience = self.settings.audience
        if not audience or self.settings.uses_id_token:
            return {}
        return {"audience": audience, **({"resource": audience} if ":" in audience else {})}

    def check_nonce(self, id_token: str, nonce: str) -> None:
        """That tokens are of the request that this browser began. It came from the issuer itself, over TLS: by OpenID
        Connect Core, 3.1.3.7, that stands for its signature, which the control plane checks of the token that it gets.
        """
        claims = _claims(id_token)
        audience: object = claims.get("aud")
        of_us = audience == self.settings.client_id or (
            isinstance(audience, list) and self.settings.client_id in cast("list[object]", audience)
        )
        if claims.get("iss") != self.settings.issuer or not of_us or claims.get("nonce") != nonce:
            raise SignInFailed("the issuer's answer is not of this sign-in: begin again")

    async def close(self) -> None:
        await self._http.aclose()

    async def _discovered(self) -> Mapping[str, Any]:
        issuer = self.settings.issuer
        found = await self._answer("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", {})
        if found.get("issuer") != issuer:
            raise SignInFailed(f"{issuer} states that its name is {found.get('issuer')}")
        return found

    async def _answer(self, method: str, address: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            response = await self._http.request(method, address, data=dict(form) or None)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SignInFailed(f"{self.settings.issuer} does not answer: {error or type(error).__name__}") from None
        try:
            found: object = json.loads(response.content[:LONGEST_ANSWER]) if response.content else {}
        except ValueError:
            found = None
        if not isinstance(found, dict) or response.status_code >= 300:
            answer = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
            why = answer.get("error_description") or answer.get("error") or f"status {response.status_code}"
            raise SignInFailed(f"{self.settings.issuer} refuses: {str(why)[:300]}")
        return cast("dict[str, Any]", found)


def _claims(token: str) -> Mapping[str, Any]:
    payload = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        found: object = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        found = None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
