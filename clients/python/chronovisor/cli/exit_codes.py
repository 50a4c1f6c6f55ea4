"""Exit codes: the one table. Anything that ends the program chooses from here."""

from collections.abc import Mapping
from enum import IntEnum


class Exit(IntEnum):
    """How the program ended, for scripts."""

    OK = 0
    INTERNAL = 1
    # The same, of commands that answer yes or no.
    NO = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    WRONG_STATE = 5
    NO_ROOM = 6
    UNAVAILABLE = 7
    OPERATION_FAILED = 8
    NOT_PERMITTED = 9
    STILL_RUNNING = 10
    NOT_PROVEN = 11
    NOT_WRITTEN = 12
    UNHEALTHY = 13
    # As shells have them of a program that a signal ended.
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "done",
    Exit.INTERNAL: "an internal error, or one not named below; of access explain, access test and network reach: no",
    Exit.USAGE: "wrong usage, or a value that the control plane refuses",
    Exit.NOT_FOUND: "no such VM, host, project or operation",
    Exit.CONFLICT: "the name is taken, or somebody else changed it first",
    Exit.WRONG_STATE: "its state does not allow that",
    Exit.NO_ROOM: "no host has room, or the quota is used up",
    Exit.UNAVAILABLE: "the control plane does not answer, or not in time",
    Exit.OPERATION_FAILED: "accepted, and then it failed",
    Exit.NOT_PERMITTED: "not permitted",
    Exit.STILL_RUNNING: "not done within --timeout; it goes on",
    Exit.NOT_PROVEN: "the audit found the ledger altered, a proof that does not hold, or a wrong total",
    Exit.NOT_WRITTEN: "carried out, and the output could not be written",
    Exit.UNHEALTHY: "the doctor found a problem",
    Exit.INTERRUPTED: "ended by Ctrl-C; what was sent may be carried out",
    Exit.BROKEN_PIPE: "the reader of the output went away",
    Exit.TERMINATED: "ended by SIGTERM; what was sent may be carried out",
}

# By the name of the gRPC status code. A code that is not here is INTERNAL.
BY_STATUS: Mapping[str, Exit] = {
    "INVALID_ARGUMENT": Exit.USAGE,
    "OUT_OF_RANGE": Exit.USAGE,
    "NOT_FOUND": Exit.NOT_FOUND,
    "ALREADY_EXISTS": Exit.CONFLICT,
    "ABORTED": Exit.CONFLICT,
    "FAILED_PRECONDITION": Exit.WRONG_STATE,
    "RESOURCE_EXHAUSTED": Exit.NO_ROOM,
    "UNAVAILABLE": Exit.UNAVAILABLE,
    "DEADLINE_EXCEEDED": Exit.UNAVAILABLE,
    "UNAUTHENTICATED": Exit.NOT_PERMITTED,
    "PERMISSION_DENIED": Exit.NOT_PERMITTED,
}

EPILOG = "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."
