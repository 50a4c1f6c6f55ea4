"""A service account as a message of snapshots and of the read database's rows, and back."""

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb

from controlplane.domain.service_account import aggregate as accounts
from controlplane.domain.service_account.aggregate import AccountToken, ServiceAccount
from controlplane.domain.time import Micros


def service_account_message(account: ServiceAccount) -> pb.ServiceAccountState:
    """A service account as it is kept."""
    (created,) = accounts.decide_create(account.uid, account.name, account.project_uid, account.terms)
    assert isinstance(created, ev.ServiceAccountCreated)
    return pb.ServiceAccountState(
        created=created,
        created_us=account.created,
        updated_us=account.updated,
        version=account.version,
        edition=account.edition,
        tokens=[
            pb.ServiceAccountTokenState(
                id=each.id,
                sha256=each.sha256,
                created_us=each.created,
                expires_us=each.expires,
                description=each.description,
                revoked_us=each.revoked,
                used_us=each.used,
            )
            for each in account.tokens
        ],
    )


def service_account_of(stored: pb.ServiceAccountState) -> ServiceAccount:
    account = accounts.evolve(None, ev.Event(service_account_created=stored.created), stored.version)
    return account._replace(
        created=Micros(stored.created_us),
        updated=Micros(stored.updated_us),
        edition=stored.edition,
        tokens=tuple(_token_of(each) for each in stored.tokens),
    )


def _token_of(stored: pb.ServiceAccountTokenState) -> AccountToken:
    times = (Micros(stored.created_us), Micros(stored.expires_us))
    ends = (Micros(stored.revoked_us), Micros(stored.used_us))
    return AccountToken(stored.id, stored.sha256, *times, stored.description, *ends)
