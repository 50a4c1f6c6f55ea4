"""The TCP ports of a simulated guest: an echo server, one that takes what comes, and one that greets as SSH does."""

from hostagent.drivers.base import StepFailed
from hostagent.drivers.simulated.pipe import Pipe

# The trait of hosts on whose user networks guests can be. Nothing listens on the host for a port that is published.
USER_NETWORK = "network.user"
ECHO, DISCARD, SSH = 7, 9, 22
GREETING = b"SSH-2.0-simulated\r\n"


class SimulatedPort:
    """See GuestPort. What is written and not read yet is bounded: whoever writes waits."""

    def __init__(self, port: int) -> None:
        """Raises StepFailed for a port at which nothing listens."""
        if port not in (ECHO, DISCARD, SSH):
            raise StepFailed("its port does not answer: Connection refused")
        self._echo = Pipe()
        if port == DISCARD:
            # It has sent all, and goes on taking.
            self._echo.close()
        if port == SSH:
            self._echo.put(GREETING)

    async def read(self, most: int) -> bytes:
        return await self._echo.read(most)

    async def write(self, data: bytes) -> bool:
        await self._echo.write(data)
        return True

    def end_input(self) -> None:
        """All was repeated: it closes the connection, as servers of port 7 do."""
        self._echo.close()

    def close(self) -> None:
        self._echo.close()
