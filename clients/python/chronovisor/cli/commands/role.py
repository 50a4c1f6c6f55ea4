"""`chronovisor role`: the named lists of permissions that bindings give."""

from typing import Annotated

import typer

from chronovisor.cli.completion import complete_role
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_page, view
from chronovisor.cli.options.mutations import Reason, ValidateOnly, show_changed
from chronovisor.cli.session import role_name, session
from chronovisor.cli.settings import Misused, listed, named, settings_of
from chronovisor.cli.text import error_text
from chronovisor.client import Client
from chronovisor.errors import Conflict
from chronovisor.names import last_part
from chronovisor.v1 import access_service_pb2 as api

app = typer.Typer(add_completion=False, no_args_is_help=True)
Name = Annotated[str, typer.Argument(autocompletion=complete_role, metavar="NAME", help="The role: starter.")]
Etag = Annotated[str, typer.Option("--etag", metavar="ETAG", help="Only if the role is still as this etag says.")]
Permissions = Annotated[
    list[str] | None,
    typer.Option("--permission", "-p", metavar="PERMISSION", help="Such as vms.start. Repeatable."),
]


@app.command("list")
@listed
def list_roles(ctx: typer.Context, filter_: Filter = "", columns: Columns = "", sort_by: SortBy = "") -> None:
    """List roles: those that are there from the first start, then custom ones."""
    requested = view(ctx, tables.roles(), columns, sort_by, filter_)
    with session(ctx) as client:
        found = client.access.ListRoles(api.ListRolesRequest())
    show_page(ctx, requested, found, "roles", "No roles.")


@app.command()
@named
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new role's id: 1 to 63 of a-z, 0-9 and '-'.")],
    permission: Permissions = None,
    title: Annotated[str, typer.Option(help="In a few words.")] = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Create a role of these permissions."""
    request = api.CreateRoleRequest(
        role_id=last_part(role_name(name)),
        role=api.Role(title=title, permissions=permission or ()),
        validate_only=validate_only,
        reason=reason,
    )
    with session(ctx) as client:
        created = client.access.CreateRole(request)
    show_changed(ctx, created, "created", validate_only)


@app.command()
@named
def update(
    ctx: typer.Context,
    name: Name,
    permission: Permissions = None,
    title: Annotated[str | None, typer.Option(help="In a few words.")] = None,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Change a role's title, or replace its permissions. Whoever is bound to it has the new ones at once."""
    if permission is None and title is None:
        raise Misused("nothing to change: give at least one option, such as --permission")
    whole = role_name(name)

    def request(role: api.Role) -> api.UpdateRoleRequest:
        changed = api.Role(name=whole, title=role.title, permissions=role.permissions, etag=etag or role.etag)
        if title is not None:
            changed.title = title
        if permission is not None:
            changed.permissions[:] = permission
        return api.UpdateRoleRequest(role=changed, validate_only=validate_only, reason=reason)

    with session(ctx) as client:
        try:
            updated = client.access.UpdateRole(request(_role(ctx, client, whole)))
        except Conflict:
            if etag:
                raise
            # Somebody else was first: once more, from what it is now.
            updated = client.access.UpdateRole(request(_role(ctx, client, whole)))
    show_changed(ctx, updated, "updated", validate_only)


def _role(ctx: typer.Context, client: Client, name: str) -> api.Role:
    for each in client.access.ListRoles(api.ListRolesRequest()).roles:
        if each.name == name:
            return each
    hint = error_text.HINTS["ROLE_NOT_FOUND"]
    error_text.show("ROLE_NOT_FOUND", f"{name} does not exist (ROLE_NOT_FOUND).", hint, settings_of(ctx))
    raise typer.Exit(Exit.NOT_FOUND)


@app.command()
@named
def delete(
    ctx: typer.Context, name: Name, etag: Etag = "", validate_only: ValidateOnly = False, reason: Reason = ""
) -> None:
    """Delete a role: its bindings grant nothing any more."""
    request = api.DeleteRoleRequest(name=role_name(name), etag=etag, validate_only=validate_only, reason=reason)
    with session(ctx) as client:
        deleted = client.access.DeleteRole(request)
    show_changed(ctx, deleted, "deleted", validate_only)
