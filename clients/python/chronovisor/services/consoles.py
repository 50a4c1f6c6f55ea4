"""The consoles of VMs: what a guest writes to its serial port, what is typed into it, its screen, and its ports."""

from typing import Any, Generic, TypeVar

from chronovisor.services.base import Service
from chronovisor.v1 import console_service_pb2 as pb
from chronovisor.values import Options, duration

SerialConsole = TypeVar("SerialConsole")
ConsoleLog = TypeVar("ConsoleLog")
Screen = TypeVar("Screen")
Screenshot = TypeVar("Screenshot")
Ticket = TypeVar("Ticket")
Port = TypeVar("Port")
ProgramEnd = TypeVar("ProgramEnd")
# How much longer than for a program's end its answer is waited for, in seconds.
ANSWER_S = 15.0


class ConsoleCalls(Service, Generic[SerialConsole, ConsoleLog, Screen, Screenshot, Ticket, Port, ProgramEnd]):
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

    def open_screen(self, requests: Any) -> Screen:
        """The screen of a VM that runs, as bytes of RFB, until it ends, or the call is cancelled.

        requests: OpenScreenRequests, of an iterator, which asyncio's client awaits: `open` first, then `data`.
        """
        return self._method(pb.OpenScreenRequest())(requests)

    def open_port(self, requests: Any) -> Port:
        """A connection to a TCP port of a VM that runs, until either side closes it, or the call is cancelled.

        requests: OpenPortRequests, of an iterator, which asyncio's client awaits: `open` first, then `data`.
        """
        return self._method(pb.OpenPortRequest())(requests)

    def screenshot(self, name: str, *, timeout: float | None = None) -> Screenshot:
        """What the screen of a VM that runs shows now, as an image in `png`.

        Raises NotFound, WrongState, Unavailable; FailedPrecondition of a VM without a screen.
        """
        options: Options = {} if timeout is None else {"timeout": timeout}
        return self._send(pb.GetScreenshotRequest(name=self._vm(name)), options)

    def run_program(
        self,
        name: str,
        program: str,
        *arguments: str,
        input: bytes = b"",
        wait_s: float = 60.0,
        reason: str = "",
    ) -> ProgramEnd:
        """How a program ended in a VM that runs, by its guest agent: `exit_code`, `output`, `errors`.

        `runs_on` where it had not ended in `wait_s` seconds. It is begun once. Raises NotFound, WrongState,
        NotPermitted, Unavailable; FailedPrecondition of a VM without `guest_agent`.
        """
        request = pb.RunProgramRequest(
            name=self._vm(name), program=program, arguments=arguments, input=input, reason=reason
        )
        request.timeout.CopyFrom(duration(wait_s))
        return self._send(request, {"timeout": wait_s + ANSWER_S})

    def create_ticket(
        self, opening: pb.SerialConsoleOpening | pb.ScreenOpening, *, timeout: float | None = None
    ) -> Ticket:
        """A ticket that opens this console once, within 30 s, for whoever has it: `ticket` is a secret.

        Raises NotFound, PermissionDenied; FailedPrecondition of a VM without a screen.
        """
        options: Options = {} if timeout is None else {"timeout": timeout}
        request = pb.CreateConsoleTicketRequest()
        if isinstance(opening, pb.SerialConsoleOpening):
            request.serial_console.CopyFrom(opening)
        else:
            request.screen.CopyFrom(opening)
        return self._send(request, options)
