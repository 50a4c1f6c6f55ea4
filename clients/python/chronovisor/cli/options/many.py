"""What commands about several VMs share: how they are sent, waited for and shown."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from chronovisor.cli.command_calls import BATCHES, Outcome, in_batches, over_a_stream, vm_of_request
from chronovisor.cli.options.chosen import chosen_vms
from chronovisor.cli.options.mutations import checked, follow, outcome
from chronovisor.cli.output import as_json, console, say, show_document
from chronovisor.cli.session import session, short_name
from chronovisor.cli.settings import Misused, Output, settings_of
from chronovisor.cli.text.error_text import exit_code, sentence
from chronovisor.cli.text.safe_text import escaped
from chronovisor.client import Client
from chronovisor.errors import OperationFailed
from chronovisor.operations import Operation, target_of

AllowPartial = Annotated[
    bool,
    typer.Option("--allow-partial", help="Of several: do what can be done. Without it, all of them or none."),
]
Etag = Annotated[str, typer.Option("--etag", metavar="ETAG", help="Only if the VM is still as this etag says.")]
_FEW = 5


@dataclass(frozen=True)
class Sending:
    """How a command is sent, by its options."""

    reason: str = ""
    wait: bool = True
    etag: str = ""
    validate_only: bool = False
    allow_partial: bool = False


def send(
    ctx: typer.Context,
    names: Sequence[str] | None,
    selector: str,
    build: Callable[[str], Any],
    method: str,
    sending: Sending,
    *,
    destroys: bool = False,
) -> None:
    """Sends the request that `build` makes of each VM's name: one alone by `method`, several together.

    `destroys`: whether to ask before.
    """
    with session(ctx) as client:
        vms = chosen_vms(ctx, client, names, selector)
        requests = [build(each) for each in vms]
        collected = settings_of(ctx).collected
        if collected is not None:
            collected.extend(alone(each, sending) for each in requests)
            return
        if not vms:
            say(f"No VM has such labels: {selector}.")
            return
        if destroys:
            disks = "its disk" if len(vms) == 1 else "their disks"
            what = _named(ctx, vms)
            confirm(f"Destroying {what}", f"Destroy {what} and {disks}? This cannot be undone.")
        if len(vms) == 1 and not selector:
            request = alone(requests[0], sending)
            operation = getattr(client.vms, method)(request)
            if sending.validate_only:
                checked(ctx, operation, vms[0])
            else:
                follow(ctx, client, operation, sending.wait)
            return
        if sending.etag:
            raise Misused("--etag goes with one VM")
        send_several(ctx, client, requests, sending)


def alone(request: Any, sending: Sending) -> Any:
    """The request as it is sent by itself, and not in a batch."""
    request.reason, request.validate_only = sending.reason, sending.validate_only
    if sending.etag:
        request.etag = sending.etag
    return request


def confirm(doing: str, question: str) -> None:
    """Raises Misused where nobody can answer, and Abort where the answer is no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misused(f"{doing} cannot be undone, and there is no terminal to ask: give --yes")
    typer.confirm(question, abort=True, err=True)


def _named(ctx: typer.Context, vms: Sequence[str]) -> str:
    if len(vms) == 1:
        return short_name(ctx, vms[0])
    shown = ", ".join(short_name(ctx, each) for each in vms[:_FEW])
    return f"{len(vms)} VMs ({shown}{', ...' if vms[_FEW:] else ''})"


def send_several(ctx: typer.Context, client: Client, requests: Sequence[Any], sending: Sending) -> None:
    """As batches where there are any, else over a stream, which does what can be done."""
    if type(requests[0]) in BATCHES:
        outcomes = list(
            in_batches(
                client,
                requests,
                allow_partial=sending.allow_partial,
                validate_only=sending.validate_only,
                reason=sending.reason,
            )
        )
    else:
        outcomes = in_order(requests, over_a_stream(client, [alone(each, sending) for each in requests]))
    if sending.wait and not sending.validate_only:
        outcomes = waited(ctx, client, outcomes)
    show_outcomes(ctx, outcomes, sending.validate_only)


def in_order(requests: Sequence[Any], outcomes: Any) -> list[Outcome]:
    """Of VMs that are different ones, the outcomes in the order of the requests."""
    by_vm = {each.vm: each for each in outcomes}
    return [by_vm[vm_of_request(each)] for each in requests]


def waited(ctx: typer.Context, client: Client, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Each as its operation ended. They all go on at once. Raises WaitTimeout."""
    ended: list[Outcome] = []
    with _line(len(outcomes)) as show:
        for each in outcomes:
            show(len(ended))
            ended.append(_ended(ctx, client, each))
    return ended


def _ended(ctx: typer.Context, client: Client, of: Outcome) -> Outcome:
    if of.operation is None:
        return of
    try:
        operation = of.operation if of.operation.HasField("response") else of.operation.name
        return replace(of, operation=client.wait(operation, settings_of(ctx).timeout))
    except OperationFailed as error:
        return replace(of, operation=error.operation, error=error)


def _line(count: int) -> AbstractContextManager[Callable[[int], None]]:
    """On a terminal, a line that says how many are done."""
    if not sys.stderr.isatty():
        return nullcontext(lambda _done: None)
    status = console(sys.stderr).status("")

    class _Counting(AbstractContextManager[Callable[[int], None]]):
        def __enter__(self) -> Callable[[int], None]:
            status.start()
            return lambda done: status.update(f"{done} of {count} done")

        def __exit__(self, *_error: object) -> None:
            status.stop()

    return _Counting()


def show_outcomes(ctx: typer.Context, outcomes: Sequence[Outcome], validate_only: bool = False) -> None:
    """What became of each: results on stdout, refusals on stderr. Ends with the code of the first refusal."""
    settings = settings_of(ctx)
    if settings.is_data:
        show_document(ctx, {"outcomes": [_document(each) for each in outcomes]})
    for each in outcomes:
        if each.error is not None:
            if not settings.is_data:
                print(escaped(f"{short_name(ctx, each.vm)}: {sentence(each.error, settings)}"), file=sys.stderr)
        elif settings.output is Output.NAME:
            print(escaped(each.vm))
        elif not settings.is_data:
            say(_words(ctx, each, validate_only))
    errors = [each.error for each in outcomes if each.error is not None]
    if errors:
        raise typer.Exit(exit_code(errors[0]))


def _words(ctx: typer.Context, of: Outcome, validate_only: bool) -> str:
    if validate_only:
        return f"{short_name(ctx, of.vm)}: valid. Nothing was changed."
    operation = of.operation or Operation()
    if operation.HasField("response"):
        return outcome(ctx, target_of(operation))
    return f"{short_name(ctx, of.vm)}: accepted. Follow it: chronovisor operation wait {operation.name}"


def _document(of: Outcome) -> dict[str, Any]:
    document: dict[str, Any] = {"vm": of.vm}
    if of.operation is not None:
        document["operation"] = as_json(of.operation)
    if of.error is not None:
        document["error"] = {"reason": of.error.reason, "code": of.error.code.name, "message": of.error.message}
    return document
