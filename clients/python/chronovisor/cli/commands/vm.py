"""`chronovisor vm`: create, list, show, and drive VMs. What changes them is in `vm_update`."""

import sys
from typing import Annotated

import typer

from chronovisor.cli.command_calls import vm_of_request
from chronovisor.cli.commands import samples, vm_verbs
from chronovisor.cli.commands.changes import Label, Lifetime
from chronovisor.cli.commands.placement import show_explanation
from chronovisor.cli.commands.vm_console import console
from chronovisor.cli.commands.vm_exec import run_program
from chronovisor.cli.commands.vm_port import forward, port
from chronovisor.cli.commands.vm_screen import open_screen, screenshot
from chronovisor.cli.commands.vm_ssh import ssh
from chronovisor.cli.commands.vm_update import update
from chronovisor.cli.completion import complete_image, complete_vm
from chronovisor.cli.follow import follow as follow_stream
from chronovisor.cli.follow import show_status
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, SortBy, show_one, show_page, view
from chronovisor.cli.options import availability, limits, machine, network
from chronovisor.cli.options import placement_rules as rules
from chronovisor.cli.options.chosen import Selector
from chronovisor.cli.options.images import named_image, whole_name
from chronovisor.cli.options.many import AllowPartial, Sending, alone, send_several
from chronovisor.cli.options.mutations import Reason, ValidateOnly, Wait, checked, follow
from chronovisor.cli.options.user_data import UserData, read_user_data
from chronovisor.cli.output import show_message
from chronovisor.cli.session import as_of, project_name, session, short_name, vm_name
from chronovisor.cli.settings import PEOPLE, Misused, listed, named, parsed, settings_of
from chronovisor.cli.text import vm as vm_view
from chronovisor.cli.text.units import (
    ExtendedAmount,
    parse_amount,
    parse_count,
    parse_disk,
    parse_memory,
)
from chronovisor.client import Client
from chronovisor.paging import pages
from chronovisor.v1 import vm_pb2, vm_service_pb2

app = typer.Typer(add_completion=False, no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1.")
]


