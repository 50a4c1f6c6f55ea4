"""Programs in a simulated guest, whose guest agent always answers."""

from hostagent.drivers.base import Program, ProgramEnd

# The trait of hosts whose guests can have one.
GUEST_AGENT = "device.guest-agent"


def run(program: Program) -> ProgramEnd:
    """`cat` writes what it reads, `false` fails, `sleep` runs on; others write what they were called with."""
    match program.path.rpartition("/")[2]:
        case "sleep":
            return ProgramEnd(runs_on=True)
        case "false":
            return ProgramEnd(exit_code=1)
        case "cat":
            return ProgramEnd(output=program.input)
        case _:
            return ProgramEnd(output=(" ".join((program.path, *program.arguments)) + "\n").encode())
