"""VMs as text for people."""

from google.protobuf.duration_pb2 import Duration

from chronovisor.cli.options.limits import limits_text, policy_text
from chronovisor.cli.options.machine import first_boot_text, machine_text
from chronovisor.cli.options.network import published_text
from chronovisor.cli.options.placement_rules import rules_text
from chronovisor.cli.output import labels_text, local_time, show_facts
from chronovisor.cli.progress import state_text
from chronovisor.cli.text.units import bytes_text, resources_text, seconds_text
from chronovisor.names import last_part
from chronovisor.v1.sample_pb2 import InterfaceSample
from chronovisor.v1.vm_pb2 import (
    Availability,
    BootSource,
    GuestState,
    KeptSecret,
    RestartPolicy,
    Vm,
    VmDesired,
    VmMigration,
    VmRestart,
    VmSpec,
    VmState,
)
from chronovisor.v1.vm_service_pb2 import VmChange


def change_line(change: VmChange, with_project: bool) -> str:
    """`12:01:02  web-1  RUNNING on node-1`, as one VM is after a change."""
    vm = change.vm
    name = vm.name.removeprefix("projects/").replace("/vms/", "/") if with_project else last_part(vm.name)
    where = f" on {last_part(vm.host)}" if vm.host else ""
    why = f": {vm.failure.message}" if vm.HasField("failure") else ""
    gone = " (no longer what was requested)" if change.gone and vm.state != VmState.VM_STATE_DELETED else ""
    return f"{local_time(vm.update_time)[-8:]}  {name:<20}  {state_text(vm)}{where}{why}{gone}"


def show_vm(vm: Vm, used: str = "") -> None:
    """All that is known of one VM; `used` is what was measured of it."""
    show_facts(vm_facts(vm, used))


def vm_facts(vm: Vm, used: str = "") -> list[tuple[str, str]]:
    """What it is shown by: names and values, some of them empty."""
    seen = vm.observed
    guest = GuestState.Name(seen.guest_state).removeprefix("GUEST_STATE_")
    detail = f", {seen.detail}" if seen.detail else ""
    return [
        ("name", vm.name),
        ("uid", vm.uid),
        ("state", state_text(vm)),
        ("desired", VmDesired.Name(vm.desired).removeprefix("VM_DESIRED_")),
        ("failure", vm.failure.message),
        ("until", local_time(vm.state_deadline)),
        ("seen", f"{guest}{detail} at {local_time(seen.observe_time)}" if vm.HasField("observed") else ""),
        ("resources", resources_text(vm.spec.resources)),
        ("cpu", ", ".join(each for each in (vm.spec.cpu_model, policy_text(vm.spec.cpu_policy)) if each)),
        ("io limits", limits_text(vm.spec.io_limits)),
        ("boots", _boot_text(vm.spec.boot)),
        ("machine", _machine_text(vm.spec)),
        ("placement", rules_text(vm.spec.placement)),
        ("first boot", first_boot_text(vm.spec.first_boot)),
        ("user data", _secret_text(vm.kept_user_data) if vm.HasField("kept_user_data") else ""),
        ("lifetime", lifetime_text(vm.expected_lifetime) if vm.HasField("expected_lifetime") else ""),
        ("protected", "from deletion" if vm.deletion_protection else ""),
        ("in trouble", _availability_text(vm.availability)),
        ("host", vm.host),
        ("networks", "; ".join(_card_text(vm, place) for place in range(len(vm.spec.network_interfaces)))),
        ("addresses", ", ".join(vm.reported_addresses) + ", as its guest says" if vm.reported_addresses else ""),
        ("traffic", "; ".join(map(_traffic_text, vm.interface_samples))),
        ("moves", _migration_text(vm.migration) if vm.HasField("migration") else ""),
        ("restart", _restart_text(vm.restart) if vm.HasField("restart") else ""),
        ("holds", resources_text(vm.held) if vm.HasField("held") else "nothing"),
        ("uses", used),
        ("incarnation", str(vm.incarnation)),
        ("labels", labels_text(list(vm.labels.items()))),
        ("created", local_time(vm.create_time)),
        ("updated", local_time(vm.update_time)),
        ("destroyed", local_time(vm.delete_time)),
        ("etag", vm.etag),
    ]


