"""Secrets of destroyed VMs are forgotten after a time: the event is recorded, then their keys are destroyed. And where
it is recorded that a person is forgotten, that key is.

Takes no hint: what is to be forgotten follows from the keys that there are and from the ledger. A process that ended
between the two finds the key again, and the event with it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from uuid_utils import uuid7

from controlplane.commands.secrets import ForgetVmSecrets
from controlplane.domain.access.people import PEOPLE, PREFIX
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.secrets import SECRETS, EndOfVm
from controlplane.domain.vm.states import VmState
from controlplane.processes.pacing import Submit
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)
ACTOR = "system:secrets"
# All keys are compared with the ledger so often: another server may have made some.
LOOK_EVERY_US = 3600 * SECOND
RETRY_S = 5.0


class Keys(Protocol):
    """The keys of VMs and of requests."""

    async def vm_uids(self) -> list[str]: ...

    async def destroy(self, vm_uids: Collection[str], requests_before: Micros) -> None: ...


class People(Protocol):
    """The people whom events have by pseudonyms."""

    async def all(self) -> list[str]: ...

    async def forget(self, pseudonym: str) -> None: ...

    def drop(self, pseudonym: str) -> None: ...


class Vms(Protocol):
    """The VMs that there are, by uid."""

    @property
    def vms(self) -> Mapping[str, Vm]: ...


# When each of some VMs was destroyed; of one that the ledger does not know as destroyed, nothing.
Ends = Callable[[Collection[str]], Awaitable[Mapping[str, EndOfVm]]]


# Those of some pseudonyms of whom it is recorded that they are forgotten.
AreForgotten = Callable[[Collection[str]], Awaitable[Collection[str]]]


class Forgetting:
    """Follows the dispatcher for VMs that end. `retention_us` is how long their secrets are kept then."""

    def __init__(
        self,
        submit: Submit,
        clock: Callable[[], Micros],
        keys: Keys,
        vms: Vms,
        ends: Ends,
        retention_us: int,
        people: People,
        are_forgotten: AreForgotten,
    ) -> None:
        self._people = people
        self._are_forgotten = are_forgotten
        self._submit = submit
        self._clock = clock
        self._keys = keys
        self._vms = vms
        self._ends = ends
        self._retention_us = retention_us
        # VMs whose keys are to be destroyed, and when each ended.
        self._waiting: dict[str, EndOfVm] = {}
        self._look_at = Micros(0)
        # People of whom it is recorded.
        self._people_due: dict[str, None] = {}
        self._ended = asyncio.Event()

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for each in batch:
            vm = each.after
            if isinstance(vm, Vm) and vm.user_data and vm.state is VmState.DELETED:
                self._waiting[vm.uid] = EndOfVm(vm.updated)
                self._ended.set()
            elif each.stream.startswith(f"{SECRETS}/"):
                # Recorded, by whichever server. Should the key be there still, `look` finds it.
                self._waiting.pop(each.event.secrets_forgotten.vm_uid, None)
            elif each.stream.startswith(f"{PEOPLE}/"):
                pseudonym = PREFIX + each.event.person_forgotten.pseudonym
                self._people.drop(pseudonym)
                self._people_due[pseudonym] = None
                self._ended.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            self._ended.clear()
            wait_s = RETRY_S
            try:
                await self.look()
                wait_s = await self.forget()
            except DomainError as error:
                log.warning("secrets are forgotten later: %s", error)
            except Exception:
                # A fault of ours must not end the process.
                log.exception("secrets could not be forgotten")
            await wait_for_event(self._ended, wait_s)

    async def look(self) -> None:
        """Finds the keys of VMs that have ended, now and then. Raises Unavailable."""
        now = self._clock()
        if now < self._look_at:
            return
        unknown = [uid for uid in await self._keys.vm_uids() if uid not in self._vms.vms and uid not in self._waiting]
        self._waiting.update(await self._ends(unknown))
        self._people_due |= dict.fromkeys(await self._are_forgotten(await self._people.all()))
        self._look_at = Micros(now + LOOK_EVERY_US)

    async def forget(self) -> float:
        """Forgets what is due, and returns in how many seconds more will be. Raises DomainError."""
        for pseudonym in [*self._people_due]:
            await self._people.forget(pseudonym)
            del self._people_due[pseudonym]
        now = self._clock()
        due = {uid: end for uid, end in self._waiting.items() if end.at + self._retention_us <= now}
        for uid, end in due.items():
            if not end.is_forgotten:
                why = f"destroyed {(now - end.at) // SECOND} s ago"
                await self._submit(ForgetVmSecrets(uid), CommandContext(ACTOR, str(uuid7()), reason=why))
                self._waiting[uid] = end._replace(is_forgotten=True)
        if due:
            await self._keys.destroy([*due], Micros(now - self._retention_us))
        for uid in due:
            del self._waiting[uid]
        later = [end.at + self._retention_us for end in self._waiting.values()]
        return (min([self._look_at, *later]) - now) / SECOND
