"""`chronovisor login` and `logout` at the certified provider of npm: device flow, PKCE, refresh, keys that change."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.sign_in import device, loopback
from chronovisor.sign_in.failures import SignInFailed
from chronovisor.sign_in.issuer import Issuer
from chronovisor.sign_in.registration import Registration, Tokens
from chronovisor.sign_in.sources import SignedIn
from chronovisor.sign_in.storage import Storage

from controlplane.domain.errors import Unauthenticated
from controlplane.identity.oidc.parameters import IssuerSettings
from controlplane.identity.oidc.verifier import OidcVerifier
from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.support.oidc.provider import AUDIENCE, CLIENT, Browser, Provider, why_not
from tests.support.token_signer import Signer
from tests.support.waiting import patient

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_not()), reason=why_not())]

ACCOUNTS = {"alice": ["ops", "dev"], "bob": []}


@pytest.fixture(scope="module")
def provider() -> Generator[Provider]:
    provider = Provider(ACCOUNTS)
    provider.start(Signer("first"))
    yield provider
    provider.stop()


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHRONOVISOR_TOKEN_STORE", "file")


def registration(provider: Provider) -> Registration:
    return Registration(provider.issuer, CLIENT, AUDIENCE)


def signed_in(provider: Provider, account: str = "alice") -> Tokens:
    """By the device flow, without the pauses."""
    with Issuer(registration(provider)) as issuer:

        def show(prompt: device.Prompt) -> None:
            Browser(account).open(prompt.whole)

        return device.sign_in(issuer, show, sleep=lambda _: None)


def verified(provider: Provider, *tokens: str) -> list[str]:
    """Who each is of, with its groups, as a control plane has it; the reason where it is refused."""

    async def verify() -> list[str]:
        verifier = OidcVerifier([IssuerSettings(provider.issuer, (AUDIENCE,))])
        found: list[str] = []
        for each in tokens:
            try:
                principal = await verifier.verify(each)
                found.append(" ".join([principal.name, *sorted(principal.groups)]))
            except Unauthenticated as error:
                found.append(error.reason)
        await verifier.close()
        return found

    return asyncio.run(verify())


def test_the_device_flow_gives_a_token_that_a_control_plane_takes_with_its_groups(provider: Provider) -> None:
    tokens = [signed_in(provider, account) for account in ("alice", "bob")]
    assert verified(provider, *(each.access for each in tokens)) == ["user:alice group:dev group:ops", "user:bob"]
    assert all(each.refresh for each in tokens)


def test_a_code_can_be_entered_by_hand_and_is_waited_for(provider: Provider) -> None:
    waited: list[float] = []
    prompts: list[device.Prompt] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            Browser("alice").enter(prompts[0].address, prompts[0].code)

    with Issuer(registration(provider)) as issuer:
        tokens = device.sign_in(issuer, prompts.append, sleep=sleep)
    assert waited == [5.0] * 3
    assert tokens.claims["sub"] == "alice"


def test_a_code_that_nobody_enters_ends(provider: Provider) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds * 60

    with Issuer(registration(provider)) as issuer, pytest.raises(SignInFailed, match="Nobody signed in"):
        device.sign_in(issuer, lambda _: None, sleep=sleep, clock=lambda: now[0])


def test_a_browser_comes_back_with_a_code_that_only_its_verifier_redeems(provider: Provider) -> None:
    def opened(address: str) -> None:
        threading.Thread(target=Browser("alice").open, args=(address,)).start()

    with Issuer(registration(provider)) as issuer:
        tokens = loopback.sign_in(issuer, opened, patient(30))
        assert verified(provider, tokens.access) == ["user:alice group:dev group:ops"]
        form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "http://127.0.0.1/callback"}
        with pytest.raises(SignInFailed, match="The issuer refuses"):
            issuer.tokens({**form, "code_verifier": "y" * 43})


def test_a_browser_that_does_not_come_back_ends_it(provider: Provider) -> None:
    with Issuer(registration(provider)) as issuer, pytest.raises(SignInFailed, match="did not come back"):
        loopback.sign_in(issuer, lambda _: None, 0.05)


def test_a_token_is_renewed_by_itself_and_its_refresh_token_changes(provider: Provider, tmp_path: Path) -> None:
    storage, who = Storage(tmp_path), registration(provider)
    first = signed_in(provider)
    storage.write(who.key, first)
    now = [first.ends_at - 3000]
    source = SignedIn(who, storage, lambda: now[0])
    assert source() == first.access
    now[0] = first.ends_at - 20
    assert source() != first.access
    kept = storage.read(who.key)
    assert kept
    assert kept.refresh != first.refresh
    # Of another process, which has what was kept before: it finds what this one kept.
    assert SignedIn(who, storage, lambda: now[0])() == kept.access
    # What was used is good for nothing, and takes what came of it along.
    storage.write(who.key, Tokens("stale", 0.0, first.refresh))
    with pytest.raises(SignInFailed, match="has ended"):
        SignedIn(who, storage)()


def test_many_that_renew_at_once_use_a_refresh_token_once(provider: Provider, tmp_path: Path) -> None:
    storage, who = Storage(tmp_path), registration(provider)
    storage.write(who.key, Tokens("stale", 0.0, signed_in(provider).refresh))
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(SignedIn(who, Storage(tmp_path))())) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 5
    assert len(set(found)) == 1


def test_an_issuer_that_changes_its_keys_is_followed() -> None:
    provider = Provider(ACCOUNTS)
    old, new = Signer("old"), Signer("new", "RS256")
    provider.start(old)
    try:
        before = signed_in(provider).access
        now = [0.0]

        async def follow() -> list[str]:
            import time  # noqa: PLC0415

            verifier = OidcVerifier([IssuerSettings(provider.issuer, (AUDIENCE,))], lambda: time.time() + now[0])
            found = [(await verifier.verify(before)).name]
            # Both keys for a while, then the new one alone.
            provider.restart(new, old)
            after = await asyncio.to_thread(lambda: signed_in(provider, "bob").access)
            found += [(await verifier.verify(each)).name for each in (after, before)]
            provider.restart(new)
            now[0] = 601.0
            await verifier.verify(after)
            for _ in range(100):
                await asyncio.sleep(0.05)
                if verifier.cached(after) is None:
                    break
            try:
                await verifier.verify(before)
            except Unauthenticated as error:
                found.append(error.reason)
            await verifier.close()
            return found

        assert asyncio.run(follow()) == ["user:alice", "user:bob", "user:alice", "TOKEN_INVALID"]
    finally:
        provider.stop()


def test_an_id_token_is_no_access_token(provider: Provider) -> None:
    with Issuer(registration(provider)) as issuer:
        begun = issuer.post(device.ENDPOINT, {"scope": "openid", **issuer.resource()})
        Browser("alice").open(str(begun["verification_uri_complete"]))
        form = {"grant_type": device.GRANT, "device_code": str(begun["device_code"])}
        given = issuer.post("token_endpoint", {**form, **issuer.resource()})
    assert verified(provider, str(given["id_token"]), str(given["access_token"])) == [
        "TOKEN_INVALID",
        "user:alice group:dev group:ops",
    ]


def test_the_command_line_signs_in_calls_and_signs_out(cli: Cli, plane: Plane, provider: Provider) -> None:
    options = ("--issuer", provider.issuer, "--client-id", CLIENT, "--audience", AUDIENCE)
    # As a program of its own, since somebody must act meanwhile.
    words = [str(Path(sys.executable).with_name("chronovisor")), "login", *options, "--browser"]
    program = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment())
    assert program.stderr
    address = program.stderr.readline().rpartition(" ")[2].strip()
    Browser("alice").open(address)
    out, err = program.communicate(timeout=patient(30))
    assert (program.returncode, err) == (0, "")
    assert out.startswith(f"You are signed in at {provider.issuer} as alice. The token is in ")
    assert out.endswith("; it is renewed by itself.\n")
    assert cli("host", "list", "-o", "name").out == "hosts/node-1\n"
    sent = str(plane.proxy.calls[-1].metadata["authorization"]).removeprefix("Bearer ")
    assert verified(provider, sent) == ["user:alice group:dev group:ops"]
    assert cli("context", "show", "-o", "json").json["issuer"] == provider.issuer
    assert cli("logout").out == f"You are signed out at {provider.issuer}.\n"
    ran = cli("host", "list")
    assert (ran.code, ran.err) == (
        Exit.NOT_PERMITTED,
        f"You are not signed in at {provider.issuer}. Sign in: chronovisor login.\n",
    )
    assert cli("logout").out == f"You were not signed in at {provider.issuer}.\n"


def _environment() -> dict[str, str]:
    return {**os.environ, "BROWSER": "true", "CHRONOVISOR_TOKEN_STORE": "file"}
