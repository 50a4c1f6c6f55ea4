"""Bearer tokens: which verifier each is for, by its prefix."""

from typing import Protocol

from controlplane.domain.access.principal import Principal
from controlplane.domain.errors import Unauthenticated
from controlplane.domain.reasons import Reason

# Of service accounts' tokens. No JWT begins so: they begin with `ey`.
SERVICE_ACCOUNT_PREFIX = "cvsa_"


class TokenVerifier(Protocol):
    """Who a token is of."""

    def cached(self, token: str) -> Principal | None:
        """Who it is of, where that is known without a look elsewhere; otherwise None."""
        ...

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated."""
        ...


class NoTokens:
    """Takes none: what tokens of a kind meet where nothing of it is configured."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def cached(self, token: str) -> None:
        del token

    async def verify(self, token: str) -> Principal:
        del token
        raise Unauthenticated(Reason.TOKEN_INVALID, f"this control plane takes no tokens of {self._kind}")


class TokenAuthenticator:
    """Who calls, by a bearer token: `cached` first, which waits for nothing, then `principal`."""

    def __init__(self, issuers: TokenVerifier | None = None, accounts: TokenVerifier | None = None) -> None:
        self._issuers = issuers or NoTokens("issuers: none is configured (see [[issuers]])")
        self._accounts = accounts or NoTokens("service accounts")

    def cached(self, token: str) -> Principal | None:
        """The principal, where it is known; None says nothing."""
        return self._verifier(token).cached(token)

    async def principal(self, token: str) -> Principal:
        """Raises Unauthenticated; Unavailable while an issuer's keys cannot be read."""
        return await self._verifier(token).verify(token)

    def _verifier(self, token: str) -> TokenVerifier:
        return self._accounts if token.startswith(SERVICE_ACCOUNT_PREFIX) else self._issuers
