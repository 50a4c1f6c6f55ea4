"""What a console is opened with, checked."""

from chronovisor.v1 import agent_service_pb2 as agents_api
from chronovisor.v1 import console_service_pb2 as api

from controlplane.domain.time import duration_of, seconds_of
from controlplane.rpc.shared.validate import LONGEST_REASON, FieldRules
from controlplane.rpc.vm.requests import NAME

MOST_BACKLOG = 64 << 10
MOST_PORT = (1 << 16) - 1
LONGEST_PROGRAM = 1024
MOST_ARGUMENTS = 256
# Of all arguments together, and of what a program reads.
MOST_READ = 64 << 10
DEFAULT_PROGRAM_S = 60.0
LEAST_PROGRAM_S, MOST_PROGRAM_S = 1.0, 600.0


def checked_serial(opening: api.SerialConsoleOpening, path: str = "open") -> api.SerialConsoleOpening:
    """`path` is that of the opening in its request. Raises InvalidField."""
    rules = FieldRules()
    rules.name(opening.name, NAME, f"{path}.name")
    rules.known(opening.mode, api.ConsoleMode.DESCRIPTOR, f"{path}.mode")
    rules.check(0 <= opening.backlog_bytes <= MOST_BACKLOG, f"{path}.backlog_bytes", f"must be 0 to {MOST_BACKLOG}")
    rules.text(opening.reason, f"{path}.reason", LONGEST_REASON, prose=True)
    rules.done()
    return opening


def checked_port(opening: api.PortOpening, path: str = "open") -> api.PortOpening:
    """`path` is that of the opening in its request. Raises InvalidField."""
    rules = FieldRules()
    rules.name(opening.name, NAME, f"{path}.name")
    rules.check(0 < opening.port <= MOST_PORT, f"{path}.port", f"must be 1 to {MOST_PORT}")
    rules.mutation("", opening.reason)
    rules.done()
    return opening


def checked_screen(opening: api.ScreenOpening, path: str = "open") -> api.ScreenOpening:
    """`path` is that of the opening in its request. Raises InvalidField."""
    rules = FieldRules()
    rules.name(opening.name, NAME, f"{path}.name")
    rules.known(opening.mode, api.ConsoleMode.DESCRIPTOR, f"{path}.mode")
    rules.text(opening.reason, f"{path}.reason", LONGEST_REASON, prose=True)
    rules.done()
    return opening


def checked_program(request: api.RunProgramRequest) -> agents_api.Program:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    size = len(request.program.encode())
    has_path = 0 < size <= LONGEST_PROGRAM and "\0" not in request.program
    rules.check(has_path, "program", f"must be a path or a name, of 1 to {LONGEST_PROGRAM} bytes, without NUL")
    size = sum(len(each.encode()) for each in request.arguments)
    is_taken = len(request.arguments) <= MOST_ARGUMENTS and size <= MOST_READ and "\0" not in "".join(request.arguments)
    rules.check(is_taken, "arguments", f"must be at most {MOST_ARGUMENTS}, of {MOST_READ} bytes together, without NUL")
    rules.check(len(request.input) <= MOST_READ, "input", f"must be at most {MOST_READ} bytes")
    timeout_s = seconds_of(request.timeout) if request.HasField("timeout") else DEFAULT_PROGRAM_S
    rules.check(LEAST_PROGRAM_S <= timeout_s <= MOST_PROGRAM_S, "timeout", "must be 1 s to 10 min")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return agents_api.Program(
        path=request.program, arguments=request.arguments, input=request.input, timeout=duration_of(timeout_s)
    )
