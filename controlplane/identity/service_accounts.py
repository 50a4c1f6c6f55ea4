"""Service accounts' tokens: whom one is of, by a table in memory that follows the ledger. Has hashes, never a token.

What is revoked, disabled or deleted is refused from the moment on at which this server knows its event.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.errors import Unauthenticated
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.reasons import Reason
from controlplane.domain.resource_kinds import SERVICE_ACCOUNTS
from controlplane.domain.service_account.aggregate import AccountToken, ServiceAccount
from controlplane.domain.service_account.token_text import id_in
from controlplane.domain.time import SECOND, Micros

# Called with the principal's name and the token's id.
OnRevoked = Callable[[str, str], None]


class _Known(NamedTuple):
    """A token. `refusal` is why it is not believed, whatever the time; None where it is."""

    id: str
    principal: Principal
    refusal: Reason | None


_WORDS = {
    Reason.TOKEN_REVOKED: "the token was revoked",
    Reason.SERVICE_ACCOUNT_DISABLED: "the token's service account is disabled",
}


class ServiceAccountTokens:
    """Follows the dispatcher. `verify` waits for nothing, and costs about 1.5 us.

    Tokens are found by their SHA-256 alone: nothing is compared with a secret, so that time says nothing of one.
    """

    def __init__(self) -> None:
        # By SHA-256.
        self._known: dict[bytes, _Known] = {}
        self._accounts: dict[str, ServiceAccount] = {}
        # When each token was used last, in seconds since 1970, as far as this server saw it.
        self._uses: dict[str, float] = {}
        self._callbacks: list[OnRevoked] = []

    def on_revoked(self, callback: OnRevoked) -> None:
        """Has it called for each token that is not believed any more: revoked, or its account disabled or deleted.

        It is called on the event loop, and must not fail. A token that expires is not among them: its principal says
        until when it is good.
        """
        self._callbacks.append(callback)

    def verify(self, token: str, now: float) -> Principal:
        """Whose a token is, at a time in seconds since 1970. Raises Unauthenticated, which does not have the token."""
        known = self._known.get(sha256(token.encode()).digest())
        if known is None:
            cut = "" if id_in(token) else ", and is not whole: its checksum does not fit"
            raise Unauthenticated(Reason.TOKEN_INVALID, f"the token is of no service account{cut}")
        if known.refusal is not None:
            raise Unauthenticated(known.refusal, _WORDS[known.refusal])
        if known.principal.until <= now:
            raise Unauthenticated(Reason.TOKEN_EXPIRED, "the token has expired")
        self._uses[known.id] = now
        return known.principal

    def last_use(self, token_id: str) -> Micros:
        """When a call came with it last, as this server saw it; 0 where none did."""
        return Micros(int(self._uses.get(token_id, 0.0) * SECOND))

    def uses_to_record(self, interval_us: int) -> Iterator[tuple[str, list[tuple[str, Micros]]]]:
        """The uses that are so much later than what the ledger has, or the first, by the uid of the account."""
        later: defaultdict[str, list[tuple[str, Micros]]] = defaultdict(list)
        for uid, account in self._accounts.items():
            for token in account.tokens:
                used = self.last_use(token.id)
                if used and (not token.used or used - token.used >= interval_us):
                    later[uid].append((token.id, used))
        yield from later.items()

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            if isinstance(recorded.after, ServiceAccount):
                self._put(recorded.after)

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        for account in state.of(SERVICE_ACCOUNTS):
            self._put(account)

    def _put(self, account: ServiceAccount) -> None:
        before = self._accounts.pop(account.uid, None)
        if not account.is_deleted:
            self._accounts[account.uid] = account
        tokens = () if account.is_deleted else account.tokens
        after = {each.sha256: _known(account, each) for each in tokens}
        ended: list[str] = []
        for token in before.tokens if before else ():
            was, now = self._known.pop(token.sha256, None), after.get(token.sha256)
            if now is None:
                self._uses.pop(token.id, None)
            if was and was.refusal is None and (now is None or now.refusal):
                ended.append(token.id)
        self._known.update(after)
        for token_id in ended:
            self._report(account.principal, token_id)

    def _report(self, principal: str, token_id: str) -> None:
        for callback in self._callbacks:
            callback(principal, token_id)


class ServiceAccountVerifier:
    """The tokens, at the clock's time: what takes a bearer token that is a service account's."""

    def __init__(self, tokens: ServiceAccountTokens, clock: Callable[[], Micros]) -> None:
        self._tokens = tokens
        self._clock = clock

    def cached(self, token: str) -> Principal:
        """Whose it is: nothing has to be waited for. Raises Unauthenticated."""
        return self._tokens.verify(token, self._clock() / SECOND)

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated."""
        return self.cached(token)


def _known(account: ServiceAccount, token: AccountToken) -> _Known:
    proof = Proof(ProofKind.TOKEN, token.id)
    principal = Principal(account.principal, proof, until=token.expires / SECOND, uid=account.uid)
    if token.revoked:
        return _Known(token.id, principal, Reason.TOKEN_REVOKED)
    return _Known(token.id, principal, Reason.SERVICE_ACCOUNT_DISABLED if account.terms.disabled else None)
