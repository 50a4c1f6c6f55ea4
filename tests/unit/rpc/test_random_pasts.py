"""Random lives: what is replayed, compared and listed equals a fold of the ledger that is cut there."""

from collections import Counter, defaultdict
from functools import partial

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import history_service_pb2 as api
from chronovisor.v1.host_pb2 import Host
from chronovisor.v1.image_pb2 import Image
from chronovisor.v1.network_pb2 import Network
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.vm_pb2 import Vm
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.domain.fleet import Aggregate, Fleet, RecordedEvent
from controlplane.domain.host import aggregate as domain_hosts
from controlplane.domain.project.aggregate import Project as DomainProject
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.time import Micros, micros_of, timestamp_of
from controlplane.domain.vm import aggregate as domain_vm
from controlplane.queries import page_tokens
from controlplane.queries.as_of import AsOf
from controlplane.queries.events import reader, scan
from controlplane.queries.events.names import streams_of
from controlplane.queries.events.replay import Step, replay
from controlplane.queries.events.scan import Window
from controlplane.queries.identity import VMS, project_now
from controlplane.queries.usage import UsageQuery, UsageWindow, usage
from controlplane.rpc.history.state_diff import diff_state
from controlplane.rpc.host.messages import host_message
from controlplane.rpc.shared.convert import project_message, vm_message
from controlplane.rpc.shared.field_changes import Row
from controlplane.rpc.shared.resource_messages import resource_message
from tests.support.controlplane import PROJECT
from tests.support.random_lives import NAMES, Lives, lived, steps
from tests.unit.rpc.applied import applied, without_empty

pytestmark = pytest.mark.slow


def message_of(aggregate: Aggregate) -> Message:
    match aggregate:
        case domain_hosts.Host():
            return host_message(aggregate, connected=False)
        case DomainProject():
            return project_message(aggregate)
        case domain_vm.Vm():
            return vm_message(aggregate)
        case _:
            return resource_message(aggregate)


def replayed(lives: Lives, name: str, size: int) -> list[Step]:
    find = partial(VMS.now, lives.reads.inventory, lives.reads.ledger, name)
    found: list[Step] = []
    token = ""
    while True:
        page = replay(
            lives.reads.ledger, lives.reads.history_reader, find, page_tokens.PageRequest(size, token, "this")
        )
        assert 0 < len(page.items) <= size
        found += page.items
        token = page.next_page_token
        if not token:
            return found


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(1, 4))
def test_each_step_of_a_replay_is_the_fold_cut_there(taken: list[tuple[str, str]], size: int) -> None:
    with lived(taken) as lives:
        streams: defaultdict[str, list[int]] = defaultdict(list)
        for each in lives.events:
            if each.stream.startswith("vms/"):
                streams[each.stream].append(each.position)
        for stream, positions in streams.items():
            found = replayed(lives, f"{PROJECT}/vms/{stream.removeprefix('vms/')}", size)
            assert [each.recorded.position for each in found] == positions
            before = None
            for step in found:
                assert step.before == before
                # A destroyed VM has left the fleet.
                assert lives.at(step.recorded.position).get(stream, step.after) == step.after
                before = step.after


@settings(max_examples=60, deadline=None)
@given(steps, st.data())
def test_a_name_means_the_vm_that_had_it_then(taken: list[tuple[str, str]], data: st.DataObject) -> None:
    with lived(taken) as lives:
        at = data.draw(st.integers(1, lives.head))
        for name in NAMES:
            whole = f"{PROJECT}/vms/{name}"
            created = [
                each.stream
                for each in lives.events
                if each.position <= at and each.event.HasField("vm_created") and each.event.vm_created.name == whole
            ]
            if created:
                with lives.view(at) as view:
                    assert f"vms/{VMS.then(view, whole).uid}" == created[-1]


@settings(max_examples=100, deadline=None)
@given(steps, st.data())
def test_a_diff_applied_to_the_state_before_gives_the_state_after(
    taken: list[tuple[str, str]], data: st.DataObject
) -> None:
    with lived(taken) as lives:
        to = data.draw(st.integers(1, lives.head))
        window = Window(data.draw(st.integers(0, to)), to)
        request = api.DiffStateRequest(
            from_position=window.after, to_position=window.to, page_size=data.draw(st.integers(1, 5))
        )
        rows: defaultdict[str, list[Row]] = defaultdict(list)
        while True:
            with lives.view(lives.head) as view:
                page = diff_state(AsOf(view, lives.head, Micros(0)), request, window)
            assert (page.from_position, page.to_position) == window
            assert not rows.keys() & {each.uid for each in page.changes}
            for each in page.changes:
                rows[each.uid].append(Row(each.field, each.before, each.after))
            request.page_token = page.next_page_token
            if not request.page_token:
                break
        before, after = lives.at(window.after), lives.at(window.to)
        kinds: dict[str, type[Message]] = {
            **{"vms": Vm, "hosts": Host, "projects": Project},
            **{"images": Image, "networks": Network},
        }
        for stream in before.keys() | after.keys():
            kind, _, uid = stream.partition("/")
            was = message_of(before[stream]) if stream in before else None
            found = applied(was, rows.pop(uid, []), kinds[kind])
            if stream in after:
                assert found is not None
                assert without_empty(found) == without_empty(message_of(after[stream]))
            else:
                assert found is None
        assert not rows


@settings(max_examples=60, deadline=None)
@given(steps, st.data())
def test_a_time_is_the_last_position_by_then(taken: list[tuple[str, str]], data: st.DataObject) -> None:
    with lived(taken) as lives:
        times = [micros_of(each.event.commit_time) for each in lives.events]
        at = Micros(data.draw(st.sampled_from(times)) + data.draw(st.integers(-1, 1)))
        expected = max((each.position for each, time in zip(lives.events, times, strict=True) if time <= at), default=0)
        assert lives.reads.history_reader.position_at(at) == expected


