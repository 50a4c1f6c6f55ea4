"""One command's connection, and the names it was given: the settings turned into what the library takes."""

import getpass
import os
import sys
from typing import TypeVar

import typer
from google.protobuf.message import Message

from chronovisor import names
from chronovisor.cli.credentials import token_of
from chronovisor.cli.settings import Misused, Settings, settings_of
from chronovisor.client import Client, connect
from chronovisor.retry import RetryPolicy

ANSWER_S = 10.0
# Walking a ledger takes about a minute for each few million events.
WALK_S = 3600.0


def session(ctx: typer.Context, answer_s: float = ANSWER_S) -> Client:
    """A client for this run. Use it in a `with`. An actor that cannot be sent is a usage error.

    An answer may take `answer_s` where no --timeout was given.
    """
    settings = settings_of(ctx)
    # Without a limit of its own a command waits long for its operation, and not long for an answer.
    timeout_s = answer_s if settings.timeout is None else settings.timeout
    try:
        return connected(settings, timeout_s)
    except ValueError as error:
        what = "--as: " if str(error).startswith("actor") else ""
        raise Misused(f"{what}{error}") from error


def connected(settings: Settings, timeout_s: float, retry: RetryPolicy | None = None) -> Client:
    """A client as the settings say. Raises ValueError for what cannot be sent, OSError for files."""
    return connect(
        settings.server or None,
        actor=actor_of(settings),
        project=settings.project,
        timeout_s=timeout_s,
        retry=retry,
        ca=settings.ca_file or None,
        certificate=settings.cert_file or None,
        key=settings.key_file or None,
        token=token_of(settings),
    )


def actor_of(settings: Settings) -> str:
    """`user:NAME`, or what --as gave when it says its kind itself, such as `service:billing`."""
    given = settings.actor or _os_user()
    return given if ":" in given else f"user:{given}"


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container's uid without a passwd entry.
        return f"uid-{os.getuid()}"


Read = TypeVar("Read", bound=Message)


def as_of(ctx: typer.Context, request: Read) -> Read:
    """The request, as of the run's moment where that is not now. Says on stderr which moment that is."""
    settings = settings_of(ctx)
    if settings.when:
        settings.when.put(request, "at_position", "read_time")
        if not settings.is_data:
            print(f"As of {settings.when}:", file=sys.stderr)
    return request


# What projects have, beside VMs, as their names have it.
_IN_PROJECTS = ("networks", "securityGroups", "images", "serviceAccounts")


def resource_name(ctx: typer.Context, given: str) -> str:
    """The whole name of a VM, of `networks/web` and the like, or of a host or a project that is named in full."""
    if given.startswith("hosts/"):
        return host_name(given)
    parts = given.split("/")
    if len(parts) == 4 and parts[2] in _IN_PROJECTS:
        return given
    if len(parts) == 2 and parts[0] in _IN_PROJECTS:
        return f"{vm_name(ctx, parts[1]).partition('/vms/')[0]}/{given}"
    return project_name(given) if given.startswith("projects/") and "/vms/" not in given else vm_name(ctx, given)


def vm_name(ctx: typer.Context, given: str) -> str:
    """The VM's whole name, in the run's project where only an id is given."""
    try:
        return names.vm_name(given, settings_of(ctx).project)
    except ValueError as error:
        raise Misused(str(error)) from error


def network_name(ctx: typer.Context, given: str) -> str:
    """The network's whole name, in the run's project where only an id is given."""
    try:
        return names.network_name(given, settings_of(ctx).project)
    except ValueError as error:
        raise Misused(str(error)) from error


def security_group_name(ctx: typer.Context, given: str) -> str:
    """The security group's whole name, in the run's project where only an id is given."""
    try:
        return names.security_group_name(given, settings_of(ctx).project)
    except ValueError as error:
        raise Misused(str(error)) from error


def account_name(ctx: typer.Context, given: str) -> str:
    """The service account's whole name, in the run's project where only an id is given."""
    try:
        return names.account_name(given, settings_of(ctx).project)
    except ValueError as error:
        raise Misused(str(error)) from error


def image_name(ctx: typer.Context, given: str) -> str:
    """The image's whole name, in the run's project where only an id is given."""
    try:
        return names.image_name(given, settings_of(ctx).project)
    except ValueError as error:
        raise Misused(str(error)) from error


def member_name(ctx: typer.Context, given: str) -> str:
    """A member or principal; a service account of the run's project where only its id is given."""
    try:
        return names.member_name(given, settings_of(ctx).project)
    except ValueError as error:
        raise Misused(str(error)) from error


def role_name(given: str) -> str:
    try:
        return names.role_name(given)
    except ValueError as error:
        raise Misused(str(error)) from error


def access_name(given: str) -> str:
    """What roles are had on: `/`, a project, or a VM."""
    try:
        return names.access_name(given)
    except ValueError as error:
        raise Misused(str(error)) from error


def host_name(given: str) -> str:
    try:
        return names.host_name(given)
    except ValueError as error:
        raise Misused(str(error)) from error


def project_name(given: str) -> str:
    try:
        return names.project_name(given)
    except ValueError as error:
        raise Misused(str(error)) from error


def operation_name(given: str) -> str:
    try:
        return names.operation_name(given)
    except ValueError as error:
        raise Misused(str(error)) from error


def short_name(ctx: typer.Context, name: str) -> str:
    """The id of a VM or image that is in the run's project, else its whole name: what the user can type again."""
    own = names.project_name(settings_of(ctx).project)
    return name.removeprefix(f"{own}/vms/").removeprefix(f"{own}/images/")
