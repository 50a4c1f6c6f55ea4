"""What a client is made with: options and the environment, checked and put together. Sends nothing."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chronovisor.addresses import DEFAULT_SERVER, SERVER_VARIABLE, addresses
from chronovisor.endpoints import PROJECT_VARIABLE, TOKEN_VARIABLE, Endpoint, Pem, actor_of, tls_of
from chronovisor.layer import Layer, Places
from chronovisor.retry import RetryPolicy
from chronovisor.services.base import Context, World
from chronovisor.steps import sendable

__all__ = ["DEFAULT_SERVER", "SERVER_VARIABLE", "Connection", "Pem", "connection"]


@dataclass(frozen=True, slots=True)
class Connection:
    """What a client of either world is made of."""

    layer: Layer
    endpoints: tuple[Endpoint, ...]
    project: str

    def context(self, world: World, stub: Any) -> Context:
        return Context(world, self.layer.retry, self.project, stub)


def connection(
    server: str | Sequence[str] | None,
    *,
    actor: str | None,
    project: str | None,
    timeout_s: float,
    retry: RetryPolicy | None,
    tls: bool | None,
    ca: Pem | None,
    certificate: Pem | None,
    key: Pem | None,
    server_name: str | None,
    token: str | Callable[[], str | Awaitable[str]] | None,
) -> Connection:
    """Raises ValueError for what cannot be used together or sent, OSError for files that cannot be read."""
    secured = tls_of(tls=tls, ca=ca, certificate=certificate, key=key, server_name=server_name)
    endpoints = tuple(Endpoint(each, secured) for each in addresses(server))
    given = token if token is not None else os.environ.get(TOKEN_VARIABLE)
    exposed = [each.address for each in endpoints if not (each.tls or each.is_local)]
    if given and exposed:
        raise ValueError(f"a token is not sent to {exposed[0]} in plain text: connect by TLS, with ca=... or tls=True")
    layer = Layer(
        actor_of(actor),
        timeout_s,
        retry or RetryPolicy(),
        Places(len(endpoints)),
        token=_provider(given) if given else None,
    )
    return Connection(layer, endpoints, project or os.environ.get(PROJECT_VARIABLE) or "default")


def _provider(token: str | Callable[[], str | Awaitable[str]]) -> Callable[[], str | Awaitable[str]]:
    if not isinstance(token, str):
        return token
    known = sendable(token)
    return lambda: known
