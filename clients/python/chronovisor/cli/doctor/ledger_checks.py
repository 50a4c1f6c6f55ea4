"""Checks of the ledger: what the control plane found of it, its seals and heads, its totals, and room for more."""

from collections.abc import Iterator

from chronovisor import verify
from chronovisor.cli import known_heads
from chronovisor.cli.doctor.findings import Finding, fine, problem, skipped, warning
from chronovisor.cli.doctor.machine import Room
from chronovisor.cli.doctor.server_checks import CLOCK_STEP
from chronovisor.cli.doctor.set_up import SetUp
from chronovisor.cli.output import local_time
from chronovisor.cli.text.units import bytes_text, counted
from chronovisor.errors import NotFound
from chronovisor.v1.history_service_pb2 import GetSealRequest
from chronovisor.v1.ledger_check_pb2 import GetLedgerCheckRequest, LedgerCheck
from chronovisor.v1.signed_head_pb2 import GetSignedHeadRequest

# A ledger grows by about 1 GiB with each million events.
LITTLE_ROOM, NO_ROOM = 5 << 30, 1 << 30
LITTLE_SHARE = 0.05
_VERIFY = "see what holds and what does not: chronovisor audit verify"
LEDGER_FILE = "ledger.db"


def ledger(set_up: SetUp) -> Iterator[Finding]:
    found = set_up.client.history.GetLedgerCheck(GetLedgerCheckRequest())
    if found.state == LedgerCheck.STATE_ALTERED or found.read_only:
        read_only = ", and takes no commands" if found.read_only else ""
        yield problem(f"the ledger does not hold{read_only}", f"{_VERIFY}; then chronovisord accept --help")
    for each in found.findings:
        where = f"position {each.position}: " if each.position else ""
        yield problem(f"{where}{each.description}", "see all: chronovisor audit status")
    if found.failure:
        yield warning(f"its last check came to no end: {found.failure}", "the control plane's log says more")
    elif found.state == LedgerCheck.STATE_CHECKING:
        yield fine("its end holds; the whole is being checked since the start")
    elif found.state == LedgerCheck.STATE_WHOLE and not found.findings:
        yield fine(f"whole up to position {found.position}, checked at {local_time(found.check_time)}")


def seals(set_up: SetUp) -> Iterator[Finding]:
    try:
        found = set_up.client.history.GetSeal(GetSealRequest())
    except NotFound:
        yield fine("nothing is sealed yet")
        return
    try:
        verify.check_seal(found)
    except verify.NotProven as error:
        yield problem(str(error), _VERIFY)
        return
    batch, hash_ = known_heads.last(set_up.settings.server)
    if batch > found.batch or (batch == found.batch and hash_ != found.hash):
        yield problem(
            f"batch {batch} was seen here before, and the ledger now ends with another batch {found.batch}",
            "was it restored? chronovisor history fleet --type HistoryForked",
        )
    else:
        yield fine(f"batch {found.batch} is sealed, {local_time(found.seal_time)}")


def signed_heads(set_up: SetUp) -> Iterator[Finding]:
    try:
        found = set_up.client.history.GetSignedHead(GetSignedHeadRequest())
    except NotFound:
        yield fine("nothing is signed yet")
        return
    try:
        verify.check_head(found)
    except verify.NotProven as error:
        yield problem(str(error), _VERIFY)
        return
    cosigned = ", cosigned by a witness" if found.cosigned_note else ""
    yield fine(f"{counted(found.tree_size, 'row')} under the newest head{cosigned}")


def totals(set_up: SetUp) -> Iterator[Finding]:
    found = set_up.totals
    for each in found.alarms:
        yield problem(
            f"{each.scope}: {' '.join(filter(None, (each.figure, each.resource_class)))} is not what the ledger says",
            "see all: chronovisor audit totals",
        )
    for each in found.system_alarms:
        # The clock's own check has the other.
        if each.kind != CLOCK_STEP:
            yield warning(f"{each.kind}: {each.detail}", "see since when: chronovisor audit totals")
    if found.failure:
        yield warning(f"the last check of totals failed: {found.failure}", "the control plane's log says more")
    elif not found.interval.ToNanoseconds():
        yield skipped("totals are not compared with the ledger (--check-every 0)")
    elif not found.alarms:
        yield fine(f"as the ledger says, at position {found.position}" if found.position else "not compared yet")


def disk(set_up: SetUp) -> Iterator[Finding]:
    # Its ledger may be anywhere: it knows best.
    if room := set_up.ledger_room:
        yield _room(room, "on the ledger's disk")
        return
    if not set_up.is_local:
        yield skipped("the control plane is on another machine")
        return
    files = [home / LEDGER_FILE for home in set_up.machine.homes if (home / LEDGER_FILE).is_file()]
    if not files:
        yield skipped("no ledger in a file is found on this machine")
    for file in files:
        yield _room(set_up.machine.room(file.parent), f"beside {file}")


def _room(room: Room, where: str) -> Finding:
    text = f"{bytes_text(room.free)} of {bytes_text(room.total)} are free {where}"
    if room.free < NO_ROOM:
        return problem(text, "make room: without it, commands are refused")
    if room.free < LITTLE_ROOM or room.free < room.total * LITTLE_SHARE:
        return warning(text, "make room, or move the ledger to a larger disk: chronovisord backup --help")
    return fine(text)
