"""Sessions of browsers: the cookie of a request becomes the token that its call has, and is renewed before it ends."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from controlplane.gateway.sign_in.cookies import CookieJar
from controlplane.gateway.sign_in.issuers import IssuerClient, SignInFailed, Tokens

log = logging.getLogger(__name__)
SESSION = "session"
# A session without use ends; one in use lasts as long as the issuer renews its tokens.
LIFE_S = 12 * 3600
# So long before its end a token is renewed.
EARLY_S = 30.0
# A browser's tabs renew at once, and the first answer makes their refresh token of no use: all get that answer.
RENEWALS_KEPT_S, MOST_KEPT = 60.0, 1_000


class Session(NamedTuple):
    """What the cookie has. `uid` is the user of the machine on whose connection it was made: on loopback every port of
    the host gets the cookie, also that of another user, who cannot use it here.
    """

    bearer: str
    ends_at: float
    refresh: str
    issuer: str
    uid: int


class _Renewal(NamedTuple):
    at: float
    tokens: "asyncio.Task[Tokens]"


class Sessions:
    """`issuers` by their names."""

    def __init__(
        self, jar: CookieJar, issuers: Mapping[str, IssuerClient], clock: Callable[[], float] = time.time
    ) -> None:
        self.jar = jar
        self.issuers = issuers
        self._clock = clock
        self._renewals: dict[str, _Renewal] = {}

    def of(self, cookies: str, uid: int) -> Session | None:
        """That of a request, if it has one that is of this connection's user."""
        found = self.jar.opened(SESSION, cookies) if cookies else None
        session = Session(**found) if found else None
        return session if session and session.uid == uid else None

    def begun(self, tokens: Tokens, issuer: str, uid: int) -> list[str]:
        """Set-Cookie headers. Raises ValueError."""
        return self._kept(Session(tokens.bearer, self._clock() + tokens.life_s, tokens.refresh, issuer, uid))

    def begun_by(self, token: str, uid: int) -> list[str]:
        """Of a token that somebody has, such as a service account's: it is not renewed."""
        return self._kept(Session(token, self._clock() + LIFE_S, "", "", uid))

    def ended(self) -> list[str]:
        return self.jar.unset(SESSION)

    async def bearer(self, session: Session) -> tuple[str, list[str]]:
        """The token, and Set-Cookie headers where it was renewed. An old one is as good as none: the call says so."""
        client = self.issuers.get(session.issuer)
        if client is None or not session.refresh or session.ends_at - EARLY_S > self._clock():
            return session.bearer, []
        try:
            tokens = await self._renewed(client, session.refresh)
            return tokens.bearer, self.begun(tokens, session.issuer, session.uid)
        except (SignInFailed, ValueError) as error:
            log.info("a session was not renewed: %s", error)
            return session.bearer, [] if session.ends_at > self._clock() else self.ended()

    async def _renewed(self, client: IssuerClient, refresh: str) -> Tokens:
        now = self._clock()
        for name in [name for name, each in self._renewals.items() if now - each.at > RENEWALS_KEPT_S]:
            del self._renewals[name]
        found = self._renewals.get(refresh)
        if found is None:
            form = {"grant_type": "refresh_token", "refresh_token": refresh}
            found = _Renewal(now, asyncio.create_task(client.tokens(form), name="renewal of a session"))
            if len(self._renewals) < MOST_KEPT:
                self._renewals[refresh] = found
        return await asyncio.shield(found.tokens)

    def _kept(self, session: Session) -> list[str]:
        content: dict[str, Any] = session._asdict()
        return self.jar.set(SESSION, content, LIFE_S)
