"""`chronovisor logout`: takes back what `login` keeps. Sends nothing to a control plane."""

import typer

from chronovisor.cli.credentials import registration_of, storage
from chronovisor.cli.output import say, show_document
from chronovisor.cli.settings import settings_of
from chronovisor.sign_in.failures import SignInFailed
from chronovisor.sign_in.issuer import Issuer
from chronovisor.sign_in.registration import Registration, Tokens

app = typer.Typer(add_completion=False)
ENDPOINT = "revocation_endpoint"


@app.command()
def logout(ctx: typer.Context) -> None:
    """Sign out at the issuer of the context in use: the issuer revokes the tokens, and they are deleted here."""
    registration = registration_of(settings_of(ctx))
    with storage().locked(registration.key):
        tokens = storage().read(registration.key)
        problem = _revoked(registration, tokens) if tokens else ""
        storage().delete(registration.key)
    if settings_of(ctx).is_data:
        show_document(ctx, {"issuer": registration.issuer, "revoked": bool(tokens) and not problem})
    elif not tokens:
        say(f"You were not signed in at {registration.issuer}.")
    else:
        say(f"You are signed out at {registration.issuer}.{problem}")


def _revoked(registration: Registration, tokens: Tokens) -> str:
    """Why the issuer did not revoke them, as a sentence; empty where it did. They are deleted all the same."""
    try:
        with Issuer(registration) as issuer:
            if not issuer.endpoint(ENDPOINT):
                return " It revokes no tokens: they end by themselves."
            # With a refresh token, the access tokens that came of it go, too.
            kind = "refresh_token" if tokens.refresh else "access_token"
            issuer.post(ENDPOINT, {"token": tokens.refresh or tokens.access, "token_type_hint": kind})
    except SignInFailed as error:
        return f" It did not revoke the tokens: {error}."
    return ""
