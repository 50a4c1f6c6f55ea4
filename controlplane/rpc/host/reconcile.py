"""Unexpected guests in the API: listed, and what operators decide of them as commands."""

from chronovisor.v1 import host_service_pb2 as api
from chronovisor.v1.host_pb2 import UnexpectedGuest

from controlplane.commands.guests import Action, ReconcileHost
from controlplane.domain.errors import invalid
from controlplane.domain.host.aggregate import Host
from controlplane.queries import page_tokens
from controlplane.queries.reads import Reads
from controlplane.rpc.host.messages import guest_message, guests_of
from controlplane.rpc.host.requests import NAME
from controlplane.rpc.shared.validate import FieldRules, named

ALL_HOSTS = "hosts/-"
MOST_UNREPORTED = 100


def vm_names(reads: Reads, host: Host) -> dict[str, str]:
    """The names of the VMs that the ledger has of those whose guests are unexpected on this host."""
    found = (reads.inventory.vms.get(vm_uid) for vm_uid in host.unexpected)
    return {vm.uid: vm.name for vm in found if vm is not None}


def reconcile_command(request: api.ReconcileHostRequest) -> ReconcileHost:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    known = request.action in tuple(Action)
    rules.check(known, "action", f"must be one of {', '.join(f'ACTION_{each.name}' for each in Action)}")
    rules.text(request.vm_uid, "vm_uid", 64)
    if request.action == Action.ASSUME_EMPTY:
        rules.check(not request.vm_uid, "vm_uid", "must be empty: the whole host is meant")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return ReconcileHost(request.name, Action(request.action), request.vm_uid, request.etag)


def list_unexpected_guests(reads: Reads, request: api.ListUnexpectedGuestsRequest) -> api.ListUnexpectedGuestsResponse:
    """Raises NotFound, InvalidField."""
    hosts = _hosts(reads, request.parent)
    bound_to = f"ListUnexpectedGuests {request.parent}"
    size = page_tokens.size_of(request.page_size)
    after = page_tokens.last_of(request.page_token, bound_to)
    found: list[UnexpectedGuest] = []
    token = ""
    for host in hosts:
        names = vm_names(reads, host)
        for guest in guests_of(host):
            key = f"{host.name} {guest.vm_uid}"
            if key <= after:
                continue
            if len(found) == size:
                token = page_tokens.token_for(f"{found[-1].host} {found[-1].vm_uid}", bound_to)
                break
            found.append(guest_message(host, guest, names.get(guest.vm_uid, "")))
        if token:
            break
    unreported = [host.name for host in hosts if reads.lineage.awaits(host.created, host.guests_known_in)]
    return api.ListUnexpectedGuestsResponse(
        unexpected_guests=found,
        next_page_token=token,
        unreported_hosts=unreported[:MOST_UNREPORTED],
        position=reads.position,
    )


def _hosts(reads: Reads, parent: str) -> list[Host]:
    if parent == ALL_HOSTS:
        return sorted(reads.inventory.hosts.values(), key=lambda host: host.name)
    if not parent:
        raise invalid("parent", f"must be {NAME}, or {ALL_HOSTS} for all")
    named(parent, NAME, "parent")
    return [reads.current.host(parent)]
