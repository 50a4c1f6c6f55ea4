"""`chronovisor login`: signs in at an issuer, and keeps its tokens. Sends nothing to a control plane."""

import os
import sys
import webbrowser
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from chronovisor.cli import contexts
from chronovisor.cli.contexts import BadContexts
from chronovisor.cli.credentials import registration_of, storage
from chronovisor.cli.output import say, show_document
from chronovisor.cli.settings import Misused, Settings, settings_of
from chronovisor.cli.text.safe_text import escaped
from chronovisor.sign_in import device, loopback
from chronovisor.sign_in.issuer import Issuer
from chronovisor.sign_in.registration import Tokens

app = typer.Typer(add_completion=False)
_DEFAULT_CONTEXT = "default"


@app.command()
def login(
    ctx: typer.Context,
    issuer: Annotated[str, typer.Option(metavar="URL", help="Where to sign in; the context's by default.")] = "",
    client_id: Annotated[
        str, typer.Option(metavar="ID", help="What the command line is called there: a public client.")
    ] = "",
    audience: Annotated[str, typer.Option(metavar="NAME", help="Whom tokens are for, as `chronovisord` has it.")] = "",
    scope: Annotated[str, typer.Option(metavar="NAMES", help="What is requested there.")] = "",
    issuer_ca_file: Annotated[str, typer.Option(metavar="FILE", help="TLS to the issuer: whom to trust, as PEM.")] = "",
    by_code: Annotated[
        bool | None,
        typer.Option(
            "--device/--browser",
            help="By a code that is entered in a browser anywhere, or in a browser of this machine; by default, that "
            "where it can be opened.",
        ),
    ] = None,
) -> None:
    """Sign in. What is given of the issuer is kept in the context in use, and need not be given again.

    Tokens are kept in the system's keyring, or in a file for you alone where there is none, and renewed by themselves.
    """
    given = {"issuer": issuer, "client_id": client_id, "audience": audience, "scope": scope}
    given["issuer_ca_file"] = str(Path(issuer_ca_file).expanduser().absolute()) if issuer_ca_file else ""
    settings = settings_of(ctx)
    _keep({key: value for key, value in given.items() if value}, settings)
    registration = registration_of(settings)
    with Issuer(registration) as at:
        tokens = _by_code(at) if _is_by_code(at, by_code) else loopback.sign_in(at, _open)
    kept = storage().write(registration.key, tokens)
    _done(ctx, registration.issuer, tokens, kept)


def _keep(given: Mapping[str, str], settings: Settings) -> None:
    """In the context in use; one is made where there is none."""
    if not given:
        return
    try:
        found = contexts.read()
        name = contexts.checked_name(settings.context_name or found.current or _DEFAULT_CONTEXT)
        found.by_name[name] = {**found.by_name.get(name, {}), **given}
        found.current = found.current or name
        contexts.write(found)
    except BadContexts as error:
        raise Misused(str(error)) from None
    settings.forget_context()


def _is_by_code(at: Issuer, requested: bool | None) -> bool:
    if requested is not None:
        return requested
    if not at.endpoint(device.ENDPOINT):
        return False
    is_elsewhere = bool(os.environ.get("SSH_CONNECTION"))
    has_screen = sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return is_elsewhere or not has_screen


def _by_code(at: Issuer) -> Tokens:
    def show(prompt: device.Prompt) -> None:
        print(escaped(f"Open {prompt.address} in a browser, and enter {prompt.code}."), file=sys.stderr)
        if prompt.whole:
            print(escaped(f"Or open {prompt.whole}."), file=sys.stderr)

    return device.sign_in(at, show)


def _open(address: str) -> None:
    print(escaped(f"Sign in in your browser; if none opens, open {address}"), file=sys.stderr)
    try:
        webbrowser.open(address)
    except webbrowser.Error:
        # The address is there to be opened by hand.
        return


def _done(ctx: typer.Context, issuer: str, tokens: Tokens, kept: str) -> None:
    subject = str(tokens.claims.get("sub", ""))
    ends = datetime.fromtimestamp(tokens.ends_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if settings_of(ctx).is_data:
        document: dict[str, Any] = {"issuer": issuer, "subject": subject, "kept_in": kept}
        show_document(ctx, {**document, "token_ends_at": ends, "renewed": bool(tokens.refresh)})
        return
    how_long = "it is renewed by itself" if tokens.refresh else f"it ends at {ends}"
    say(f"You are signed in at {issuer}{f' as {subject}' if subject else ''}. The token is in {kept}; {how_long}.")
