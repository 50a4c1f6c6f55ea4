"""What a host's agent reported beside what is desired of its guests: shown, and read anew. Changes nothing."""

from chronovisor.v1 import host_service_pb2 as api

from controlplane.domain.errors import WrongState
from controlplane.domain.etag import require_etag
from controlplane.domain.host.aggregate import Host
from controlplane.domain.time import timestamp_if_known, timestamp_of
from controlplane.domain.vm.states import VmState
from controlplane.queries import agent_view, drift
from controlplane.queries.reads import Reads
from controlplane.rpc.agent.service import AgentServicer
from controlplane.rpc.host.requests import NAME
from controlplane.rpc.shared.validate import FieldRules, named

REFRESH = api.ReconcileHostRequest.ACTION_REFRESH
# How long an answer waits for the agent, at most: what it reads may hang.
LONGEST_WAIT_S = 30.0


def check(reads: Reads, agents: AgentServicer, request: api.CheckHostRequest) -> api.CheckHostResponse:
    """Raises NotFound, InvalidField."""
    named(request.name, NAME)
    host = reads.current.host(request.name)
    inventory, session = reads.inventory, agents.session_of(host.uid)
    found = api.CheckHostResponse(
        desired_count=drift.desired_count(inventory, host.uid),
        agent_connected=session is not None,
        position=reads.position,
    )
    if session is None:
        return found
    reports = session.reports
    found.unreadable = reports.unreadable
    if reports.inventory_time is None:
        # Nothing was reported to compare with.
        return found
    found.differences.extend(
        _message(each)
        for each in drift.differences(inventory, host.uid, reports.last)
        if each.vm_uid not in reports.unread
    )
    found.leftovers.extend(each for each in reports.leftovers if _is_leftover(reads, host, each.vm_uid))
    found.reported_count = sum(drift.is_there(each) for each in reports.last.values()) + len(reports.unread)
    found.inventory_time.CopyFrom(timestamp_of(reports.inventory_time))
    return found


def _is_leftover(reads: Reads, host: Host, vm_uid: str) -> bool:
    """Whether the ledger has no place for what a host keeps of a VM: it may have begun to be one since."""
    vm = reads.inventory.vms.get(vm_uid)
    if vm is None or vm.state is VmState.DELETED:
        return True
    return agent_view.desired_on(vm, host.uid) is None and not agent_view.keeps_disk(reads.inventory, vm, host.uid)


def _message(each: drift.Difference) -> api.GuestDifference:
    return api.GuestDifference(
        vm_uid=each.vm_uid,
        vm=each.vm.name if each.vm else "",
        desired=each.desired,
        reported=each.reported,
        observe_time=timestamp_if_known(each.report.observed.at if each.report else None),
    )


async def refresh(reads: Reads, agents: AgentServicer, request: api.ReconcileHostRequest, wait_s: float) -> Host:
    """Has the host's agent read and report everything once more, and waits for that, for as long as the caller does.

    Raises NotFound, InvalidField, EtagMismatch, and WrongState where no agent is connected, or has reported by then.
    """
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.check(not request.vm_uid, "vm_uid", "must be empty: the whole host is meant")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    host = reads.current.host(request.name)
    require_etag(host, request.etag)
    session = agents.session_of(host.uid)
    if session is None:
        raise WrongState("host", host.name, "without a connected agent", "ReconcileHost", [])
    wait_s = min(wait_s, LONGEST_WAIT_S)
    if not request.validate_only and not await session.refreshed(wait_s):
        what = "an agent that stayed" if session.ended else f"an answer of its agent within {wait_s:.3g} s"
        raise WrongState("host", host.name, f"without {what}", "ReconcileHost", [])
    return reads.current.host(request.name)
