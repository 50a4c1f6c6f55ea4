"""`chronovisor operation`: work under way."""

from functools import partial
from typing import Annotated

import typer
from google.longrunning import operations_pb2

from chronovisor.cli.completion import complete_operation
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, SortBy, show_one, show_page, view
from chronovisor.cli.options.mutations import outcome
from chronovisor.cli.output import local_time, say, show_document, show_facts, show_message
from chronovisor.cli.progress import wait_visibly
from chronovisor.cli.session import operation_name, session, short_name
from chronovisor.cli.settings import listed, settings_of
from chronovisor.operations import Operation, metadata_of, target_of
from chronovisor.paging import pages

app = typer.Typer(add_completion=False, no_args_is_help=True)

Name = Annotated[
    str,
    typer.Argument(
        autocompletion=complete_operation,
        metavar="NAME",
        help="The operation, as `--no-wait` printed it: operations/...",
    ),
]


@app.command("list")
@listed
def list_operations(
    ctx: typer.Context,
    filter_: Annotated[str, typer.Option("--filter", metavar="FILTER", help="Such as: done = false")] = "",
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """List operations."""
    requested = view(ctx, tables.operations(partial(short_name, ctx)), columns, sort_by)
    request = operations_pb2.ListOperationsRequest(name="operations", page_size=1000, filter=filter_)
    found = operations_pb2.ListOperationsResponse()
    with session(ctx) as client:
        for page in pages(client.operations.ListOperations, request):
            found.operations.extend(page.operations)
    show_page(ctx, requested, found, "operations", "No operations.")


@app.command()
@listed
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
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        say(outcome(ctx, target_of(found)))


@app.command()
def cancel(ctx: typer.Context, name: Name) -> None:
    """Ask the control plane to end an operation. It may be too late, or the operation one that cannot be ended."""
    whole = operation_name(name)
    with session(ctx) as client:
        client.operations.CancelOperation(operations_pb2.CancelOperationRequest(name=whole))
    _done(ctx, whole, "is to be cancelled. See what became of it: chronovisor operation show")


@app.command()
def delete(ctx: typer.Context, name: Name) -> None:
    """Forget an operation that has ended."""
    whole = operation_name(name)
    with session(ctx) as client:
        client.operations.DeleteOperation(operations_pb2.DeleteOperationRequest(name=whole))
    _done(ctx, whole, "is deleted.")


def _done(ctx: typer.Context, name: str, words: str) -> None:
    if settings_of(ctx).is_data:
        show_document(ctx, {"name": name})
    else:
        say(f"{name} {words}{'' if words.endswith('.') else f' {name}'}")


def _show(ctx: typer.Context, operation: Operation) -> None:
    show_one(
        ctx, tables.operations(partial(short_name, ctx)), operation, lambda: show_facts(operation_facts(operation))
    )


def operation_facts(operation: Operation) -> list[tuple[str, str]]:
    """What it is shown by: names and values, some of them empty."""
    metadata = metadata_of(operation)
    return [
        ("name", operation.name),
        ("what", metadata.verb),
        ("vm", metadata.target),
        ("who", metadata.actor),
        ("why", metadata.reason),
        ("status", tables.operation_status(operation)),
        ("error", operation.error.message),
        ("began", local_time(metadata.create_time)),
        ("ended", local_time(metadata.end_time)),
        ("until", local_time(metadata.deadline) if not operation.done else ""),
        ("position", str(metadata.position)),
        ("request", metadata.request_id),
    ]
