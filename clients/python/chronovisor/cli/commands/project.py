"""`chronovisor project`: list and show projects."""

from typing import Annotated

import typer

from chronovisor.cli.commands import project_changes
from chronovisor.cli.completion import complete_project
from chronovisor.cli.output import Column, birth, labels_text, local_time, show_facts, show_json, show_table
from chronovisor.cli.session import as_of, project_name, session
from chronovisor.cli.settings import settings_of
from chronovisor.cli.text.units import resources_text
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1 import project_service_pb2
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
            ("by zone", labels_text(list(project.zone_policies.items()))),
            ("labels", labels_text(list(project.labels.items()))),
            ("created", local_time(project.create_time)),
            ("updated", local_time(project.update_time)),
            ("etag", project.etag),
        ]
    )


app.command()(project_changes.create)
app.command()(project_changes.update)
app.command()(project_changes.delete)
