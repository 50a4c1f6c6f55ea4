"""Programs in a guest, by QEMU's guest agent: what is requested of it, and what its answers say. Performs no I/O.

The answers are a guest's, which may say anything.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import cast

from hostagent.drivers.base import Program, ProgramEnd, StepFailed

# Of what a program writes to each of output and errors.
MOST_WRITTEN = 1 << 20
_MOST_NUMBER = (1 << 31) - 1


def start_of(program: Program) -> str:
    """The command that begins it."""
    arguments: dict[str, object] = {"path": program.path, "arg": list(program.arguments), "capture-output": True}
    if program.input:
        arguments["input-data"] = base64.b64encode(program.input).decode()
    return json.dumps({"execute": "guest-exec", "arguments": arguments})


def status_of(pid: int) -> str:
    """The command that reads how it is."""
    return json.dumps({"execute": "guest-exec-status", "arguments": {"pid": pid}})


def pid_in(answer: str) -> int:
    """Raises StepFailed."""
    return _number(_returned(answer), "pid")


def end_in(answer: str) -> ProgramEnd | None:
    """None while it runs. Raises StepFailed."""
    returned = _returned(answer)
    if returned.get("exited") is not True:
        return None
    output, errors = _written(returned, "out-data"), _written(returned, "err-data")
    cut = any(returned.get(name) is True for name in ("out-truncated", "err-truncated"))
    return ProgramEnd(
        exit_code=_number(returned, "exitcode"),
        signal=_number(returned, "signal"),
        output=output[:MOST_WRITTEN],
        errors=errors[:MOST_WRITTEN],
        truncated=cut or max(len(output), len(errors)) > MOST_WRITTEN,
    )


def _returned(answer: str) -> Mapping[str, object]:
    try:
        returned = json.loads(answer)["return"]
    except (ValueError, LookupError, TypeError, RecursionError):
        returned = None
    if not isinstance(returned, dict):
        raise _misunderstood()
    return cast("Mapping[str, object]", returned)


def _number(returned: Mapping[str, object], name: str) -> int:
    number = returned.get(name, 0)
    if not isinstance(number, int) or not -_MOST_NUMBER <= number <= _MOST_NUMBER:
        raise _misunderstood()
    return int(number)


def _written(returned: Mapping[str, object], name: str) -> bytes:
    try:
        return base64.b64decode(str(returned.get(name, "")), validate=True)
    except (binascii.Error, ValueError):
        raise _misunderstood() from None


def _misunderstood() -> StepFailed:
    return StepFailed("what the guest agent answered is not understood")