@app.command()
@named
def create(
    ctx: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME", help="The new VM: web-1, or projects/shop/vms/web-1. Or several.")
    ],
    vcpus: Annotated[int, typer.Option(parser=parsed(parse_count), metavar="COUNT", help="Virtual CPUs.")],
    memory: Annotated[int, typer.Option(parser=parsed(parse_memory), metavar="SIZE", help="Such as 512MiB or 4GiB.")],
    disk: Annotated[
        int,
        typer.Option(parser=parsed(parse_disk), metavar="SIZE", help="Such as 10GiB; by default an image's, or none."),
    ] = 0,
    image: Annotated[
        str,
        typer.Option(
            autocompletion=complete_image,
            help="Boot a copy-on-write clone of this image: one of the project, or else a file of the host.",
        ),
    ] = "",
    kernel: Annotated[str, typer.Option(help="Boot this kernel of the host directly, with --initramfs.")] = "",
    initramfs: Annotated[str, typer.Option(help="The initramfs for --kernel.")] = "",
    cmdline: Annotated[str, typer.Option(help="Kernel command line; console=ttyS0 by default.")] = "",
    cpu_model: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="The CPU that it sees: see `chronovisor host cpu-baseline`. By default its host's own.",
        ),
    ] = "",
    cpu_policy: limits.Policy = None,
    io_limit: limits.Limits = None,
    label: Label = None,
    lifetime: Lifetime = None,
    extended: Annotated[
        list[ExtendedAmount] | None,
        typer.Option(parser=parsed(parse_amount), metavar="CLASS=COUNT", help="Such as gpu.a100=1. Repeatable."),
    ] = None,
    require: rules.Require = "",
    prefer: rules.Prefer = None,
    together: rules.Together = None,
    apart: rules.Apart = None,
    spread: rules.Spread = None,
    rather_together: rules.RatherTogether = None,
    rather_apart: rules.RatherApart = None,
    rather_spread: rules.RatherSpread = None,
    on_host: rules.OnHost = "",
    avoid_host: rules.AvoidHost = None,
    numa_nodes: rules.NumaNodes = 0,
    on_maintenance: availability.OnMaintenance = None,
    restart: availability.Restart = None,
    restart_attempts: availability.Attempts = None,
    restart_backoff: availability.Backoff = None,
    restart_cooldown: availability.Cooldown = None,
    restart_priority: availability.Priority = None,
    restart_after: availability.After = None,
    user_data: UserData = "",
    ssh_key: machine.SshKey = None,
    hostname: machine.Hostname = None,
    firmware: machine.FirmwareOption = None,
    tpm: machine.Tpm = None,
    machine_type: machine.MachineType = None,
    rng: machine.Rng = None,
    guest_agent: machine.GuestAgent = None,
    screen: machine.Screen = None,
    deletion_protection: machine.DeletionProtection = None,
    networks: network.Network = None,
    security_group: network.SecurityGroup = None,
    publish: network.Publish = None,
    start: Annotated[bool, typer.Option("--start", help="Start it too: both, or neither.")] = False,
    allow_partial: AllowPartial = False,
    validate_only: ValidateOnly = False,
    reason: Reason = "",
    wait: Wait = True,
) -> None:
    """Create VMs, stopped; with --start, running. Several are alike, and are created all or none."""
    vm = vm_pb2.Vm(labels=dict(label or []), expected_lifetime=lifetime)
    vm.spec.resources.vcpus, vm.spec.resources.memory_mib, vm.spec.resources.disk_gib = vcpus, memory, disk
    vm.spec.resources.extended.update(dict(extended or []))
    vm.spec.cpu_model = cpu_model.lower()
    limits.write_limits(vm.spec, cpu_policy, io_limit)
    vm.spec.boot.CopyFrom(_boot(image, kernel, initramfs, cmdline))
    groups = rules.groups_given((together, rather_together), (apart, rather_apart), (spread, rather_spread))
    if given := rules.rules_given(require, prefer or [], groups, on_host, avoid_host or [], numa_nodes):
        vm.spec.placement.CopyFrom(given)
    trouble = availability.Given(
        on_maintenance,
        restart,
        restart_attempts,
        restart_backoff,
        restart_cooldown,
        restart_priority,
        restart_after,
    )
    if trouble.is_given:
        trouble.write(vm.availability)
    machine.Given(ssh_key, hostname, firmware, tpm, machine_type, rng, guest_agent, screen).write(vm.spec)
    vm.deletion_protection = bool(deletion_protection)
    cards = network.Given(networks, security_group, publish)
    if user_data:
        vm.user_data = read_user_data(user_data)
    requests = [_create_request(ctx, each, vm, start, cards) for each in dict.fromkeys(names)]
    sending = Sending(reason, wait, "", validate_only, allow_partial)
    collected = settings_of(ctx).collected
    if collected is not None:
        for each in requests if "/" in image else ():
            each.vm.spec.boot.image.image = whole_name(image, each.parent)
        collected.extend(alone(each, sending) for each in requests)
        return
    with session(ctx) as client:
        for each in requests if image else ():
            each.vm.spec.boot.image.image = named_image(client, image, each.parent)
        if len(requests) > 1:
            send_several(ctx, client, requests, sending)
        else:
            _create_one(ctx, client, alone(requests[0], sending), wait)


def _create_request(
    ctx: typer.Context, name: str, vm: vm_pb2.Vm, start: bool, cards: network.Given
) -> vm_service_pb2.CreateVmRequest:
    parent, _, vm_id = vm_name(ctx, name).rpartition("/vms/")
    request = vm_service_pb2.CreateVmRequest(parent=parent, vm_id=vm_id, vm=vm, start=start)
    cards.write(request.vm.spec, parent)
    return request


def _create_one(ctx: typer.Context, client: Client, request: vm_service_pb2.CreateVmRequest, wait: bool) -> None:
    operation, whole = client.vms.CreateVm(request), vm_of_request(request)
    if request.validate_only:
        checked(ctx, operation, whole)
        _explain(ctx, client, request)
    else:
        next_step = "" if request.start else f" Start it: chronovisor vm start {short_name(ctx, whole)}"
        follow(ctx, client, operation, wait, next_step)


def _explain(ctx: typer.Context, client: Client, request: vm_service_pb2.CreateVmRequest) -> None:
    """Where the VM would go. For people alone: as JSON, `validate_only` answers with the operation."""
    if settings_of(ctx).output in PEOPLE:
        request.vm.ClearField("user_data")
        explain = vm_service_pb2.ExplainPlacementRequest(parent=request.parent, vm=request.vm)
        show_explanation(client.vms.ExplainPlacement(explain).explanation, request.vm_id)