def _card_text(vm: Vm, place: int) -> str:
    """`web 10.1.0.2 (02:00:00:00:00:01), groups ssh, publishes 2222:22`."""
    card = vm.spec.network_interfaces[place]
    held = next((each for each in vm.network_addresses if each.index == place), None)
    addresses = [each for each in (held.ipv4_address, held.ipv6_address) if each] if held else []
    fixed = [each for each in (card.ipv4_address, card.ipv6_address) if each]
    words = [last_part(card.network), *(addresses or [f"{each} (not held)" for each in fixed])]
    words += [f"({held.mac_address})"] if held else []
    text = " ".join(words)
    if card.security_groups:
        text += f", groups {' '.join(last_part(each) for each in card.security_groups)}"
    if card.published_ports:
        text += f", publishes {' '.join(published_text(each) for each in card.published_ports)}"
    return text


def _traffic_text(card: InterfaceSample) -> str:
    """`card 0 received 1.5 MiB, sent 20 KiB, frames stopped: 3 to it, 0 from it, 1 under another's address`."""
    text = f"card {card.index} received {bytes_text(card.received_bytes)}, sent {bytes_text(card.sent_bytes)}"
    if not card.HasField("refused_frames"):
        return text
    spoofed = f"{card.spoofed_frames} under another's address"
    return f"{text}, frames stopped: {card.refused_frames} to it, {card.unsent_frames} from it, {spoofed}"


def _machine_text(spec: VmSpec) -> str:
    devices = {"tpm": spec.tpm, "rng": spec.rng, "guest_agent": spec.guest_agent, "screen": spec.screen}
    return machine_text(spec.firmware, spec.machine_type, **devices)


def _secret_text(kept: KeptSecret) -> str:
    """`1812 bytes, encrypted`: never what it is."""
    return f"{kept.size_bytes} bytes, {'forgotten' if kept.forgotten else 'encrypted'}"


def _availability_text(availability: Availability) -> str:
    """What differs from the default."""
    words: list[str] = []
    if availability.on_maintenance > Availability.ON_MAINTENANCE_LIVE:
        name = Availability.OnMaintenance.Name(availability.on_maintenance).removeprefix("ON_MAINTENANCE_")
        words.append(f"{name.lower()} on maintenance")
    restart = availability.restart
    if restart.when > RestartPolicy.WHEN_NEVER:
        name = RestartPolicy.When.Name(restart.when).removeprefix("WHEN_").replace("_", "-")
        words.append(f"restart {name.lower()}")
        words += [f"priority {restart.priority}"] if restart.priority else []
        words += [f"after {restart.after}"] if restart.after else []
    return ", ".join(words)


def _migration_text(migration: VmMigration) -> str:
    phase = VmMigration.Phase.Name(migration.phase).removeprefix("PHASE_").lower()
    given_up = ", to be given up" if migration.cancelled else ""
    return f"from {migration.source_host} to {migration.destination_host}, {phase}{given_up}"


def _restart_text(restart: VmRestart) -> str:
    return f"attempt {restart.attempt}, due at {local_time(restart.due_time)}"


def lifetime_text(lifetime: Duration) -> str:
    """As it is expected: it is no promise."""
    return f"{seconds_text(lifetime.ToMilliseconds() / 1000)}, expected"


def _boot_text(boot: BootSource) -> str:
    if boot.WhichOneof("source") == "image":
        return f"image {boot.image.image}"
    kernel = boot.kernel
    cmdline = f", command line: {kernel.cmdline}" if kernel.cmdline else ""
    return f"kernel {kernel.kernel}, initramfs {kernel.initramfs}{cmdline}"
