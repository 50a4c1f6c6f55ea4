"""Service account commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from controlplane.domain.command import Answer, Command, TokenAnswer
from controlplane.domain.errors import AlreadyExists
from controlplane.domain.resource_kinds import SERVICE_ACCOUNTS
from controlplane.domain.service_account import aggregate as accounts
from controlplane.domain.service_account.aggregate import AccountTerms, AccountToken, ServiceAccount
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateServiceAccount(Command[Answer]):
    """`uid` is new. `name` is in the project."""

    uid: str
    project: str
    name: str
    terms: AccountTerms


@dataclass(frozen=True, slots=True)
class UpdateServiceAccount(Command[Answer]):
    """`change` is a value that gives the new terms of the account as it is found. An empty `etag` is not checked."""

    name: str
    etag: str
    change: Callable[[ServiceAccount], AccountTerms]


@dataclass(frozen=True, slots=True)
class DeleteServiceAccount(Command[Answer]):
    """An empty `etag` is not checked."""

    name: str
    etag: str = ""


@dataclass(frozen=True, slots=True)
class CreateToken(Command[TokenAnswer]):
    """A token of the account `name`, which the caller alone knows, lives for `ttl_us` from the commit on."""

    name: str
    token_id: str
    token_sha256: bytes
    ttl_us: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class RevokeToken(Command[TokenAnswer]):
    """The token of the account `name` is not believed any more."""

    name: str
    token_id: str


@dataclass(frozen=True, slots=True)
class RecordTokenUses(Command[None]):
    """When tokens of an account were used last, by their ids. Of an account that is gone there is nothing to record."""

    uid: str
    uses: Sequence[tuple[str, Micros]]


def create(unit: UnitOfWork, command: CreateServiceAccount) -> Answer:
    """Raises NotFound of the project, and AlreadyExists."""
    project = unit.project(command.project)
    if unit.fleet.resource_named(SERVICE_ACCOUNTS, command.name) is not None:
        raise AlreadyExists("service_account", command.name)
    created = accounts.decide_create(command.uid, command.name, project.uid, command.terms)
    unit.record(SERVICE_ACCOUNTS.stream(command.uid), created)
    return Answer(unit.resource(SERVICE_ACCOUNTS, command.name), 1)


def update(unit: UnitOfWork, command: UpdateServiceAccount) -> Answer:
    """Raises NotFound, EtagMismatch and InvalidField."""
    account = unit.resource(SERVICE_ACCOUNTS, command.name, command.etag)
    after = _recorded(unit, account, accounts.decide_update(account, command.change(account)))
    return Answer(after, after.version)


def delete(unit: UnitOfWork, command: DeleteServiceAccount) -> Answer:
    """Raises NotFound, EtagMismatch."""
    account = unit.resource(SERVICE_ACCOUNTS, command.name, command.etag)
    after = _recorded(unit, account, accounts.decide_delete(account))
    return Answer(after, after.version)


def create_token(unit: UnitOfWork, command: CreateToken) -> TokenAnswer:
    """Raises NotFound, and InvalidField for more tokens than there may be."""
    account = unit.resource(SERVICE_ACCOUNTS, command.name)
    expires = Micros(unit.now + command.ttl_us)
    token = AccountToken(command.token_id, command.token_sha256, unit.now, expires, command.description)
    after = _recorded(unit, account, accounts.decide_create_token(account, token))
    return TokenAnswer(after, command.token_id)


def revoke_token(unit: UnitOfWork, command: RevokeToken) -> TokenAnswer:
    """Raises NotFound of the account, or of the token."""
    account = unit.resource(SERVICE_ACCOUNTS, command.name)
    after = _recorded(unit, account, accounts.decide_revoke_token(account, command.token_id))
    return TokenAnswer(after, command.token_id)


def record_uses(unit: UnitOfWork, command: RecordTokenUses) -> None:
    account = unit.fleet.of(SERVICE_ACCOUNTS).get(command.uid)
    if account is not None:
        _recorded(unit, account, accounts.decide_use(account, command.uses))


def _recorded(unit: UnitOfWork, account: ServiceAccount, payloads: list[Message]) -> ServiceAccount:
    """The account after these events."""
    if not payloads:
        return account
    unit.record(SERVICE_ACCOUNTS.stream(account.uid), payloads)
    after = unit.recorded[-1].after
    assert isinstance(after, ServiceAccount)
    return after
