"""What `chronovisor host` changes: register, update, cordon, uncordon, fence, replace. Drains are in `host_drain`."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer
from google.longrunning.operations_pb2 import Operation
from google.protobuf.field_mask_pb2 import FieldMask

from chronovisor.cli.commands.changes import Label, paths_of, write_entries
from chronovisor.cli.completion import complete_host, complete_project
from chronovisor.cli.options.host import MaxUnit, MinUnit, Offer, Ratio, Reserved, Step, Total, Trait, parse_node
from chronovisor.cli.options.many import confirm
from chronovisor.cli.options.mutations import Reason, ValidateOnly, Wait, checked, follow, show_changed
from chronovisor.cli.output import say
from chronovisor.cli.session import host_name, project_name, session
from chronovisor.cli.settings import PEOPLE, parsed, settings_of
from chronovisor.cli.text.safe_text import printable
from chronovisor.cli.text.units import parse_count, parse_disk, parse_memory
from chronovisor.client import Client
from chronovisor.names import last_part
from chronovisor.v1 import host_pb2, host_service_pb2

api = host_service_pb2.ReplaceHostMachineRequest
Name = Annotated[
    str, typer.Argument(autocompletion=complete_host, metavar="NAME", help="The host: node-1, or hosts/node-1.")
]
Etag = Annotated[str, typer.Option("--etag", metavar="ETAG", help="Only if the host is still as this etag says.")]


def register(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new host's id: 1 to 63 of a-z, 0-9, '-' and '.'.")],
    vcpus: Annotated[int, typer.Option(parser=parsed(parse_count), metavar="COUNT", help="All its vCPUs.")],
    memory: Annotated[int, typer.Option(parser=parsed(parse_memory), metavar="SIZE", help="All its memory.")],
    disk: Annotated[int, typer.Option(parser=parsed(parse_disk), metavar="SIZE", help="All its disk.")],
    total: Total = None,
    reserved: Reserved = None,
    ratio: Ratio = None,
    min_unit: MinUnit = None,
    max_unit: MaxUnit = None,
    step: Step = None,
    numa: Annotated[
        list[host_pb2.NumaNode] | None,
        typer.Option(
            parser=parsed(parse_node), metavar="VCPUS:MEMORY", help="A NUMA node, such as 16:64GiB. Repeatable."
        ),
    ] = None,
    zone: Annotated[str, typer.Option(metavar="ZONE", help="Failure domain, such as eu-1a.")] = "",
    label: Label = None,
    trait: Trait = None,
    dedicated_to: Annotated[
        str,
        typer.Option(autocompletion=complete_project, metavar="PROJECT", help="Only VMs of this project go there."),
    ] = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Make a host known before its agent connects, with what it is to offer."""
    host = host_pb2.Host(zone=zone, traits=trait, numa_nodes=numa)
    for resource_class, amount in (("vcpus", vcpus), ("memory_mib", memory), ("disk_gib", disk)):
        host.inventory[resource_class].total = amount
    Offer(total, reserved, ratio, min_unit, max_unit, step).write(host)
    write_entries(host.labels, label, ())
    if dedicated_to:
        host.dedicated_project = project_name(dedicated_to)
    request = host_service_pb2.RegisterHostRequest(
        host_id=last_part(host_name(name)), host=host, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        registered = client.hosts.RegisterHost(request)
    _show(ctx, registered, "registered", validate_only)


def update(
    ctx: typer.Context,
    name: Name,
    total: Total = None,
    reserved: Reserved = None,
    ratio: Ratio = None,
    min_unit: MinUnit = None,
    max_unit: MaxUnit = None,
    step: Step = None,
    zone: Annotated[str | None, typer.Option(metavar="ZONE", help="Failure domain; empty: none.")] = None,
    label: Label = None,
    no_label: Annotated[list[str] | None, typer.Option(metavar="KEY", help="Take this label away. Repeatable.")] = None,
    trait: Trait = None,
    no_trait: Annotated[
        list[str] | None, typer.Option(metavar="TRAIT", help="Take this trait away. Repeatable.")
    ] = None,
    dedicated_to: Annotated[
        str | None,
        typer.Option(
            autocompletion=complete_project,
            metavar="PROJECT",
            help="Only VMs of this project go there from now on; empty: any.",
        ),
    ] = None,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Change what a host offers, where it is, and whom it is for. What runs on it runs on."""
    offer = Offer(total, reserved, ratio, min_unit, max_unit, step)
    paths = paths_of(
        "--ratio vcpus=4",
        inventory=offer,
        zone=zone is not None,
        labels=label or no_label,
        traits=trait or no_trait,
        dedicated_project=dedicated_to is not None,
    )
    with session(ctx) as client:
        host = client.hosts.GetHost(host_service_pb2.GetHostRequest(name=host_name(name)))
        offer.write(host)
        write_entries(host.labels, label, no_label)
        host.traits[:] = sorted(({*host.traits} - {*(no_trait or ())}) | {*(trait or ())})
        host.zone = host.zone if zone is None else zone
        if dedicated_to is not None:
            host.dedicated_project = project_name(dedicated_to) if dedicated_to else ""
        # Without an etag of the caller's own: what was read here must not have changed in between.
        host.etag = etag or host.etag
        request = host_service_pb2.UpdateHostRequest(
            host=host, update_mask=FieldMask(paths=paths), validate_only=validate_only, reason=reason
        )
        updated = client.hosts.UpdateHost(request)
    _show(ctx, updated, "updated", validate_only)


def cordon(
    ctx: typer.Context, name: Name, etag: Etag = "", validate_only: ValidateOnly = False, reason: Reason = ""
) -> None:
    """Let a host take no new VMs. What runs on it runs on."""
    request = host_service_pb2.CordonHostRequest(
        name=host_name(name), etag=etag, validate_only=validate_only, reason=reason
    )
    _set_state(ctx, lambda client: client.hosts.CordonHost(request), "cordoned", validate_only)


def uncordon(
    ctx: typer.Context, name: Name, etag: Etag = "", validate_only: ValidateOnly = False, reason: Reason = ""
) -> None:
    """Let a cordoned host take new VMs again."""
    request = host_service_pb2.UncordonHostRequest(
        name=host_name(name), etag=etag, validate_only=validate_only, reason=reason
    )
    _set_state(ctx, lambda client: client.hosts.UncordonHost(request), "active", validate_only)


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


class FenceMethodChoice(StrEnum):
    """How it is made certain that a host is off."""

    OPERATOR = "operator"
    FENCER = "fencer"
    WATCHDOG = "watchdog"


FenceMethod = Annotated[
    FenceMethodChoice | None,
    typer.Option(
        "--method",
        help="Take your word for it; have its fencer power it off; or wait until its agent's watchdog must have "
        "stopped its guests. By default its fencer, else its watchdog.",
    ),
]


_OFF = "Have {} powered off? Its VMs will have failed."
_QUESTIONS = {
    None: _OFF,
    FenceMethodChoice.FENCER: _OFF,
    FenceMethodChoice.WATCHDOG: "Take the guests of {} for stopped once its watchdog must have? They will have failed.",
    FenceMethodChoice.OPERATOR: "Is the machine of {} off, for certain? Its VMs will have failed.",
}


def fence(
    ctx: typer.Context,
    name: Name,
    method: FenceMethod = None,
    yes: Yes = False,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    """Make certain that a host is off: its VMs have failed then, and are started elsewhere where they are to be.

    Give your word (--method operator) only if it is certain: a VM that still runs there would run twice.
    """
    whole = host_name(name)
    if not (yes or validate_only):
        confirm(f"Fencing {last_part(whole)}", _QUESTIONS[method].format(last_part(whole)))
    request = host_service_pb2.FenceHostRequest(
        name=whole,
        method=host_pb2.FenceMethod.Value(f"FENCE_METHOD_{method.name if method else 'UNSPECIFIED'}"),
        etag=etag,
        validate_only=validate_only,
        reason=reason,
    )
    _operate(ctx, lambda client: client.hosts.FenceHost(request), request.name, validate_only, wait)


def _operate(
    ctx: typer.Context, call: Callable[[Client], Operation], name: str, validate_only: bool, wait: bool
) -> None:
    with session(ctx) as client:
        operation = call(client)
        if validate_only:
            checked(ctx, operation, name)
        else:
            follow(ctx, client, operation, wait)


def decommission(
    ctx: typer.Context,
    name: Name,
    yes: Yes = False,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """End a host that is empty, for good. Its history stays."""
    whole = host_name(name)
    if not (yes or validate_only):
        what = last_part(whole)
        confirm(f"Decommissioning {what}", f"Decommission {what}, for good? This cannot be undone.")
    request = host_service_pb2.DecommissionHostRequest(
        name=whole, etag=etag, validate_only=validate_only, reason=reason
    )
    _set_state(ctx, lambda client: client.hosts.DecommissionHost(request), "decommissioned", validate_only)


class HeldVms(StrEnum):
    """What becomes of VMs that the host holds capacity for."""

    KEEP = "keep"
    FAIL = "fail"


def replace(
    ctx: typer.Context,
    name: Name,
    vms: Annotated[
        HeldVms | None,
        typer.Option(
            help="Where VMs hold capacity there. keep: their disks are in the new machine, whose agent will say what "
            "became of each. fail: the old machine is off for good; VMs that run there have failed, and can be started "
            "elsewhere or anew."
        ),
    ] = None,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Let another machine be this host: the next whose agent connects. The old machine is refused from then on."""
    held = api.HELD_VMS_UNSPECIFIED if vms is None else api.HELD_VMS_KEEP if vms is HeldVms.KEEP else api.HELD_VMS_FAIL
    request = host_service_pb2.ReplaceHostMachineRequest(
        name=host_name(name), held_vms=held, etag=etag, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        host = client.hosts.ReplaceHostMachine(request)
    _show(ctx, host, "bound to no machine: the next other machine whose agent connects is it", validate_only)


def _set_state(ctx: typer.Context, call: Callable[[Client], host_pb2.Host], done: str, validate_only: bool) -> None:
    with session(ctx) as client:
        host = call(client)
    _show(ctx, host, done, validate_only)


def _show(ctx: typer.Context, host: host_pb2.Host, done: str, validate_only: bool) -> None:
    show_changed(ctx, host, done, validate_only)
    if settings_of(ctx).output in PEOPLE and host.violations:
        say("Rules that VMs on it break now; nothing is evicted for them:")
        for violation in host.violations:
            say(f"  {printable(violation)}")
