"""Names for the shell's completion, read from the server with a short deadline. Silent on failure."""

from collections.abc import Callable

import typer
from google.longrunning.operations_pb2 import ListOperationsRequest

from chronovisor.cli import contexts
from chronovisor.cli.listing import tables
from chronovisor.cli.session import connected
from chronovisor.cli.settings import Misused, settings_of
from chronovisor.client import Client
from chronovisor.errors import ChronovisorError
from chronovisor.names import last_part, project_name
from chronovisor.retry import RetryPolicy
from chronovisor.v1.access_service_pb2 import ListRolesRequest
from chronovisor.v1.host_service_pb2 import ListHostsRequest
from chronovisor.v1.image_service_pb2 import ListImagesRequest
from chronovisor.v1.network_service_pb2 import ListNetworksRequest, ListSecurityGroupsRequest
from chronovisor.v1.project_service_pb2 import ListProjectsRequest
from chronovisor.v1.service_account_service_pb2 import ListServiceAccountsRequest
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


def complete_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """Service accounts of the project."""

    def ask(client: Client) -> list[str]:
        parent = project_name(settings_of(ctx).project)
        request = ListServiceAccountsRequest(parent=parent, page_size=_MOST)
        return [last_part(each.name) for each in client.service_accounts.ListServiceAccounts(request).service_accounts]

    return _completed(ctx, incomplete, ask)


def complete_image(ctx: typer.Context, incomplete: str) -> list[str]:
    """Images of the project."""

    def ask(client: Client) -> list[str]:
        parent = project_name(settings_of(ctx).project)
        return [
            last_part(each.name)
            for each in client.images.ListImages(ListImagesRequest(parent=parent, page_size=_MOST)).images
        ]

    return _completed(ctx, incomplete, ask)


def complete_network(ctx: typer.Context, incomplete: str) -> list[str]:
    """Networks of the project."""

    def ask(client: Client) -> list[str]:
        request = ListNetworksRequest(parent=project_name(settings_of(ctx).project), page_size=_MOST)
        return [last_part(each.name) for each in client.networks.ListNetworks(request).networks]

    return _completed(ctx, incomplete, ask)


def complete_security_group(ctx: typer.Context, incomplete: str) -> list[str]:
    """Security groups of the project."""

    def ask(client: Client) -> list[str]:
        request = ListSecurityGroupsRequest(parent=project_name(settings_of(ctx).project), page_size=_MOST)
        return [last_part(each.name) for each in client.networks.ListSecurityGroups(request).security_groups]

    return _completed(ctx, incomplete, ask)


def complete_role(ctx: typer.Context, incomplete: str) -> list[str]:
    """Roles."""

    def ask(client: Client) -> list[str]:
        roles = client.access.ListRoles(ListRolesRequest()).roles
        return [role.name if incomplete.startswith("roles/") else last_part(role.name) for role in roles]

    return _completed(ctx, incomplete, ask)


def complete_operation(ctx: typer.Context, incomplete: str) -> list[str]:
    """Operations under way."""

    def ask(client: Client) -> list[str]:
        request = ListOperationsRequest(name="operations", page_size=_MOST, filter="done = false")
        return [each.name for each in client.operations.ListOperations(request).operations]

    return _completed(ctx, incomplete, ask)


def complete_columns(ctx: typer.Context, incomplete: str) -> list[str]:
    """Columns of the list that the command shows, the last of those that are begun with commas between them."""
    listings = {
        "vm": tables.vms,
        "host": tables.hosts,
        "project": tables.projects,
        "network": tables.networks,
        "addresses": tables.addresses,
        "map": tables.edges,
        "security-group": tables.security_groups,
        "service-account": tables.service_accounts,
        "image": tables.images,
        "token": tables.tokens,
        "role": tables.roles,
        "policy": tables.bindings,
        "operation": lambda: tables.operations(str),
        "utilization": tables.utilizations,
    }
    begun, comma, last = incomplete.rpartition(",")
    last = last.removeprefix("-")
    prefix = incomplete[: len(incomplete) - len(last)]
    for word in reversed(ctx.command_path.split()):
        if word in listings:
            names = [each.name for each in listings[word]().fields]
            taken = {each.removeprefix("-") for each in begun.split(comma or ",")}
            return [f"{prefix}{name}" for name in names if name.startswith(last) and name not in taken]
    return []


def complete_context(incomplete: str) -> list[str]:
    """Contexts of this user's file."""
    try:
        return [name for name in sorted(contexts.read().by_name) if name.startswith(incomplete)]
    except contexts.BadContexts:
        return []


def _completed(ctx: typer.Context, incomplete: str, ask: Callable[[Client], list[str]]) -> list[str]:
    try:
        with connected(settings_of(ctx), PATIENCE_S, RetryPolicy(attempts=1)) as client:
            return [name for name in ask(client) if name.startswith(incomplete)]
    except (ChronovisorError, Misused, ValueError, OSError):
        # A shell in the middle of a line is no place for a message.
        return []
