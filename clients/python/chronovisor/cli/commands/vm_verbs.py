"""The verbs of `chronovisor vm`: start, stop, reboot and the others, of one VM or of many."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer
from google.protobuf.duration_pb2 import Duration

from chronovisor.cli.completion import complete_host, complete_vm
from chronovisor.cli.options.chosen import Names, Selector
from chronovisor.cli.options.many import AllowPartial, Etag, Sending, send
from chronovisor.cli.options.mutations import Reason, ValidateOnly, Wait, checked, follow
from chronovisor.cli.session import host_name, session, vm_name
from chronovisor.cli.settings import Misused, named, parsed
from chronovisor.cli.text.units import parse_seconds
from chronovisor.v1 import vm_service_pb2 as api
from chronovisor.verbs import VM_VERBS, VmVerb


def _plain(verb: VmVerb) -> Callable[..., None]:
    """The command of a verb that needs VMs and nothing else."""
    request_type: Any = getattr(api, f"{verb.method}Request")

    def of_many(
        ctx: typer.Context,
        names: Names = None,
        selector: Selector = "",
        allow_partial: AllowPartial = False,
        etag: Etag = "",
        validate_only: ValidateOnly = False,
        reason: Reason = "",
        wait: Wait = True,
    ) -> None:
        sending = Sending(reason, wait, etag, validate_only, allow_partial)
        send(ctx, names, selector, lambda name: request_type(name=name), verb.method, sending)

    return of_many


def _stop(
    ctx: typer.Context,
    names: Names = None,
    selector: Selector = "",
    grace: Annotated[
        float | None,
        typer.Option(
            parser=parsed(parse_seconds),
            metavar="TIME",
            help="How long the guest has to power off by itself; 60s by default.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Off at once; the same as --grace 0s.")] = False,
    allow_partial: AllowPartial = False,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    if force and grace:
        raise Misused("Give one of --grace and --force")

    def build(name: str) -> api.StopVmRequest:
        request = api.StopVmRequest(name=name)
        if force or grace is not None:
            request.grace_period.CopyFrom(_duration(0.0 if force else grace or 0.0))
        return request

    send(ctx, names, selector, build, "StopVm", Sending(reason, wait, etag, validate_only, allow_partial))


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromMilliseconds(int(seconds * 1000))
    return duration


def _reboot(
    ctx: typer.Context,
    names: Names = None,
    selector: Selector = "",
    force: Annotated[bool, typer.Option("--force", help="Reset it instead of asking the guest.")] = False,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    sending = Sending(reason, wait, etag, validate_only)
    send(ctx, names, selector, lambda name: api.RebootVmRequest(name=name, force=force), "RebootVm", sending)


def _destroy(
    ctx: typer.Context,
    names: Names = None,
    selector: Selector = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    allow_partial: AllowPartial = False,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    def build(name: str) -> api.DeleteVmRequest:
        return api.DeleteVmRequest(name=name)

    sending = Sending(reason, wait, etag, validate_only, allow_partial)
    send(ctx, names, selector, build, "DeleteVm", sending, destroys=not (yes or validate_only))


def _migrate(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1."),
    ],
    to: Annotated[
        str,
        typer.Option(autocompletion=complete_host, metavar="HOST", help="To this host; by default placement chooses."),
    ] = "",
    bandwidth: Annotated[
        int, typer.Option(min=0, metavar="MIB_S", help="At most so many MiB a second are copied; 0: no limit.")
    ] = 0,
    auto_converge: Annotated[
        bool, typer.Option("--auto-converge", help="Slow the guest down where it writes faster than can be copied.")
    ] = False,
    give_up_after: Annotated[
        float | None,
        typer.Option(
            parser=parsed(parse_seconds),
            metavar="TIME",
            help="It stays where it is if that takes longer, 10s to 24h; 10m by default.",
        ),
    ] = None,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    request = api.MigrateVmRequest(
        name=vm_name(ctx, name),
        destination_host=host_name(to) if to else "",
        bandwidth_mib_s=bandwidth,
        auto_converge=auto_converge,
        timeout=None if give_up_after is None else _duration(give_up_after),
        etag=etag,
        validate_only=validate_only,
        reason=reason,
    )
    with session(ctx) as client:
        operation = client.vms.MigrateVm(request)
        if validate_only:
            checked(ctx, operation, request.name)
        else:
            follow(ctx, client, operation, wait)


_WITH_OPTIONS: Mapping[str, Callable[..., None]] = {
    "stop": _stop,
    "reboot": _reboot,
    "migrate": _migrate,
    "destroy": _destroy,
}


def add_to(app: typer.Typer) -> None:
    """The verbs, in the order of the help."""
    for verb in VM_VERBS:
        body = named(_plain(verb) if verb.is_plain else _WITH_OPTIONS[verb.command])
        app.command(verb.command, help=verb.help)(body)
