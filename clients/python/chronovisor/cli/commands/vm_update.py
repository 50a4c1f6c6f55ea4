"""`chronovisor vm update`: labels, lifetime and limits at any time, and what a stopped VM is made of."""

from typing import Annotated, NamedTuple

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from chronovisor.cli.commands.changes import Label, Lifetime, paths_of, write_amounts, write_entries
from chronovisor.cli.completion import complete_vm
from chronovisor.cli.options import availability, limits, machine, network
from chronovisor.cli.options import placement_rules as rules
from chronovisor.cli.options.mutations import Reason, ValidateOnly, checked
from chronovisor.cli.options.user_data import UserData, read_user_data
from chronovisor.cli.output import say, show_message
from chronovisor.cli.session import session, short_name, vm_name
from chronovisor.cli.settings import Misused, Output, parsed, settings_of
from chronovisor.cli.text.units import ExtendedAmount, parse_amount, parse_count, parse_disk, parse_memory
from chronovisor.v1 import vm_pb2, vm_service_pb2


class Boot(NamedTuple):
    """The boot source by the options; None: unchanged."""

    image: str | None
    kernel: str | None
    initramfs: str | None
    cmdline: str | None

    def write(self, boot: vm_pb2.BootSource) -> None:
        """Raises Misused when the options do not go together, or with what it boots from now."""
        of_kernel = {"kernel": self.kernel, "initramfs": self.initramfs, "cmdline": self.cmdline}
        given = {name: value for name, value in of_kernel.items() if value is not None}
        if self.image is not None and given:
            raise Misused("--image goes without --kernel, --initramfs and --cmdline")
        if self.image is not None:
            boot.image.image = self.image
        if given and "kernel" not in given and boot.WhichOneof("source") != "kernel":
            raise Misused("it boots from an image: --initramfs and --cmdline go with --kernel")
        for name, value in given.items():
            setattr(boot.kernel, name, value)


