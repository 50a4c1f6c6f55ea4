"""Service account requests to commands: what is checked before any state is looked at. Here tokens are made."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from chronovisor.v1 import service_account_pb2
from chronovisor.v1 import service_account_service_pb2 as api
from uuid_utils import uuid7

from controlplane.commands.service_account import (
    CreateServiceAccount,
    CreateToken,
    DeleteServiceAccount,
    RevokeToken,
    UpdateServiceAccount,
)
from controlplane.domain.resource_kinds import SERVICE_ACCOUNTS
from controlplane.domain.service_account import token_text
from controlplane.domain.service_account.aggregate import AccountTerms, ServiceAccount
from controlplane.domain.time import SECOND, micros_in
from controlplane.rpc.service_account.messages import account_message
from controlplane.rpc.shared.update_masks import merged, updated_paths
from controlplane.rpc.shared.validate import FieldRules

PARENT = "projects/{project}"
NAME = SERVICE_ACCOUNTS.pattern
UPDATABLE = ("display_name", "disabled")
LONGEST_DISPLAY_NAME = 255
LONGEST_DESCRIPTION = 255
DAY_US = 86_400 * SECOND
SHORTEST_TTL_US, DEFAULT_TTL_US, LONGEST_TTL_US = 60 * SECOND, 90 * DAY_US, 366 * DAY_US
_TOKEN_NAME = re.compile(r"(?P<account>.+)/tokens/(?P<token>[^/]+)")


class NewToken(NamedTuple):
    """A token, which is nowhere else, and the command that records its hash."""

    text: str
    command: CreateToken

    def __repr__(self) -> str:
        return f"NewToken({self.command.token_id})"


def create_command(request: api.CreateServiceAccountRequest) -> CreateServiceAccount:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.parent, PARENT, "parent")
    rules.id(request.service_account_id, "service_account_id")
    rules.mutation(request.request_id, request.reason)
    terms = _terms(request.service_account, rules)
    rules.done()
    name = f"{request.parent}/serviceAccounts/{request.service_account_id}"
    return CreateServiceAccount(str(uuid7()), request.parent, name, terms)


def update_command(request: api.UpdateServiceAccountRequest) -> UpdateServiceAccount:
    """Raises InvalidField."""
    rules = FieldRules()
    account = request.service_account
    rules.name(account.name, NAME, "service_account.name")
    rules.mutation(request.request_id, request.reason)
    paths = updated_paths(request.update_mask, account, UPDATABLE, rules)
    rules.done()
    # Only what the mask names is looked at: nobody sends back what they do not change.
    _changed(service_account_pb2.ServiceAccount(), account, paths)
    return UpdateServiceAccount(account.name, account.etag, AccountPatch(account, tuple(paths)))


def delete_command(request: api.DeleteServiceAccountRequest) -> DeleteServiceAccount:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return DeleteServiceAccount(request.name, request.etag)


def create_token_command(request: api.CreateServiceAccountTokenRequest) -> NewToken:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.parent, NAME, "parent")
    rules.mutation(request.request_id, request.reason)
    rules.text(request.description, "description", LONGEST_DESCRIPTION)
    ttl_us = micros_in(request.ttl) if request.HasField("ttl") else DEFAULT_TTL_US
    rule = f"must be 1 minute to {LONGEST_TTL_US // DAY_US} days, not {ttl_us / SECOND:g} s"
    rules.check(SHORTEST_TTL_US <= ttl_us <= LONGEST_TTL_US, "ttl", rule)
    rules.done()
    id_ = token_text.token_id(secrets.randbits(128))
    text = token_text.token_text(id_, secrets.randbits(token_text.SECRET_BITS))
    digest = hashlib.sha256(text.encode()).digest()
    return NewToken(text, CreateToken(request.parent, id_, digest, ttl_us, request.description))


def revoke_token_command(request: api.RevokeServiceAccountTokenRequest) -> RevokeToken:
    """Raises InvalidField."""
    rules = FieldRules()
    found = _TOKEN_NAME.fullmatch(request.name)
    account, token_id = (found["account"], found["token"]) if found else ("", "")
    if rules.check(token_text.is_token_id(token_id), "name", f"must be {NAME}/tokens/{{token}}"):
        rules.name(account, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return RevokeToken(account, token_id)


class AccountPatch(NamedTuple):
    """New values of the fields of a service account that `paths` names."""

    account: service_account_pb2.ServiceAccount
    paths: tuple[str, ...]

    def __call__(self, account: ServiceAccount) -> AccountTerms:
        """The terms of an account with these values. Raises InvalidField."""
        return _changed(account_message(account), self.account, self.paths)


def _changed(
    before: service_account_pb2.ServiceAccount, account: service_account_pb2.ServiceAccount, paths: Sequence[str]
) -> AccountTerms:
    """Raises InvalidField."""
    rules = FieldRules()
    terms = _terms(merged(before, account, paths), rules)
    rules.done()
    return terms


def _terms(account: service_account_pb2.ServiceAccount, rules: FieldRules) -> AccountTerms:
    rules.text(account.display_name, "service_account.display_name", LONGEST_DISPLAY_NAME)
    return AccountTerms(account.display_name, account.disabled)
