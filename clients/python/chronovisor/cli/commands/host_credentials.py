"""`chronovisor host token`, `credentials` and `revoke`: what proves that an agent is a host's."""

from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from chronovisor.cli.completion import complete_host
from chronovisor.cli.options.many import confirm
from chronovisor.cli.options.mutations import Reason, ValidateOnly
from chronovisor.cli.output import local_time, say, show_facts, show_message
from chronovisor.cli.session import host_name, session
from chronovisor.cli.settings import Output, parsed, settings_of
from chronovisor.cli.text.safe_text import printable
from chronovisor.cli.text.units import parse_lifetime
from chronovisor.names import last_part
from chronovisor.v1 import host_credentials_pb2 as api

Name = Annotated[
    str, typer.Argument(autocompletion=complete_host, metavar="NAME", help="The host: node-1, or hosts/node-1.")
]
tokens = typer.Typer(add_completion=False, no_args_is_help=True, help="One-time tokens by which hosts join.")


@tokens.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The host that is to join; it need not be known.")],
    ttl: Annotated[
        Duration | None,
        typer.Option("--ttl", parser=parsed(parse_lifetime), metavar="TIME", help="How long it can be used; an hour."),
    ] = None,
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Create a token by which one host joins, once. It is shown now, and never again."""
    request = api.CreateHostTokenRequest(
        host_id=last_part(host_name(name)), validate_only=validate_only, reason=reason, ttl=ttl
    )
    with session(ctx) as client:
        made = client.hosts.CreateHostToken(request)
    if settings_of(ctx).is_data:
        show_message(ctx, made)
        return
    if validate_only:
        say(f"{request.host_id}: valid. Nothing was changed.")
        return
    say(f"Until {local_time(made.expire_time)}, on {request.host_id}, type:")
    options = f"--host-id {request.host_id} --token {made.token} --ca-sha256 {made.ca_sha256}"
    say(f"  chronovisor-agent join --server THIS_CONTROL_PLANE:7460 {options}")


def credentials(ctx: typer.Context, name: Name) -> None:
    """Show the tokens and certificates of a host: those that hold, and the last that do not any more."""
    with session(ctx) as client:
        found = client.hosts.GetHostCredentials(api.GetHostCredentialsRequest(name=host_name(name)))
    _show(ctx, found)


def revoke(
    ctx: typer.Context,
    name: Name,
    token: Annotated[str, typer.Option("--token", metavar="ID", help="This token alone, by its id.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Take all tokens and certificates from a host: its agent is turned away at once. Its guests run on."""
    whole = host_name(name)
    if not (yes or validate_only or token):
        what = last_part(whole)
        confirm(f"Revoking {what}", f"Revoke all credentials of {what}? Its agent must join again then.")
    request = api.RevokeHostCredentialsRequest(name=whole, token_id=token, validate_only=validate_only, reason=reason)
    with session(ctx) as client:
        found = client.hosts.RevokeHostCredentials(request)
    if settings_of(ctx).output is Output.NAME:
        say(found.name)
    elif settings_of(ctx).is_data:
        show_message(ctx, found)
    elif validate_only:
        say(f"{last_part(whole)}: valid. Nothing was changed.")
    else:
        say(f"{last_part(whole)}: {f'the token {token}' if token else 'all its credentials'} revoked.")


def _show(ctx: typer.Context, found: api.HostCredentials) -> None:
    if settings_of(ctx).is_data:
        show_message(ctx, found)
        return
    facts = [("name", found.name)]
    facts += [("token", _token_text(each)) for each in found.tokens]
    facts += [("certificate", _certificate_text(each)) for each in found.certificates]
    show_facts(facts)


def _token_text(token: api.HostToken) -> str:
    if token.HasField("use_time"):
        state = f"used at {local_time(token.use_time)}"
    elif token.HasField("revoke_time"):
        state = f"revoked at {local_time(token.revoke_time)}"
    else:
        state = f"until {local_time(token.expire_time)}"
    return f"{last_part(token.name)}, by {printable(token.creator)}, {state}"


def _certificate_text(certificate: api.HostCertificate) -> str:
    over = certificate.HasField("revoke_time")
    state = (
        f"of no use since {local_time(certificate.revoke_time)}"
        if over
        else (f"until {local_time(certificate.expire_time)}")
    )
    return f"{certificate.fingerprint[:16]}, issued at {local_time(certificate.issue_time)}, {state}"
