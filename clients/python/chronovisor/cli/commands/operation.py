"""`chronovisor operation`: work under way."""

from typing import Annotated

import typer
from google.longrunning import operations_pb2

from chronovisor.cli.options.mutations import outcome
from chronovisor.cli.output import Column, local_time, say, show_facts, show_json, show_table
from chronovisor.cli.progress import wait_visibly
from chronovisor.cli.session import operation_name, session, short_name
from chronovisor.cli.settings import settings_of
from chronovisor.operations import Operation, metadata_of, vm_of
from chronovisor.paging import pages

app = typer.Typer(add_completion=False, no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The operation, as `--no-wait` printed it: operations/...")]
_COLUMNS = (
    Column("NAME", foldable=True),
    Column("WHAT"),
    Column("VM", foldable=True),
    Column("WHO", foldable=True),
    Column("STATUS"),
)


@app.command("list")
def list_operations(
    ctx: typer.Context,
    filter_: Annotated[str, typer.Option("--filter", metavar="FILTER", help="Such as: done = false")] = "",
) -> None:
    """List operations."""
    request = operations_pb2.ListOperationsRequest(name="operations", page_size=1000, filter=filter_)
    found = operations_pb2.ListOperationsResponse()
    with session(ctx) as client:
        for page in pages(client.operations.ListOperations, request):
            found.operations.extend(page.operations)
    if settings_of(ctx).json:
        show_json(found)
    else:
        show_table(_COLUMNS, [_row(ctx, each) for each in found.operations], "No operations.")


@app.command()
def show(ctx: typer.Context, name: Name) -> None:
    """Show one operation."""
    with session(ctx) as client:
        found = client.operations.GetOperation(operations_pb2.GetOperationRequest(name=operation_name(name)))
    _show(ctx, found)


@app.command()
def wait(ctx: typer.Context, name: Name) -> None:
    """Wait until an operation is done."""
    with session(ctx) as client:
        found = client.operations.GetOperation(operations_pb2.GetOperationRequest(name=operation_name(name)))
        found = wait_visibly(ctx, client, found)
    if settings_of(ctx).json:
        show_json(found)
    else:
        say(outcome(ctx, vm_of(found)))


def _show(ctx: typer.Context, operation: Operation) -> None:
    if settings_of(ctx).json:
        show_json(operation)
        return
    metadata = metadata_of(operation)
    show_facts(
        [
            ("name", operation.name),
            ("what", metadata.verb),
            ("vm", metadata.target),
            ("who", metadata.actor),
            ("why", metadata.reason),
            ("status", _status(operation)),
            ("error", operation.error.message),
            ("began", local_time(metadata.create_time)),
            ("ended", local_time(metadata.end_time)),
            ("until", local_time(metadata.deadline) if not operation.done else ""),
            ("position", str(metadata.position)),
            ("request", metadata.request_id),
        ]
    )


def _row(ctx: typer.Context, operation: Operation) -> list[str]:
    metadata = metadata_of(operation)
    return [operation.name, metadata.verb, short_name(ctx, metadata.target), metadata.actor, _status(operation)]


def _status(operation: Operation) -> str:
    if not operation.done:
        return "under way"
    return "failed" if operation.HasField("error") else "done"
