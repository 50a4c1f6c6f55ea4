"""`chronovisor project`: list and show projects."""

from typing import Annotated

import typer

from chronovisor.cli.commands import project_changes
from chronovisor.cli.completion import complete_project
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_one, show_page, view
from chronovisor.cli.options.spare_capacity import rule_text
from chronovisor.cli.output import labels_text, local_time, show_facts
from chronovisor.cli.session import as_of, project_name, session
from chronovisor.cli.settings import listed, named, settings_of
from chronovisor.paging import pages
from chronovisor.v1 import project_pb2, project_service_pb2

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command("list")
@listed
def list_projects(ctx: typer.Context, filter_: Filter = "", columns: Columns = "", sort_by: SortBy = "") -> None:
    """List projects."""
    past = settings_of(ctx).when is not None
    requested = view(ctx, tables.projects(past=past), columns, sort_by, filter_)
    request = as_of(ctx, project_service_pb2.ListProjectsRequest(page_size=1000))
    found = project_service_pb2.ListProjectsResponse()
    with session(ctx) as client:
        for page in pages(client.projects.ListProjects, request):
            found.projects.extend(page.projects)
            found.position = page.position
    show_page(ctx, requested, found, "projects", "No projects.")


@app.command()
@listed
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
    past = settings_of(ctx).when is not None
    show_one(ctx, tables.projects(past=past), project, lambda: _show(project))


def _show(project: project_pb2.Project) -> None:
    show_facts(
        [
            ("name", project.name),
            ("uid", project.uid),
            ("title", project.display_name),
            ("quota", tables.quota_text(project.quota)),
            ("placement", project.placement_policy),
            ("by zone", labels_text(list(project.zone_policies.items()))),
            ("spare capacity", "; ".join(map(rule_text, project.spare_capacity))),
            ("labels", labels_text(list(project.labels.items()))),
            ("created", local_time(project.create_time)),
            ("updated", local_time(project.update_time)),
            ("etag", project.etag),
        ]
    )


app.command()(named(project_changes.create))
app.command()(named(project_changes.update))
app.command()(named(project_changes.delete))
