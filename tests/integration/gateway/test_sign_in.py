"""Browsers sign in at the certified provider of npm, and their cookie is a token that the control plane takes."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from controlplane.identity.oidc.parameters import IssuerSettings
from tests.integration.gateway.rig import PROJECTS, Gatewayed, call_token, gatewayed, serves
from tests.support.oidc.provider import AUDIENCE, CONSOLE, Browser, Provider, why_not
from tests.support.token_signer import Signer

pytestmark = pytest.mark.slow
needs_provider = pytest.mark.skipif(bool(why_not()), reason=why_not())
LIST, WHO = f"{PROJECTS}/ListProjects", "chronovisor.v1.AccessService/WhoAmI"


@pytest.fixture(scope="module")
def provider() -> Generator[Provider]:
    # Which is less than the time before their end in which tokens are renewed: each call renews them.
    provider = Provider({"alice": ["ops"]}, token_s=20)
    provider.start(Signer("first"))
    yield provider
    provider.stop()


@pytest.fixture
async def plane(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncGenerator[Gatewayed]:
    issuers: tuple[IssuerSettings, ...] = ()
    if "provider" in request.fixturenames:
        issuer = request.getfixturevalue("provider").issuer
        issuers = (IssuerSettings(issuer, (AUDIENCE,), client_id=CONSOLE),)
    async with gatewayed(tmp_path, issuers=issuers) as made:
        await serves(made)
        yield made


async def begun(plane: Gatewayed, **query: str) -> httpx.Response:
    """The way to the issuer."""
    answer = await plane.http.get("/sign-in", params=query)
    assert answer.status_code == 303, answer.text
    return answer


async def signed_in(plane: Gatewayed, **query: str) -> httpx.Response:
    """The whole way, as a browser has it: the last answer is that of the callback."""
    way = await begun(plane, **query)
    callback = f"{plane.url}/sign-in/callback"
    back = await asyncio.to_thread(Browser("alice").open_until, way.headers["location"], callback)
    return await plane.http.get(back)


@needs_provider
async def test_a_browser_comes_back_signed_in_and_its_calls_have_its_token(
    provider: Provider, plane: Gatewayed
) -> None:
    options = (await plane.http.get("/sign-in/options")).json()
    assert [each["issuer"] for each in options["issuers"]] == [provider.issuer]
    assert (options["signedIn"], options["local"]) == (False, True)
    answer = await signed_in(plane, to="/vms?a=b")
    assert (answer.status_code, answer.headers["location"]) == (303, "/vms?a=b"), answer.text
    who = await plane.call(WHO)
    assert who.body["principal"] == "user:alice", who.body
    assert "chronovisor-session.0=" in who.headers["set-cookie"]
    assert (await plane.call(WHO)).body["principal"] == "user:alice"
    assert (await plane.call(LIST)).code == "permission_denied"
    assert (await plane.http.get("/sign-in/options")).json()["signedIn"]
    assert (await plane.http.post("/sign-out")).status_code == 204
    assert (await plane.call(WHO)).body["principal"].startswith("local:")


@needs_provider
async def test_the_way_to_the_issuer_has_pkce_a_state_and_a_nonce(provider: Provider, plane: Gatewayed) -> None:
    way = await begun(plane, to="https://evil.example/")
    query = {name: values[0] for name, values in parse_qs(urlsplit(way.headers["location"]).query).items()}
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"] == f"{plane.url}/sign-in/callback"
    assert min(len(query[each]) for each in ("state", "nonce", "code_challenge")) >= 43
    cookies = way.headers.get_list("set-cookie")
    assert all("HttpOnly" in each and "SameSite=Lax" in each for each in cookies)
    assert not any(query[each] in "".join(cookies) for each in ("state", "nonce"))


@needs_provider
async def test_what_is_not_the_sign_in_that_began_here_signs_nobody_in(provider: Provider, plane: Gatewayed) -> None:
    way = await begun(plane)
    state = parse_qs(urlsplit(way.headers["location"]).query)["state"][0]
    bad = [
        {"code": "x", "state": "other"},
        {"code": "x"},
        {"code": "x", "state": state, "iss": "https://other.example"},
        {"error": "access_denied", "error_description": "<b>no</b>", "state": state},
        {"code": "guessed", "state": state},
    ]
    for query in bad:
        answer = await plane.http.get("/sign-in/callback", params=query)
        assert answer.status_code == 400, query
        assert "<b>" not in answer.text
        assert not (await plane.http.get("/sign-in/options")).json()["signedIn"]


async def test_a_token_can_be_pasted_and_is_of_this_browser_alone(plane: Gatewayed) -> None:
    token = (await call_token(plane)).removeprefix("Bearer ")
    assert (await plane.http.post("/sign-in/token", json={"token": token})).status_code == 204
    assert (await plane.call(WHO)).body["principal"].startswith("serviceAccount:")
    for bad in ({}, {"token": ""}, {"token": "a b"}, {"token": 3}, [1], {"token": "x" * 20_000}):
        assert (await plane.http.post("/sign-in/token", json=bad)).status_code == 400
    foreign = {"origin": "https://evil.example"}
    assert (await plane.http.post("/sign-in/token", json={"token": token}, headers=foreign)).status_code == 403


async def test_without_issuers_a_page_says_what_is_missing(plane: Gatewayed) -> None:
    answer = await plane.http.get("/sign-in")
    assert answer.status_code == 400
    assert "client_id" in answer.text
    assert (await plane.http.get("/sign-in/none")).status_code == 404
    assert (await plane.http.get("/sign-out")).status_code == 405