def update(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1."),
    ],
    label: Label = None,
    no_label: Annotated[list[str] | None, typer.Option(metavar="KEY", help="Take this label away. Repeatable.")] = None,
    lifetime: Lifetime = None,
    no_lifetime: Annotated[bool, typer.Option("--no-lifetime", help="It is not known how long it will run.")] = False,
    vcpus: Annotated[
        int | None, typer.Option(parser=parsed(parse_count), metavar="COUNT", help="Virtual CPUs.")
    ] = None,
    memory: Annotated[
        int | None, typer.Option(parser=parsed(parse_memory), metavar="SIZE", help="Such as 512MiB or 4GiB.")
    ] = None,
    disk: Annotated[
        int | None,
        typer.Option(
            parser=parsed(parse_disk),
            metavar="SIZE",
            help="Such as 20GiB: it grows while the VM runs, too, and never shrinks.",
        ),
    ] = None,
    extended: Annotated[
        list[ExtendedAmount] | None,
        typer.Option(
            parser=parsed(parse_amount), metavar="CLASS=COUNT", help="Such as gpu.a100=1; 0: none. Repeatable."
        ),
    ] = None,
    image: Annotated[str | None, typer.Option(help="Boot this image, of a VM that never started.")] = None,
    kernel: Annotated[str | None, typer.Option(help="Boot this kernel of the host directly.")] = None,
    initramfs: Annotated[str | None, typer.Option(help="The initramfs for the kernel.")] = None,
    cmdline: Annotated[str | None, typer.Option(help="Kernel command line.")] = None,
    cpu_model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="The CPU that it sees; empty: its host's own.")
    ] = None,
    cpu_policy: limits.Policy = None,
    io_limit: limits.Limits = None,
    anywhere: Annotated[
        bool,
        typer.Option("--anywhere", help="Forget the rules it has, then take those given.", rich_help_panel="Placement"),
    ] = False,
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
    no_user_data: Annotated[bool, typer.Option("--no-user-data", help="Its guest is given none any more.")] = False,
    ssh_key: machine.SshKey = None,
    no_ssh_keys: Annotated[
        bool, typer.Option("--no-ssh-keys", help="Its guest is given no keys any more.", rich_help_panel="First boot")
    ] = False,
    hostname: machine.Hostname = None,
    firmware: machine.FirmwareOption = None,
    tpm: machine.Tpm = None,
    machine_type: machine.MachineType = None,
    rng: machine.Rng = None,
    guest_agent: machine.GuestAgent = None,
    screen: machine.Screen = None,
    deletion_protection: machine.DeletionProtection = None,
    networks: network.Network = None,
    no_networks: Annotated[
        bool, typer.Option("--no-networks", help="It has no network cards any more.", rich_help_panel="Networks")
    ] = False,
    security_group: network.SecurityGroup = None,
    publish: network.Publish = None,
    etag: Annotated[
        str, typer.Option("--etag", metavar="ETAG", help="Only if the VM is still as this etag says.")
    ] = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Change a VM's labels, lifetime, limits and what becomes of it in trouble; while stopped, what it is made of."""
    if lifetime and no_lifetime:
        raise Misused("Give one of --lifetime and --no-lifetime")
    if user_data and no_user_data:
        raise Misused("Give one of --user-data and --no-user-data")
    if ssh_key and no_ssh_keys:
        raise Misused("Give one of --ssh-key and --no-ssh-keys")
    if networks and no_networks:
        raise Misused("Give one of --network and --no-networks")
    keys = [] if no_ssh_keys else ssh_key or None
    cards = network.Given([] if no_networks else networks or None, security_group, publish)
    more = machine.Given(keys, hostname, firmware, tpm, machine_type, rng, guest_agent, screen)
    boot = Boot(image, kernel, initramfs, cmdline)
    groups = rules.groups_given((together, rather_together), (apart, rather_apart), (spread, rather_spread))
    given = rules.rules_given(require, prefer or [], groups, on_host, avoid_host or [], numa_nodes)
    fields = (vcpus, memory, disk, cpu_model, cpu_policy, io_limit, *boot, given)
    of_spec = any(each is not None for each in fields) or extended or anywhere or more.is_given or cards.is_given
    trouble = availability.Given(
        on_maintenance,
        restart,
        restart_attempts,
        restart_backoff,
        restart_cooldown,
        restart_priority,
        restart_after,
    )
    paths = paths_of(
        "--label tier=gold",
        labels=label or no_label,
        spec=of_spec,
        expected_lifetime=lifetime or no_lifetime,
        availability=trouble.is_given,
        user_data=user_data or no_user_data,
        deletion_protection=deletion_protection is not None,
    )
    given_data = read_user_data(user_data) if user_data else b""
    whole = vm_name(ctx, name)
    with session(ctx) as client:
        vm = client.vms.GetVm(vm_service_pb2.GetVmRequest(name=whole))
        write_entries(vm.labels, label, no_label)
        write_amounts(vm.spec.resources, vcpus, memory, disk, extended)
        if lifetime or no_lifetime:
            vm.ClearField("expected_lifetime")
            vm.MergeFrom(vm_pb2.Vm(expected_lifetime=lifetime))
        trouble.write(vm.availability)
        boot.write(vm.spec.boot)
        if cpu_model is not None:
            vm.spec.cpu_model = cpu_model.lower()
        limits.write_limits(vm.spec, cpu_policy, io_limit)
        _write_rules(vm.spec, given, anywhere)
        more.write(vm.spec)
        cards.write(vm.spec, whole.partition("/vms/")[0])
        vm.deletion_protection = vm.deletion_protection if deletion_protection is None else deletion_protection
        vm.user_data = given_data
        # Without an etag of the caller's own: what was read here must not have changed in between.
        vm.etag = etag or vm.etag
        request = vm_service_pb2.UpdateVmRequest(
            vm=vm, update_mask=FieldMask(paths=paths), validate_only=validate_only, reason=reason
        )
        operation = client.vms.UpdateVm(request)
    if validate_only:
        checked(ctx, operation, whole)
    elif settings_of(ctx).output is Output.NAME:
        say(whole)
    elif settings_of(ctx).is_data:
        show_message(ctx, operation)
    else:
        say(f"{short_name(ctx, whole)} is updated.")


def _write_rules(spec: vm_pb2.VmSpec, given: vm_pb2.PlacementRules | None, anywhere: bool) -> None:
    """What is given takes the place of what there is of its kind."""
    if anywhere:
        spec.ClearField("placement")
    if given is not None:
        for field, _ in given.ListFields():
            spec.placement.ClearField(field.name)  # pyright: ignore[reportArgumentType] any field's name
        spec.placement.MergeFrom(given)
