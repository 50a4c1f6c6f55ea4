"""Hosts that are to be fenced: their fencers are run, their watchdogs' promises are waited for, and it is recorded.

Level-triggered: which fencings are under way is read from the hosts, and nothing else is remembered that matters. A
control plane that ends meanwhile begins with each of them anew: to power a machine off twice is as good as once. Where
it is configured, a host that has been lost for so long is fenced by the system itself.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from uuid_utils import uuid7

from controlplane.commands.trouble import ConfirmFence, FailFence, FenceHost
from controlplane.domain.command import Answer, Command, CommandContext
from controlplane.domain.errors import DomainError, Unavailable
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.host.aggregate import Fence, Host
from controlplane.domain.host.states import HostState
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.host.watchdog import promised_off_at
from controlplane.domain.text import bounded
from controlplane.domain.time import SECOND, Micros
from controlplane.fencers.fencer import Fencer, FencerError, FenceTarget
from controlplane.processes.deadlines import Submit
from controlplane.processes.pacing import FAULT, growing_pause
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)

ACTOR = "system:fencing"
# Fencers that run at once.
MOST_AT_ONCE = 8
# For clocks that run at different speeds.
MARGIN_S = 5.0
RETRY_US = 1 * SECOND
LOOK_US = 10 * SECOND
# After a fencing by the system itself that failed, doubled with each further one.
AGAIN_US = 60 * SECOND
LONGEST_AGAIN_US = 3600 * SECOND
# Of what a fencer says, in bytes.
MOST_WORDS = 2000


class Surroundings(NamedTuple):
    """What is known of hosts beside their events.

    `last_word_at`: when the host's agent can have been answered last. `lease_s`: how long its lease lasts from then.
    """

    fencer_of: Callable[[Host], Fencer | None]
    is_connected: Callable[[str], bool]
    last_word_at: Callable[[str], Micros]
    lease_s: float


class _Failures(NamedTuple):
    """How often the system's own fencing of a host failed in a row, and until when it waits."""

    times: int
    until: Micros


