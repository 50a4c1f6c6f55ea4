"""Random lives of projects that have one name, one after the other: a question has one answer, of one project.

It holds for lists, watches, history, usage and totals, now and then.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import pytest
from chronovisor.v1 import history_service_pb2 as api
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.time import Micros, micros_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.queries import lists, page_tokens
from controlplane.queries.as_of import AsOf
from controlplane.queries.events import reader
from controlplane.queries.events.filter import PastEvents, event_filter
from controlplane.queries.events.names import streams_of
from controlplane.queries.events.scan import Window
from controlplane.queries.events.vm_changes import PastVmChanges, VmChange, vm_filter
from controlplane.queries.identity import VMS, ProjectIdentity, project_with
from controlplane.queries.lists import Listing
from controlplane.queries.scopes import Scope, scope_now, scope_then
from controlplane.queries.usage import HeldAmount, UsageQuery, usage
from controlplane.queries.usage import UsageWindow as TimeWindow
from controlplane.queries.utilization import totals_between, totals_now, totals_then
from controlplane.rpc.history.state_diff import diff_state
from tests.support.controlplane import PROJECT
from tests.support.random_lives import SHOP, TENANT_NAMES, WEB_UID, Lives, lived, tenant_steps

VM_NAMES = [f"{SHOP}/vms/{name[5:]}" if "/" in name else f"{PROJECT}/vms/{name}" for name in TENANT_NAMES]


class Tenant(NamedTuple):
    """A project that there was, and the uids of the VMs that it ever had, in order."""

    uid: str
    name: str
    created: int
    vms: list[str]

    @property
    def streams(self) -> set[str]:
        return {f"projects/{self.uid}", *(f"vms/{uid}" for uid in self.vms)}


def tenants_of(lives: Lives, at: int | None = None) -> list[Tenant]:
    """All that there were by a position, the oldest first."""
    found: dict[str, Tenant] = {}
    for each in lives.events:
        if at is None or each.position <= at:
            if each.event.HasField("project_created"):
                created = each.event.project_created
                found[created.uid] = Tenant(created.uid, created.name, each.position, [])
            elif each.event.HasField("vm_created"):
                found[each.event.vm_created.project_uid].vms.append(each.event.vm_created.uid)
    return list(found.values())


def questions(lives: Lives) -> Iterator[tuple[str, Tenant]]:
    """How each project can be named: all but the default one by uid, the last that had a name by that."""
    last = {each.name: each for each in tenants_of(lives)}
    for each in tenants_of(lives):
        if last[each.name] is each:
            yield each.name, each
        if each.name == SHOP:
            yield f"projects/{each.uid}", each


def live_in(fleet: Fleet, project_uid: str) -> set[str]:
    return {vm.uid for vm in fleet.vms.values() if vm.project_uid == project_uid}


def held_in(fleet: Fleet, project_uid: str) -> Resources:
    return sum((vm.held for vm in fleet.vms.values() if vm.project_uid == project_uid), NOTHING)


def allocated_in(fleet: Fleet, project_uid: str) -> Resources:
    """What hosts hold for a project's VMs: for one that is moved, both."""
    vms = (vm for vm in fleet.vms.values() if vm.project_uid == project_uid)
    return sum((held for vm in vms for _, _, held in vm.holdings()), NOTHING)


def fleet_at(lives: Lives, at: int) -> Fleet:
    fleet = Fleet()
    for each in lives.events:
        if each.position <= at:
            fleet.apply(each.stream, each.version, each.event)
    return fleet


def replayed(lives: Lives) -> list[RecordedEvent]:
    """The events as streams get them when they are committed: with what each changed."""
    fleet = Fleet()
    return [fleet.apply(each.stream, each.version, each.event).at(each.position) for each in lives.events]


