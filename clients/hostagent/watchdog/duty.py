"""What a guardian has to do, by the orders of its agent and the time. Calls what does it; does no I/O of its own."""

import logging
import os
from collections.abc import Sequence
from typing import Protocol

from hostagent.watchdog.lease import Clock, Due, Lease, Promise
from hostagent.watchdog.processes import GuestProcess
from hostagent.watchdog.words import Order, State

log = logging.getLogger(__name__)


class Hypervisor(Protocol):
    """Stops guests for as long as that is due."""

    def set_due(self, due: bool) -> None: ...


class Processes(Protocol):
    """The processes of guests, whatever the hypervisor knows of them."""

    def running(self) -> Sequence[GuestProcess]: ...

    def kill(self, process: GuestProcess) -> None: ...


class Feeding(Protocol):
    """What resets the machine when it is not fed."""

    def feed(self) -> None: ...

    def close(self, *, for_good: bool) -> None: ...


class Duty:
    """Of one guardian. `inherited`: what is known of the lease by who was there before it."""

    def __init__(
        self,
        promise: Promise,
        clock: Clock,
        hypervisor: Hypervisor,
        processes: Processes,
        device: Feeding | None = None,
        inherited: State | None = None,
    ) -> None:
        self._promise, self._clock = promise, clock
        self._hypervisor, self._processes, self._device = hypervisor, processes, device
        self._length_s = inherited.length_s if inherited else 0.0
        # One that nobody renewed is gone. None: the control plane grants no lease, and there is nothing to watch.
        self._lease: Lease | None = Lease(clock)
        if inherited is not None:
            expires_at = inherited.expires_at
            self._lease = None if expires_at is None else Lease(clock, self._length_s, expires_at)
        self._due = Due.NOTHING

    @property
    def state(self) -> State:
        expires_at = self._lease.expires_at if self._lease else None
        return State(os.getpid(), expires_at, self._length_s, self._due.name, self._promise.timeout_s)

    def carry_out(self, order: Order) -> None:
        if order.length_s == 0:
            self._lease = None
        elif order.length_s is not None:
            self._length_s = order.length_s
            if self._lease is None:
                self._lease = Lease(self._clock)
            self._lease.granted(order.length_s)
        if order.renewed_at is not None and self._lease is not None:
            self._lease.renewed(order.renewed_at)
        if order.end and self._device:
            self._device.close(for_good=order.end != "hand over")
            self._device = None

    def tick(self) -> None:
        """Does what is due. To be called again and again."""
        due = self._promise.due(self._lease.expires_at, self._clock()) if self._lease else Due.NOTHING
        if due is not self._due:
            log.warning("due by the lease of this host: %s", due.name.lower())
        self._due = due
        self._hypervisor.set_due(due >= Due.STOP)
        left: Sequence[GuestProcess] = [] if due is Due.NOTHING else self._processes.running()
        if due >= Due.KILL:
            for each in left:
                log.warning("killing process %d of %s", each.pid, each.domain)
                self._processes.kill(each)
        # With guests that nothing ends, it goes hungry.
        if self._device and (due < Due.RESET or not left):
            self._device.feed()
