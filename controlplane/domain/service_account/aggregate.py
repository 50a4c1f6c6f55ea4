"""The service account: a program's own name in a project, and what is known of its tokens. Decide and evolve."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.etag import Edition
from controlplane.domain.service_account.states import TRANSITIONS, AccountState, AccountVerb, require
from controlplane.domain.time import Micros, micros_of, timestamp_of

# Of an account, so many live at once: enough to replace each while it is in use.
MOST_TOKENS = 20
# Of those that have expired or were revoked, the last are known.
ENDED_KEPT = 50
NEVER = Micros(0)


class AccountTerms(NamedTuple):
    """What a caller can change of a service account."""

    display_name: str = ""
    disabled: bool = False


class AccountToken(NamedTuple):
    """A token, by its hash. `revoked` and `used` are NEVER until they are."""

    id: str
    sha256: bytes
    created: Micros
    expires: Micros
    description: str = ""
    revoked: Micros = NEVER
    used: Micros = NEVER

    def ended(self, now: Micros) -> Micros:
        """When it ended; NEVER while it lives."""
        if self.revoked:
            return self.revoked
        return self.expires if self.expires <= now else NEVER


class ServiceAccount(NamedTuple):
    """One service account after some event of its stream. `edition` is the version of the last event but of tokens."""

    uid: str
    name: str
    project_uid: str
    terms: AccountTerms
    created: Micros
    updated: Micros
    version: int = 1
    edition: int = 1
    state: AccountState = AccountState.ACTIVE
    # In the order in which they were created.
    tokens: tuple[AccountToken, ...] = ()

    @property
    def is_deleted(self) -> bool:
        return self.state is AccountState.DELETED

    @property
    def project(self) -> str:
        """`projects/{project}`, as the account's own name has it."""
        return self.name.partition("/serviceAccounts/")[0]

    @property
    def principal(self) -> str:
        """What bindings and events call it."""
        return f"serviceAccount:{self.name}"

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """It has none."""
        return ()

    @property
    def as_edited(self) -> Edition:
        """What an etag is of: the account without its tokens."""
        return Edition(self.name, self.uid, self.edition)

    def token(self, token_id: str) -> AccountToken:
        """Raises NotFound."""
        for each in self.tokens:
            if each.id == token_id:
                return each
        raise NotFound("service_account", f"{self.name}/tokens/{token_id}")


def decide_create(uid: str, name: str, project_uid: str, terms: AccountTerms) -> list[Message]:
    return [
        ev.ServiceAccountCreated(
            uid=uid, name=name, project_uid=project_uid, display_name=terms.display_name, disabled=terms.disabled
        )
    ]


def decide_update(account: ServiceAccount, terms: AccountTerms) -> list[Message]:
    """Raises WrongState. Nothing changed is a success that appends nothing."""
    require(account.name, account.state, AccountVerb.UPDATE)
    if terms == account.terms:
        return []
    return [ev.ServiceAccountUpdated(display_name=terms.display_name, disabled=terms.disabled)]


def decide_delete(account: ServiceAccount) -> list[Message]:
    """Raises WrongState."""
    require(account.name, account.state, AccountVerb.DELETE)
    return [ev.ServiceAccountDeleted()]


def decide_create_token(account: ServiceAccount, token: AccountToken) -> list[Message]:
    """Raises WrongState, and InvalidField for more tokens that live than there may be."""
    require(account.name, account.state, AccountVerb.CREATE_TOKEN)
    if sum(not each.ended(token.created) for each in account.tokens) >= MOST_TOKENS:
        raise invalid("parent", f"{account.name} has {MOST_TOKENS} tokens that live: revoke one first")
    return [
        ev.ServiceAccountTokenCreated(
            token_id=token.id,
            token_sha256=token.sha256,
            expire_time=timestamp_of(token.expires),
            description=token.description,
        )
    ]


