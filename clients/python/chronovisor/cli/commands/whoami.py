"""`chronovisor whoami`: who the control plane takes the caller for, and which roles that has."""

import typer

from chronovisor.cli.commands.access import GRANTS, grant_row
from chronovisor.cli.output import local_time, say, show_facts, show_message, show_table
from chronovisor.cli.session import actor_of, session
from chronovisor.cli.settings import Output, named, settings_of
from chronovisor.cli.text.safe_text import escaped
from chronovisor.v1.access_service_pb2 import WhoAmIRequest, WhoAmIResponse

app = typer.Typer(add_completion=False)
# How a caller is known who proves nothing: where the server believes it, it may do everything.
_UNPROVEN = "self-declared"


@app.command()
@named
def whoami(ctx: typer.Context) -> None:
    """Say who the control plane takes you for, how that was proven, and which roles you have."""
    with session(ctx) as client:
        found = client.access.WhoAmI(WhoAmIRequest())
    if settings_of(ctx).output is Output.NAME:
        print(escaped(found.principal))
    elif settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        _show(found, actor_of(settings_of(ctx)))


def _show(found: WhoAmIResponse, actor: str) -> None:
    show_facts(
        [
            ("principal", found.principal),
            ("groups", ", ".join(found.groups)),
            ("proof", ", ".join(each for each in (found.proof, found.proof_detail) if each)),
            ("until", local_time(found.expire_time) if found.HasField("expire_time") else ""),
        ]
    )
    say("")
    if found.proof == _UNPROVEN:
        say("This control plane believes whoever calls it, and lets them do everything (--insecure).")
        say(f"What you do is recorded as {actor}'s.")
    else:
        show_table(GRANTS, [grant_row(each) for each in found.grants], "No roles: nothing is allowed yet.")
