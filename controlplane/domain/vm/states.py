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
    """What a VM is to become. The numbers are those of chronovisor.v1.VmDesired."""

    RUNNING = 1
    STOPPED = 2
    DELETED = 3


class GuestState(IntEnum):
    """What an agent reports of a guest. The numbers are those of chronovisor.v1.GuestState."""

    RUNNING = 1
    PAUSED = 2
    SHUTOFF = 3
    CRASHED = 4
    ABSENT = 5


class DesiredPower(IntEnum):
    """What an agent is to make of a guest. The numbers are those of chronovisor.v1.DesiredPower."""

    RUNNING = 1
    PAUSED = 2
    SHUTOFF = 3
    ABSENT = 4


POWER_OF: Mapping[Desired, DesiredPower] = {
    Desired.RUNNING: DesiredPower.RUNNING,
    Desired.STOPPED: DesiredPower.SHUTOFF,
    Desired.DELETED: DesiredPower.ABSENT,
}


# By number, for who reads a great many: to call an enumeration takes five times as long.
STATES: Mapping[int, VmState] = {int(state): state for state in VmState}
DESIRED: Mapping[int, Desired] = {int(desired): desired for desired in Desired}


class Verb(IntEnum):
    """The requests that callers can make of a VM. Each has a row in `verbs`."""

    CREATE = 1
    START = 2
    STOP = 3
    REBOOT = 4
    PAUSE = 5
    RESUME = 6
    DELETE = 7
    UPDATE_LABELS = 8
    UPDATE_SPEC = 9
    MIGRATE = 10
    GROW_DISK = 11


class Observation(IntEnum):
    """What becomes of a VM without a request: as its agent reports, as deadlines pass, as an operator adopts its guest.

    Each has a row in `verbs`. The numbers are none of Verb's: both are keys of TRANSITIONS.
    """

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
    MIGRATION_ADVANCED = 30
    MIGRATION_SWITCHED = 31
    MIGRATED = 32
    HOST_LOST = 33
    HOST_REGAINED = 34
    REHOMED = 35

    # A guest that the ledger did not expect was adopted, by the state that it was in.
    ADOPTED_RUNNING = 40
    ADOPTED_PAUSED = 41
    ADOPTED_OFF = 42


_S, _V, _O = VmState, Verb, Observation

