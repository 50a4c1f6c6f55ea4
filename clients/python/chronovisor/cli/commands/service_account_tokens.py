"""`chronovisor service-account token`: create, list and revoke the tokens of a service account."""

import sys
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from chronovisor.cli.completion import complete_account
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_page, view
from chronovisor.cli.options.mutations import Reason, ValidateOnly
from chronovisor.cli.output import local_time, say, show_message
from chronovisor.cli.session import account_name, as_of, session
from chronovisor.cli.settings import Output, listed, parsed, settings_of
from chronovisor.cli.text.units import parse_lifetime
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1 import service_account_service_pb2 as api

app = typer.Typer(add_completion=False, no_args_is_help=True)
Account = Annotated[
    str, typer.Argument(autocompletion=complete_account, metavar="NAME", help="The account: ci, or shop/ci.")
]


@app.command()
def create(
    ctx: typer.Context,
    name: Account,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    expires_in: Annotated[
        Duration | None,
        typer.Option(parser=parsed(parse_lifetime), metavar="TIME", help="1m to 366d; 90d by default."),
    ] = None,
    request_id: Annotated[
        str, typer.Option("--request-id", metavar="UUID", help="Makes the command safe to repeat.")
    ] = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Create a token, and print it: once, and never again. What is about it goes to standard error."""
    request = api.CreateServiceAccountTokenRequest(
        parent=account_name(ctx, name),
        description=description,
        ttl=expires_in,
        request_id=request_id,
        validate_only=validate_only,
        reason=reason,
    )
    with session(ctx) as client:
        made = client.service_accounts.CreateServiceAccountToken(request)
    if settings_of(ctx).output is Output.NAME:
        say(made.service_account_token.name)
    elif settings_of(ctx).is_data:
        show_message(ctx, made)
    else:
        _show(made, validate_only)


def _show(made: api.CreateServiceAccountTokenResponse, validate_only: bool) -> None:
    token = made.service_account_token
    id_ = last_part(token.name)
    if validate_only:
        say("Valid. Nothing was changed.")
    elif made.shown_before:
        say(f"Token {id_} was shown before, and is never shown again: revoke it and create another if it is lost.")
    else:
        print(f"Token {id_}, until {local_time(token.expire_time)}. It is not shown again:", file=sys.stderr)
        say(made.token)


@app.command("list")
@listed
def list_tokens(
    ctx: typer.Context, name: Account, filter_: Filter = "", columns: Columns = "", sort_by: SortBy = ""
) -> None:
    """List the tokens of a service account: what is known of each, never the token itself."""
    requested = view(ctx, tables.tokens(), columns, sort_by, filter_)
    request = as_of(ctx, api.ListServiceAccountTokensRequest(parent=account_name(ctx, name), page_size=1000))
    found = api.ListServiceAccountTokensResponse()
    with session(ctx) as client:
        for page in pages(client.service_accounts.ListServiceAccountTokens, request):
            found.service_account_tokens.extend(page.service_account_tokens)
            found.position = page.position
    show_page(ctx, requested, found, "service_account_tokens", f"{name} has no tokens.")


@app.command()
def revoke(
    ctx: typer.Context,
    name: Account,
    token_id: Annotated[
        str, typer.Argument(metavar="TOKEN_ID", help="The 12 characters after cvsa_ in the token, as list has them.")
    ],
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Revoke a token: it is refused from the next call on, and open streams that came with it end."""
    request = api.RevokeServiceAccountTokenRequest(
        name=f"{account_name(ctx, name)}/tokens/{token_id}", validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        revoked = client.service_accounts.RevokeServiceAccountToken(request)
    if settings_of(ctx).output is Output.NAME:
        say(revoked.name)
    elif settings_of(ctx).is_data:
        show_message(ctx, revoked)
    else:
        say("Valid. Nothing was changed." if validate_only else f"Token {last_part(revoked.name)} is revoked.")
