"""VMs as text for people."""

from google.protobuf.duration_pb2 import Duration

from chronovisor.cli.options.placement_rules import rules_text
from chronovisor.cli.output import labels_text, local_time, show_facts
from chronovisor.cli.progress import state_text
from chronovisor.cli.text.units import resources_text, seconds_text
from chronovisor.names import last_part
from chronovisor.v1.vm_pb2 import BootSource, GuestState, Vm, VmDesired, VmState
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
    seen = vm.observed
    guest = GuestState.Name(seen.guest_state).removeprefix("GUEST_STATE_")
    detail = f", {seen.detail}" if seen.detail else ""
    show_facts(
        [
            ("name", vm.name),
            ("uid", vm.uid),
            ("state", state_text(vm)),
            ("desired", VmDesired.Name(vm.desired).removeprefix("VM_DESIRED_")),
            ("failure", vm.failure.message),
            ("until", local_time(vm.state_deadline)),
            ("seen", f"{guest}{detail} at {local_time(seen.observe_time)}" if vm.HasField("observed") else ""),
            ("resources", resources_text(vm.spec.resources)),
            ("boots", _boot_text(vm.spec.boot)),
            ("placement", rules_text(vm.spec.placement)),
            ("lifetime", lifetime_text(vm.expected_lifetime) if vm.HasField("expected_lifetime") else ""),
            ("host", vm.host),
            ("holds", resources_text(vm.held) if vm.HasField("held") else "nothing"),
            ("uses", used),
            ("incarnation", str(vm.incarnation)),
            ("labels", labels_text(list(vm.labels.items()))),
            ("created", local_time(vm.create_time)),
            ("updated", local_time(vm.update_time)),
            ("destroyed", local_time(vm.delete_time)),
            ("etag", vm.etag),
        ]
    )


def lifetime_text(lifetime: Duration) -> str:
    """As it is expected: it is no promise."""
    return f"{seconds_text(lifetime.ToMilliseconds() / 1000)}, expected"


def _boot_text(boot: BootSource) -> str:
    if boot.WhichOneof("source") == "image":
        return f"image {boot.image.image}"
    kernel = boot.kernel
    cmdline = f", command line: {kernel.cmdline}" if kernel.cmdline else ""
    return f"kernel {kernel.kernel}, initramfs {kernel.initramfs}{cmdline}"
