"""`chronovisor apply`: makes the fleet as files declare it, after showing what that changes."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from chronovisor.cli.apply import text
from chronovisor.cli.apply.carry_out import Carrier, ChangesFailed, Failure
from chronovisor.cli.apply.documents import STDIN, BadFiles
from chronovisor.cli.apply.fleet import fleet_for, with_images
from chronovisor.cli.apply.model import Action, Change, Plan, Problem
from chronovisor.cli.apply.plan import Options, plan
from chronovisor.cli.apply.schema import load
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.options.chosen import labels_rule
from chronovisor.cli.options.mutations import Reason, Wait
from chronovisor.cli.output import say, show_document
from chronovisor.cli.session import session
from chronovisor.cli.settings import Misused, settings_of
from chronovisor.cli.text.error_text import exit_code, hint, sentence, show, show_problems
from chronovisor.cli.text.safe_text import escaped
from chronovisor.cli.text.units import counted

app = typer.Typer(add_completion=False)

# As other tools have it, so that a pipeline can see a drift.
CHANGES = 2


@app.command()
def apply(
    ctx: typer.Context,
    files: Annotated[
        list[str], typer.Option("--file", "-f", metavar="FILE", help="A YAML file, a folder, or `-`. Repeatable.")
    ],
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Show what would change, and change nothing: exit code 2 if there is any.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Destroy VMs and delete projects that are not declared: those of --selector."),
    ] = False,
    selector: Annotated[
        str,
        typer.Option(
            "--selector",
            "-l",
            metavar="SELECTOR",
            help="With --prune: by which labels they are yours, such as managed-by=fleet.",
        ),
    ] = "",
    restart: Annotated[
        bool, typer.Option("--restart", help="Stop and start VMs whose spec changes while they run.")
    ] = False,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    """Make projects, hosts' terms and VMs as YAML files declare them; what they do not say stays as it is.

    Shows what would change, and waits for a yes. Done again, it changes nothing. docs/how-to/apply.md has what a file
    can say; `chronovisor export` writes one of what there is.
    """
    if prune != bool(selector):
        raise Misused("--prune and --selector go together: say by which labels they are yours")
    options = Options(restart, labels_rule(selector) if prune else None)
    try:
        declared = load(files)
    except BadFiles as error:
        show_problems(error.problems, "INVALID_FILE", settings_of(ctx))
        raise typer.Exit(Exit.USAGE) from None
    with session(ctx) as client:
        fleet = fleet_for(client, declared, prunes=prune)
        found = plan(with_images(client, fleet, declared), fleet.actual(), options)
        carrier = Carrier(client, fleet, reason, settings_of(ctx).timeout)
        _show(ctx, found, carrier.problems(found), plan_only=plan_only)
        if not plan_only and found.changes:
            if not yes:
                _confirm(found, files)
            _carry_out(ctx, carrier, found, wait=wait)


def _show(ctx: typer.Context, found: Plan, problems: Sequence[Problem], *, plan_only: bool) -> None:
    """Ends the run where nothing can be done, or is to be done."""
    settings = settings_of(ctx)
    if not settings.is_data:
        text.show_plan(found)
    elif plan_only or not found.changes or found.conflicts or problems:
        show_document(ctx, text.document_of(found))
    if found.conflicts or problems:
        show_problems([*found.conflicts, *problems], "WRONG_STATE" if found.conflicts else "INVALID_FIELD", settings)
        raise typer.Exit(Exit.WRONG_STATE if found.conflicts else Exit.USAGE)
    if plan_only and found.changes:
        raise typer.Exit(CHANGES)


def _confirm(found: Plan, files: Sequence[str]) -> None:
    count = counted(len(found.changes), "change")
    if STDIN in files or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misused(f"There is no terminal to ask whether to make {count}: give --yes, or --plan to see them alone")
    gone = sum(each.action is Action.DESTROY for each in found.changes)
    destroys = f", of which {gone} cannot be undone" if gone else ""
    typer.confirm(f"Make {count}{destroys}?", abort=True, err=True)


def _carry_out(ctx: typer.Context, carrier: Carrier, found: Plan, *, wait: bool) -> None:
    settings = settings_of(ctx)
    done: list[Change] = []
    try:
        for change, operation in carrier.carry_out(found, waits=wait):
            done.append(change)
            if not settings.is_data:
                later = operation is not None and not operation.done
                words = f"to be {text.DONE[change.action]}" if later else text.DONE[change.action]
                say(f"{text.subject(change)} is {words}.")
    except ChangesFailed as failed:
        if settings.is_data:
            show_document(ctx, text.document_of(found, done))
        _show_failures(ctx, failed.failures, f"{len(done)} of {counted(len(found.changes), 'change')} made.")
        raise typer.Exit(exit_code(failed.failures[0].error)) from None
    if settings.is_data:
        show_document(ctx, text.document_of(found, done))


def _show_failures(ctx: typer.Context, failures: Sequence[Failure], count: str) -> None:
    settings = settings_of(ctx)
    sentences: list[str] = []
    for each in failures:
        declared = each.change.declared
        place = f"{declared.place()}: " if declared else ""
        sentences.append(f"{place}{text.subject(each.change)}: {sentence(each.error, settings)}")
    left = f"{count} Apply again for the rest."
    if settings.is_data:
        show(failures[0].error.reason, " ".join(sentences), left, settings)
        return
    for words, each in zip(sentences, failures, strict=True):
        print(escaped(f"{words} {hint(each.error, settings)}".rstrip()), file=sys.stderr)
    print(left, file=sys.stderr)
