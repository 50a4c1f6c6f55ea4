"""The log of a console as its host's agent sends it, for one reader. Keeps nothing of it."""

from chronovisor.v1 import console_service_pb2 as api

from controlplane.rpc.agent.tunnels import Tunnel


class LogReader:
    """`offset` is as ReadConsoleLogRequest has it."""

    def __init__(self, tunnel: Tunnel, offset: int) -> None:
        self._tunnel = tunnel
        self._expected = max(0, offset)
        self._begun = False

    async def next(self) -> api.ReadConsoleLogResponse | None:
        """What comes next; None at the end, or where it is lost."""
        message = await self._tunnel.receive()
        if message is None:
            return None
        # The first says where it begins: of an offset that is counted from the end, too.
        skipped = max(0, message.offset - self._expected) if self._expected or self._begun else 0
        self._begun = True
        self._expected = message.offset + len(message.data)
        return api.ReadConsoleLogResponse(
            offset=message.offset,
            data=message.data,
            skipped=skipped,
            oldest_offset=message.oldest_offset,
            end_offset=message.end_offset,
        )
