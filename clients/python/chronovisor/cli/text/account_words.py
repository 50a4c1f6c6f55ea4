"""The events of service accounts in words: the part of the table of `event_words` that is theirs."""

from collections.abc import Callable, Mapping

from chronovisor.cli.output import local_time
from chronovisor.events.v1.event_pb2 import Event, ServiceAccountCreated, ServiceAccountUpdated


def _terms(payload: ServiceAccountCreated | ServiceAccountUpdated) -> str:
    title = f"{payload.display_name!r}, " * bool(payload.display_name)
    return f"{title}{'disabled' if payload.disabled else 'enabled'}"


def _token_created(event: Event) -> str:
    payload = event.service_account_token_created
    purpose = f" for {payload.description!r}" * bool(payload.description)
    return f"token {payload.token_id}{purpose} created, until {local_time(payload.expire_time)}"


def _used(event: Event) -> str:
    uses = event.service_account_tokens_used.uses
    words = [f"token {each.token_id} was used at {local_time(each.last_use_time)}" for each in uses]
    return "; ".join(words) or "a token was used"


ACCOUNT_WORDS: Mapping[str, Callable[[Event], str]] = {
    "service_account_created": lambda event: f"created, {_terms(event.service_account_created)}",
    "service_account_updated": lambda event: f"updated: {_terms(event.service_account_updated)}",
    "service_account_deleted": lambda _event: "deleted, with all its tokens",
    "service_account_token_created": _token_created,
    "service_account_token_revoked": lambda event: f"token {event.service_account_token_revoked.token_id} revoked",
    "service_account_tokens_used": _used,
}