TRANSITIONS: dict[tuple[VmState, Verb | Observation], VmState] = {
    (_S.PENDING, _V.CREATE): _S.STOPPED,
    # What callers request.
    (_S.STOPPED, _V.START): _S.STARTING,
    # One that is owed a start.
    (_S.STOPPED, _V.STOP): _S.STOPPING,
    (_S.FAILED, _V.START): _S.STARTING,
    (_S.STARTING, _V.STOP): _S.STOPPING,
    (_S.RUNNING, _V.STOP): _S.STOPPING,
    (_S.MIGRATING, _V.STOP): _S.STOPPING,
    (_S.PAUSED, _V.STOP): _S.STOPPING,
    (_S.REBOOTING, _V.STOP): _S.STOPPING,
    (_S.STOPPING, _V.STOP): _S.STOPPING,
    (_S.FAILED, _V.STOP): _S.STOPPING,
    (_S.RUNNING, _V.REBOOT): _S.REBOOTING,
    (_S.RUNNING, _V.MIGRATE): _S.MIGRATING,
    (_S.PAUSED, _V.MIGRATE): _S.MIGRATING,
    # Pausing takes milliseconds: it has a deadline, and no state of its own.
    (_S.RUNNING, _V.PAUSE): _S.RUNNING,
    # A guest that its hypervisor paused is to stay so from now on.
    (_S.PAUSED, _V.PAUSE): _S.PAUSED,
    (_S.PAUSED, _V.RESUME): _S.PAUSED,
    (_S.STOPPED, _V.DELETE): _S.DELETING,
    (_S.STARTING, _V.DELETE): _S.DELETING,
    (_S.MIGRATING, _V.DELETE): _S.DELETING,
    (_S.RUNNING, _V.DELETE): _S.DELETING,
    (_S.PAUSED, _V.DELETE): _S.DELETING,
    (_S.REBOOTING, _V.DELETE): _S.DELETING,
    (_S.STOPPING, _V.DELETE): _S.DELETING,
    (_S.FAILED, _V.DELETE): _S.DELETING,
    # Labels describe a VM, and change nothing of it. What it is made of changes only while there is no guest.
    (_S.STOPPED, _V.UPDATE_LABELS): _S.STOPPED,
    (_S.STARTING, _V.UPDATE_LABELS): _S.STARTING,
    (_S.RUNNING, _V.UPDATE_LABELS): _S.RUNNING,
    (_S.PAUSED, _V.UPDATE_LABELS): _S.PAUSED,
    (_S.REBOOTING, _V.UPDATE_LABELS): _S.REBOOTING,
    (_S.STOPPING, _V.UPDATE_LABELS): _S.STOPPING,
    (_S.FAILED, _V.UPDATE_LABELS): _S.FAILED,
    (_S.DELETING, _V.UPDATE_LABELS): _S.DELETING,
    (_S.MIGRATING, _V.UPDATE_LABELS): _S.MIGRATING,
    (_S.STOPPED, _V.UPDATE_SPEC): _S.STOPPED,
    # A disk grows, and limits change, while its guest runs, too.
    **{(state, _V.GROW_DISK): state for state in (_S.STOPPED, _S.RUNNING, _S.PAUSED)},
    # What the agent reports.
    (_S.STARTING, _O.STARTED): _S.RUNNING,
    (_S.STARTING, _O.START_FAILED): _S.FAILED,
    (_S.STARTING, _O.HAS_STOPPED): _S.STOPPED,
    (_S.RUNNING, _O.HAS_STOPPED): _S.STOPPED,
    (_S.PAUSED, _O.HAS_STOPPED): _S.STOPPED,
    (_S.REBOOTING, _O.HAS_STOPPED): _S.STOPPED,
    (_S.STOPPING, _O.HAS_STOPPED): _S.STOPPED,
    (_S.FAILED, _O.HAS_STOPPED): _S.STOPPED,
    (_S.RUNNING, _O.HAS_FAILED): _S.FAILED,
    (_S.PAUSED, _O.HAS_FAILED): _S.FAILED,
    (_S.REBOOTING, _O.HAS_FAILED): _S.FAILED,
    (_S.RUNNING, _O.HAS_PAUSED): _S.PAUSED,
    (_S.PAUSED, _O.HAS_PAUSED): _S.PAUSED,
    (_S.PAUSED, _O.RESUMED): _S.RUNNING,
    (_S.REBOOTING, _O.REBOOTED): _S.RUNNING,
    (_S.RUNNING, _O.STEP_FAILED): _S.RUNNING,
    (_S.PAUSED, _O.STEP_FAILED): _S.PAUSED,
    (_S.REBOOTING, _O.STEP_FAILED): _S.RUNNING,
    (_S.STOPPING, _O.STEP_FAILED): _S.FAILED,
    (_S.DELETING, _O.STEP_FAILED): _S.FAILED,
    (_S.MIGRATING, _O.HAS_STOPPED): _S.STOPPED,
    (_S.MIGRATING, _O.HAS_FAILED): _S.FAILED,
    (_S.MIGRATING, _O.MIGRATION_ADVANCED): _S.MIGRATING,
    (_S.MIGRATING, _O.MIGRATION_SWITCHED): _S.MIGRATING,
    (_S.MIGRATING, _O.MIGRATED): _S.RUNNING,
    (_S.MIGRATING, _O.STEP_FAILED): _S.RUNNING,
    (_S.DELETING, _O.IS_GONE): _S.DELETED,
    (_S.FAILED, _O.IS_GONE): _S.DELETED,
    # An adopted guest is in the state that it is in, whatever the ledger had.
    **{(state, _O.ADOPTED_RUNNING): _S.RUNNING for state in (_S.STOPPED, _S.FAILED, _S.RUNNING, _S.PAUSED)},
    **{(state, _O.ADOPTED_PAUSED): _S.PAUSED for state in (_S.STOPPED, _S.FAILED, _S.RUNNING, _S.PAUSED)},
    **{(state, _O.ADOPTED_OFF): _S.STOPPED for state in (_S.STOPPED, _S.FAILED, _S.RUNNING, _S.PAUSED)},
    # What deadlines bring.
    (_S.STARTING, _O.DEADLINE_PASSED): _S.FAILED,
    (_S.RUNNING, _O.DEADLINE_PASSED): _S.RUNNING,
    (_S.PAUSED, _O.DEADLINE_PASSED): _S.PAUSED,
    (_S.REBOOTING, _O.DEADLINE_PASSED): _S.RUNNING,
    (_S.STOPPING, _O.DEADLINE_PASSED): _S.FAILED,
    (_S.DELETING, _O.DEADLINE_PASSED): _S.FAILED,
    # The copying is given up; how it ended, the source's agent says.
    (_S.MIGRATING, _O.DEADLINE_PASSED): _S.MIGRATING,
    # What the loss of its host brings, to a VM that holds compute there. It is UNKNOWN over the state that it was in,
    # which requests and deadlines go on to change, and which it has again when the host is back: not RUNNING alone.
    **{
        (state, _O.HOST_LOST): _S.UNKNOWN
        for state in (
            _S.STARTING,
            _S.RUNNING,
            _S.PAUSED,
            _S.REBOOTING,
            _S.MIGRATING,
            _S.STOPPING,
            _S.FAILED,
            _S.DELETING,
        )
    },
    (_S.UNKNOWN, _O.HOST_REGAINED): _S.RUNNING,
    # Its host is drained.
    (_S.STOPPED, _O.REHOMED): _S.STOPPED,
    (_S.FAILED, _O.REHOMED): _S.FAILED,
    (_S.UNKNOWN, _V.STOP): _S.UNKNOWN,
    (_S.UNKNOWN, _V.DELETE): _S.UNKNOWN,
    (_S.UNKNOWN, _V.UPDATE_LABELS): _S.UNKNOWN,
    (_S.UNKNOWN, _O.DEADLINE_PASSED): _S.UNKNOWN,
    # Of a migration, the other host's agent is still heard.
    (_S.UNKNOWN, _O.STEP_FAILED): _S.UNKNOWN,
    (_S.UNKNOWN, _O.MIGRATION_ADVANCED): _S.UNKNOWN,
    (_S.UNKNOWN, _O.MIGRATION_SWITCHED): _S.MIGRATING,
    # Its host was fenced.
    (_S.UNKNOWN, _O.HAS_STOPPED): _S.STOPPED,
    (_S.UNKNOWN, _O.HAS_FAILED): _S.FAILED,
    (_S.UNKNOWN, _O.IS_GONE): _S.DELETED,
}

# Methods of the API, with the part of the VM where that matters.
COMMANDS: Mapping[Verb | Observation, str] = {
    _V.CREATE: "CreateVm",
    _V.START: "StartVm",
    _V.STOP: "StopVm",
    _V.REBOOT: "RebootVm",
    _V.PAUSE: "PauseVm",
    _V.RESUME: "ResumeVm",
    _V.DELETE: "DeleteVm",
    _V.UPDATE_LABELS: "UpdateVm of labels",
    _V.UPDATE_SPEC: "UpdateVm of spec",
    _V.MIGRATE: "MigrateVm",
    _V.GROW_DISK: "UpdateVm of a larger disk, or of limits",
}
_machine = StateMachine("vm", TRANSITIONS, COMMANDS)
allowed_commands, require = _machine.allowed_commands, _machine.require
