"""Tokens of `oidc-provider-mock`, whose keys come over HTTP: enough of a provider where there is no Node."""

import json
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from controlplane.domain.errors import Unauthenticated
from controlplane.identity.oidc.http import MOST_BYTES, HttpFetch
from controlplane.identity.oidc.key_source import FetchFailed
from controlplane.identity.oidc.parameters import IssuerSettings, TokenKind
from controlplane.identity.oidc.verifier import OidcVerifier
from tests.support.free_port import free_port
from tests.support.waiting import patient

pytestmark = pytest.mark.slow

CLIENT, BACK = "cli", "http://127.0.0.1:1/callback"


@pytest.fixture(scope="module")
def issuer() -> Generator[str]:
    port = free_port()
    program = Path(sys.executable).with_name("oidc-provider-mock")
    claims = json.dumps({"sub": "alice", "groups": ["ops", "dev"], "email": "alice@example.org"})
    words = [str(program), "--port", str(port), "--user-claims", claims]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address)
            yield str(_get(f"{address}/.well-known/openid-configuration").json()["issuer"])
        finally:
            process.terminate()


def _get(address: str) -> httpx.Response:
    with httpx.Client(trust_env=False) as http:
        return http.get(address)


def _wait_for(address: str) -> None:
    ends_at = time.monotonic() + patient(30)
    while True:
        try:
            _get(address)
        except httpx.ConnectError:
            assert time.monotonic() < ends_at, "the provider does not start"
            time.sleep(0.05)
        else:
            return


def id_token(issuer: str) -> str:
    """By the code flow, as alice."""
    found = _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration").json()
    query = {"response_type": "code", "client_id": CLIENT, "redirect_uri": BACK, "scope": "openid groups email"}
    with httpx.Client(trust_env=False) as http:
        page = http.post(f"{found['authorization_endpoint']}?{urlencode(query)}", data={"sub": "alice"})
        code = parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": CLIENT}
        return str(http.post(found["token_endpoint"], data=form, auth=(CLIENT, "secret")).json()["id_token"])


@pytest.fixture
async def verifier(issuer: str) -> AsyncGenerator[OidcVerifier]:
    settings = IssuerSettings(issuer, (CLIENT,), algorithms=("RS256",), tokens=TokenKind.ID)
    verifier = OidcVerifier([settings])
    yield verifier
    await verifier.close()


async def test_an_id_token_is_taken_where_the_settings_say_so(issuer: str, verifier: OidcVerifier) -> None:
    token = id_token(issuer)
    found = await verifier.verify(token)
    assert (found.name, found.proof.detail) == ("user:alice", f"{issuer} alice")
    assert verifier.cached(token) == found
    strict = OidcVerifier([IssuerSettings(issuer, (CLIENT,), algorithms=("RS256",))])
    with pytest.raises(Unauthenticated, match="not an access token"):
        await strict.verify(token)
    await strict.close()


async def test_answers_are_bounded_and_not_followed_elsewhere() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/large":
            return httpx.Response(200, content=b"x" * (MOST_BYTES + 1))
        return httpx.Response(302, headers={"location": "/large"})

    fetch = HttpFetch("http://127.0.0.1:1")
    await fetch.close()
    fetch._client = httpx.AsyncClient(transport=httpx.MockTransport(answer))  # pyright: ignore[reportPrivateUsage]
    for path, words in (("large", "more than"), ("moved", "status 302")):
        with pytest.raises(FetchFailed, match=words):
            await fetch(f"http://127.0.0.1:1/{path}")
    await fetch.close()


def test_a_file_of_authorities_that_is_none_is_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"issuers, https://a\.org, ca_file: /nowhere: No such file"):
        OidcVerifier([IssuerSettings("https://a.org", ("x",), ca_file="/nowhere")])
