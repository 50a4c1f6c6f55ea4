"""`chronovisor export`: what there is, as YAML that `apply` takes."""

from enum import StrEnum
from typing import Annotated

import typer

from chronovisor.cli.apply.documents_of import document_of
from chronovisor.cli.apply.fleet import ALL_PROJECTS, Fleet
from chronovisor.cli.apply.kinds import COLLECTIONS, actual_of
from chronovisor.cli.apply.model import Actual, Kind
from chronovisor.cli.completion import complete_project
from chronovisor.cli.options.chosen import labels_rule
from chronovisor.cli.output import show_document
from chronovisor.cli.session import project_name, session
from chronovisor.cli.settings import Output, settings_of
from chronovisor.cli.text.yaml_text import yaml_text
from chronovisor.names import last_part

app = typer.Typer(add_completion=False)


class Kinds(StrEnum):
    """What is written."""

    PROJECTS = "projects"
    HOSTS = "hosts"
    SECURITY_GROUPS = "security_groups"
    NETWORKS = "networks"
    IMAGES = "images"
    VMS = "vms"


_KINDS = {Kinds(kind.section): kind for kind in Kind}


@app.command()
def export(
    ctx: typer.Context,
    kinds: Annotated[list[Kinds] | None, typer.Option("--kind", help="Only these. Repeatable.")] = None,
    of_project: Annotated[
        str,
        typer.Option(
            "--of-project",
            autocompletion=complete_project,
            metavar="NAME",
            help="One project with what is in it, and no host.",
        ),
    ] = "",
    selector: Annotated[
        str, typer.Option("--selector", "-l", metavar="SELECTOR", help="Those with such labels: app=web,tier!=test")
    ] = "",
) -> None:
    """Write what there is as a file that `chronovisor apply` takes, and that changes nothing when it is applied.

    A VM that has failed, or is paused, is written without its state. An image that was uploaded, or made of a VM, is
    written by its SHA-256 alone.
    """
    holds = labels_rule(selector) if selector else None
    project = last_part(project_name(of_project)) if of_project else ""
    requested = [_KINDS[each] for each in kinds or Kinds]
    with session(ctx) as client:
        fleet = Fleet(client)
        if project:
            # An error where there is no such project.
            fleet.reread((Kind.PROJECT, project))
            fleet.read([kind for kind in requested if kind in COLLECTIONS], [f"projects/{project}"])
        else:
            fleet.read(requested, [ALL_PROJECTS])
    found = [
        each
        for each in map(actual_of, fleet.messages.values())
        if each.kind in requested and (holds is None or holds(each.labels)) and _stays(each)
    ]
    document = document_of(found)
    if settings_of(ctx).output is Output.JSON:
        show_document(ctx, document)
    elif document:
        print(yaml_text(document), end="")


def _stays(each: Actual) -> bool:
    if each.kind is Kind.IMAGE:
        return each.state not in ("PENDING", "FAILED")
    return each.state not in ("DELETING", "DECOMMISSIONED")
