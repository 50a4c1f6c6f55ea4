"""What the commands that change something share: their options, and how their operation is followed and shown."""

from typing import Annotated, TypeAlias

import typer

from chronovisor.cli.output import say, show_message
from chronovisor.cli.progress import state_text, wait_visibly
from chronovisor.cli.session import short_name
from chronovisor.cli.settings import Output, settings_of
from chronovisor.cli.text.safe_text import escaped
from chronovisor.client import Client
from chronovisor.names import last_part
from chronovisor.operations import Operation, metadata_of, target_of
from chronovisor.v1.access_service_pb2 import Role
from chronovisor.v1.host_pb2 import Host, HostState
from chronovisor.v1.image_pb2 import Image
from chronovisor.v1.network_pb2 import Network, SecurityGroup
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.service_account_pb2 import ServiceAccount
from chronovisor.v1.vm_pb2 import Vm

Named: TypeAlias = Host | Image | Network | Project | Role | SecurityGroup | ServiceAccount
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the history.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is done, or only until it is accepted.")]
ValidateOnly = Annotated[bool, typer.Option("--validate-only", help="Check everything, change nothing.")]


def follow(ctx: typer.Context, client: Client, operation: Operation, wait: bool, next_step: str = "") -> None:
    """Waits for the operation on request, then shows it: JSON as it is, for people the VM's state and `next_step`."""
    if wait:
        operation = wait_visibly(ctx, client, operation)
    if settings_of(ctx).output is Output.NAME:
        print(escaped(target_of(operation).name if operation.done else operation.name))
    elif settings_of(ctx).is_data:
        show_message(ctx, operation)
    elif operation.done:
        say(f"{outcome(ctx, target_of(operation))}{next_step}")
    else:
        name = short_name(ctx, metadata_of(operation).target)
        say(f"{name}: {metadata_of(operation).verb} accepted. Follow it: chronovisor operation wait {operation.name}")


def checked(ctx: typer.Context, operation: Operation, name: str) -> None:
    """Shows that a command would have been accepted."""
    if settings_of(ctx).output is Output.NAME:
        print(escaped(name))
    elif settings_of(ctx).is_data:
        show_message(ctx, operation)
    else:
        say(f"{short_name(ctx, name)}: valid. Nothing was changed.")


def show_changed(ctx: typer.Context, resource: Named, done: str, validate_only: bool) -> None:
    """Shows a resource whose change is done at once: JSON as it is, for people what became of it."""
    if settings_of(ctx).output is Output.NAME:
        say(resource.name)
    elif settings_of(ctx).is_data:
        show_message(ctx, resource)
    else:
        name = last_part(resource.name)
        say(f"{name}: valid. Nothing was changed." if validate_only else f"{name} is {done}.")


def outcome(ctx: typer.Context, target: Vm | Host | Image) -> str:
    """`web-1 is RUNNING on node-1.`, or `node-1 is MAINTENANCE.`"""
    if isinstance(target, Host):
        return f"{last_part(target.name)} is {HostState.Name(target.state).removeprefix('HOST_STATE_')}."
    if isinstance(target, Image):
        return f"{short_name(ctx, target.name)} is {'created' if target.source_vm else 'imported'}."
    vm = target
    where = f" on {last_part(vm.host)}" if vm.host and state_text(vm) not in ("STOPPED", "DELETED") else ""
    why = f": {vm.failure.message}" if vm.HasField("failure") else ""
    return f"{short_name(ctx, vm.name)} is {state_text(vm)}{where}{why}."
