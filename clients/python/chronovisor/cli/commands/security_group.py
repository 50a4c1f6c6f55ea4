"""`chronovisor security-group`: who reaches the VMs that are in a group, and whom these reach."""

from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from chronovisor.cli.commands.changes import Label, paths_of, write_entries
from chronovisor.cli.completion import complete_security_group
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_one, show_page, view
from chronovisor.cli.options.mutations import Reason, ValidateOnly, show_changed
from chronovisor.cli.output import labels_text, local_time, show_facts
from chronovisor.cli.session import as_of, project_name, security_group_name, session
from chronovisor.cli.settings import listed, parsed, settings_of
from chronovisor.paging import pages
from chronovisor.security_rules import METAVAR, in_project, parse_rule, rule_text
from chronovisor.v1 import network_pb2
from chronovisor.v1 import network_service_pb2 as api
from chronovisor.v1.network_pb2 import SecurityRule

app = typer.Typer(add_completion=False, no_args_is_help=True)
Name = Annotated[
    str, typer.Argument(autocompletion=complete_security_group, metavar="NAME", help="The group: ssh, or shop/ssh.")
]
Etag = Annotated[str, typer.Option("--etag", metavar="ETAG", help="Only if the group is still as this etag says.")]
Allow = Annotated[
    list[SecurityRule] | None,
    typer.Option(
        "--allow",
        parser=parsed(parse_rule),
        metavar=METAVAR,
        help="What is allowed: tcp:80, tcp:22:10.0.0.0/8, all:group=db, egress:udp:53. Repeatable.",
    ),
]
Description = Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")]


@app.command("list")
@listed
def list_groups(
    ctx: typer.Context,
    all_projects: Annotated[bool, typer.Option("--all-projects", "-A", help="Of all projects.")] = False,
    filter_: Filter = "",
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """List security groups."""
    past = settings_of(ctx).when is not None
    requested = view(ctx, tables.security_groups(past=past, with_project=all_projects), columns, sort_by, filter_)
    parent = "projects/-" if all_projects else project_name(settings_of(ctx).project)
    request = as_of(ctx, api.ListSecurityGroupsRequest(parent=parent, page_size=1000))
    found = api.ListSecurityGroupsResponse()
    with session(ctx) as client:
        for page in pages(client.networks.ListSecurityGroups, request):
            found.security_groups.extend(page.security_groups)
            found.position = page.position
    empty = f"No security groups in {'any project' if all_projects else parent}."
    show_page(ctx, requested, found, "security_groups", empty)


@app.command()
@listed
def show(ctx: typer.Context, name: Name) -> None:
    """Show one security group, with its rules."""
    request = as_of(ctx, api.GetSecurityGroupRequest(name=security_group_name(ctx, name)))
    with session(ctx) as client:
        group = client.networks.GetSecurityGroup(request)
    past = settings_of(ctx).when is not None
    show_one(ctx, tables.security_groups(past=past), group, lambda: _show(group))


def _show(group: network_pb2.SecurityGroup) -> None:
    show_facts(
        [
            ("name", group.name),
            ("uid", group.uid),
            *(("allows", rule_text(each)) for each in group.rules),
            ("description", group.description),
            ("labels", labels_text(list(group.labels.items()))),
            ("created", local_time(group.create_time)),
            ("updated", local_time(group.update_time)),
            ("etag", group.etag),
        ]
    )


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new group's id: 1 to 63 of a-z, 0-9 and '-'.")],
    allow: Allow = None,
    description: Description = "",
    label: Label = None,
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Create a security group. What comes to its VMs is what a rule allows; what they send, is free without a rule."""
    parent, _, group_id = security_group_name(ctx, name).partition("/securityGroups/")
    group = network_pb2.SecurityGroup(
        rules=[in_project(each, parent) for each in allow or ()],
        description=description,
        labels=dict(label or []),
    )
    request = api.CreateSecurityGroupRequest(
        parent=parent, security_group_id=group_id, security_group=group, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        created = client.networks.CreateSecurityGroup(request)
    show_changed(ctx, created, "created", validate_only)


@app.command()
def update(
    ctx: typer.Context,
    name: Name,
    allow: Allow = None,
    no_allow: Annotated[bool, typer.Option("--no-allow", help="Without the rules that it has.")] = False,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")] = None,
    label: Label = None,
    no_label: Annotated[list[str] | None, typer.Option(metavar="KEY", help="Take this label away. Repeatable.")] = None,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Change a group's rules, description and labels. The rules given are all that it has then."""
    paths = paths_of(
        "--allow tcp:22",
        rules=allow or no_allow,
        description=description is not None,
        labels=label or no_label,
    )
    full = security_group_name(ctx, name)
    with session(ctx) as client:
        group = client.networks.GetSecurityGroup(api.GetSecurityGroupRequest(name=full))
        if allow or no_allow:
            del group.rules[:]
            group.rules.extend(in_project(each, full.partition("/securityGroups/")[0]) for each in allow or ())
        group.description = group.description if description is None else description
        write_entries(group.labels, label, no_label)
        # Without an etag of the caller's own: what was read here must not have changed in between.
        group.etag = etag or group.etag
        request = api.UpdateSecurityGroupRequest(
            security_group=group, update_mask=FieldMask(paths=paths), validate_only=validate_only, reason=reason
        )
        updated = client.networks.UpdateSecurityGroup(request)
    show_changed(ctx, updated, "updated", validate_only)


@app.command()
def delete(
    ctx: typer.Context, name: Name, etag: Etag = "", validate_only: ValidateOnly = False, reason: Reason = ""
) -> None:
    """Delete a group that no VM's card and no rule of another group names. Its history stays."""
    request = api.DeleteSecurityGroupRequest(
        name=security_group_name(ctx, name), etag=etag, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        deleted = client.networks.DeleteSecurityGroup(request)
    show_changed(ctx, deleted, "deleted", validate_only)