@settings(max_examples=25, deadline=None)
@given(tenant_steps, st.integers(1, 5), st.booleans())
def test_events_of_a_project_are_the_same_listed_watched_and_read_from_the_past(
    taken: list[tuple[str, str]], size: int, known: bool
) -> None:
    with lived(taken) as lives:
        inventory, ledger = lives.reads.inventory, lives.reads.ledger
        live = replayed(lives)
        for parent, tenant in questions(lives):
            expected = [each.position for each in lives.events if each.stream in tenant.streams]
            listed: list[int] = []
            token = ""
            while True:
                query = reader.EventQuery(parent, Window(0, lives.head), page_tokens.PageRequest(size, token, "this"))
                if known:
                    query = replace(query, streams_of=partial(known_streams, lives))
                page = reader.list_events(inventory, ledger, lives.head, query)
                listed += [each.position for each in page.items]
                token = page.next_page_token
                if not token:
                    break
            filtered = event_filter(inventory, ledger, parent, [])
            past_ones, reached = PastEvents(inventory, ledger, filtered).page(0, lives.head)
            assert reached == lives.head
            assert listed == expected
            assert [each.position for each in past_ones] == expected
            assert [each.position for each in live if filtered.matches(each)] == expected
            assert filtered.resource == f"projects/{tenant.uid}"
            assert project_with(inventory, ledger, tenant.uid, parent) == (tenant.uid, tenant.name)


@settings(max_examples=25, deadline=None)
@given(tenant_steps)
def test_vms_of_a_project_are_the_same_listed_watched_and_read_from_the_past(taken: list[tuple[str, str]]) -> None:
    with lived(taken) as lives:
        reads, now = lives.reads, fleet_at(lives, lives.head)
        for parent, tenant in questions(lives):
            with lives.view(lives.head) as view:
                ended = lists.vms(view, Listing(parent, size=1000, ended=True))
            assert sorted(vm.uid for vm in ended.items) == sorted(tenant.vms)
            filtered = vm_filter(reads.inventory, reads.ledger, parent, "", ended=True)
            past_ones, reached = PastVmChanges(reads.ledger, reads.history_reader, filtered).page(0, lives.head)
            assert reached == lives.head
            live = [change for each in replayed(lives) if (change := filtered.change(each))]
            assert past_ones == live
            assert {change.vm.uid for change in live} == set(tenant.vms)
            assert kept(live) == live_in(now, tenant.uid)
            if tenant.uid in now.projects:
                with lives.view(lives.head) as view:
                    listed = lists.vms(view, Listing(parent, size=1000))
                assert {vm.uid for vm in listed.items} == live_in(now, tenant.uid)
                assert {vm.uid for vm in reads.inventory.vms.values() if filtered.lists(vm)} == live_in(now, tenant.uid)
            else:
                with lives.view(lives.head) as view, pytest.raises(NotFound):
                    lists.vms(view, Listing(parent))
                with pytest.raises(NotFound):
                    vm_filter(reads.inventory, reads.ledger, parent, "")


def kept(changes: list[VmChange]) -> set[str]:
    """The VMs that a watcher has in the end."""
    found: set[str] = set()
    for change in changes:
        (found.discard if change.gone else found.add)(change.vm.uid)
    return found


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(tenant_steps)
def test_usage_and_totals_of_a_project_are_of_its_own_vms(taken: list[tuple[str, str]]) -> None:
    with lived(taken) as lives:
        now = fleet_at(lives, lives.head)
        end = micros_of(lives.events[-1].event.commit_time)
        window = TimeWindow(micros_of(lives.events[0].event.commit_time), end)
        by_project = used(lives, UsageQuery("fleet", "projects", 1000, ""), window)
        expected = {each.uid: used_by(lives, each.uid) for each in tenants_of(lives)}
        assert {(each.group, each.uid): each.unit_micros.get("vcpus", 0) for each in by_project} == {
            (each.name, each.uid): expected[each.uid] for each in tenants_of(lives) if expected[each.uid]
        }
        for parent, tenant in questions(lives):
            (whole,) = used(lives, UsageQuery(parent, "", 1000, ""), window) or [None]
            assert (whole.unit_micros.get("vcpus", 0) if whole else 0) == expected[tenant.uid]
            by_vm = used(lives, UsageQuery(parent, "vms", 1000, ""), window)
            assert {each.uid for each in by_vm} <= set(tenant.vms)
            scope = Scope(tenant.name, tenant.uid)
            for position, _, then in totals_between(lives.reads.history_reader, scope, 0, lives.head):
                assert then.allocated == allocated_in(fleet_at(lives, position), tenant.uid)
            if tenant.uid in now.projects:
                assert scope_now(lives.reads.inventory, lives.reads.utilization, parent) == scope
                totals = totals_now(lives.reads.inventory, lives.reads.utilization, scope)
                with lives.view(lives.head) as view:
                    assert totals == totals_then(view, scope)
                assert totals.allocated == allocated_in(now, tenant.uid)


