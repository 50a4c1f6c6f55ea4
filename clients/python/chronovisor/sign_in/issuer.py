"""An issuer as a client sees it: its endpoints by discovery, and requests to them. Keeps nothing."""

import ipaddress
import json
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from chronovisor.sign_in.failures import SignInFailed
from chronovisor.sign_in.registration import Registration, Tokens

TIMEOUT_S = 15.0
_LONGEST_ANSWER = 1 << 20
# Of a token that says nothing of its end.
_USUAL_LIFE_S = 300.0


class Refused(SignInFailed):
    """An issuer's own refusal, by its code (RFC 6749, section 5.2)."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"The issuer refuses: {description or code}")
        self.code = code


class Issuer:
    """Requests to one issuer. Use it in a `with`. Raises SignInFailed."""

    def __init__(self, registration: Registration, clock: Callable[[], float] = time.time) -> None:
        self.registration = registration
        self._clock = clock
        _require_safe(registration.issuer)
        try:
            verify = ssl.create_default_context(cafile=registration.ca_file) if registration.ca_file else True
        except OSError as error:
            raise SignInFailed(f"{registration.ca_file}: {error.strerror or error}") from None
        self._http = httpx.Client(verify=verify, timeout=TIMEOUT_S, trust_env=not _is_loopback(registration.issuer))
        self._found: Mapping[str, Any] | None = None

    def endpoint(self, name: str) -> str:
        """Such as `token_endpoint`. Empty where the issuer has none."""
        if self._found is None:
            self._found = self._discovered()
        address = str(self._found.get(name) or "")
        if address:
            _require_safe(address)
        return address

    def _discovered(self) -> Mapping[str, Any]:
        issuer = self.registration.issuer
        found = self._answer("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", {})
        if found.get("issuer") != issuer:
            raise SignInFailed(f"{issuer} says that its name is {found.get('issuer')}: give it as it is there")
        return found

    def tokens(self, form: Mapping[str, str]) -> Tokens:
        """What the token endpoint gives for a grant. Raises Refused, SignInFailed."""
        answer = self.post("token_endpoint", form)
        access, life = answer.get("access_token"), answer.get("expires_in", _USUAL_LIFE_S)
        if not isinstance(access, str) or not access or not isinstance(life, int | float):
            raise SignInFailed("The issuer gave no access token")
        refresh = answer.get("refresh_token") or form.get("refresh_token", "")
        return Tokens(access, self._clock() + float(life), str(refresh))

    def post(self, endpoint: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        """Raises Refused, SignInFailed."""
        address = self.endpoint(endpoint)
        if not address:
            raise SignInFailed(f"{self.registration.issuer} has no {endpoint.replace('_', ' ')}")
        return self._answer("POST", address, {"client_id": self.registration.client_id, **form})

    def resource(self) -> dict[str, str]:
        """Whom tokens are for, as issuers have it: by RFC 8707 where it is a URI, and by the parameter of others."""
        audience = self.registration.audience
        if not audience:
            return {}
        return {"audience": audience, **({"resource": audience} if ":" in audience else {})}

    def _answer(self, method: str, address: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            response = self._http.request(method, address, data=dict(form) or None)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SignInFailed(f"{address}: {error or type(error).__name__}") from None
        try:
            found: object = json.loads(response.content[:_LONGEST_ANSWER]) if response.content else {}
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SignInFailed(f"{address} answered with status {response.status_code}, and no JSON")
        answer = cast("dict[str, Any]", found)
        if response.is_error:
            if "error" in answer:
                raise Refused(str(answer["error"]), str(answer.get("error_description") or ""))
            raise SignInFailed(f"{address} answered with status {response.status_code}")
        return answer

    def __enter__(self) -> "Issuer":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _require_safe(address: str) -> None:
    url = urlsplit(address)
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and _is_loopback(address))):
        raise SignInFailed(f"{address}: an issuer is at an https:// address")
