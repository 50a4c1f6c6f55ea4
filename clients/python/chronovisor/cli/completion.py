"""Names for the shell's completion, read from the server with a short deadline. Silent on failure."""

from collections.abc import Callable

import typer

from chronovisor.cli import contexts
from chronovisor.cli.session import actor_of
from chronovisor.cli.settings import settings_of
from chronovisor.client import Client, connect
from chronovisor.errors import ChronovisorError
from chronovisor.names import last_part, project_name
from chronovisor.retry import RetryPolicy
from chronovisor.v1.host_service_pb2 import ListHostsRequest
from chronovisor.v1.project_service_pb2 import ListProjectsRequest
from chronovisor.v1.vm_service_pb2 import VM_VIEW_BASIC, ListVmsRequest

PATIENCE_S = 0.8
_MOST = 1000


def complete_vm(ctx: typer.Context, incomplete: str) -> list[str]:
    """VMs of the project; of all projects once a whole name is begun."""
    whole = incomplete.startswith("projects/")

    def ask(client: Client) -> list[str]:
        parent = "projects/-" if whole else project_name(settings_of(ctx).project)
        vms = client.vms.ListVms(ListVmsRequest(parent=parent, page_size=_MOST, view=VM_VIEW_BASIC)).vms
        return [vm.name if whole else last_part(vm.name) for vm in vms]

    return _completed(ctx, incomplete, ask)


def complete_host(ctx: typer.Context, incomplete: str) -> list[str]:
    """Hosts."""

    def ask(client: Client) -> list[str]:
        hosts = client.hosts.ListHosts(ListHostsRequest(page_size=_MOST)).hosts
        return [host.name if incomplete.startswith("hosts/") else last_part(host.name) for host in hosts]

    return _completed(ctx, incomplete, ask)


def complete_project(ctx: typer.Context, incomplete: str) -> list[str]:
    """Projects."""

    def ask(client: Client) -> list[str]:
        projects = client.projects.ListProjects(ListProjectsRequest(page_size=_MOST)).projects
        return [project.name if incomplete.startswith("projects/") else last_part(project.name) for project in projects]

    return _completed(ctx, incomplete, ask)


def complete_context(incomplete: str) -> list[str]:
    """Contexts of this user's file."""
    try:
        return [name for name in sorted(contexts.read().by_name) if name.startswith(incomplete)]
    except contexts.BadContexts:
        return []


def _completed(ctx: typer.Context, incomplete: str, ask: Callable[[Client], list[str]]) -> list[str]:
    settings = settings_of(ctx)
    try:
        with connect(
            settings.server or None, actor=actor_of(settings), timeout_s=PATIENCE_S, retry=RetryPolicy(attempts=1)
        ) as client:
            return [name for name in ask(client) if name.startswith(incomplete)]
    except (ChronovisorError, ValueError):
        # A shell in the middle of a line is no place for a message.
        return []
