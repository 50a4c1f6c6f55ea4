"""`chronovisor privacy`: what the ledger knows of people, and how that is forgotten."""

from typing import Annotated

import typer

from chronovisor.cli.options.many import confirm
from chronovisor.cli.options.mutations import Reason, ValidateOnly
from chronovisor.cli.output import say, show_message
from chronovisor.cli.session import session
from chronovisor.cli.settings import Misused, named, settings_of
from chronovisor.v1 import privacy_service_pb2

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def privacy() -> None:
    """What the ledger knows of people, and how that is forgotten."""


@app.command()
@named
def forget(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(metavar="user:NAME", help="The person, as histories show it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Forget a person's name: what was done stays, and nothing leads to who did it."""
    if not person.startswith("user:"):
        raise Misused(f"{person} is no person: give user:NAME, as histories show it")
    if not (yes or validate_only):
        confirm(f"Forgetting {person}", f"Forget {person}, for good? This cannot be undone.")
    request = privacy_service_pb2.ForgetPersonRequest(person=person, reason=reason, validate_only=validate_only)
    with session(ctx) as client:
        forgotten = client.privacy.ForgetPerson(request)
    if settings_of(ctx).is_data:
        show_message(ctx, forgotten)
    elif validate_only:
        say(f"{person}: valid. Nothing was changed.")
    else:
        say(f"Whoever that was is {forgotten.shown_as} from now on.")