def used(lives: Lives, query: UsageQuery, window: TimeWindow) -> list[HeldAmount]:
    with lives.view(lives.head) as view:
        return usage(view, query, window).items


def known_streams(lives: Lives, project: ProjectIdentity) -> list[str]:
    with lives.view(lives.head) as view:
        return streams_of(view, project)


def used_by(lives: Lives, project_uid: str) -> int:
    """vCPUs x microseconds that a project's VMs held, from event to event."""
    fleet, used, since = Fleet(), 0, 0
    for each in lives.events:
        at = micros_of(each.event.commit_time)
        used += held_in(fleet, project_uid).vcpus * (at - since)
        since = at
        fleet.apply(each.stream, each.version, each.event)
    return used


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(tenant_steps, st.data())
def test_a_name_means_the_project_that_had_it_then_and_no_vm_of_another(
    taken: list[tuple[str, str]], data: st.DataObject
) -> None:
    with lived(taken) as lives:
        at = data.draw(st.integers(1, lives.head))
        then = fleet_at(lives, at)
        holders = {each.name: each for each in tenants_of(lives, at)}
        for name in VM_NAMES:
            holder = holders.get(name.partition("/vms/")[0])
            uids = [uid for uid in holder.vms if created_name(lives, uid) == name] if holder else []
            assert found_then(lives, name, at) == (uids[-1] if uids else None)
            if at == lives.head:
                assert found_now(lives, name) == (uids[-1] if uids else None)
        for name, holder in holders.items():
            window = Window(data.draw(st.integers(0, at)), at)
            with lives.view(at) as view:
                ended = lists.vms(view, Listing(name, size=1000, ended=True))
                as_of = AsOf(view, lives.head, Micros(0))
                changed = diff_state(as_of, api.DiffStateRequest(scope=name, page_size=1000), window).changes
                if holder.uid in then.projects:
                    assert as_of.project(name).uid == holder.uid
                    totals = totals_then(view, scope_then(view, name))
                    assert totals.allocated == allocated_in(then, holder.uid)
                else:
                    with pytest.raises(NotFound):
                        as_of.project(name)
                    with pytest.raises(NotFound):
                        scope_then(view, name)
            assert sorted(vm.uid for vm in ended.items) == sorted(holder.vms)
            assert {each.uid for each in changed} <= {holder.uid, *holder.vms, *([WEB_UID] if name == PROJECT else [])}


def created_name(lives: Lives, uid: str) -> str:
    return next(each.event.vm_created.name for each in lives.events if each.stream == f"vms/{uid}")


def found_then(lives: Lives, name: str, at: int) -> str | None:
    try:
        with lives.view(at) as view:
            found: Vm = VMS.then(view, name)
    except NotFound:
        return None
    return found.uid


def found_now(lives: Lives, name: str) -> str | None:
    try:
        return VMS.now(lives.reads.inventory, lives.reads.ledger, name)
    except NotFound:
        return None
