"""The kind `command`: any program powers the machine off; its arguments and its environment name the host.

Exit code 0 is the program's word that the machine IS off. With `status`, a second program is run until it exits
with 0, and only that counts.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from controlplane.fencers.fencer import FencerError, FenceTarget
from controlplane.fencers.programs import Ended, run
from controlplane.fencers.templates import filled


@dataclass(slots=True)
class CommandPower:
    """The power of a machine as two programs know it. `status` is empty where there is one alone."""

    target: FenceTarget
    program: Sequence[str]
    status: Sequence[str] = ()
    address: str = ""
    _confirmed: str = field(default="", init=False)

    async def read(self) -> str:
        if not self.status:
            return self._confirmed
        ended = await self._run(self.status)
        return f"command: {self.status[0]} says that it is off: {ended.words}" if ended.code == 0 else ""

    async def turn_off(self) -> None:
        ended = await self._run(self.program)
        if ended.code:
            raise FencerError(f"{self.program[0]} ended with {_code(ended.code)}: {ended.words}")
        self._confirmed = f"command: {self.program[0]} ended with exit code 0: {ended.words}"

    async def _run(self, argv: Sequence[str]) -> Ended:
        return await run([filled(each, self.target) for each in argv], self._environment())

    def _environment(self) -> dict[str, str]:
        return {
            "CHRONOVISOR_HOST": self.target.host,
            "CHRONOVISOR_HOST_UID": self.target.uid,
            "CHRONOVISOR_LABELS": json.dumps(dict(self.target.labels), sort_keys=True),
            "CHRONOVISOR_ADDRESS": filled(self.address, self.target),
        }


def _code(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
