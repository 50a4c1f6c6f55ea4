"""Strays: guests of this control plane's that the ledger does not expect where they run. Reported, or stopped as well.

What is stopped keeps its disk, and is stopped by a command, as an operator would have it. Guests without our metadata
are never among them: agents do not report those.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol

from uuid_utils import uuid7

from controlplane.commands.guests import Action, ReconcileHost
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError, NotFound, Unavailable
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.processes.pacing import Submit

log = logging.getLogger(__name__)
ACTOR = "system:strays"
RETRY_S = 1.0


class StrayPolicy(Enum):
    """What becomes of strays without an operator: an operator can always decide."""

    REPORT = "report"
    STOP = "stop"


class Hosts(Protocol):
    """The hosts as of now, by uid."""

    @property
    def hosts(self) -> Mapping[str, Host]: ...


class Strays:
    """Follows the dispatcher for hosts with guests that run, and that nobody has decided about yet."""

    def __init__(self, submit: Submit, hosts: Hosts, policy: StrayPolicy) -> None:
        self._submit = submit
        self._hosts = hosts
        self._stops = policy is StrayPolicy.STOP
        self._concerned: dict[str, None] = {}
        self._wake = asyncio.Event()

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            if isinstance(recorded.after, Host):
                self._look_at(recorded.after)

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        for host in state.hosts:
            self._look_at(host)

    def _look_at(self, host: Host) -> None:
        if self._stops and host.unexpected and strays(host):
            self._concerned[host.uid] = None
            self._wake.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            concerned, self._concerned = self._concerned, {}
            for host_uid in concerned:
                for vm_uid in strays(self._hosts.hosts[host_uid]):
                    await self._stop(host_uid, vm_uid)

    async def _stop(self, host_uid: str, vm_uid: str) -> None:
        command = ReconcileHost(self._hosts.hosts[host_uid].name, Action.STOP, vm_uid)
        context = CommandContext(ACTOR, str(uuid7()), reason="stray-policy is stop")
        try:
            await self._submit(command, context)
        except NotFound:
            # It is gone, or was adopted, meanwhile.
            return
        except DomainError as error:
            log.warning("a stray guest of %s is stopped later: %s", command.name, error)
            self._concerned[host_uid] = None
            self._wake.set()
            await asyncio.sleep(error.retry_after_s if isinstance(error, Unavailable) else RETRY_S)
        except Exception:
            # A fault of ours in one guest's command must not end the process.
            log.exception("a stray guest of %s could not be stopped", command.name)


def strays(host: Host) -> list[str]:
    """The guests that run on a host, unexpected and undecided, by VM uid."""
    if host.state is HostState.DECOMMISSIONED:
        return []
    return sorted(uid for uid, guest in host.unexpected.items() if guest.is_active and not guest.stop_requested)
