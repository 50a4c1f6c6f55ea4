"""The guardian: a process of its own that stops this host's guests when the lease is gone, and the agent may be, too.

    python -m hostagent.watchdog.guardian URI STATE_DIR HOST_ID SECONDS EXPIRES_AT [DEVICE]

The agent starts it, and it outlives the agent. It prints one line when it is at work, and ends only for another
guardian or for an agent that promises nothing any more: SIGTERM and the like are ignored.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import sys
from pathlib import Path

from chronovisor import logs

from hostagent.watchdog.device import Device
from hostagent.watchdog.duty import Duty
from hostagent.watchdog.hypervisor import HypervisorStop
from hostagent.watchdog.lease import Due, Promise, boottime
from hostagent.watchdog.place import Place, Taken
from hostagent.watchdog.processes import GuestProcesses, pid_files_of
from hostagent.watchdog.words import LONGEST, Order, State

log = logging.getLogger("hostagent.watchdog")
READY = "at work"
_TICK_S = 0.5


class Guardian:
    """One host's, as its agents reach it. `run` until it is ended."""

    def __init__(self, duty: Duty) -> None:
        self._duty = duty
        self._agents: dict[int, tuple[socket.socket, bytearray]] = {}

    def run(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        while True:
            ready, _, _ = select.select([listener.fileno(), *self._agents], [], [], _TICK_S)
            for number in ready:
                if number == listener.fileno():
                    self._met(listener)
                elif self._heard(number):
                    return
            try:
                self._duty.tick()
            except Exception:  # A boundary: what fails once may not the next time. Meanwhile, no device is fed.
                log.exception("watching over guests")

    def _met(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            agent, _ = listener.accept()
            agent.setblocking(False)
            self._agents[agent.fileno()] = agent, bytearray()

    def _heard(self, number: int) -> bool:
        """Carries out the orders of one agent. Returns whether it is to end."""
        agent, rest = self._agents[number]
        try:
            received = agent.recv(LONGEST)
        except BlockingIOError:
            return False
        except OSError:
            received = b""
        rest += received
        if not received or len(rest) > LONGEST:
            del self._agents[number]
            agent.close()
            return False
        while (end := rest.find(b"\n")) >= 0:
            line = bytes(rest[:end])
            del rest[: end + 1]
            try:
                order = Order.parse(line)
            except ValueError as error:
                log.warning("ignored: %s", error)
                continue
            self._duty.carry_out(order)
            with contextlib.suppress(OSError):
                agent.send(self._duty.state.line())
            if order.end:
                return True
        return False


def main() -> None:
    # Nobody's child: no agent has to reap it, and none is its parent when that ends.
    if os.fork():
        os._exit(0)
    uri, state_dir, host_id, seconds, expires_at, *device = sys.argv[1:]
    # Who reads it may be stuck.
    logs.set_up(logs.inherited(), {"host": host_id}, waits=False)
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    # Where memory is short, guests end first.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("-999")
    promise, place = Promise(float(seconds)), Place(Path(state_dir), host_id)
    # The guardian before knows more than the agent, which may be a new one.
    known = State(0, float(expires_at), 0.0, Due.NOTHING.name, promise.timeout_s)
    try:
        guests = GuestProcesses(pid_files_of(uri))
        if device:
            _require_device(Path(device[0]))
        place.make()
        before = place.take_over(with_device=bool(device))
        listener = place.listening()
        # Last: once it is open, this process is not to end.
        opened = _opened(Path(device[0]), promise, is_first=before is None) if device else None
    except (OSError, ValueError, Taken) as error:
        print(error, flush=True)
        os._exit(1)
    duty = Duty(promise, boottime, HypervisorStop(uri), guests, opened, before or known)
    print(READY, flush=True)
    _let_go_of_the_agent()
    Guardian(duty).run(listener)
    log.info("ended, by its agent")
    # Threads that wait for libvirt are waited for by nobody.
    os._exit(0)


def _require_device(path: Path) -> None:
    """Before the guardian before has ended: with a mistake in its options, none would be left. Raises OSError."""
    if not os.access(path, os.W_OK):
        raise OSError(f"{path} is no device that can be written to")


def _opened(path: Path, promise: Promise, *, is_first: bool) -> Device | None:
    """Raises OSError, but not in place of another guardian: this one watches without it."""
    try:
        return Device(path, promise.reset_s)
    except OSError as error:
        if is_first:
            raise
        log.error("%s: guests are watched without it", error)
        return None


def _let_go_of_the_agent() -> None:
    """Its end of standard output closes, as that of the agent's directory does."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
    os.chdir("/")


if __name__ == "__main__":
    main()