class Fencing:
    """Follows the dispatcher, and sees to what is under way while it runs. `auto_after_s`: 0 for never."""

    def __init__(
        self, submit: Submit, clock: Callable[[], Micros], around: Surroundings, auto_after_s: float = 0.0
    ) -> None:
        self._submit = submit
        self._clock = clock
        self._around = around
        self._auto_us = round(auto_after_s * SECOND)
        # By uid: hosts with a fencing under way, and hosts that are lost without one.
        self._fenced: dict[str, Host] = {}
        self._lost: dict[str, Host] = {}
        self._failures: dict[str, _Failures] = {}
        # By uid, the version of the fencing whose fencer runs.
        self._running: dict[str, tuple[int, asyncio.Task[None]]] = {}
        # By uid, what the fencer of a fencing came to, by its version, and is not recorded yet.
        self._outcomes: dict[str, tuple[int, Command[Answer | None]]] = {}
        # Until when the ledger takes no commands of anybody.
        self._refused_until = Micros(0)
        self._changed = asyncio.Event()

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            host = recorded.after
            if isinstance(host, Host):
                if recorded.event.HasField("host_fence_failed"):
                    self._note_failure(host)
                self._put(host)

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        for host in state.hosts:
            self._put(host)

    def wake(self) -> None:
        """Time has gone on."""
        self._changed.set()

    def _put(self, host: Host) -> None:
        uid = host.uid
        was = self._fenced.pop(uid, None)
        if host.fence:
            self._fenced[uid] = host
        else:
            self._outcomes.pop(uid, None)
        self._lost.pop(uid, None)
        if self._auto_us and host.state is HostState.DOWN and host.fence is None:
            self._lost[uid] = host
        if host.state is not HostState.DOWN:
            self._failures.pop(uid, None)
        if was or host.fence or uid in self._lost:
            self._changed.set()

    def _note_failure(self, host: Host) -> None:
        before = self._failures.get(host.uid)
        times = before.times + 1 if before else 1
        pause = growing_pause(times, AGAIN_US, LONGEST_AGAIN_US)
        self._failures[host.uid] = _Failures(times, Micros(self._clock() + pause))

    async def run(self) -> None:
        """Runs until cancelled."""
        try:
            while True:
                self._changed.clear()
                await self._look()
                await self._wait()
        finally:
            for _, task in self._running.values():
                task.cancel()

    async def _wait(self) -> None:
        moments = [at for host in self._fenced.values() if (at := self.off_at(host)) is not None]
        # That a lost host's agent has left again is no event.
        again = Micros(self._clock() + LOOK_US)
        moments += [self._auto_at(host) if self._can_be_fenced(host) else again for host in self._lost.values()]
        if self._refused_until > self._clock():
            moments = [self._refused_until]
        seconds = (min(moments) - self._clock()) / SECOND if moments else None
        await wait_for_event(self._changed, seconds)

    async def _look(self) -> None:
        self._end_running()
        now = self._clock()
        if now < self._refused_until:
            return
        for host in list(self._fenced.values()):
            fence = host.fence
            assert fence is not None
            if fence.method == FenceMethod.FENCER:
                if not await self._record(host, fence):
                    self._begin(host, fence)
            elif (at := self.off_at(host)) is not None and at <= now:
                words = "its watchdog has stopped its guests by now, as its agent promised"
                await self._send(host, ConfirmFence(host.uid, fence.version, words), fence.version)
        for host in list(self._lost.values()):
            if self._can_be_fenced(host) and self._auto_at(host) <= now:
                await self._fence(host)

    # Fencers.

    def _end_running(self) -> None:
        """Those of fencings that are not under way any more: cancelled, or without a cause since the agent is back."""
        for uid, (version, task) in list(self._running.items()):
            host = self._fenced.get(uid)
            if host is None or host.fence is None or host.fence.version != version:
                task.cancel()

    def _begin(self, host: Host, fence: Fence) -> None:
        if host.uid in self._running or len(self._running) >= MOST_AT_ONCE:
            return
        task = asyncio.create_task(self._power_off(host, fence.version), name=f"fencing {host.name}")
        self._running[host.uid] = (fence.version, task)

    async def _power_off(self, host: Host, version: int) -> None:
        try:
            self._outcomes[host.uid] = (version, await self._outcome(host, version))
        finally:
            del self._running[host.uid]
            self._changed.set()

    async def _record(self, host: Host, fence: Fence) -> bool:
        """Whether its fencer has come to an end. What was read back stays so: it is recorded as soon as it can be."""
        version, command = self._outcomes.get(host.uid, (0, None))
        if command is None or version != fence.version:
            return False
        if await self._send(host, command, version):
            self._outcomes.pop(host.uid, None)
        return True

    async def _outcome(self, host: Host, version: int) -> Command[Answer | None]:
        fencer = self._around.fencer_of(host)
        if fencer is None:
            return FailFence(host.uid, version, "no fencer is configured for it any more")
        try:
            words = await fencer.power_off(FenceTarget.of(host))
        except FencerError as error:
            return FailFence(host.uid, version, bounded(str(error), MOST_WORDS))
        except Exception:
            # A fault of a fencer must not leave the host neither fenced nor failed.
            log.exception("fencing %s", host.name)
            return FailFence(host.uid, version, FAULT)
        return ConfirmFence(host.uid, version, bounded(words, MOST_WORDS))

    # Watchdogs.

    def off_at(self, host: Host) -> Micros | None:
        """From when on none of its guests runs, by its agent's promise; None where that is not waited for."""
        if host.fence is None or host.fence.method != FenceMethod.WATCHDOG or host.reported is None:
            return None
        # Also one that is lost may have been answered since: its agent can be connected, and have reported nothing yet.
        heard = Micros(max(host.lost, self._around.last_word_at(host.uid)))
        lease_s = max(host.lease_us / SECOND, self._around.lease_s)
        return promised_off_at(heard, lease_s, host.reported.watchdog_us / SECOND, MARGIN_S)

    def remaining_s(self, host: Host) -> float | None:
        """How long it takes yet until then; None where that is not known."""
        at = self.off_at(host)
        return None if at is None else max(0.0, (at - self._clock()) / SECOND)

    # By the system itself.

    def _can_be_fenced(self, host: Host) -> bool:
        """Not one whose agent is connected: it is about to be regained."""
        promised = host.reported is not None and host.reported.watchdog_us > 0
        return not self._around.is_connected(host.uid) and (promised or self._around.fencer_of(host) is not None)

    def _auto_at(self, host: Host) -> Micros:
        failures = self._failures.get(host.uid)
        return Micros(max(host.lost + self._auto_us, failures.until if failures else 0))

    async def _fence(self, host: Host) -> None:
        has_fencer = self._around.fencer_of(host) is not None
        await self._send(host, FenceHost(host.name, has_fencer=has_fencer), host.version, "it was lost for too long")

    async def _send(
        self, host: Host, command: Command[Answer] | Command[Answer | None], version: int, reason: str = ""
    ) -> bool:
        """Whether it was decided. Where the ledger takes no commands, it is sent again."""
        context = CommandContext(ACTOR, str(uuid7()), f"hosts/{host.uid}@{version}", reason)
        try:
            await self._submit(command, context)
        except DomainError as error:
            retry_us = round(error.retry_after_s * SECOND) if isinstance(error, Unavailable) else RETRY_US
            self._refused_until = Micros(self._clock() + retry_us)
            log.warning("the fencing of %s goes on later: %s", host.name, error)
            return False
        except Exception:
            # A fault of ours in one host's command must not end the fencing of all others.
            log.exception("the fencing of %s could not be recorded", host.name)
            self._refused_until = Micros(self._clock() + RETRY_US)
            return False
        return True
