"""Service accounts and their tokens as API messages. Looks nothing up."""

from chronovisor.v1 import service_account_pb2

from controlplane.domain.etag import etag_of
from controlplane.domain.service_account.aggregate import AccountToken, ServiceAccount
from controlplane.domain.time import Micros, timestamp_of


def account_message(account: ServiceAccount) -> service_account_pb2.ServiceAccount:
    return service_account_pb2.ServiceAccount(
        name=account.name,
        uid=account.uid,
        display_name=account.terms.display_name,
        disabled=account.terms.disabled,
        create_time=timestamp_of(account.created),
        update_time=timestamp_of(account.updated),
        etag=etag_of(account.as_edited),
        delete_time=timestamp_of(account.updated) if account.is_deleted else None,
    )


def token_message(
    account: ServiceAccount, token: AccountToken, used: Micros
) -> service_account_pb2.ServiceAccountToken:
    """`used` is when a call came with it last, as far as this server knows; 0 where it knows of none."""
    last_use = max(used, token.used)
    return service_account_pb2.ServiceAccountToken(
        name=f"{account.name}/tokens/{token.id}",
        description=token.description,
        create_time=timestamp_of(token.created),
        expire_time=timestamp_of(token.expires),
        revoke_time=timestamp_of(token.revoked) if token.revoked else None,
        last_use_time=timestamp_of(last_use) if last_use else None,
    )
