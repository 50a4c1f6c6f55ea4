"""Migrations between two libvirts. The source's libvirt does the work, and goes on when nobody waits for it.

A guest that has left stays defined and off at the source. At the destination it stands still: a copy runs nothing until
someone who knows that the source has ended resumes it.
"""

import asyncio
import contextlib
import dataclasses
import functools
from collections.abc import Callable, Coroutine
from enum import Enum

import libvirt

from hostagent.drivers.base import (
    DiskMove,
    DriverError,
    GuestChanged,
    GuestRef,
    HypervisorUnavailable,
    MigrationFailed,
    MigrationProgress,
    Outgoing,
    StepFailed,
)
from hostagent.drivers.libvirt import domains, metadata
from hostagent.drivers.libvirt.connection import Connection
from hostagent.drivers.libvirt.moved_xml import Place, moved_xml

Progress = Callable[[MigrationProgress], None]
_AT_ONCE = 8
_LOOK_EVERY_S = 0.5
# When a network fails in the moment of the hand-over, QEMU answers nobody until its connection has failed.
_BREAK_OFF_S = 30.0
_FLAGS = (
    libvirt.VIR_MIGRATE_LIVE
    | libvirt.VIR_MIGRATE_PEER2PEER
    | libvirt.VIR_MIGRATE_PERSIST_DEST
    | libvirt.VIR_MIGRATE_PAUSED
)
_DISK_FLAGS = {
    DiskMove.NONE: 0,
    # libvirt does not know which directories are shared. Caches are no danger: both ends use the file in turn.
    DiskMove.SHARED: libvirt.VIR_MIGRATE_UNSAFE,
    DiskMove.COPY: libvirt.VIR_MIGRATE_NON_SHARED_DISK,
}


class Standing(Enum):
    """How far a guest has left."""

    HERE = "here"
    LEAVING = "leaving"
    LEFT = "left"
    # It ended by itself.
    ENDED = "ended"


