"""The verbs of VMs, one row each: their names in the API and on the command line, and their words.

The command line's commands, the words that it has for events, and the sentences of `chronovisor why` derive from these
rows. Needs no gRPC, so that `--help` is quick.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VmVerb:
    """A verb that an agent carries out. Words that depend on the event's values are in `cli.text`, by its field."""

    # `chronovisor vm {command}`.
    command: str
    help: str
    # The part of the API's names that is this verb's: `start` of StartVm and of VmStartRequested.
    name: str
    # The field of the event that ends it, such as `vm_started`.
    done: str
    # What the VM is then, in a word or two.
    outcome: str
    # What its agent saw then, where that is something else.
    observed: str
    # `user:ada requested to ...`
    aim: str
    # Whether the command needs a VM's name and nothing else.
    is_plain: bool = True

    @property
    def method(self) -> str:
        """Of VmService, such as `StartVm`."""
        return f"{self.name.capitalize()}Vm"

    @property
    def requested(self) -> str:
        """The field of the event that begins it, such as `vm_start_requested`."""
        return f"vm_{self.name}_requested"


# In the order of the help.
VM_VERBS = (
    VmVerb("start", "Place a VM on a host and start it.", "start", "vm_started", "running", "running", "start it"),
    VmVerb(
        "stop",
        "Stop a VM: its vCPUs and memory are free for others, its disk is kept.",
        "stop",
        "vm_stopped",
        "stopped",
        "stopped",
        "stop it",
        is_plain=False,
    ),
    VmVerb(
        "reboot",
        "Restart a VM's guest in place.",
        "reboot",
        "vm_rebooted",
        "rebooted",
        "restarted",
        "reboot it",
        is_plain=False,
    ),
    VmVerb("pause", "Freeze a VM's CPUs; it keeps all it holds.", "pause", "vm_paused", "paused", "paused", "pause it"),
    VmVerb(
        "resume", "Let a paused VM go on.", "resume", "vm_resumed", "running again", "running again", "let it go on"
    ),
    VmVerb(
        "migrate",
        "Move a running VM to another host while it runs.",
        "migrate",
        "vm_migrated",
        "migrated",
        "running where it was moved to",
        "move it",
        is_plain=False,
    ),
    VmVerb(
        "destroy",
        "Destroy a VM in whatever state it is, and its disk with it. Its history stays.",
        "delete",
        "vm_deleted",
        "destroyed",
        "destroyed",
        "destroy it",
        is_plain=False,
    ),
)
