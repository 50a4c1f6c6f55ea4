"""`chronovisor service-account`: the names that programs call by, and their tokens."""

from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from chronovisor.cli.commands import service_account_tokens
from chronovisor.cli.commands.changes import paths_of
from chronovisor.cli.completion import complete_account
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_one, show_page, view
from chronovisor.cli.options.mutations import Reason, ValidateOnly, show_changed
from chronovisor.cli.output import local_time, show_facts
from chronovisor.cli.session import account_name, as_of, project_name, session
from chronovisor.cli.settings import listed, settings_of
from chronovisor.paging import pages
from chronovisor.v1 import service_account_pb2
from chronovisor.v1 import service_account_service_pb2 as api

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.add_typer(service_account_tokens.app, name="token", help="Tokens: shown once, listed without, revoked at once.")
Name = Annotated[
    str, typer.Argument(autocompletion=complete_account, metavar="NAME", help="The account: ci, or shop/ci.")
]
Etag = Annotated[str, typer.Option("--etag", metavar="ETAG", help="Only if the account is still as this etag says.")]


@app.command("list")
@listed
def list_accounts(
    ctx: typer.Context,
    all_projects: Annotated[bool, typer.Option("--all-projects", "-A", help="Of all projects.")] = False,
    filter_: Filter = "",
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """List service accounts."""
    past = settings_of(ctx).when is not None
    requested = view(ctx, tables.service_accounts(past=past, with_project=all_projects), columns, sort_by, filter_)
    parent = "projects/-" if all_projects else project_name(settings_of(ctx).project)
    request = as_of(ctx, api.ListServiceAccountsRequest(parent=parent, page_size=1000))
    found = api.ListServiceAccountsResponse()
    with session(ctx) as client:
        for page in pages(client.service_accounts.ListServiceAccounts, request):
            found.service_accounts.extend(page.service_accounts)
            found.position = page.position
    empty = f"No service accounts in {'any project' if all_projects else parent}."
    show_page(ctx, requested, found, "service_accounts", empty)


@app.command()
@listed
def show(ctx: typer.Context, name: Name) -> None:
    """Show one service account."""
    request = as_of(ctx, api.GetServiceAccountRequest(name=account_name(ctx, name)))
    with session(ctx) as client:
        account = client.service_accounts.GetServiceAccount(request)
    past = settings_of(ctx).when is not None
    show_one(ctx, tables.service_accounts(past=past), account, lambda: _show(account))


def _show(account: service_account_pb2.ServiceAccount) -> None:
    show_facts(
        [
            ("name", account.name),
            ("uid", account.uid),
            ("title", account.display_name),
            ("state", "disabled" if account.disabled else "enabled"),
            ("member", f"serviceAccount:{account.name}"),
            ("created", local_time(account.create_time)),
            ("updated", local_time(account.update_time)),
            ("etag", account.etag),
        ]
    )


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new account's id: 1 to 63 of a-z, 0-9 and '-'.")],
    title: Annotated[str, typer.Option(help="A name for people.")] = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Create a service account. It has no tokens, and may do nothing until a role is granted to it."""
    parent, _, account_id = account_name(ctx, name).partition("/serviceAccounts/")
    account = service_account_pb2.ServiceAccount(display_name=title)
    request = api.CreateServiceAccountRequest(
        parent=parent,
        service_account_id=account_id,
        service_account=account,
        validate_only=validate_only,
        reason=reason,
    )
    with session(ctx) as client:
        created = client.service_accounts.CreateServiceAccount(request)
    show_changed(ctx, created, "created", validate_only)


@app.command()
def update(
    ctx: typer.Context,
    name: Name,
    title: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    disabled: Annotated[
        bool | None, typer.Option("--disabled/--enabled", help="Believe none of its tokens, or believe them again.")
    ] = None,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Change a service account's title, or disable or enable it. Streams of one that is disabled end."""
    paths = paths_of("--disabled", display_name=title is not None, disabled=disabled is not None)
    account = service_account_pb2.ServiceAccount(
        name=account_name(ctx, name), display_name=title or "", disabled=bool(disabled), etag=etag
    )
    request = api.UpdateServiceAccountRequest(
        service_account=account, update_mask=FieldMask(paths=paths), validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        updated = client.service_accounts.UpdateServiceAccount(request)
    show_changed(ctx, updated, "updated", validate_only)


@app.command()
def delete(
    ctx: typer.Context, name: Name, etag: Etag = "", validate_only: ValidateOnly = False, reason: Reason = ""
) -> None:
    """Delete a service account and all its tokens, at once. Its history stays, and its name can be taken again."""
    request = api.DeleteServiceAccountRequest(
        name=account_name(ctx, name), etag=etag, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        deleted = client.service_accounts.DeleteServiceAccount(request)
    show_changed(ctx, deleted, "deleted", validate_only)
