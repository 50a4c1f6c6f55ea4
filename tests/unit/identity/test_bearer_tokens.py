"""Bearer tokens go to the verifier of their kind."""

import pytest

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.errors import Unauthenticated
from controlplane.identity.tokens import TokenAuthenticator


class Known:
    """Knows one token."""

    def __init__(self, token: str, name: str) -> None:
        self._token = token
        self._principal = Principal(name, Proof(ProofKind.TOKEN))

    def cached(self, token: str) -> Principal | None:
        return self._principal if token == self._token else None

    async def verify(self, token: str) -> Principal:
        assert token == self._token
        return self._principal


async def test_each_goes_to_its_own() -> None:
    found = TokenAuthenticator(Known("ey.x.y", "user:a"), Known("cvsa_1", "serviceAccount:b"))
    for token, name in (("ey.x.y", "user:a"), ("cvsa_1", "serviceAccount:b")):
        assert (await found.principal(token)).name == name
        cached = found.cached(token)
        assert cached
        assert cached.name == name
    assert found.cached("ey.other.z") is None


@pytest.mark.parametrize(("token", "words"), [("ey.x.y", "none is configured"), ("cvsa_1", "service accounts")])
async def test_where_nothing_is_configured_none_is_taken(token: str, words: str) -> None:
    found = TokenAuthenticator()
    assert found.cached(token) is None
    with pytest.raises(Unauthenticated, match=words):
        await found.principal(token)
