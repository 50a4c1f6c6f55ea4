"""`chronovisor project`: list, show and create projects."""

from typing import Annotated

import typer

from chronovisor.cli.completion import complete_project
from chronovisor.cli.mutations import Reason, ValidateOnly
from chronovisor.cli.output import Column, birth, labels_text, local_time, say, show_facts, show_json, show_table
from chronovisor.cli.quantities import (
    ExtendedAmount,
    Pair,
    parse_amount,
    parse_count,
    parse_disk,
    parse_memory,
    parse_pair,
)
from chronovisor.cli.session import as_of, project_name, session
from chronovisor.cli.settings import parsed, settings_of
from chronovisor.cli.vm_view import resources_text
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1 import project_pb2, project_service_pb2
from chronovisor.v1.resources_pb2 import Resources

app = typer.Typer(add_completion=False, no_args_is_help=True)

_COLUMNS = (
    Column("NAME", foldable=True),
    Column("TITLE", foldable=True),
    Column("QUOTA", foldable=True),
)


def _quota_text(quota: Resources) -> str:
    text = resources_text(quota)
    return "not limited" if text == "nothing" else text


@app.command("list")
def list_projects(ctx: typer.Context) -> None:
    """List projects."""
    request = as_of(ctx, project_service_pb2.ListProjectsRequest(page_size=1000))
    found = project_service_pb2.ListProjectsResponse()
    with session(ctx) as client:
        for page in pages(client.projects.ListProjects, request):
            found.projects.extend(page.projects)
            found.position = page.position
    if settings_of(ctx).json:
        show_json(found)
        return
    column, born = birth(past=settings_of(ctx).when is not None)
    rows = [
        [last_part(each.name), each.display_name, _quota_text(each.quota), born(each.create_time)]
        for each in found.projects
    ]
    show_table([*_COLUMNS, column], rows, "No projects.")


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_project, metavar="NAME", help="The project: shop, or projects/shop."),
    ],
) -> None:
    """Show one project."""
    with session(ctx) as client:
        project = client.projects.GetProject(as_of(ctx, project_service_pb2.GetProjectRequest(name=project_name(name))))
    if settings_of(ctx).json:
        show_json(project)
        return
    show_facts(
        [
            ("name", project.name),
            ("uid", project.uid),
            ("title", project.display_name),
            ("quota", _quota_text(project.quota)),
            ("placement", project.placement_policy),
            ("labels", labels_text(list(project.labels.items()))),
            ("created", local_time(project.create_time)),
            ("updated", local_time(project.update_time)),
            ("etag", project.etag),
        ]
    )


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new project's id: 1 to 63 of a-z, 0-9 and '-'.")],
    title: Annotated[str, typer.Option(help="A name for people.")] = "",
    label: Annotated[
        list[Pair] | None,
        typer.Option(parser=parsed(parse_pair), metavar="KEY=VALUE", help="A label. Repeatable."),
    ] = None,
    quota_vcpus: Annotated[
        int, typer.Option(parser=parsed(parse_count), metavar="COUNT", help="Most vCPUs; 0: not limited.")
    ] = 0,
    quota_memory: Annotated[
        int, typer.Option(parser=parsed(parse_memory), metavar="SIZE", help="Most memory; 0: not limited.")
    ] = 0,
    quota_disk: Annotated[
        int, typer.Option(parser=parsed(parse_disk), metavar="SIZE", help="Most disk; 0: not limited.")
    ] = 0,
    quota_extended: Annotated[
        list[ExtendedAmount] | None,
        typer.Option(parser=parsed(parse_amount), metavar="CLASS=COUNT", help="Such as gpu.a100=8. Repeatable."),
    ] = None,
    placement_policy: Annotated[
        str,
        typer.Option(metavar="POLICY", help="pack, spread, balance, pack-balanced, or weights: pack=1,balance=0.5"),
    ] = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Create a project."""
    quota = Resources(
        vcpus=quota_vcpus, memory_mib=quota_memory, disk_gib=quota_disk, extended=dict(quota_extended or [])
    )
    project = project_pb2.Project(
        display_name=title, labels=dict(label or []), quota=quota, placement_policy=placement_policy
    )
    request = project_service_pb2.CreateProjectRequest(
        project_id=last_part(project_name(name)), project=project, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        created = client.projects.CreateProject(request)
    if settings_of(ctx).json:
        show_json(created)
    else:
        say(f"{name}: valid. Nothing was changed." if validate_only else f"{last_part(created.name)} is created.")
