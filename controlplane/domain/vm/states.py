"""The VM's state machine, as one table."""

from collections.abc import Mapping
from enum import IntEnum

from controlplane.domain.state_machine import StateMachine


class VmState(IntEnum):
    """What a user sees. The numbers are those of chronovisor.v1.VmState."""

    PENDING = 1
    STOPPED = 2
    STARTING = 3
    RUNNING = 4
    PAUSED = 5
    REBOOTING = 6
    MIGRATING = 7
    STOPPING = 8
    UNKNOWN = 9
    FAILED = 10
    DELETING = 11
    DELETED = 12


class Desired(IntEnum):
    """What is wanted. The numbers are those of chronovisor.v1.VmDesired."""

    RUNNING = 1
    STOPPED = 2
    DELETED = 3


# By number, for who reads a great many: to call an enumeration takes five times as long.
STATES: Mapping[int, VmState] = {int(state): state for state in VmState}
DESIRED: Mapping[int, Desired] = {int(desired): desired for desired in Desired}


class Verb(IntEnum):
    """What can happen to a VM: what callers ask for, then what agents and time tell."""

    CREATE = 1
    START = 2
    STOP = 3
    REBOOT = 4
    PAUSE = 5
    RESUME = 6
    DELETE = 7
    UPDATE_LABELS = 8
    UPDATE_SPEC = 9

    STARTED = 20
    START_FAILED = 21
    HAS_STOPPED = 22
    HAS_FAILED = 23
    HAS_PAUSED = 24
    RESUMED = 25
    REBOOTED = 26
    STEP_FAILED = 27
    DEADLINE_PASSED = 28
    IS_GONE = 29

    # What an operator decides of a guest that the ledger did not expect, by how it is.
    ADOPTED_RUNNING = 40
    ADOPTED_PAUSED = 41
    ADOPTED_OFF = 42


_S, _V = VmState, Verb

TRANSITIONS: dict[tuple[VmState, Verb], VmState] = {
    (_S.PENDING, _V.CREATE): _S.STOPPED,
    # What callers ask for.
    (_S.STOPPED, _V.START): _S.STARTING,
    (_S.FAILED, _V.START): _S.STARTING,
    (_S.STARTING, _V.STOP): _S.STOPPING,
    (_S.RUNNING, _V.STOP): _S.STOPPING,
    (_S.PAUSED, _V.STOP): _S.STOPPING,
    (_S.REBOOTING, _V.STOP): _S.STOPPING,
    (_S.STOPPING, _V.STOP): _S.STOPPING,
    (_S.FAILED, _V.STOP): _S.STOPPING,
    (_S.RUNNING, _V.REBOOT): _S.REBOOTING,
    # Pausing takes milliseconds: it has a deadline, and no state of its own.
    (_S.RUNNING, _V.PAUSE): _S.RUNNING,
    # A guest that its hypervisor paused is to stay so from now on.
    (_S.PAUSED, _V.PAUSE): _S.PAUSED,
    (_S.PAUSED, _V.RESUME): _S.PAUSED,
    (_S.STOPPED, _V.DELETE): _S.DELETING,
    (_S.STARTING, _V.DELETE): _S.DELETING,
    (_S.RUNNING, _V.DELETE): _S.DELETING,
    (_S.PAUSED, _V.DELETE): _S.DELETING,
    (_S.REBOOTING, _V.DELETE): _S.DELETING,
    (_S.STOPPING, _V.DELETE): _S.DELETING,
    (_S.FAILED, _V.DELETE): _S.DELETING,
    # Labels are a word about a VM, and change nothing of it. What it is made of changes only while there is no guest.
    (_S.STOPPED, _V.UPDATE_LABELS): _S.STOPPED,
    (_S.STARTING, _V.UPDATE_LABELS): _S.STARTING,
    (_S.RUNNING, _V.UPDATE_LABELS): _S.RUNNING,
    (_S.PAUSED, _V.UPDATE_LABELS): _S.PAUSED,
    (_S.REBOOTING, _V.UPDATE_LABELS): _S.REBOOTING,
    (_S.STOPPING, _V.UPDATE_LABELS): _S.STOPPING,
    (_S.FAILED, _V.UPDATE_LABELS): _S.FAILED,
    (_S.DELETING, _V.UPDATE_LABELS): _S.DELETING,
    (_S.STOPPED, _V.UPDATE_SPEC): _S.STOPPED,
    # What the agent tells.
    (_S.STARTING, _V.STARTED): _S.RUNNING,
    (_S.STARTING, _V.START_FAILED): _S.FAILED,
    (_S.STARTING, _V.HAS_STOPPED): _S.STOPPED,
    (_S.RUNNING, _V.HAS_STOPPED): _S.STOPPED,
    (_S.PAUSED, _V.HAS_STOPPED): _S.STOPPED,
    (_S.REBOOTING, _V.HAS_STOPPED): _S.STOPPED,
    (_S.STOPPING, _V.HAS_STOPPED): _S.STOPPED,
    (_S.FAILED, _V.HAS_STOPPED): _S.STOPPED,
    (_S.RUNNING, _V.HAS_FAILED): _S.FAILED,
    (_S.PAUSED, _V.HAS_FAILED): _S.FAILED,
    (_S.REBOOTING, _V.HAS_FAILED): _S.FAILED,
    (_S.RUNNING, _V.HAS_PAUSED): _S.PAUSED,
    (_S.PAUSED, _V.HAS_PAUSED): _S.PAUSED,
    (_S.PAUSED, _V.RESUMED): _S.RUNNING,
    (_S.REBOOTING, _V.REBOOTED): _S.RUNNING,
    (_S.RUNNING, _V.STEP_FAILED): _S.RUNNING,
    (_S.PAUSED, _V.STEP_FAILED): _S.PAUSED,
    (_S.REBOOTING, _V.STEP_FAILED): _S.RUNNING,
    (_S.STOPPING, _V.STEP_FAILED): _S.FAILED,
    (_S.DELETING, _V.STEP_FAILED): _S.FAILED,
    (_S.DELETING, _V.IS_GONE): _S.DELETED,
    (_S.FAILED, _V.IS_GONE): _S.DELETED,
    # What an operator decides of an unexpected guest, which is as it is whatever the ledger had.
    **{(state, _V.ADOPTED_RUNNING): _S.RUNNING for state in (_S.STOPPED, _S.FAILED, _S.RUNNING, _S.PAUSED)},
    **{(state, _V.ADOPTED_PAUSED): _S.PAUSED for state in (_S.STOPPED, _S.FAILED, _S.RUNNING, _S.PAUSED)},
    **{(state, _V.ADOPTED_OFF): _S.STOPPED for state in (_S.STOPPED, _S.FAILED, _S.RUNNING, _S.PAUSED)},
    # What time tells.
    (_S.STARTING, _V.DEADLINE_PASSED): _S.FAILED,
    (_S.RUNNING, _V.DEADLINE_PASSED): _S.RUNNING,
    (_S.PAUSED, _V.DEADLINE_PASSED): _S.PAUSED,
    (_S.REBOOTING, _V.DEADLINE_PASSED): _S.RUNNING,
    (_S.STOPPING, _V.DEADLINE_PASSED): _S.FAILED,
    (_S.DELETING, _V.DEADLINE_PASSED): _S.FAILED,
}

COMMANDS = tuple(verb for verb in Verb if verb < Verb.STARTED)

_machine = StateMachine("vm", TRANSITIONS, COMMANDS)
allowed_commands, require = _machine.allowed_commands, _machine.require
