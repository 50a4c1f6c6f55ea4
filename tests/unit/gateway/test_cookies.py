"""Cookies of sessions: sealed, of one name, of one connection's user, and over before long."""

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from controlplane.gateway.sign_in import cookie_key
from controlplane.gateway.sign_in.cookies import MOST_PIECES, CookieJar
from controlplane.gateway.sign_in.issuers import SignInFailed, Tokens
from controlplane.gateway.sign_in.sessions import LIFE_S, Sessions

KEY = bytes(range(32))
NOW = 1_000_000.0


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


def sent(lines: list[str]) -> str:
    """What a browser sends back of what it was given."""
    pairs = [line.partition(";")[0] for line in lines]
    return "; ".join(each for each in pairs if not each.endswith("="))


def test_what_was_set_is_opened_by_the_same_key_under_the_same_name_for_its_time() -> None:
    clock = Clock()
    jar = CookieJar(KEY, is_secure=True, clock=clock)
    cookies = sent(jar.set("session", {"a": "é"}, 60))
    assert jar.opened("session", f"other=1; {cookies}") == {"a": "é"}
    assert jar.opened("sign-in", cookies.replace("session", "sign-in")) is None
    assert CookieJar(bytes(32), is_secure=True, clock=clock).opened("session", cookies) is None
    for at in range(30, len(cookies), 7):
        changed = cookies[:at] + ("A" if cookies[at] != "A" else "B") + cookies[at + 1 :]
        assert jar.opened("session", changed) is None
    clock.now += 60
    assert jar.opened("session", cookies) is None
    for nonsense in ("", "a", "__Host-chronovisor-session.0=x", "=;=", "\x00", "__Host-chronovisor-session.0=%%%"):
        assert jar.opened("session", nonsense) is None


def test_a_cookie_is_for_http_alone_for_this_site_and_over_tls_for_this_host() -> None:
    for line in CookieJar(KEY, is_secure=True).set("session", {}, 60):
        assert line.startswith("__Host-chronovisor-session.")
        assert {"HttpOnly", "SameSite=Strict", "Secure", "Path=/"} <= {each.strip() for each in line.split(";")}
        assert "Domain" not in line
    plain = CookieJar(KEY, is_secure=False)
    assert "Secure" not in plain.set("session", {}, 60)[0]
    assert "SameSite=Lax" in plain.set("sign-in", {}, 60, "Lax")[0]


def test_long_tokens_are_in_pieces_and_shorter_ones_leave_none_of_them() -> None:
    jar = CookieJar(KEY, is_secure=False)
    long, short = jar.set("session", {"t": "x" * 9000}, 60), jar.set("session", {"t": "x"}, 60)
    assert all(len(each) < 4096 for each in long)
    assert jar.opened("session", sent(long)) == {"t": "x" * 9000}
    assert len(long) == len(short) == len(jar.unset("session")) == MOST_PIECES
    with pytest.raises(ValueError, match="too long for cookies"):
        jar.set("session", {"t": "x" * 20_000}, 60)


class Issuer:
    """Renews each refresh token once, as issuers that rotate them do."""

    def __init__(self) -> None:
        self.used: list[str] = []

    async def tokens(self, form: Any) -> Tokens:
        self.used.append(form["refresh_token"])
        await asyncio.sleep(0)
        if self.used.count(form["refresh_token"]) > 1:
            raise SignInFailed("used before")
        return Tokens("new", 300, form["refresh_token"] + "+", "")


async def test_all_tabs_of_a_browser_get_the_one_renewal() -> None:
    clock, issuer = Clock(), Issuer()
    made: Any = {"i": issuer}
    sessions = Sessions(CookieJar(KEY, is_secure=False, clock=clock), made, clock)
    cookies = sent(sessions.begun(Tokens("old", 300, "r", ""), "i", 7))
    session = sessions.of(cookies, 7)
    assert session
    assert sessions.of(cookies, 8) is None
    assert await sessions.bearer(session) == ("old", [])
    clock.now += 280
    found = await asyncio.gather(*(sessions.bearer(session) for _ in range(5)))
    assert {bearer for bearer, _ in found} == {"new"}
    assert issuer.used == ["r"]
    renewed = sessions.of(sent(found[0][1]), 7)
    assert renewed
    assert (renewed.refresh, renewed.ends_at) == ("r+", clock.now + 300)


async def test_a_session_that_cannot_be_renewed_ends_with_its_token() -> None:
    clock, issuer = Clock(), Issuer()
    issuer.used = ["r"]
    made: Any = {"i": issuer}
    sessions = Sessions(CookieJar(KEY, is_secure=False, clock=clock), made, clock)
    session = sessions.of(sent(sessions.begun(Tokens("old", 300, "r", ""), "i", -1)), -1)
    assert session
    clock.now += 280
    assert await sessions.bearer(session) == ("old", [])
    clock.now += 100
    bearer, cookies = await sessions.bearer(session)
    assert bearer == "old"
    assert sent(cookies) == ""
    assert sessions.of(sent(sessions.begun_by("cvsa_x", -1)), -1)
    assert LIFE_S > 300


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    made = cookie_key.load_or_make(keys)
    assert cookie_key.load_or_make(keys) == made
    file = keys / cookie_key.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert cookie_key.load_or_make(None) != cookie_key.load_or_make(None)
    file.chmod(0o644)
    with pytest.raises(ValueError, match="others may read it"):
        cookie_key.load_or_make(keys)
    file.chmod(0o600)
    file.write_text("nonsense")
    with pytest.raises(ValueError, match="no key of cookies"):
        cookie_key.load_or_make(keys)
