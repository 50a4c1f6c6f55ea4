"""What a client is made with: options and the environment, checked and put together. Sends nothing."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chronovisor.addresses import DEFAULT_SERVER, SERVER_VARIABLE, addresses
from chronovisor.endpoints import PROJECT_VARIABLE, Endpoint, Pem, actor_of, tls_of
from chronovisor.layer import Layer, Places
from chronovisor.refusals import explained
from chronovisor.retry import RetryPolicy
from chronovisor.services.base import Context, World
from chronovisor.steps import sendable
from chronovisor.tokens import TOKEN_FILE_VARIABLE, TOKEN_VARIABLE, TokenFile

Token = str | Callable[[], str | Awaitable[str]]

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
    token: Token | None,
    token_file: str | os.PathLike[str] | None,
) -> Connection:
    """Raises ValueError for what cannot be used together or sent, OSError for files that cannot be read."""
    secured = tls_of(tls=tls, ca=ca, certificate=certificate, key=key, server_name=server_name)
    # What is sent over a socket of this machine, nobody can listen to.
    endpoints = tuple(Endpoint(each, None if each.startswith("unix:") else secured) for each in addresses(server))
    given = _given(token, token_file)
    exposed = [each.address for each in endpoints if not (each.tls or each.is_local)]
    if given and exposed:
        raise ValueError(f"a token is not sent to {exposed[0]} in plain text: connect by TLS, with ca=... or tls=True")
    layer = Layer(
        actor_of(actor),
        timeout_s,
        retry or RetryPolicy(),
        Places(len(endpoints)),
        token=_provider(given) if given else None,
        explain=lambda error, place: explained(error, endpoints[place].address, tls=endpoints[place].tls is not None),
    )
    return Connection(layer, endpoints, project or os.environ.get(PROJECT_VARIABLE) or "default")


def _given(token: Token | None, token_file: str | os.PathLike[str] | None) -> Token | None:
    if token is not None and token_file:
        raise ValueError("give one of token and token_file")
    if token is not None:
        return token
    if token_file:
        return TokenFile(token_file)
    file = os.environ.get(TOKEN_FILE_VARIABLE)
    return os.environ.get(TOKEN_VARIABLE) or (TokenFile(file) if file else None)


def _provider(token: Token) -> Callable[[], str | Awaitable[str]]:
    if not isinstance(token, str):
        return token
    known = sendable(token)
    return lambda: known
