"""The kind `ipmi`: power over the machine's controller, by the program `ipmitool`; read back with `power status`."""

from dataclasses import dataclass

from controlplane.fencers.fencer import FencerError, FenceTarget
from controlplane.fencers.programs import Ended, run
from controlplane.fencers.templates import filled

PROGRAM = "ipmitool"
_OFF, _ON = "Chassis Power is off", "Chassis Power is on"


@dataclass(frozen=True, slots=True)
class IpmiPower:
    """The power of a machine as its controller has it. A `cipher_suite` below 0 is ipmitool's own."""

    target: FenceTarget
    address: str
    port: int = 623
    username: str = ""
    password_file: str = ""
    interface: str = "lanplus"
    cipher_suite: int = -1

    async def read(self) -> str:
        ended = await self._ipmitool("status")
        # The whole line: an error may have the word `off` in it.
        lines = [line.strip() for line in ended.output.splitlines()]
        if ended.code == 0 and _OFF in lines:
            return f"ipmi: the controller at {self._address} says: {_OFF}"
        if ended.code == 0 and _ON in lines:
            return ""
        raise FencerError(f"the power of {self._address} cannot be read: {ended.words}")

    async def turn_off(self) -> None:
        ended = await self._ipmitool("off")
        if ended.code:
            raise FencerError(f"the controller at {self._address} refused: {ended.words}")

    @property
    def _address(self) -> str:
        return filled(self.address, self.target)

    async def _ipmitool(self, verb: str) -> Ended:
        # One command of an attempt waits 2 s for an answer, three times; the attempt as a whole has its own limit.
        argv = [PROGRAM, "-I", self.interface, "-H", self._address, "-p", str(self.port), "-N", "2", "-R", "3"]
        if self.username:
            argv += ["-U", self.username, "-f", self.password_file]
        if self.cipher_suite >= 0:
            argv += ["-C", str(self.cipher_suite)]
        return await run([*argv, "chassis", "power", verb])
