"""`chronovisor access`: who has which roles where, and why somebody may do something, or may not."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chronovisor import policies
from chronovisor.cli.commands.changes import Label
from chronovisor.cli.completion import complete_project, complete_role
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_rows, view
from chronovisor.cli.options.past import At, read_at
from chronovisor.cli.options.times import parse_until
from chronovisor.cli.output import Column, local_time, say, show_document, show_message, show_table
from chronovisor.cli.session import access_name, as_of, member_name, project_name, role_name, session
from chronovisor.cli.settings import listed, parsed, settings_of
from chronovisor.cli.text import error_text
from chronovisor.v1 import access_service_pb2 as api

if TYPE_CHECKING:
    from google.iam.v1.policy_pb2 import Policy

app = typer.Typer(add_completion=False, no_args_is_help=True)
# Of roles that somebody has.
GRANTS = (
    Column("ROLE", foldable=True),
    Column("ON", foldable=True),
    Column("MEMBER", foldable=True),
    Column("CONDITION", foldable=True),
    Column("SINCE"),
    Column("SET BY", foldable=True),
)
_WHERE = "The project: shop, or projects/shop; / for everything that there is."
Member = Annotated[
    str,
    typer.Argument(
        metavar="MEMBER", help="user:NAME, group:NAME, serviceAccount:ci or shop/ci, or allAuthenticatedUsers."
    ),
]
Role = Annotated[str, typer.Argument(autocompletion=complete_role, metavar="ROLE", help="Such as viewer.")]
Where = Annotated[
    str,
    typer.Argument(autocompletion=complete_project, metavar="[RESOURCE]", help=f"{_WHERE} By default, --project's."),
]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--group", metavar="GROUP", help="A group of the principal's: ops. The server knows those of callers alone."
    ),
]


def grant_row(grant: api.RoleGrant) -> list[str]:
    """A line of GRANTS."""
    since = local_time(grant.since_time) if grant.HasField("since_time") else "-"
    return [grant.role, grant.resource, grant.member, grant.condition or "-", since, grant.set_by or "-"]


@app.command()
def grant(
    ctx: typer.Context,
    member: Member,
    role: Role,
    resource: Where = "",
    until: Annotated[
        datetime | None,
        typer.Option(parser=parsed(parse_until), metavar="TIME", help="It ends then: 2026-12-01T00:00, or in 8h."),
    ] = None,
    label: Label = None,
) -> None:
    """Give a role to a member. With --label, on projects alone that have these labels."""
    who, what, where = member_name(ctx, member), role_name(role), _where(ctx, resource)
    condition = policies.condition_of(until, dict(label or ()))
    is_new, policy = _changed(ctx, where, lambda policy: policies.add(policy, who, what, condition))
    if settings_of(ctx).is_data:
        show_message(ctx, policy)
    else:
        already = "" if is_new else " already"
        say(f"{who} has {what} on {where}{already}{f', while {condition}' if condition else ''}.")


@app.command()
def revoke(ctx: typer.Context, member: Member, role: Role, resource: Where = "") -> None:
    """Take a role from a member, under whichever conditions it was given. Open streams that it allowed end."""
    who, what, where = member_name(ctx, member), role_name(role), _where(ctx, resource)
    was_there, policy = _changed(ctx, where, lambda policy: policies.remove(policy, who, what))
    if not was_there:
        text = f"{who} has no binding of {what} on {where} (NOT_BOUND)."
        error_text.show("NOT_BOUND", text, f"See what there is: chronovisor access policy {where}.", settings_of(ctx))
        raise typer.Exit(Exit.NOT_FOUND)
    if settings_of(ctx).is_data:
        show_message(ctx, policy)
    else:
        say(f"{who} has {what} on {where} no more.")


def _changed(ctx: typer.Context, resource: str, change: Callable[["Policy"], bool]) -> tuple[bool, "Policy"]:
    """Whether the change made a difference, and the policy after it."""
    differs = False

    def noting(policy: "Policy") -> bool:
        nonlocal differs
        differs = change(policy)
        return differs

    with session(ctx) as client:
        policy = client.access.change_policy(resource, noting)
    return differs, policy


@app.command()
@listed
def policy(
    ctx: typer.Context, resource: Where = "", filter_: Filter = "", columns: Columns = "", sort_by: SortBy = ""
) -> None:
    """List who has which roles on a project, or on everything. Roles on everything hold in all projects, too."""
    where = _where(ctx, resource)
    requested = view(ctx, tables.bindings(), columns, sort_by, filter_)
    with session(ctx) as client:
        found = client.access.policy(where)
    if settings_of(ctx).is_data:
        show_message(ctx, found)
        return
    rows = [(member, each) for each in found.bindings for member in each.members]
    show_rows(ctx, requested, requested.arranged(rows), f"Nobody has a role on {where} itself.")


@app.command()
def explain(
    ctx: typer.Context,
    principal: Annotated[str, typer.Argument(metavar="PRINCIPAL", help="Of whom: user:NAME, serviceAccount:ci, ...")],
    permission: Annotated[str, typer.Argument(metavar="PERMISSION", help="Such as vms.delete.")],
    resource: Annotated[
        str, typer.Argument(autocompletion=complete_project, metavar="RESOURCE", help=f"{_WHERE} Or a VM: shop/web-1.")
    ],
    group: Groups = None,
    at: At = None,
) -> None:
    """Say whether somebody may do something, by which binding, and since when. Exits with 1 for no."""
    settings = settings_of(ctx)
    read_at(settings, at)
    request = api.ExplainAccessRequest(
        principal=member_name(ctx, principal),
        permission=permission,
        resource=access_name(resource),
        groups=[each if each.startswith("group:") else f"group:{each}" for each in group or ()],
    )
    with session(ctx) as client:
        found = client.access.ExplainAccess(as_of(ctx, request))
    if settings.is_data:
        show_message(ctx, found)
    else:
        say(f"{'Yes' if found.granted else 'No'}: {found.explanation}.")
    if not found.granted:
        raise typer.Exit(Exit.NO)


@app.command("test")
def held(
    ctx: typer.Context,
    permissions: Annotated[list[str], typer.Argument(metavar="PERMISSION", help="Such as vms.delete.")],
    on: Annotated[
        str,
        typer.Option(
            "--on", autocompletion=complete_project, metavar="RESOURCE", help=f"{_WHERE} By default, --project's."
        ),
    ] = "",
) -> None:
    """Say which of these permissions you have yourself. Exits with 1 where one is missing."""
    with session(ctx) as client:
        own = client.access.test(permissions, _where(ctx, on))
    if settings_of(ctx).is_data:
        found: dict[str, Any] = {"permissions": {each: each in own for each in permissions}}
        show_document(ctx, found)
    else:
        rows = [[each, "yes" if each in own else "no"] for each in permissions]
        show_table((Column("PERMISSION"), Column("HELD")), rows, "")
    if set(permissions) - set(own):
        raise typer.Exit(Exit.NO)


def _where(ctx: typer.Context, given: str) -> str:
    return access_name(given) if given else project_name(settings_of(ctx).project)