class Migrations:
    """The migrations away from one libvirt."""

    def __init__(self, uri: str) -> None:
        self._sending = Connection(uri, "migrations", workers=_AT_ONCE)
        # For looks at those under way: a guest that does not answer keeps no other step waiting.
        self._looking = Connection(uri, "migration-progress", workers=_AT_ONCE)
        self._background: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Blocks until migrations under way have ended."""
        self._sending.close()
        self._looking.close()

    async def migrate(self, ref: GuestRef, outgoing: Outgoing, progress: Progress) -> None:
        place = Place.of(outgoing.endpoint)
        if await self._standing(ref) is Standing.LEAVING and await self._destined(ref) != outgoing.incarnation:
            await self.abort(ref)
        try:
            async with asyncio.timeout(outgoing.timeout_s or None):
                await self._leave(ref, place, outgoing, progress)
        except TimeoutError:
            error = f"not done within {outgoing.timeout_s:g} s"
            match await self._standing(ref):
                case Standing.LEFT:
                    return
                case Standing.LEAVING:
                    raise StepFailed(f"{error}, and not broken off either") from None
                case Standing.HERE | Standing.ENDED:
                    raise MigrationFailed(error) from None

    async def abort(self, ref: GuestRef) -> None:
        """Ensures that no migration takes the guest away."""
        while await self._standing(ref) is Standing.LEAVING:
            await self._looking.call(functools.partial(_abort, ref=ref))
            await asyncio.sleep(_LOOK_EVERY_S)
        await self._looking.call(functools.partial(_mark, ref=ref, leaving=0))

    async def _leave(self, ref: GuestRef, place: Place, outgoing: Outgoing, progress: Progress) -> None:
        """Begins a migration, or waits for one that is under way. Cancelled, it breaks it off."""
        standing, error = await self._standing(ref), ""
        if standing is Standing.HERE:
            error = await self._send(ref, place, outgoing, progress)
            standing = await self._standing(ref)
        while standing is Standing.LEAVING:
            # One that an earlier agent began, or that libvirt has not finished although its call was cut short.
            error = error or "the migration that was under way has failed"
            await self._watch_once(ref, progress)
            standing = await self._standing(ref)
        if standing is Standing.HERE:
            await self._looking.call(functools.partial(_mark, ref=ref, leaving=0))
            raise MigrationFailed(error)
        if standing is Standing.ENDED:
            raise GuestChanged("the guest ended by itself")
        await self._report(ref, progress, libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED)

    async def _send(self, ref: GuestRef, place: Place, outgoing: Outgoing, progress: Progress) -> str:
        """Runs libvirt's call to its end. Returns its error, or nothing."""
        call = functools.partial(_send, ref=ref, place=place, outgoing=outgoing)
        sending = asyncio.create_task(self._sending.call(call))
        reporting = self._in_background(self._keep_reporting(ref, progress))
        try:
            await asyncio.wait([sending])
            sending.result()
        except asyncio.CancelledError:
            await self._break_off(ref, self._kept(sending))
            raise
        except HypervisorUnavailable:
            raise
        except DriverError as error:
            # Also when a domain was not found: it may be the destination's.
            return str(error)
        finally:
            reporting.cancel()
        return ""

    async def _break_off(self, ref: GuestRef, sending: asyncio.Task[None]) -> None:
        """Repeats it, for a call that has just begun has no job yet. Gives up on a hypervisor that does not answer."""
        with contextlib.suppress(TimeoutError, DriverError):
            async with asyncio.timeout(_BREAK_OFF_S):
                while not sending.done():
                    aborting = self._in_background(self._looking.call(functools.partial(_abort, ref=ref)))
                    await asyncio.wait([sending, aborting], timeout=_LOOK_EVERY_S)
                    await asyncio.wait([sending], timeout=_LOOK_EVERY_S)
            await self._looking.call(functools.partial(_mark, ref=ref, leaving=0), timeout_s=_BREAK_OFF_S)

    def _in_background(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Not waited for: a hypervisor in trouble may keep it for as long as a connection takes to fail."""
        return self._kept(asyncio.create_task(work))

    def _kept(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        self._background.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        # asyncio complains of failures that nobody awaits.
        if not task.cancelled():
            task.exception()

    async def _keep_reporting(self, ref: GuestRef, progress: Progress) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            await self._report(ref, progress)

    async def _watch_once(self, ref: GuestRef, progress: Progress) -> None:
        try:
            await self._report(ref, progress)
            await asyncio.sleep(_LOOK_EVERY_S)
        except asyncio.CancelledError:
            await self.abort(ref)
            raise

    async def _report(self, ref: GuestRef, progress: Progress, flags: int = 0) -> None:
        # Nothing depends on it.
        with contextlib.suppress(DriverError):
            if found := await self._looking.call(functools.partial(_progress, ref=ref, flags=flags)):
                progress(found)

    async def _standing(self, ref: GuestRef) -> Standing:
        return await self._looking.call(functools.partial(_standing, ref=ref), timeout_s=_BREAK_OFF_S)

    async def _destined(self, ref: GuestRef) -> int:
        return await self._looking.call(functools.partial(_destined, ref=ref))


def _standing(connection: libvirt.virConnect, ref: GuestRef) -> Standing:
    domain, _ = domains.current(connection, ref)
    state, reason = domain.state()
    if state == libvirt.VIR_DOMAIN_SHUTOFF:
        return Standing.LEFT if reason == libvirt.VIR_DOMAIN_SHUTOFF_MIGRATED else Standing.ENDED
    if not domain.isActive():
        return Standing.ENDED
    return Standing.LEAVING if _has_job(domain) else Standing.HERE


def _has_job(domain: libvirt.virDomain) -> bool:
    """Whether a migration away is under way."""
    try:
        stats = domain.jobStats()
    except libvirt.libvirtError as error:
        if error.get_error_code() in (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_OPERATION_INVALID):
            return False  # No jobs are known, or it has just ended.
        raise
    is_outgoing = stats.get("operation") == libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT
    return is_outgoing and stats.get("type") != libvirt.VIR_DOMAIN_JOB_NONE


def _destined(connection: libvirt.virConnect, ref: GuestRef) -> int:
    return domains.current(connection, ref)[1].leaving


def _mark(connection: libvirt.virConnect, ref: GuestRef, leaving: int) -> None:
    """Writes into the guest's metadata what is to become of it, for whoever reads it after us."""
    domain, ours = domains.current(connection, ref)
    if ours.leaving != leaving:
        metadata.write(domain, dataclasses.replace(ours, leaving=leaving))


def _send(connection: libvirt.virConnect, ref: GuestRef, place: Place, outgoing: Outgoing) -> None:
    _mark(connection, ref, outgoing.incarnation)
    domain, _ = domains.current(connection, ref)
    xml = functools.partial(moved_xml, place=place, incarnation=outgoing.incarnation)
    params: dict[str, int | str] = {
        libvirt.VIR_MIGRATE_PARAM_URI: place.migrate_uri,
        libvirt.VIR_MIGRATE_PARAM_DEST_XML: xml(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE)),
        libvirt.VIR_MIGRATE_PARAM_PERSIST_XML: xml(
            domain.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE | libvirt.VIR_DOMAIN_XML_INACTIVE)
        ),
    }
    if outgoing.bandwidth_mib_s:
        params[libvirt.VIR_MIGRATE_PARAM_BANDWIDTH] = outgoing.bandwidth_mib_s
    flags = _FLAGS | _DISK_FLAGS[outgoing.disk]
    flags |= libvirt.VIR_MIGRATE_AUTO_CONVERGE if outgoing.auto_converge else 0
    flags |= libvirt.VIR_MIGRATE_TLS if place.is_encrypted else 0
    domain.migrateToURI3(place.uri, params, flags)


def _abort(connection: libvirt.virConnect, ref: GuestRef) -> None:
    domain, _ = domains.current(connection, ref)
    if _has_job(domain):
        try:
            domain.abortJob()
        except libvirt.libvirtError as error:
            # It has just ended, or can no longer be aborted: whoever waits for it sees how it ends.
            if error.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
                raise


def _progress(connection: libvirt.virConnect, ref: GuestRef, flags: int) -> MigrationProgress | None:
    """None at the hand-over: a question that QEMU does not answer then would keep libvirt from resuming the guest."""
    domain, _ = domains.current(connection, ref)
    if tuple(domain.state()) == (libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_MIGRATION):
        return None
    stats = domain.jobStats(flags)
    return MigrationProgress(
        memory_total_bytes=stats.get("memory_total", 0),
        memory_left_bytes=stats.get("memory_remaining", 0),
        disk_total_bytes=stats.get("disk_total", 0),
        disk_left_bytes=stats.get("disk_remaining", 0),
        iteration=stats.get("memory_iteration", 0),
        downtime_ms=stats.get("downtime") if flags & libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED else None,
    )
