"""Maintenance of hosts in turn: each is drained, worked on and taken back; what fails ends it. Prints nothing."""

import os
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from chronovisor.client import Client
from chronovisor.errors import ChronovisorError, WaitTimeout
from chronovisor.names import last_part
from chronovisor.operations import Operation
from chronovisor.v1 import host_pb2
from chronovisor.v1.host_service_pb2 import DrainHostRequest, GetHostRequest, UncordonHostRequest

# How long each operation is waited for before the next one is looked at.
LOOK_S = 0.5
# How long a host's agent may take to be back after the work on its machine.
BACK_S = 600.0


class Stage(Enum):
    """How far one host is."""

    WAITING = "not begun"
    DRAINING = "being drained"
    MAINTENANCE = "in maintenance"
    WORKING = "being worked on"
    ACTIVE = "active again"
    FAILED = "failed"


@dataclass
class Turn:
    """One host of the plan. `words`: why it failed."""

    host: str
    stage: Stage = Stage.WAITING
    operation: Operation | None = None
    words: str = ""
    error: ChronovisorError | None = None
    # As it was before.
    before: host_pb2.Host | None = None


@dataclass(frozen=True)
class Work:
    """What is to be done with each host: a drain as in this request; then a command, and it takes VMs again."""

    drain: DrainHostRequest
    command: str = ""
    at_once: int = 1
    timeout_s: float | None = None


class WorkFailed(Exception):
    """The work on a host did not succeed, in words."""


# Called with each host whose stage has changed, and with one whose operation has got further.
Show = Callable[[Turn], None]


class Rolling:
    """A plan that is carried out: `turns` say how far it is, at any time."""

    def __init__(self, client: Client, work: Work, hosts: Sequence[str], show: Show) -> None:
        self._client = client
        self._work = work
        self._show = show
        self.turns = [Turn(host) for host in hosts]
        self._until = None if work.timeout_s is None else time.monotonic() + work.timeout_s

    def run(self) -> bool:
        """Returns whether all went well. Begins no other host once one has failed; what is under way is waited for."""
        left, active = deque(self.turns), list[Turn]()
        while left or active:
            while left and len(active) < self._work.at_once:
                turn = left.popleft()
                self._guarded(turn, self._begin)
                active.append(turn)
            for turn in active:
                self._guarded(turn, self._look)
            active = [turn for turn in active if turn.stage is Stage.DRAINING]
            if any(turn.stage is Stage.FAILED for turn in self.turns):
                left.clear()
        return not any(turn.stage is Stage.FAILED for turn in self.turns)

    def _guarded(self, turn: Turn, step: Callable[[Turn], None]) -> None:
        try:
            if turn.stage is not Stage.FAILED:
                step(turn)
        except WaitTimeout:
            turn.words = "not drained within --timeout; it goes on"
        except WorkFailed as error:
            turn.words = str(error)
        except ChronovisorError as error:
            turn.error = error
        if turn.words or turn.error:
            self._put(turn, Stage.FAILED)

    def _put(self, turn: Turn, stage: Stage) -> None:
        turn.stage = stage
        self._show(turn)

    def _begin(self, turn: Turn) -> None:
        turn.before = self._client.hosts.GetHost(GetHostRequest(name=turn.host))
        request = DrainHostRequest()
        request.CopyFrom(self._work.drain)
        request.name = turn.host
        turn.operation = self._client.hosts.DrainHost(request)
        self._put(turn, Stage.DRAINING)

    def _look(self, turn: Turn) -> None:
        assert turn.operation is not None
        if not self._is_drained(turn, turn.operation):
            self._show(turn)
            return
        self._put(turn, Stage.MAINTENANCE)
        if self._work.command:
            self._put(turn, Stage.WORKING)
            _run(self._work.command, turn.host)
            self._take_back(turn)

    def _is_drained(self, turn: Turn, operation: Operation) -> bool:
        left_s = LOOK_S if self._until is None else min(LOOK_S, self._until - time.monotonic())
        try:
            turn.operation = self._client.wait(operation, left_s, LOOK_S)
        except WaitTimeout as error:
            turn.operation = error.operation
            if self._until is not None and time.monotonic() >= self._until:
                raise
            return False
        return True

    def _take_back(self, turn: Turn) -> None:
        before = turn.before
        if before is not None and before.state == host_pb2.HOST_STATE_CORDONED:
            # It took no VMs before either, and that is for whoever cordoned it to end.
            return
        reason = self._work.drain.reason
        self._client.hosts.UncordonHost(UncordonHostRequest(name=turn.host, reason=reason))
        self._wait_until_back(turn)
        self._put(turn, Stage.ACTIVE)

    def _wait_until_back(self, turn: Turn) -> None:
        """Its VMs could not come back otherwise, and the next host's have one place less."""
        had_agent = turn.before is not None and turn.before.agent_connected
        until = time.monotonic() + BACK_S
        while had_agent:
            host = self._client.hosts.GetHost(GetHostRequest(name=turn.host))
            if host.state == host_pb2.HOST_STATE_ACTIVE and host.agent_connected:
                return
            if time.monotonic() > until:
                raise WorkFailed("its agent is not back")
            time.sleep(LOOK_S)


def _run(command: str, host: str) -> None:
    """By the shell, with what it writes on stderr: stdout is for what becomes of the hosts. Raises WorkFailed."""
    environment = {**os.environ, "CHRONOVISOR_HOST": last_part(host)}
    code = subprocess.run(["/bin/sh", "-c", command], env=environment, stdout=2, check=False).returncode
    if code:
        ended = f"was ended by signal {-code}" if code < 0 else f"exited with {code}"
        raise WorkFailed(f"the command {ended}; the host is left in maintenance")