def decide_revoke_token(account: ServiceAccount, token_id: str) -> list[Message]:
    """Raises WrongState, NotFound. Revoked already is a success that appends nothing."""
    require(account.name, account.state, AccountVerb.REVOKE_TOKEN)
    if account.token(token_id).revoked:
        return []
    return [ev.ServiceAccountTokenRevoked(token_id=token_id)]


def decide_use(account: ServiceAccount, uses: Sequence[tuple[str, Micros]]) -> list[Message]:
    """What of these uses, by token, is later than what is known."""
    known = {each.id: each.used for each in account.tokens}
    later = [
        ev.TokenUse(token_id=token_id, last_use_time=timestamp_of(at))
        for token_id, at in uses
        if token_id in known and at > known[token_id]
    ]
    return [ev.ServiceAccountTokensUsed(uses=later)] if later else []


def _terms_of(payload: ev.ServiceAccountCreated | ev.ServiceAccountUpdated) -> AccountTerms:
    return AccountTerms(payload.display_name, payload.disabled)


def _edited(account: ServiceAccount, event: ev.Event, version: int) -> dict[str, Any]:
    changed: dict[str, Any] = {"updated": micros_of(event.commit_time), "edition": version}
    if event.HasField("service_account_updated"):
        changed["terms"] = _terms_of(event.service_account_updated)
    return changed


def _with_token(account: ServiceAccount, event: ev.Event, _version: int) -> dict[str, Any]:
    at, payload = micros_of(event.commit_time), event.service_account_token_created
    expires = micros_of(payload.expire_time)
    token = AccountToken(payload.token_id, payload.token_sha256, at, expires, payload.description)
    return {"tokens": (*_kept(account.tokens, at), token)}


def _kept(tokens: tuple[AccountToken, ...], now: Micros) -> tuple[AccountToken, ...]:
    """Those that live, and of those that have ended the last."""
    ended = sorted((each.ended(now), each.id) for each in tokens if each.ended(now))
    gone = {id_ for _, id_ in ended[:-ENDED_KEPT]}
    return tuple(each for each in tokens if each.id not in gone) if gone else tokens


def _revoked(account: ServiceAccount, event: ev.Event, _version: int) -> dict[str, Any]:
    at, token_id = micros_of(event.commit_time), event.service_account_token_revoked.token_id
    return {"tokens": tuple(each._replace(revoked=at) if each.id == token_id else each for each in account.tokens)}


def _used(account: ServiceAccount, event: ev.Event, _version: int) -> dict[str, Any]:
    uses = {each.token_id: micros_of(each.last_use_time) for each in event.service_account_tokens_used.uses}
    return {"tokens": tuple(each._replace(used=uses.get(each.id, each.used)) for each in account.tokens)}


_Changes = Callable[[ServiceAccount, ev.Event, int], dict[str, Any]]
_EVOLVE: dict[str, tuple[AccountVerb, _Changes]] = {
    "service_account_updated": (AccountVerb.UPDATE, _edited),
    "service_account_deleted": (AccountVerb.DELETE, _edited),
    "service_account_token_created": (AccountVerb.CREATE_TOKEN, _with_token),
    "service_account_token_revoked": (AccountVerb.REVOKE_TOKEN, _revoked),
    "service_account_tokens_used": (AccountVerb.USE, _used),
}


def evolve(account: ServiceAccount | None, event: ev.Event, version: int) -> ServiceAccount:
    """The account after `event`, which is the stream's `version`."""
    if account is None:
        payload, at = event.service_account_created, micros_of(event.commit_time)
        return ServiceAccount(
            payload.uid, payload.name, payload.project_uid, _terms_of(payload), at, at, version, version
        )
    kind = event.WhichOneof("payload")
    assert kind is not None
    verb, changes = _EVOLVE[kind]
    after = TRANSITIONS[account.state, verb]
    return account._replace(state=after, version=version, **changes(account, event, version))