def _boot(image: str, kernel: str, initramfs: str, cmdline: str) -> vm_pb2.BootSource:
    if bool(image) == bool(kernel):
        raise Misused("Give one of --image and --kernel")
    if image and (initramfs or cmdline):
        raise Misused("--initramfs and --cmdline go with --kernel, not with --image")
    if image:
        return vm_pb2.BootSource(image=vm_pb2.ImageBoot(image=image))
    if not initramfs:
        raise Misused("--kernel needs --initramfs")
    return vm_pb2.BootSource(kernel=vm_pb2.KernelBoot(kernel=kernel, initramfs=initramfs, cmdline=cmdline))


app.command()(named(update))


@app.command("list")
@listed
def list_vms(
    ctx: typer.Context,
    filter_: Annotated[
        str, typer.Option("--filter", metavar="FILTER", help='Such as: state = "RUNNING" AND labels.tier != "test"')
    ] = "",
    all_projects: Annotated[bool, typer.Option("--all-projects", "-A", help="Of all projects.")] = False,
    show_deleted: Annotated[bool, typer.Option("--show-deleted", help="Destroyed ones too.")] = False,
    selector: Selector = "",
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """List VMs."""
    past = settings_of(ctx).when is not None
    table = tables.vms(past=past, with_project=all_projects)
    requested = view(ctx, table, columns, sort_by, selector=selector)
    parent = "projects/-" if all_projects else project_name(settings_of(ctx).project)
    request = vm_service_pb2.ListVmsRequest(
        parent=parent, page_size=1000, filter=filter_, show_deleted=show_deleted, view=vm_service_pb2.VM_VIEW_FULL
    )
    found = vm_service_pb2.ListVmsResponse()
    with session(ctx) as client:
        for page in pages(client.vms.ListVms, as_of(ctx, request)):
            found.vms.extend(page.vms)
            found.position = page.position
    empty = f"No VMs in {'any project' if all_projects else parent}."
    show_page(ctx, requested, found, "vms", empty)


@app.command()
def watch(
    ctx: typer.Context,
    filter_: Annotated[
        str, typer.Option("--filter", metavar="FILTER", help='Such as: state = "RUNNING" AND labels.tier != "test"')
    ] = "",
    all_projects: Annotated[bool, typer.Option("--all-projects", "-A", help="Of all projects.")] = False,
    after: Annotated[
        int,
        typer.Option(
            parser=parsed(parse_count), metavar="POSITION", show_default=False, help="Only what changed after it."
        ),
    ] = 0,
) -> None:
    """Show VMs as they are, then as they change, until Ctrl-C."""
    parent = "projects/-" if all_projects else project_name(settings_of(ctx).project)
    with session(ctx) as client:
        changes = client.watch_vms(parent, filter=filter_, after=after, on_status=show_status)
        follow_stream(ctx, changes, lambda change: vm_view.change_line(change, all_projects))


@app.command()
@listed
def show(ctx: typer.Context, name: Name) -> None:
    """Show one VM."""
    settings = settings_of(ctx)
    with session(ctx) as client:
        vm = client.vms.GetVm(as_of(ctx, vm_service_pb2.GetVmRequest(name=vm_name(ctx, name))))
        # Samples are of now.
        measured = not (settings.output not in PEOPLE or settings.when or vm.state == vm_pb2.VM_STATE_DELETED)
        used = samples.used_text(client, vm) if measured else ""
    show_one(ctx, tables.vms(past=settings.when is not None), vm, lambda: vm_view.show_vm(vm, used))


@app.command()
def secrets(ctx: typer.Context, name: Name) -> None:
    """Print a VM's user data, as it was given: for those alone who may read secrets. Each time is recorded."""
    with session(ctx) as client:
        found = client.vms.GetVmSecrets(vm_service_pb2.GetVmSecretsRequest(name=vm_name(ctx, name)))
    if settings_of(ctx).is_data:
        show_message(ctx, found)
        return
    sys.stdout.buffer.write(found.user_data)
    sys.stdout.flush()


app.command("console")(console)
app.command("ssh")(ssh)
app.command("exec")(run_program)
app.command("port")(port)
app.command("forward")(forward)
app.command("screen")(open_screen)
app.command("screenshot")(screenshot)
app.command("samples")(listed(samples.of_vm))


vm_verbs.add_to(app)