@settings(max_examples=60, deadline=None)
@given(steps, st.sampled_from(["", "vms", "projects", "labels.n"]), st.data())
def test_usage_is_what_vms_held_once_and_beside_it_what_the_other_hosts_of_migrations_held(
    taken: list[tuple[str, str]], group_by: str, data: st.DataObject
) -> None:
    """To the microsecond, summed from event to event, whatever part of the time is looked at."""
    with lived(taken) as lives:
        times = [micros_of(each.event.commit_time) for each in lives.events]
        ends = sorted(data.draw(st.sampled_from(times)) + data.draw(st.integers(-1, 1)) for _ in range(2))
        window = UsageWindow(Micros(ends[0]), Micros(ends[1]))
        with lives.view(lives.head) as view:
            found = usage(view, UsageQuery("fleet", group_by, 1000, ""), window).items
        own, others = Counter[str](), Counter[str]()
        for each in found:
            own.update(each.unit_micros)
            others.update(each.other_sides)
        assert (+own, +others) == integrals(lives, window, group_by)


def integrals(lives: Lives, window: UsageWindow, group_by: str) -> tuple[Counter[str], Counter[str]]:
    """Of what VMs held on their own hosts, and of what they held beside that."""
    fleet, since = Fleet(), Micros(0)
    own, others = Counter[str](), Counter[str]()
    at_end = RecordedEvent("", 0, ev.Event(commit_time=timestamp_of(Micros(window.end))))
    for recorded in [*lives.events, at_end]:
        until = micros_of(recorded.event.commit_time)
        lasted = min(until, window.end) - max(since, window.start)
        for vm in fleet.vms.values() if lasted > 0 else ():
            for host_uid, _, held in vm.holdings():
                (own if host_uid == vm.host_uid else others).update({name: n * lasted for name, n in held if n})
            own.update({name: n * lasted for name, n in (vm.counted - vm.held).extended})
        for image in fleet.of(IMAGES).values() if lasted > 0 and group_by != "vms" else ():
            own.update({name: n * lasted for name, n in image.held.extended})
        since = until
        if recorded is not at_end:
            fleet.apply(recorded.stream, recorded.version, recorded.event)
    return own, others


@settings(max_examples=60, deadline=None)
@given(steps, st.booleans(), st.integers(1, 7), st.data())
def test_pages_of_a_projects_events_are_all_of_them(
    taken: list[tuple[str, str]], newest_first: bool, size: int, data: st.DataObject
) -> None:
    """Whether its streams are known beforehand, or met as they come."""
    with lived(taken) as lives:
        window = Window(data.draw(st.integers(0, lives.head)), lives.head)
        types = data.draw(st.sampled_from([(), ("VmCreated",), ("VmStarted", "VmDeleted"), ("CapacityHeld",)]))
        with lives.view(lives.head) as view:
            all_streams = streams_of(view, project_now(lives.reads.inventory, lives.reads.ledger, PROJECT))
        streams = data.draw(st.sampled_from([(), all_streams]))
        found: list[int] = []
        token = ""
        while True:
            page = page_tokens.PageRequest(size, token, "this")
            query = reader.EventQuery(
                PROJECT, window, page, types, newest_first=newest_first, streams_of=lambda _: streams
            )
            page = reader.list_events(lives.reads.inventory, lives.reads.ledger, lives.head, query)
            found += [each.position for each in page.items]
            token = page.next_page_token
            if not token:
                break
        expected = [
            each.position
            for each in lives.events
            if each.stream.startswith(("vms/", "projects/", "networks/", "images/"))
            and each.position > window.after
            and (not types or _type(each.event.WhichOneof("payload") or "") in types)
        ]
        assert found == (expected[::-1] if newest_first else expected)


def _type(field: str) -> str:
    return "".join(part.capitalize() for part in field.split("_"))


@settings(max_examples=30, deadline=None)
@given(steps, st.integers(1, 90), st.data())
def test_streams_are_merged_in_the_ledgers_order(taken: list[tuple[str, str]], limit: int, data: st.DataObject) -> None:
    with lived([*taken, *[("cordon", "a"), ("uncordon", "a")] * 40]) as lives:
        streams = sorted({each.stream for each in lives.events if not each.stream.startswith("ledger")})
        chosen = data.draw(st.lists(st.sampled_from(streams), unique=True))
        after = data.draw(st.integers(0, lives.head))
        to = data.draw(st.integers(after, lives.head))
        found = scan.merged(lives.reads.ledger, chosen)(after, limit, to)
        expected = [each.position for each in lives.events if each.stream in chosen and after < each.position <= to]
        assert [each.position for each in found] == expected[:limit]


@given(
    st.lists(st.integers(1, 20_000), unique=True, max_size=60).map(sorted),
    st.booleans(),
    st.integers(1, 5),
    st.integers(1, 30),
    st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)),
)
def test_stretches_in_either_direction_have_everything_once(
    positions: list[int], newest_first: bool, limit: int, most: int, ends: tuple[int, int]
) -> None:
    events = [RecordedEvent("vms/a", 1, ev.Event(), position=each) for each in positions]
    window: Window | None = Window(min(ends), max(ends))
    expected = [each for each in positions if window.after < each <= window.to and each % 3]
    walk = scan.backwards if newest_first else scan.forwards
    found: list[int] = []
    while window:
        stretch = walk(scan.listed(events), lambda each: bool(each.position % 3), window, limit, most)
        assert len(stretch.found) <= limit
        found += [each.position for each in stretch.found]
        window = stretch.rest
    assert found == (expected[::-1] if newest_first else expected)
