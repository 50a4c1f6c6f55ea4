"""What keeps guests from each other and from their host, by the traits of hosts. Measured, and not declared."""

import enum

# Of every such trait.
PREFIX = "isolation."


class Isolation(enum.Enum):
    """By the trait of a host whose guests have it."""

    # A guest's process belongs to a user without privileges.
    DAC = f"{PREFIX}dac"
    # The kernel filters its system calls.
    SECCOMP = f"{PREFIX}seccomp"
    # It has a profile of AppArmor's of its own, which is enforced.
    APPARMOR = f"{PREFIX}apparmor"
    # It has a label of SELinux's of its own, which is enforced.
    SVIRT = f"{PREFIX}svirt"
    # Its CPU time has a weight and can have a quota.
    CGROUP_CPU = f"{PREFIX}cgroup.cpu"
    # Its memory has a limit.
    CGROUP_MEMORY = f"{PREFIX}cgroup.memory"
