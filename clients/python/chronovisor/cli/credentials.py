"""What a run proves itself with: the token of an option, the environment or the context. Sends nothing by itself."""

import os
import shlex
from collections.abc import Callable

from chronovisor.cli import contexts
from chronovisor.cli.settings import Misused, Settings
from chronovisor.sign_in.registration import DEFAULT_SCOPE, Registration
from chronovisor.sign_in.sources import SignedIn, TokenCommand
from chronovisor.sign_in.storage import Storage
from chronovisor.tokens import TOKEN_VARIABLE, TokenFile

Provider = Callable[[], str]


def token_of(settings: Settings) -> Provider | None:
    """The first of: --token-file, the environment's token or file, the context's file, command, and issuer.

    None: what the environment says, or none.
    """
    if settings.token_file:
        return TokenFile(settings.token_file)
    if os.environ.get(TOKEN_VARIABLE):
        return None
    if words := shlex.split(settings.context.get("token_command", "")):
        return TokenCommand(words)
    if settings.context.get("issuer"):
        return SignedIn(registration_of(settings), storage())
    return None


def registration_of(settings: Settings) -> Registration:
    """What the context says of its issuer. Raises Misused where it names no client."""
    context = settings.context
    if not (context.get("issuer") and context.get("client_id")):
        raise Misused("No issuer is known: chronovisor login --issuer URL --client-id ID")
    return Registration(
        context["issuer"],
        context["client_id"],
        context.get("audience", ""),
        context.get("scope") or DEFAULT_SCOPE,
        context.get("issuer_ca_file", ""),
    )


def storage() -> Storage:
    """Beside the contexts."""
    return Storage(contexts.file().parent / "tokens")
