"""The consoles of VMs: what a guest writes to its serial port, and what is typed into it."""

from typing import Any, Generic, TypeVar

from chronovisor.services.base import Service
from chronovisor.v1 import console_service_pb2 as pb

SerialConsole = TypeVar("SerialConsole")
ConsoleLog = TypeVar("ConsoleLog")


class ConsoleCalls(Service, Generic[SerialConsole, ConsoleLog]):
    """The methods of ConsoleService."""

    def open_serial(self, requests: Any) -> SerialConsole:
        """The serial console of a VM that runs: what the guest writes, until it ends, or the call is cancelled.

        requests: OpenSerialConsoleRequests, of an iterator, which asyncio's client awaits: `open` first, then `input`.
        """
        return self._method(pb.OpenSerialConsoleRequest())(requests)

    def read_log(self, name: str, *, offset: int = 0, follow: bool = False) -> ConsoleLog:
        """What a VM has written to its serial port, in parts, from a byte on; a negative `offset` counts from the end.

        With `follow`, what it writes from now on, too. Raises NotFound, WrongState, Unavailable.
        """
        request = pb.ReadConsoleLogRequest(name=self._vm(name), offset=offset, follow=follow)
        return self._method(request)(request)
