"""`chronovisor host reconcile`: guests that are not as they should be, and what becomes of those nobody expects."""

from collections.abc import Sequence
from typing import Annotated

import typer

from chronovisor.cli.completion import complete_host
from chronovisor.cli.listing.fields import Field, Listing, rfc3339
from chronovisor.cli.listing.view import Columns, Filter, SortBy, View, show_page, view
from chronovisor.cli.options.mutations import Reason, ValidateOnly
from chronovisor.cli.output import Column, as_json, local_time, say, show_document, show_message, show_table
from chronovisor.cli.session import host_name, resource_name, session
from chronovisor.cli.settings import PEOPLE, Misused, settings_of
from chronovisor.cli.text.units import bytes_text, counted
from chronovisor.client import Client
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.v1 import host_pb2, host_service_pb2
from chronovisor.v1.vm_pb2 import GuestState

ALL = "all"
_KIND_WORDS = {
    number: name.removeprefix("KIND_").replace("_", " ").lower() for name, number in host_pb2.HostLeftover.Kind.items()
}
_Action = host_service_pb2.ReconcileHostRequest.Action


def reconcile(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(autocompletion=complete_host, metavar="[NAME]", help="The host. None: show those of all.")
    ] = "",
    adopt: Annotated[
        str, typer.Option(metavar="VM", help="Its guest is the VM's own: by name or uid, or `all` of the host.")
    ] = "",
    stop: Annotated[
        str, typer.Option(metavar="VM", help="Stop its guest and keep the disk: by name or uid, or `all` of the host.")
    ] = "",
    assume_empty: Annotated[
        bool, typer.Option("--assume-empty", help="The machine is off for good: after a restore, wait for it no more.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Have its agent read and report everything anew first, and make it so.")
    ] = False,
    filter_: Filter = "",
    columns: Columns = "",
    sort_by: SortBy = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Show guests that are not as desired, or that the ledger does not expect where they are; decide about those.

    Of one host, what is desired of its guests is compared with what its agent reported last.

    After a restore, VMs that were started since the backup run where the ledger does not know of them. Their guests are
    left as they are, and the VMs are not started a second time, until the guests are adopted or stopped.
    """
    if sum(map(bool, (adopt, stop, assume_empty, force))) > 1:
        raise Misused("--adopt, --stop, --assume-empty and --force go one at a time")
    if force and not name:
        raise Misused("NAME: say which host's agent is to report anew")
    if not (adopt or stop or assume_empty):
        requested = view(ctx, _TABLE, columns, sort_by, filter_)
        with session(ctx) as client:
            if force:
                client.hosts.ReconcileHost(_refresh(host_name(name), validate_only, reason))
            found = _guests(client, host_name(name) if name else "hosts/-")
            checked = client.hosts.CheckHost(host_service_pb2.CheckHostRequest(name=host_name(name))) if name else None
        _show(ctx, requested, found, checked)
        return
    if filter_ or columns or sort_by:
        raise Misused("--filter, --columns and --sort-by go with the list alone")
    if not name:
        raise Misused("NAME: say which host")
    request = host_service_pb2.ReconcileHostRequest(
        name=host_name(name), action=_action(adopt, stop), validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        request.vm_uid = _uid(ctx, client, request.name, adopt or stop)
        host = client.hosts.ReconcileHost(request)
    if settings_of(ctx).is_data:
        show_message(ctx, host)
    else:
        _show_host(host, validate_only)


def _refresh(name: str, validate_only: bool, reason: str) -> host_service_pb2.ReconcileHostRequest:
    kind = host_service_pb2.ReconcileHostRequest
    return kind(name=name, action=kind.ACTION_REFRESH, validate_only=validate_only, reason=reason)


def _action(adopt: str, stop: str) -> _Action.ValueType:
    kind = host_service_pb2.ReconcileHostRequest
    return kind.ACTION_ADOPT if adopt else kind.ACTION_STOP if stop else kind.ACTION_ASSUME_EMPTY


def _uid(ctx: typer.Context, client: Client, host: str, vm: str) -> str:
    """The uid of the guest's VM, which may be given by the name that the host's list shows."""
    if vm in ("", ALL):
        return ""
    names = {vm, resource_name(ctx, vm)}
    found = _guests(client, host).unexpected_guests
    return next((each.vm_uid for each in found if each.vm in names), vm)


def _guests(client: Client, parent: str) -> host_service_pb2.ListUnexpectedGuestsResponse:
    request = host_service_pb2.ListUnexpectedGuestsRequest(parent=parent, page_size=1000)
    found = host_service_pb2.ListUnexpectedGuestsResponse()
    for page in pages(client.hosts.ListUnexpectedGuests, request):
        found.unexpected_guests.extend(page.unexpected_guests)
        del found.unreported_hosts[:]
        found.unreported_hosts.extend(page.unreported_hosts)
        found.position = page.position
    return found


def _show(
    ctx: typer.Context,
    requested: View[host_pb2.UnexpectedGuest],
    found: host_service_pb2.ListUnexpectedGuestsResponse,
    checked: host_service_pb2.CheckHostResponse | None,
) -> None:
    if checked is not None and settings_of(ctx).is_data:
        kept = requested.arranged(list(found.unexpected_guests))
        del found.unexpected_guests[:]
        found.unexpected_guests.extend(kept)
        show_document(ctx, {**as_json(found), "check": as_json(checked)})
        return
    if checked is not None and settings_of(ctx).output in PEOPLE:
        _show_check(checked)
    show_page(ctx, requested, found, "unexpected_guests", "Every guest is where the ledger expects it.")
    if found.unreported_hosts and settings_of(ctx).output in PEOPLE:
        say("\n" + _waiting(found.unreported_hosts))


def _show_check(checked: host_service_pb2.CheckHostResponse) -> None:
    if checked.unreadable:
        say(f"Its hypervisor cannot be read: {checked.unreadable}. What follows is from before.\n")
    if not checked.HasField("inventory_time"):
        why = "Its agent has not reported its guests yet" if checked.agent_connected else "No agent is connected"
        say(f"{why}: nothing can be compared. Desired: {counted(checked.desired_count, 'guest')}.\n")
        return
    _show_leftovers(checked.leftovers)
    counts = f"desired: {counted(checked.desired_count, 'guest')}, reported: {checked.reported_count}"
    if not checked.differences:
        say(f"Every guest is as desired: {counts}.\n")
        return
    rows = [
        (each.vm or each.vm_uid, each.desired, each.reported, local_time(each.observe_time))
        for each in checked.differences
    ]
    show_table([Column("VM", foldable=True), Column("DESIRED"), Column("REPORTED"), Column("SEEN")], rows, "")
    say(f"\n{counts}; all of them were reported last {local_time(checked.inventory_time)}.\n")


def _show_leftovers(leftovers: Sequence[host_pb2.HostLeftover]) -> None:
    if not leftovers:
        return
    rows = [
        (_KIND_WORDS.get(each.kind, "?"), each.name, each.vm_uid or "-", bytes_text(each.size_bytes))
        for each in leftovers
    ]
    show_table(
        [Column("LEFT"), Column("NAME", foldable=True), Column("OF VM", foldable=True), Column("SIZE")], rows, ""
    )
    say("\nThat is of no guest that is on the host or desired there. It is left as it is: remove it by hand.\n")


def _waiting(hosts: Sequence[str]) -> str:
    named = ", ".join(last_part(each) for each in hosts[:10]) + (" and more" if hosts[10:] else "")
    return (
        f"Not reported since the restore: {named}. VMs that may run there are not started until their agents are back, "
        "or the machines are declared off for good: --assume-empty."
    )


def guest_state(guest: host_pb2.UnexpectedGuest) -> str:
    """Such as `running`."""
    return GuestState.Name(guest.guest_state).removeprefix("GUEST_STATE_").lower()


def what_now(guest: host_pb2.UnexpectedGuest) -> str:
    """What an operator can do about it."""
    if guest.stop_requested:
        return "stopped" if not guest.blocks_start else "being stopped"
    return "adopt or stop" if guest.vm_known else "not in the ledger: stop, or leave"


_TABLE: Listing[host_pb2.UnexpectedGuest] = Listing(
    (
        Field("host", lambda guest: last_part(guest.host), foldable=True),
        Field("vm", lambda guest: guest.vm or None, foldable=True),
        Field("uid", lambda guest: guest.vm_uid),
        Field("guest", guest_state),
        Field("incarnation", lambda guest: guest.incarnation, right=True),
        Field(
            "since",
            lambda guest: rfc3339(guest.report_time.seconds, guest.report_time),
            lambda guest: local_time(guest.report_time),
        ),
        Field("what_now", what_now),
    ),
    lambda guest: guest.vm_uid,
    host_pb2.UnexpectedGuest.DESCRIPTOR,
)


def _show_host(host: host_pb2.Host, validate_only: bool) -> None:
    if validate_only:
        say(f"{last_part(host.name)}: valid. Nothing was changed.")
        return
    left = sum(not each.stop_requested for each in host.unexpected_guests)
    more = f"; {left} undecided" if left else ""
    say(f"{last_part(host.name)} has {host.unexpected_guest_count} unexpected guests now{more}.")
