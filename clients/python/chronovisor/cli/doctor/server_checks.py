"""Checks of the control plane itself: whether it answers, whom it takes us for, its clock, and how far its rows are."""

import time
import uuid
from collections.abc import Iterator

import grpc

from chronovisor.cli.doctor.findings import Finding, fine, problem, refusal, skipped, warning
from chronovisor.cli.doctor.set_up import NotConnected, SetUp
from chronovisor.cli.output import local_time
from chronovisor.cli.text.units import counted, seconds_text
from chronovisor.errors import ChronovisorError, DeadlineExceeded, NotPermitted, Unavailable
from chronovisor.program import why
from chronovisor.v1.access_service_pb2 import WhoAmIRequest
from chronovisor.v1.project_service_pb2 import CreateProjectRequest
from chronovisor.v1.utilization_service_pb2 import GetUtilizationRequest
from chronovisor.v1.vm_service_pb2 import VM_VIEW_BASIC, ListVmsRequest

# Of one call, on a connection that there is.
SLOW_S = 1.0
# From here on it is no jitter of the network's.
CLOCKS_APART_S = 2.0
# People need time to renew what ends.
SOON_S = 14 * 86_400.0
CLOCK_STEP = "clock_step"
_UNPROVEN = "self-declared"
# What proves somebody and is not renewed by itself.
_LASTING_PROOFS = frozenset({"certificate", "token"})


def answers(set_up: SetUp) -> Iterator[Finding]:
    where = ", ".join(each.address for each in set_up.endpoints)
    try:
        set_up.client.access.WhoAmI(WhoAmIRequest())
        began = time.monotonic()
        set_up.client.access.WhoAmI(WhoAmIRequest())
    except (Unavailable, DeadlineExceeded) as error:
        set_up.away = "the control plane does not answer"
        yield refusal(error, set_up.settings)
        return
    except (NotConnected, OSError, ValueError) as error:
        set_up.away = "there is no connection"
        yield problem(why(error), "correct the option, the environment or the context: chronovisor context show")
        return
    except ChronovisorError as error:
        # Whoever refuses is there.
        yield fine(f"{where} answers ({error.reason})")
        return
    took_s = time.monotonic() - began
    if took_s > SLOW_S:
        yield warning(
            f"{where} takes {seconds_text(took_s)} for the smallest answer",
            "look at the load of its machine, and at the network between",
        )
    else:
        yield fine(f"{where} answers in {took_s * 1000:.0f} ms")


def identity(set_up: SetUp) -> Iterator[Finding]:
    try:
        found = set_up.caller
    except ChronovisorError as error:
        if error.code is not grpc.StatusCode.UNAUTHENTICATED:
            raise
        yield refusal(error, set_up.settings)
        return
    if found.proof == _UNPROVEN:
        yield warning(
            "the control plane believes whoever calls it, and lets them do everything",
            "start it without --insecure before others can reach it",
        )
        return
    who = f"{found.principal}, by {found.proof}"
    left_s = found.expire_time.ToSeconds() - set_up.machine.now()
    if found.HasField("expire_time") and found.proof in _LASTING_PROOFS and left_s < SOON_S:
        yield warning(
            f"{who}, which ends at {local_time(found.expire_time)}",
            "have the certificate renewed" if found.proof == "certificate" else "get a new token before then",
        )
    elif not found.grants and found.proof != "socket":
        yield warning(f"{who}, has no roles", "have one granted: chronovisor access grant PRINCIPAL ROLE")
    else:
        yield fine(f"{who}{_roles(len(found.grants))}")


def _roles(count: int) -> str:
    return f", with {counted(count, 'role')}" if count else ""


def clock(set_up: SetUp) -> Iterator[Finding]:
    """The server's time is that of a project that is not created: nothing else of the API says what it is now."""
    yield from _clock_alarms(set_up)
    request = CreateProjectRequest(project_id=f"doctor-{uuid.uuid4().hex[:12]}", validate_only=True)
    try:
        began = set_up.machine.now()
        theirs = set_up.client.projects.CreateProject(request).create_time.ToNanoseconds() / 1e9
        ended = set_up.machine.now()
    except NotPermitted:
        yield skipped("the server's clock is shown to those who may create projects")
        return
    # The answer was made at some moment between.
    apart_s = max(theirs - ended, began - theirs, 0.0)
    if apart_s > CLOCKS_APART_S:
        side = "ahead of" if theirs > ended else "behind"
        yield problem(
            f"the server's clock is {seconds_text(apart_s)} {side} this machine's",
            "have both follow the same time: timedatectl, chronyc tracking",
        )
    else:
        yield fine("the server's clock agrees with this machine's")


def _clock_alarms(set_up: SetUp) -> Iterator[Finding]:
    try:
        alarms = set_up.totals.system_alarms
    except NotPermitted:
        yield skipped("alarms of the server's clock are not shown to you")
        return
    for each in alarms:
        if each.kind == CLOCK_STEP:
            yield problem(
                f"since {local_time(each.raise_time)} {each.detail}",
                "set the clock of the control plane's machine right: timedatectl, chronyc tracking",
            )


def backlog(set_up: SetUp) -> Iterator[Finding]:
    """How long the rows of lists and of the past take to be as new as the ledger."""
    position = set_up.client.utilization.GetUtilization(GetUtilizationRequest()).position
    began = time.monotonic()
    request = ListVmsRequest(parent="projects/-", page_size=1, view=VM_VIEW_BASIC, min_position=position)
    try:
        set_up.client.vms.ListVms(request)
    except (Unavailable, DeadlineExceeded):
        yield problem(
            f"the rows of lists and of the past are not up to position {position} yet",
            "look at the load and the disk of the read database; the control plane's log says more",
        )
        return
    took_s = time.monotonic() - began
    if took_s > SLOW_S:
        yield warning(
            f"the rows of lists and of the past come {seconds_text(took_s)} after the ledger",
            "look at the load and the disk of the read database",
        )
    else:
        yield fine(f"the rows of lists and of the past are up to position {position}")
